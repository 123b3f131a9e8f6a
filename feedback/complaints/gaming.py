"""Signs that a case was closed for the figures (docs/public-board.md). Reads only.

Each finder yields what it sees in the rows as they are; that a sign is not told twice is a matter
of its key. Restricted cases are nobody's business here.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery

from feedback.complaints.events import WINDOW
from feedback.complaints.models import (
    Category,
    Complaint,
    ComplaintEvent,
    ComplaintQuerySet,
    DeviceMark,
    GamingSignal,
)
from feedback.complaints.states import IMPORTED, Nature, State

Kind = ComplaintEvent.Kind
#: Closed so shortly before it was due, and open again so soon.
RUSH, REOPENED = timedelta(hours=4), timedelta(days=14)
#: So many cases on one device in such a time.
MANY, TOGETHER = 5, timedelta(hours=24)
#: Device marks go after this time.
KEPT = timedelta(days=30)
#: Words between people that count as contact; accepting counts when something was written.
CONTACTS = (Kind.CONTACTED, Kind.REPLIED, Kind.PROMISED, Kind.WAITING)


@dataclass(frozen=True)
class Sign:
    kind: str
    key: str
    community: int
    complaints: list[int]
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


def signs() -> Iterator[Sign]:
    """Everything that is not told yet. Some queries and their rows."""
    yield from rushed()
    yield from silent()
    yield from moved()
    yield from denied()
    yield from devices()


def _untold(kind: str) -> ComplaintQuerySet:
    told = GamingSignal.objects.filter(kind=kind, complaints=OuterRef("pk"))
    return (
        Complaint.objects.filter(~Exists(told), category__is_restricted=False)
        .exclude(channel__in=IMPORTED)
        .order_by("pk")
    )


def rushed() -> Iterator[Sign]:
    """Reported as solved at most four hours before it was due, open again within 14 days."""
    kind = GamingSignal.Kind.RUSHED
    solved = ComplaintEvent.objects.filter(kind=Kind.RESOLVED).order_by("at", "pk")
    cases = _untold(kind).filter(reopened_at__isnull=False)
    for case in cases.prefetch_related(Prefetch("events", queryset=solved)):
        before = [e for e in case.events.all() if case.reopened_at and e.at <= case.reopened_at]
        if not before or "due" not in before[-1].data or case.reopened_at is None:
            continue
        closed, due = before[-1].at, datetime.fromisoformat(before[-1].data["due"])
        if timedelta(0) <= due - closed <= RUSH and case.reopened_at - closed <= REOPENED:
            data = {
                "closed": closed.isoformat(),
                "due": due.isoformat(),
                "reopened": case.reopened_at.isoformat(),
            }
            yield Sign(kind, case.number, case.community_id, [case.pk], closed, data)


def silent() -> Iterator[Sign]:
    """Reported as solved, and nobody had spoken with the resident before."""
    kind = GamingSignal.Kind.SILENT
    talked = Q(kind__in=CONTACTS) | (Q(kind=Kind.ACCEPTED) & ~Q(text=""))
    talk = ComplaintEvent.objects.filter(
        talked, complaint=OuterRef("pk"), at__lte=OuterRef("resolved_at")
    )
    cases = _untold(kind).filter(~Exists(talk), resolved_at__isnull=False)
    columns = ("pk", "number", "community_id", "resolved_at")
    for pk, number, community, at in cases.values_list(*columns):
        if at is not None:
            yield Sign(kind, number, community, [pk], at, {"closed": at.isoformat()})


def moved() -> Iterator[Sign]:
    """Taken out of the set that the reduction is computed from, after it was taken on."""
    kind = GamingSignal.Kind.MOVED
    sets = dict(Category.objects.values_list("pk", "counted"))
    out = {Category.Counted.CONSTRUCTION, Category.Counted.AFTER}
    events = ComplaintEvent.objects.filter(
        kind=Kind.RECLASSIFIED,
        complaint__in=_untold(kind).order_by().values("pk"),
        at__gte=F("complaint__accepted_at"),
    ).select_related("complaint")
    for event in events.order_by("at", "pk"):
        old, new = event.data.get("from"), event.data.get("to")
        if sets.get(old) == Category.Counted.RATE and sets.get(new) in out:
            case = event.complaint
            data = {"from": old, "to": new}
            key = f"{case.number}:{event.at:%Y%m%d%H%M%S}"
            yield Sign(kind, key, case.community_id, [case.pk], event.at, data)


def denied() -> Iterator[Sign]:
    """Refused as already reported: unlike a case that is joined to another one, it leaves the event
    and the reduction. How many such reports there are that it could repeat is the evidence."""
    kind = GamingSignal.Kind.DENIED
    untold = _untold(kind).filter(
        state=State.REFUSED,
        nature=Nature.DUPLICATE,
        category__counted=Category.Counted.RATE,
    )
    others = (
        Complaint.objects.in_events()
        .filter(
            community=OuterRef("complaint__community"),
            category=OuterRef("complaint__category"),
            filed_at__lte=OuterRef("complaint__filed_at"),
        )
        .filter(
            Q(filed_at__gte=OuterRef("complaint__filed_at") - WINDOW)
            | Q(resolved_at=None)
            | Q(resolved_at__gt=OuterRef("complaint__filed_at"))
        )
        .order_by()
        .values("community")
        .annotate(n=Count("pk"))
    )
    refused = ComplaintEvent.objects.filter(
        kind=Kind.REFUSED, complaint__in=untold.order_by().values("pk")
    ).annotate(others=Subquery(others.values("n")))
    for event in refused.select_related("complaint").order_by("at", "pk"):
        case = event.complaint
        data = {"refused": event.at.isoformat(), "others": event.others or 0}  # type: ignore[attr-defined]
        yield Sign(kind, case.number, case.community_id, [case.pk], event.at, data)


def devices() -> Iterator[Sign]:
    """Filed and confirmed on one device, five cases or more within a day."""
    spans: dict[str, dict[int, dict[str, datetime]]] = defaultdict(lambda: defaultdict(dict))
    communities: dict[int, int] = {}
    untold = _untold(GamingSignal.Kind.DEVICE).order_by().values("pk")
    rows = DeviceMark.objects.filter(complaint__in=untold).order_by("at", "pk")
    for device, pk, community, deed, at in rows.values_list(
        "device", "complaint_id", "complaint__community_id", "deed", "at"
    ):
        spans[device][pk][deed] = at
        communities[pk] = community
    for device, cases in spans.items():
        both = sorted(
            (deeds[DeviceMark.Deed.FILED], deeds[DeviceMark.Deed.CONFIRMED], pk)
            for pk, deeds in cases.items()
            if len(deeds) == len(DeviceMark.Deed)
        )
        for start, keys in _clusters(both):
            key = f"{device[:40]}:{start:%Y%m%d%H%M}"
            data = {"from": start.isoformat(), "count": len(keys)}
            yield Sign(GamingSignal.Kind.DEVICE, key, communities[keys[0]], keys, start, data)


def _clusters(
    both: list[tuple[datetime, datetime, int]],
) -> Iterator[tuple[datetime, list[int]]]:
    """(first filing, cases) of every day in which MANY were filed and confirmed; none twice."""
    left = both
    while left:
        start = left[0][0]
        inside = [item for item in left if item[1] <= start + TOGETHER]
        if len(inside) >= MANY:
            yield start, [pk for _filed, _confirmed, pk in inside]
            left = [item for item in left if item not in inside]
        else:
            left = left[1:]
