"""Categories of complaints: data, since names, wording and deadlines differ between places."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from feedback.complaints.questions import questions_check
from feedback.complaints.states import Due, WorkItem
from feedback.complaints.suggestions import words_of


class CategoryQuerySet(models.QuerySet["Category"]):
    def for_residents(self) -> Self:
        return self.filter(is_active=True).order_by("position", "pk")

    def for_staff(self) -> Self:
        """Those that staff may choose: a restricted one goes to the discipline office alone."""
        return self.for_residents().filter(is_restricted=False)

    def restricted(self) -> Self:
        return self.filter(is_restricted=True)


class Category(models.Model):
    """One of C01…C30. Data: names, wording and deadlines differ from place to place."""

    class Group(models.TextChoices):
        WORKS = "WORKS", _("The building works")
        LEAKS = "LEAKS", _("Roof, walls, drains")
        SUPPLY = "SUPPLY", _("Water, heat, gas, power")
        COMMON = "COMMON", _("Roads, lights, fire safety, parking")
        ORDER = "ORDER", _("Cleaning, green, property service")
        FAIRNESS = "FAIRNESS", _("Plan, money, warranty")

    class Counted(models.TextChoices):
        """Which rate it counts in (domain.md §4)."""

        RATE = "R", pgettext_lazy("complaint set", "Reduction rate")
        CONSTRUCTION = "X", pgettext_lazy("complaint set", "Construction period only")
        AFTER = "A", pgettext_lazy("complaint set", "After the works only")
        EXCLUDED = "EXCLUDED", pgettext_lazy("complaint set", "Not counted")

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    group = models.CharField(_("group"), max_length=10, choices=Group.choices)
    position = models.PositiveSmallIntegerField(_("position"))
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    plain_zh = models.CharField(_("in plain words (Chinese)"), max_length=80)
    plain_en = models.CharField(_("in plain words (English)"), max_length=120)
    lead_zh = models.CharField(_("who leads (Chinese)"), max_length=40)
    lead_en = models.CharField(_("who leads (English)"), max_length=80)
    due = models.CharField(_("deadline"), max_length=2, choices=Due.choices, blank=True)
    danger_zh = models.CharField(_("danger that makes it P0 (Chinese)"), max_length=120, blank=True)
    danger_en = models.CharField(_("danger that makes it P0 (English)"), max_length=160, blank=True)
    urgent_zh = models.TextField(_("what to do at once (Chinese)"), blank=True)
    urgent_en = models.TextField(_("what to do at once (English)"), blank=True)
    counted = models.CharField(_("counts in"), max_length=8, choices=Counted.choices)
    icon = models.CharField(_("icon"), max_length=20, blank=True, default="")
    keywords_zh = models.TextField(
        _("what people say (Chinese)"),
        blank=True,
        default="",
        help_text=_("Words that lead here when somebody types them, separated by spaces."),
    )
    keywords_en = models.TextField(_("what people say (English)"), blank=True, default="")
    questions = models.JSONField(
        _("questions of this category"), default=list, blank=True, validators=[questions_check]
    )
    due_by_promise = models.BooleanField(
        _("due means made safe and a repair date promised"), default=False
    )
    work_item = models.CharField(
        _("part of the works"),
        max_length=14,
        choices=WorkItem.choices,
        blank=True,
        default="",
        help_text=_("Faults of this part are under warranty for a time after acceptance."),
    )
    is_restricted = models.BooleanField(_("restricted"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint category")
        verbose_name_plural = _("complaint categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_restricted=True) | ~Q(due=""),
                name="category_has_a_deadline",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def clean(self) -> None:
        if self.is_restricted and self.counted != self.Counted.EXCLUDED:
            raise ValidationError({"counted": _("Reports that few may see count in no figure.")})

    @property
    def label(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh

    @property
    def plain(self) -> str:
        return self.plain_en if get_language() == "en" else self.plain_zh

    @property
    def words(self) -> str:
        """What leads here when it is typed, for kinds.js."""
        return " ".join(words_of(self))

    @property
    def lead(self) -> str:
        return self.lead_en if get_language() == "en" else self.lead_zh

    @property
    def danger(self) -> str:
        return self.danger_en if get_language() == "en" else self.danger_zh

    @property
    def urgent(self) -> str:
        return self.urgent_en if get_language() == "en" else self.urgent_zh
