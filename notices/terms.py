"""What is asked of a notice: the rule of its type and the fields it must have.

A draft follows its type. A notice keeps the terms it first went public under, so that whoever
changes a type changes nothing about what is public already. Published again after a withdrawal it
takes the terms of that day.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from notices.fields import FieldSpec
from notices.states import Rule, Unit

if TYPE_CHECKING:
    from notices.models import NoticeType, NoticeVariant


class PeriodInWords:
    """How the rule of a type, a kind or a notice reads."""

    rule: str
    amount: int
    unit: str

    @property
    def shown(self) -> str:
        """The length in words: "7 working days"."""
        return f"{self.amount} {Unit(self.unit).label}"

    @property
    def rule_shown(self) -> str:
        """The rule in words: "posted at least 7 working days"; empty without one."""
        texts = {
            Rule.LENGTH: gettext("posted at least %(period)s"),
            Rule.LEAD: gettext("%(period)s ahead"),
            Rule.DELAY: gettext("within %(period)s after"),
        }
        if not self.rule:
            return ""
        if not self.amount:
            return gettext("before it begins")
        return texts[Rule(self.rule)] % {"period": self.shown}


@dataclass(frozen=True)
class Terms(PeriodInWords):
    """The terms of one notice. `kept` and `of` are their form in the database."""

    type: str
    variant: str
    rule: str
    amount: int
    unit: str
    basis: str
    objections: bool
    fields: tuple[FieldSpec, ...]

    @classmethod
    def today(cls, kind: "NoticeType", variant: "NoticeVariant | None") -> "Terms":
        """What `kind` asks now. One query for its fields, unless they are at hand."""
        period = variant or kind
        code = variant.code if variant else ""
        return cls(
            type=kind.code,
            variant=code,
            rule=period.rule,
            amount=period.amount,
            unit=period.unit,
            basis=period.basis,
            objections=kind.allows_objections,
            fields=tuple(spec for spec in kind.specs if spec.concerns(code)),
        )

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Terms":
        return cls(**{**kept, "fields": tuple(FieldSpec.of(one) for one in kept["fields"])})

    def kept(self) -> dict[str, Any]:
        return {**vars(self), "fields": [spec.kept() for spec in self.fields]}
