"""The cases behind a figure: counted by the rules that count the figure, as a list to be read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from feedback.complaints.events import Case, Event, closings, group_events
from feedback.complaints.filed_cases import filed_cases
from feedback.complaints.fixes import fixes
from feedback.complaints.models import Category, Complaint, ComplaintEvent, ComplaintQuerySet
from feedback.complaints.queries import month_condition
from feedback.complaints.services.tallies import event_cases
from feedback.complaints.states import IMPORTED, Verdict
from portal.common.periods import Period, month_start
from portal.places.models import Place
from portal.projects.queries import construction_windows

MAX_MONTHS = 30
#: Indicator → the numbers of its evidence (`Measurement.inputs`) that open; the first is the whole.
PARTS = {
    "I25": ("due", "verified"),
    "I28": ("events", "apart"),
    "I32": ("due", "on_time"),
    "I33": ("asked", "answered", "solved", "partly", "by_callback", "silent", "closed", "resolved"),
    "I34": ("rated", "satisfied", "asked"),
    "I35": ("closed", "with_household", "repeated"),
    "I36": ("events",),
}
#: Indicators that count events (events.py) and not cases.
OF_EVENTS = {"I28", "I35", "I36"}
#: Number of I32 or I33 → field of `CaseRates` that counts cases by the month of their filing.
_FILED = {
    "due": "due",
    "on_time": "on_time",
    "closed": "staff_claimed",
    "resolved": "staff_resolved",
}


@dataclass(frozen=True)
class Behind:
    """What one number of a figure counts.

    `number` is the number. `cases` has one key a case; of an event (events.py) the first filing,
    or every report of it where `whole` was asked for. So there can be fewer cases than answers, and
    more than events.
    """

    number: int
    cases: Collection[int]


@dataclass(frozen=True)
class Asked:
    """One number of a figure, as its page asks for it.

    `months` are the months counted, `channels` the imported channels compared (I28). `moment` is
    until when what happened counts: when the figure became final, or was computed.
    """

    indicator: str
    part: str
    place: Place
    months: Sequence[Period]
    moment: datetime
    channels: Collection[str] = ()
    whole: bool = False

    def rows(self) -> ComplaintQuerySet:
        return Complaint.objects.in_place(self.place)

    def starts(self) -> set[date]:
        return {month.start for month in self.months}


def cases_behind(asked: Asked) -> Behind:
    """The cases of these months that a number of I25, I28 or I32–I36 counts; none for any other.

    Whether somebody may see the cases of the place is not asked here (opened_figure.py does). What
    is restricted counts nowhere, so it is in no list either. A fixed number of queries.
    """
    if not asked.months or asked.part not in PARTS.get(asked.indicator, ()):
        return Behind(0, ())
    if asked.indicator == "I25":
        return _fixed(asked)
    if asked.indicator in OF_EVENTS:
        return _events(asked)
    return _filed(asked) if asked.part in _FILED else _answered(asked)


def _fixed(asked: Asked) -> Behind:
    found = {
        fix.pk
        for fix in fixes(asked.rows().filter(filed_at__lte=asked.moment), lambda _: asked.moment)
        if fix.month in asked.starts() and (fix.verified or asked.part == "due")
    }
    return Behind(len(found), found)


def _filed(asked: Asked) -> Behind:
    name, found = _FILED[asked.part], set[int]()
    rows = asked.rows().counted().filter(_in_months(asked, "filed_at"))
    for case in filed_cases(rows):
        if case.counts(asked.moment)[name]:
            found.add(case.pk)
    return Behind(len(found), found)


def _answered(asked: Asked) -> Behind:
    """Cases with an event of the months that I33 or I34 counts."""
    counts = _answer_conditions()
    counts["asked"] = counts["answered"] | counts["silent"]
    times = Q(pk__in=[])
    for month in asked.months:
        times |= _answer_times(month, asked.moment)
    events = (
        ComplaintEvent.objects.answers()
        .filter(complaint__community__path__startswith=asked.place.path)
        .annotate(was_heard=_answered_since(asked.moment))
    )
    found = list(events.filter(counts[asked.part], times).values_list("complaint", flat=True))
    return Behind(len(found), set(found))


def _answer_times(period: Period, moment: datetime) -> Q:
    """Events of the period, seen at `moment`."""
    return month_condition("at", period) & Q(at__lte=moment)


def _answered_since(moment: datetime) -> Exists:
    """Whether the resident answered, or staff reported anew, after an event and up to `moment`."""
    kinds = [ComplaintEvent.Kind.CONFIRMED, ComplaintEvent.Kind.RESOLVED]
    later = ComplaintEvent.objects.filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")),
        complaint=OuterRef("complaint"),
        kind__in=kinds,
        at__lte=moment,
    )
    return Exists(later)


def _answer_conditions() -> dict[str, Q]:
    """Field of `CaseRates` → which events of `answers()` it counts; they have `was_heard`."""
    given = Q(kind=ComplaintEvent.Kind.CONFIRMED)
    # A ledger keeps what was asked on the phone; whoever asked is none of our staff.
    called = Q(actor__isnull=False) | Q(
        complaint__channel__in=IMPORTED, complaint__verdict_by_callback=True
    )
    return {
        "answered": given,
        "solved": given & Q(data__verdict=Verdict.SOLVED),
        "partly": given & Q(data__verdict=Verdict.PARTLY),
        "by_callback": given & called,
        # No comparison: SQLite takes JSON's null for a text, which is more than any number.
        "rated": given & Q(data__rating__in=[1, 2, 3, 4, 5]),
        "satisfied": given & Q(data__rating__in=[4, 5]),
        "silent": Q(kind=ComplaintEvent.Kind.RESOLVED, was_heard=False),
    }


def _events(asked: Asked) -> Behind:
    """The events are those of `tally_rebuild`, read from the complaints as they are now."""
    rows = asked.rows()
    if asked.indicator == "I36":
        rows = rows.filter(community__in=_at_work(asked))
    cases = event_cases(rows)
    if asked.indicator == "I35":
        events = _closed(asked, [case for found in cases.values() for case in found])
    else:
        counted = "RATE" if asked.indicator == "I28" else "CONSTRUCTION"
        found = cases.get(Category.Counted[counted], [])
        if asked.indicator == "I28" and asked.part == "events":
            found = [case for case in found if case.channel in asked.channels]
        events = [event for event in group_events(found) if event.month in asked.starts()]
        if asked.part == "apart":
            events = [event for event in events if not event.has_any(IMPORTED)]
    reports = (event.cases if asked.whole else [event.first] for event in events)
    return Behind(len(events), {case.id for part in reports for case in part})


def _closed(asked: Asked, cases: list[Case]) -> list[Event]:
    return [
        closing.event
        for closing in closings(cases)
        if month_start(closing.at.date()) in asked.starts()
        and (asked.part != "with_household" or closing.has_household)
        and (asked.part != "repeated" or closing.repeated_at is not None)
    ]


def _at_work(asked: Asked) -> list[int]:
    """Keys of the communities whose works went on in one of the months: only these have an I36."""
    windows = construction_windows(Place.objects.communities().under(asked.place))
    return [
        pk
        for pk, works in windows.items()
        if any(
            month_start(works.start) <= month <= month_start(works.completed or month)
            for month in asked.starts()
        )
    ]


def _in_months(asked: Asked, field: str) -> Q:
    found = Q(pk__in=[])
    for month in asked.months:
        found |= month_condition(field, month)
    return found
