"""The extra fields of a type of notice: how a value is kept, read and shown.

A value is kept as a string: an ISO day or moment, a plain decimal (yuan for money), or the text.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import get_language, gettext

from notices.states import FieldKind
from portal.projects.money import wan_text


@dataclass(frozen=True)
class FieldSpec:
    """One extra field, as a type has it today or as a published notice has kept it."""

    key: str
    kind: str
    label_zh: str
    label_en: str = ""
    required: bool = True
    help_zh: str = ""
    help_en: str = ""
    choices: tuple[str, ...] = ()
    #: Code of the only kind (variant) of the type that has this field; empty for all of them.
    only_for: str = ""
    #: A day: the notice stays posted until then, whatever its rule asks.
    stays_until: bool = False

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        return cls(**{**kept, "choices": tuple(kept.get("choices", ()))})

    def kept(self) -> dict[str, Any]:
        return asdict(self) | {"choices": list(self.choices)}

    @property
    def label(self) -> str:
        return _in_language(self.label_zh, self.label_en)

    @property
    def help(self) -> str:
        return _in_language(self.help_zh, self.help_en)

    def concerns(self, variant: str) -> bool:
        return not self.only_for or self.only_for == variant

    def python(self, text: str) -> Any:
        """The value in its own type; None where there is none or it is none of the kind."""
        if not text:
            return None
        try:
            match FieldKind(self.kind):
                case FieldKind.NUMBER | FieldKind.MONEY:
                    number = Decimal(text)
                    return number if number.is_finite() else None
                case FieldKind.DATE:
                    return date.fromisoformat(text)
                case FieldKind.DATETIME:
                    return _aware(datetime.fromisoformat(text))
                case FieldKind.CHOICE:
                    return text if text in self.choices else None
                case _:
                    return text
        except (InvalidOperation, ValueError):
            return None

    def shown(self, text: str) -> Any:
        """The value as a reader sees it; empty where there is none."""
        value = self.python(text)
        if value is None:
            return ""
        match FieldKind(self.kind):
            case FieldKind.MONEY:
                return gettext("%(amount)s ten thousand yuan") % {"amount": wan_text(value)}
            case FieldKind.NUMBER:
                return number_format(value, use_l10n=True, force_grouping=True)
            case FieldKind.DATE:
                return date_format(value, "DATE_FORMAT")
            case FieldKind.DATETIME:
                return date_format(timezone.localtime(value), "DATETIME_FORMAT")
            case _:
                return format_html('<span class="notice__written" lang="zh-Hans">{}</span>', value)


def kept_text(value: Any) -> str:
    """A value of a form as it is kept."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).strip()


def _aware(moment: datetime) -> datetime:
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _in_language(chinese: str, english: str) -> str:
    return english if english and get_language() == "en" else chinese
