"""The types of notice, with what the law asks of each."""

from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from notices.blanks import unknown_blanks
from notices.fields import FieldSpec
from notices.states import FieldKind, Rule, Unit
from notices.terms import PeriodInWords


class LegalPeriod(PeriodInWords, models.Model):
    """What the law asks of a kind of notice: the rule, how long, in which unit, and why.

    With it come the words a notice of that kind begins with.
    """

    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=80)
    rule = models.CharField(_("rule"), max_length=8, choices=Rule.choices, blank=True)
    amount = models.PositiveSmallIntegerField(_("length"), default=0)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, blank=True)
    basis = models.CharField(
        _("legal basis"),
        max_length=200,
        blank=True,
        help_text=_("Law and article, only where a public text is known."),
    )
    title_template = models.CharField(_("title to start from"), max_length=200, blank=True)
    body_template = models.TextField(
        _("text to start from"),
        blank=True,
        max_length=4000,
        help_text=_("A paragraph a line; a line that begins with # is a heading."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh

    @property
    def option(self) -> str:
        """The name with what the law asks, as the editor offers it."""
        texts = {
            Rule.LENGTH: gettext("%(name)s (posted at least %(period)s)"),
            Rule.LEAD: gettext("%(name)s (%(period)s ahead)"),
            Rule.DELAY: gettext("%(name)s (within %(period)s after)"),
        }
        if not self.rule or not self.amount:
            return str(self)
        return texts[Rule(self.rule)] % {"name": str(self), "period": self.shown}

    def clean(self) -> None:
        """Raises ValidationError at the field that says no rule one can keep."""
        super().clean()
        errors: dict[str, str] = {}
        if self.rule and not self.unit:
            errors["unit"] = gettext("A rule needs a unit.")
        if self.unit and not self.rule:
            errors["rule"] = gettext("A unit needs a rule.")
        if self.amount and not self.rule:
            errors["amount"] = gettext("A length without a rule asks for nothing.")
        if self.rule in {Rule.LENGTH, Rule.DELAY} and not self.amount:
            errors["amount"] = gettext("Say how long.")
        if self.rule in {Rule.LENGTH, Rule.DELAY} and self.unit == Unit.HOURS:
            errors["unit"] = gettext("Hours count only before an event.")
        for name in ("title_template", "body_template"):
            if unknown := unknown_blanks(getattr(self, name)):
                text = gettext("No such blank: %(names)s.")
                errors[name] = text % {"names": "、".join(f"{{{one}}}" for one in unknown)}
        if errors:
            raise ValidationError(errors)


def _period_is_whole(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(rule="", unit="") | (~Q(rule="") & ~Q(unit="")), name=name
    )


class NoticeType(LegalPeriod, ClusterableModel):
    """One of the kinds of notice of a renovation. Types are data."""

    code = models.CharField(
        _("code"),
        max_length=8,
        unique=True,
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9]*$", _("Capital letters and digits, a letter first."))
        ],
        help_text=_("Stands in the address of its notices and is never changed: N19."),
    )
    has_variants = models.BooleanField(_("has kinds"), default=False, editable=False)
    allows_objections = models.BooleanField(
        _("objections are allowed"),
        default=False,
        help_text=_("Residents can object while it is posted, and each objection is answered."),
    )
    needs_review = models.BooleanField(
        _("needs review"),
        default=True,
        help_text=_("Community staff send it to the county; without it they publish at once."),
    )
    offered = models.BooleanField(
        _("offered for new notices"), default=True, help_text=_("Notices that exist keep it.")
    )

    #: Water, power, gas and heat cuts, which the community page puts first.
    CUT = "N10"

    class Meta:
        verbose_name = _("notice type")
        verbose_name_plural = _("notice types")
        constraints = [_period_is_whole("notice_type_period_whole")]

    @cached_property
    def specs(self) -> list[FieldSpec]:
        """Its extra fields, in order. One query, unless they are prefetched."""
        return [field.spec for field in sorted(self.fields.all(), key=NoticeField.order)]


class NoticeVariant(LegalPeriod, Orderable):
    """A kind within a type that has a legal period of its own: a water cut, a gas cut."""

    notice_type = ParentalKey(NoticeType, on_delete=models.CASCADE, related_name="variants")
    code = models.CharField(
        _("code"),
        max_length=20,
        validators=[
            RegexValidator(r"^[A-Z][A-Z0-9_]*$", _("Capital letters and digits, a letter first."))
        ],
    )

    class Meta(Orderable.Meta):
        verbose_name = _("kind of notice")
        verbose_name_plural = _("kinds of notice")
        constraints = [
            models.UniqueConstraint(fields=["notice_type", "code"], name="notice_variant_once"),
            _period_is_whole("notice_variant_period_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_type.label} · {self.label}"


class NoticeField(Orderable):
    """Something that every notice of a type says in a field of its own."""

    notice_type = ParentalKey(NoticeType, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(
        _("key"),
        max_length=30,
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*$", _("Small letters, digits and underscores, a letter first.")
            )
        ],
        help_text=_("Never shown: small letters, like paid_amount."),
    )
    kind = models.CharField(
        _("holds"), max_length=10, choices=FieldKind.choices, default=FieldKind.TEXT
    )
    label_zh = models.CharField(_("Chinese label"), max_length=40)
    label_en = models.CharField(_("English label"), max_length=80, blank=True)
    required = models.BooleanField(_("needed before it goes public"), default=True)
    help_zh = models.CharField(_("Chinese help"), max_length=200, blank=True)
    help_en = models.CharField(_("English help"), max_length=200, blank=True)
    choices = models.CharField(
        _("words to choose from"),
        max_length=200,
        blank=True,
        help_text=_("Only for a choice; separated by commas."),
    )
    only_for = models.CharField(
        _("only for the kind"),
        max_length=20,
        blank=True,
        help_text=_("Code of one of the kinds; empty for all of them."),
    )
    stays_until = models.BooleanField(
        _("posted until this day"),
        default=False,
        help_text=_("Only for a day: the publicity ends on it or later."),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("extra field")
        verbose_name_plural = _("extra fields")
        constraints = [
            models.UniqueConstraint(fields=["notice_type", "key"], name="notice_field_once")
        ]

    def __str__(self) -> str:
        return self.spec.label

    def clean(self) -> None:
        super().clean()
        if (self.kind == FieldKind.CHOICE) != bool(self.words):
            raise ValidationError({"choices": gettext("A choice, and only a choice, has words.")})
        if self.stays_until and self.kind != FieldKind.DATE:
            raise ValidationError({"stays_until": gettext("Only a day can end the publicity.")})

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(w.strip() for w in self.choices.replace("，", ",").split(",") if w.strip())

    @property
    def spec(self) -> FieldSpec:
        return FieldSpec(
            key=self.key,
            kind=self.kind,
            label_zh=self.label_zh,
            label_en=self.label_en,
            required=self.required,
            help_zh=self.help_zh,
            help_en=self.help_en,
            choices=self.words,
            only_for=self.only_for,
            stays_until=self.stays_until,
        )

    @staticmethod
    def order(field: "NoticeField") -> tuple[int, int]:
        return field.sort_order or 0, field.pk or 0
