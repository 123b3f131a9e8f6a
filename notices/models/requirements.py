"""Which notices every renovated community owes its residents, and from when on. They are data."""

from datetime import date, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notices.models.types import NoticeType
from notices.states import Clock, Every, Phase, Unit
from portal.common.periods import Period
from portal.common.workdays import add_calendar_days, add_workdays, calendar_known

#: Working days are counted forward; ahead of something, calendar days are.
UNITS = [(unit.value, unit.label) for unit in (Unit.WORKING, Unit.CALENDAR)]


class RequiredNoticeQuerySet(models.QuerySet["RequiredNotice"]):
    def in_order(self) -> Self:
        return self.select_related("notice_type").order_by("notice_type__code", "pk")


class RequiredNotice(models.Model):
    """A type of notice that is due so many days after (or before) something of the renovation.

    One that comes again (`every`) is due for each calendar month or quarter, from the one in which
    its clock starts to the one in which `until` falls, so many days after that month or quarter.

    It asks for what falls due while it is in force. Whoever changes a rule ends the old one and
    adds a new one, so that the figures of earlier months keep theirs.
    """

    notice_type = models.ForeignKey(
        NoticeType, verbose_name=_("notice type"), on_delete=models.PROTECT, related_name="+"
    )
    phase = models.CharField(_("phase"), max_length=10, choices=Phase.choices)
    clock = models.CharField(_("counted from the day when"), max_length=14, choices=Clock.choices)
    amount = models.SmallIntegerField(
        _("days"), default=0, help_text=_("So many days later; a negative number: so many before.")
    )
    unit = models.CharField(_("unit"), max_length=8, choices=UNITS, default=Unit.CALENDAR)
    every = models.CharField(
        _("comes again"),
        max_length=8,
        choices=Every.choices,
        blank=True,
        help_text=_("The days are then counted from the end of each month or quarter."),
    )
    until = models.CharField(
        _("comes again until"), max_length=14, choices=Clock.choices, blank=True
    )
    valid_from = models.DateField(_("in force from"), default=date(2019, 1, 1))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)

    objects = RequiredNoticeQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("required notice")
        verbose_name_plural = _("required notices")
        constraints = [
            models.UniqueConstraint(
                fields=["notice_type", "valid_from"], name="required_notice_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="required_notice_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(unit=Unit.WORKING) | Q(amount__gte=0),
                name="required_notice_workdays_forward",
            ),
            models.CheckConstraint(
                condition=Q(every="", until="") | (~Q(every="") & ~Q(until="") & Q(amount__gte=0)),
                name="required_notice_comes_again_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_type.label}: {self.rule_shown}"

    @property
    def code(self) -> str:
        return self.notice_type.code

    @property
    def rule_shown(self) -> str:
        """In words: "7 calendar days before the works begin"."""
        if self.every:
            return self._rule_again()
        clock = Clock(self.clock).label
        if not self.amount:
            return gettext("by the day when %(clock)s") % {"clock": clock}
        number = abs(self.amount)
        period = f"{number} {Unit(self.unit).label}"
        if self.amount < 0:
            return gettext("%(period)s before %(clock)s") % {"period": period, "clock": clock}
        return gettext("%(period)s after %(clock)s") % {"period": period, "clock": clock}

    def _rule_again(self) -> str:
        """In words: "every month, within 10 calendar days of its end, until the works are …"."""
        values = {
            "every": Every(self.every).label,
            "period": f"{self.amount} {Unit(self.unit).label}",
            "until": Clock(self.until).label,
        }
        return gettext("%(every)s, within %(period)s of its end, until %(until)s") % values

    def clean(self) -> None:
        super().clean()
        if bool(self.every) != bool(self.until):
            raise ValidationError({"until": gettext("What comes again, and only that, ends.")})
        if self.every and self.amount < 0:
            raise ValidationError({"amount": gettext("A report follows the time it is about.")})
        if Clock.PLAN_ENDED in {self.until, self.every and self.clock}:
            text = gettext("What comes again is counted from a day of the project.")
            raise ValidationError({"clock": text})
        if self.unit == Unit.WORKING and self.amount < 0:
            raise ValidationError({"unit": gettext("Days before something are calendar days.")})
        if self.valid_to and self.valid_from and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": gettext("This day lies before the first one.")})

    def due(self, event: date) -> date:
        """The last day to publish it."""
        if self.unit == Unit.WORKING:
            return add_workdays(event, self.amount)
        if self.amount > 0:
            return add_calendar_days(event, self.amount)
        return event + timedelta(days=self.amount)

    def is_guessed(self, due: date) -> bool:
        """Whether `due` hangs on holidays not announced yet: weekends stood in for them."""
        counts_days_off = self.unit == Unit.WORKING or self.amount > 0
        return counts_days_off and not calendar_known(due)

    def periods(self, first: date, last: date) -> list[Period]:
        """The months or quarters from the one of `first` to the one of `last`, in order."""
        if not self.every or last < first:
            return []
        period = Period.containing("MONTH" if self.every == Every.MONTH else "QUARTER", first)
        found = [period]
        while period.end < last:
            period = period.next()
            found.append(period)
        return found

    def is_in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
