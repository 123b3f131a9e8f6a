"""I17 of communities, from the supervisors' log and the time of the works."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from feedback.complaints.supervision_queries import Log, logs
from feedback.indicators.definitions import definition_on
from feedback.indicators.figures.figure import Figure, Sums, calendar_frame
from feedback.indicators.figures.projects import periods_to
from portal.common.periods import Period, add_months, months_between
from portal.places.models import Place
from portal.projects.models import ProjectCommunity

#: So many must serve in a month.
ENOUGH = 2


def community_figures(communities: Sequence[Place], today: date) -> dict[int, list[Figure]]:
    """Community pk → I17 of every quarter in which a month of its works ended. Three queries."""
    works = dict[int, tuple[date, date]]()
    rows = ProjectCommunity.objects.filter(community__in=communities, start_date__lte=today)
    for key, start, end in rows.order_by("pk").values_list(
        "community_id", "start_date", "completed_date"
    ):
        if start is not None:
            works[key] = (start, end or today)
    known = logs(list(works))
    return {
        key: [
            figure
            for period in periods_to("QUARTER", start, min(end, today))
            if (figure := _figure(period, start, end, known[key], today)) is not None
        ]
        for key, (start, end) in works.items()
    }


def _figure(period: Period, start: date, end: date, log: Log, today: date) -> Figure | None:
    """None while no month of the works in the quarter has ended."""
    first, last = max(period.start, start), min(period.end, end)
    months = [month for month in months_between(first, last) if _month_end(month) < today]
    if not months:
        return None
    served = {f"{month:%Y-%m}": log.serving(month, _month_end(month)) for month in months}
    visited = {name: log.visits.get(name, 0) for name in served}
    watched = all(served[name] >= ENOUGH and visited[name] for name in served)
    inputs = {"serving": served, "visits": visited}
    frame = calendar_frame(definition_on("I17", period.start), period, today)
    return frame.share("main", Sums(Decimal(watched), Decimal(1)), inputs)


def _month_end(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)
