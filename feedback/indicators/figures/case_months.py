"""The counts of I32–I34 for every month at once: a community has dozens of months, and each would
be a query of its own."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from feedback.complaints.filed_cases import filed_cases
from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.queries import CaseRates
from feedback.complaints.states import IMPORTED, Verdict
from portal.common.periods import month_start
from portal.places.models import Place

#: First day of a month → until when what happened counts for it.
AsOf = Callable[[date], datetime]
Counts = dict[str, int]


def case_months(
    communities: Sequence[Place], as_of: AsOf, now: datetime
) -> dict[int, dict[date, CaseRates]]:
    """Community pk → first day of the month → counts, for months that have any. Three queries."""
    counts: dict[int, dict[date, Counts]] = defaultdict(lambda: defaultdict(_none))
    rows = Complaint.objects.filter(community__in=communities, filed_at__lte=now).counted()
    for case in filed_cases(rows):
        month = _month(case.filed_at)
        for name, is_counted in case.counts(as_of(month)).items():
            counts[case.community][month][name] += is_counted
    _answers(counts, communities, as_of, now)
    return {
        pk: {
            month: CaseRates(**found)
            for month, found in sorted(months.items())
            if any(found.values())
        }
        for pk, months in counts.items()
    }


def _none() -> Counts:
    return dict.fromkeys(CaseRates.__dataclass_fields__, 0)


def _answers(
    counts: dict[int, dict[date, Counts]], communities: Sequence[Place], as_of: AsOf, now: datetime
) -> None:
    """Add what the logs of the cases tell: every answer in its month, and every report of a
    solution that none followed, nor another report."""
    rows = (
        ComplaintEvent.objects.answers()
        .filter(complaint__community__in=communities, at__lte=now)
        .order_by("complaint_id", "-at", "-pk")
        .values_list(
            "complaint_id",
            "complaint__community_id",
            "kind",
            "at",
            "data",
            "actor_id",
            "complaint__channel",
            "complaint__verdict_by_callback",
        )
    )
    last: tuple[int, datetime] | None = None
    for case, community, kind, at, data, actor, channel, by_phone in rows.iterator(chunk_size=2000):
        following = last[1] if last is not None and last[0] == case else None
        last = (case, at)
        month = _month(at)
        moment = as_of(month)
        if at > moment:
            continue
        if kind == ComplaintEvent.Kind.CONFIRMED:
            called = actor is not None or (channel in IMPORTED and by_phone)
            _given(counts[community][month], data, called)
        elif not _is_past(following, moment):
            counts[community][month]["silent"] += 1


def _given(month: Counts, data: dict[str, Any], called: bool) -> None:
    rating = data.get("rating")
    month["answered"] += 1
    month["solved"] += data.get("verdict") == Verdict.SOLVED
    month["partly"] += data.get("verdict") == Verdict.PARTLY
    month["by_callback"] += called
    month["rated"] += rating is not None
    month["satisfied"] += rating is not None and rating >= 4


def _is_past(at: datetime | None, moment: datetime) -> bool:
    return at is not None and at <= moment


def _month(at: datetime) -> date:
    return month_start(timezone.localdate(at))
