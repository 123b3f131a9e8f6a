"""A reduction (I28) split by season: roofs leak in summer and radiators stay cold in winter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.translation import gettext as _

from feedback.complaints.queries import event_months
from feedback.indicators.figures.exposure import household_months, household_steps
from feedback.indicators.models import Measurement
from portal.places.models import PlaceLevel


@dataclass(frozen=True)
class SeasonLine:
    """Events and events per 1,000 household-years (None without households), on both sides."""

    name: str
    before: int
    rate_before: float | None
    after: int
    rate_after: float | None


def season_lines(row: Measurement) -> list[SeasonLine]:
    """The heating season and the other months of one community's windows; empty for any other
    figure, for a window without either, and for a revision that is older or withdrawn: the events
    are counted as they are now. Three queries."""
    if row.place is None or row.indicator != "I28" or row.place.level_id != PlaceLevel.COMMUNITY:
        return []
    if not row.is_latest or "before" not in row.inputs:
        return []
    sides = [[_day(name) for name in row.inputs[side]["months"]] for side in ("before", "after")]
    every = [day for side in sides for day in side]
    channels = row.inputs["channels"]
    events = event_months(row.place, min(every), max(every), channels=channels)
    steps = household_steps([row.place])[row.place.pk]

    def counted(months: Sequence[date]) -> tuple[int, float | None]:
        count = sum(sum(events[month].values()) for month in months)
        years = household_months(steps, months) / 12
        return count, count / years * 1000 if years else None

    lines = []
    for name, in_season in ((_("Heating season"), True), (_("Other months"), False)):
        parts = [[day for day in side if is_heated(day) == in_season] for side in sides]
        if all(parts):
            lines.append(SeasonLine(name, *counted(parts[0]), *counted(parts[1])))
    return lines


def is_heated(month: date) -> bool:
    """Whether the month begins in the heating season (setting `HEATING_SEASON`)."""
    first, last = settings.HEATING_SEASON
    day = (month.month, month.day)
    return first <= day <= last if first <= last else day >= first or day <= last


def _day(name: str) -> date:
    return date.fromisoformat(f"{name}-01")
