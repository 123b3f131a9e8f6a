"""Years whose holidays are not announced yet: weekends stand in, and staff and readers are told."""

from datetime import date
from typing import TYPE_CHECKING

from notices.states import Unit
from portal.common.workdays import calendar_known

if TYPE_CHECKING:
    from notices.models import NoticePage


def unknown_years(page: "NoticePage") -> list[int]:
    """The years of the publicity (or of a rule in days) that are not announced yet.

    A rule in hours, and a notice without a rule, count no days: nothing to warn of.
    """
    period = page.legal_period
    days = [day for day in (page.publicity_start, page.publicity_end) if day]
    if period is None or period.unit == Unit.HOURS or not days:
        return []
    years = range(min(days).year, max(days).year + 1)
    return [year for year in years if not calendar_known(date(year, 1, 1))]
