"""Who stands in for whom while somebody is away."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.places.models import Place

if TYPE_CHECKING:
    from portal.accounts.models import User


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> Self:
        return self.filter(from_date__lte=day, to_date__gte=day)

    def not_over(self, day: date) -> Self:
        return self.filter(to_date__gte=day)

    def within(self, first: date, last: date) -> Self:
        """Those that share a day with the time from `first` to `last`."""
        return self.filter(from_date__lte=last, to_date__gte=first)

    def near(self, place: Place) -> Self:
        """Those that share a community with `place`: at it, above it or in a part of it."""
        above = Q(place__in=Place.objects.above(place))
        return self.filter(above | Q(place__path__startswith=place.path))

    def covered_by(self, deputy: "User", day: date) -> Self:
        return self.on(day).filter(deputy=deputy).select_related("user", "place")


class Absence(models.Model):
    """From one day to another (both counted) the deputy's worklist shows the user's cases, too.

    It shows them and gives no right: the deputy does with a case what an assignment of their own
    allows at its place, and does not see it where there is none.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who is away"),
        on_delete=models.CASCADE,
        related_name="absences",
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("deputy"),
        on_delete=models.CASCADE,
        related_name="deputyships",
    )
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.CASCADE, related_name="+"
    )
    from_date = models.DateField(_("first day"))
    to_date = models.DateField(_("last day"))

    objects = AbsenceQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        indexes = [models.Index(fields=["deputy", "to_date"], name="absence_by_deputy")]
        constraints = [
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="absence_deputy_is_other"),
            models.CheckConstraint(
                condition=Q(to_date__gte=F("from_date")), name="absence_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.deputy_id}"
