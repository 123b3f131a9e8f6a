"""The types of notice, with what the law asks of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from notices.states import Rule, Unit


class LegalPeriod(models.Model):
    """What the law asks of a kind of notice: the rule, how long, in which unit, and why."""

    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=80)
    rule = models.CharField(_("rule"), max_length=8, choices=Rule.choices, blank=True)
    amount = models.PositiveSmallIntegerField(_("length"), default=0)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, blank=True)
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh

    @property
    def shown(self) -> str:
        """The length in words: "7 working days"."""
        return f"{self.amount} {Unit(self.unit).label}"

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


def _period_is_whole(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(rule="", unit="") | (~Q(rule="") & ~Q(unit="")), name=name
    )


class NoticeType(LegalPeriod):
    """One of the kinds of notice of a renovation. Types are data."""

    code = models.CharField(_("code"), max_length=8, unique=True)
    has_variants = models.BooleanField(_("has kinds"), default=False)

    #: Water, power, gas and heat cuts, which the community page puts first.
    CUT = "N10"

    class Meta:
        verbose_name = _("notice type")
        verbose_name_plural = _("notice types")
        constraints = [_period_is_whole("notice_type_period_whole")]


class NoticeVariant(LegalPeriod):
    """A kind within a type that has a legal period of its own: a water cut, a gas cut."""

    notice_type = models.ForeignKey(NoticeType, on_delete=models.CASCADE, related_name="variants")
    code = models.CharField(_("code"), max_length=20)

    class Meta:
        verbose_name = _("kind of notice")
        verbose_name_plural = _("kinds of notice")
        constraints = [
            models.UniqueConstraint(fields=["notice_type", "code"], name="notice_variant_once"),
            _period_is_whole("notice_variant_period_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_type.label} · {self.label}"
