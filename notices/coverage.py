"""Publicity coverage: which required notice of which community is due, published, late or missing.

What was public on a day is read from the notices and from the record of removals, so that a figure
of an earlier month stays what it was: a notice taken down before its period was over covers its
community until that day, one taken down later goes on covering it.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from notices.draft_plans import DRAFT_PLAN
from notices.models import NoticePage, NoticeRemoval, RequiredNotice
from notices.states import Clock, Coverage
from portal.common.periods import Period
from portal.places.models import Place
from portal.projects.models import ProjectCommunity

FINAL_PLAN = "N06"
#: What falls due within so many days is shown as the next to do.
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Posting:
    """One time that a notice was public. `communities` narrows it; empty for all below `path`."""

    path: str
    code: str
    start: date
    end: date | None
    removed: date | None = None
    communities: frozenset[int] = frozenset()
    notice_id: int | None = None

    @property
    def was_early(self) -> bool:
        """Whether it was taken down before its period was over."""
        return self.removed is not None and self.end is not None and self.removed <= self.end

    def concerns(self, community: Place) -> bool:
        if self.communities and community.pk not in self.communities:
            return False
        return community.path.startswith(self.path)

    def counts(self, on: date) -> bool:
        """Whether it has been posted by `on`, and not cut short by then."""
        cut = self.was_early and self.removed is not None and self.removed <= on
        return self.start <= on and not cut


@dataclass(frozen=True)
class Dates:
    """What starts the clocks of one community."""

    started: date | None
    completed: date | None
    accepted: date | None
    accounts: date | None

    def event(self, clock: str, plan_ended: date | None) -> date | None:
        return {
            Clock.WORKS_START: self.started,
            Clock.WORKS_DONE: self.completed,
            Clock.ACCEPTED: self.accepted,
            Clock.ACCOUNTS_FILED: self.accounts,
            Clock.PLAN_ENDED: plan_ended,
        }[Clock(clock)]


@dataclass(frozen=True)
class Cell:
    """One required notice of one community, as of a day. `due` is None while its clock stands.

    A notice that comes again has a cell for each `period`, from the day its clock starts.
    """

    community: Place
    required: RequiredNotice
    due: date | None
    published: date | None
    notice_id: int | None
    on: date
    period: Period | None = None

    @property
    def name(self) -> str:
        """Its code, with the first day of the period it is about: "N12 2026-03-01"."""
        code = self.required.code
        return f"{code} {self.period.start.isoformat()}" if self.period else code

    @property
    def period_shown(self) -> str:
        """The month or quarter it is about: "2026-03", "2026 Q1"; empty for one that comes once."""
        if self.period is None:
            return ""
        start = self.period.start
        if self.period.kind == "MONTH":
            return date_format(start, "YEAR_MONTH_FORMAT")
        quarter = (start.month + 2) // 3
        return gettext("%(year)d, quarter %(quarter)d") % {"year": start.year, "quarter": quarter}

    @property
    def is_due(self) -> bool:
        """Whether it counts in the denominator of I12 (E6: what is not yet due does not)."""
        return self.due is not None and self.due <= self.on

    @property
    def is_guessed(self) -> bool:
        """Whether its day may move once the holidays of that year are announced."""
        return self.due is not None and self.required.is_guessed(self.due)

    @property
    def state(self) -> Coverage:
        if self.published is not None:
            late = self.due is not None and self.published > self.due
            return Coverage.LATE if late else Coverage.PUBLISHED
        if self.is_due:
            return Coverage.MISSING
        soon = self.due is not None and self.due <= self.on + SOON
        return Coverage.DUE if soon else Coverage.NOT_YET

    @property
    def days_left(self) -> int | None:
        """Days until it is due, negative once it is overdue."""
        return (self.due - self.on).days if self.due else None


@dataclass(frozen=True)
class Facts:
    """All that coverage is computed from, for some communities and for any day."""

    communities: Sequence[Place]
    required: Sequence[RequiredNotice]
    dates: dict[int, Dates]
    postings: dict[str, list[Posting]]

    def cells(self, community: Place, on: date) -> list[Cell]:
        """The required notices of `community` as of `on`; none without a renovation."""
        dates = self.dates.get(community.pk)
        if dates is None:
            return []
        postings = self._of(community, on)
        plan = _latest_ended(postings.get(DRAFT_PLAN, []), on)
        found: list[Cell] = []
        for required in self.required:
            if required.every:
                found += _cells_again(community, required, dates, postings, on)
            elif cell := _cell(community, required, dates, plan, postings, on):
                found.append(cell)
        return found

    def is_planned(self, community: Place, on: date) -> bool:
        """Whether the final plan of `community` is public by `on`, or has been for its time."""
        return bool(self._of(community, on).get(FINAL_PLAN))

    def first_due(self, community: Place) -> date | None:
        """The first day on which something is due, whatever else comes later."""
        return min(self._dues(community, None), default=None)

    def change_days(self, community: Place, until: date) -> list[date]:
        """In order, the days to `until` from which something about `community` may be different."""
        days = set(self._dues(community, until))
        for items in self.postings.values():
            for posting in items:
                if posting.concerns(community):
                    days |= {posting.start, *([posting.removed] if posting.removed else [])}
                    if posting.code == DRAFT_PLAN and posting.end:
                        days.add(posting.end + timedelta(days=1))
        return sorted(days)

    def _dues(self, community: Place, until: date | None) -> Iterator[date]:
        """Of what comes again, the first one only where no `until` is given."""
        dates = self.dates.get(community.pk)
        if dates is None:
            return
        plans = [p for p in self.postings.get(DRAFT_PLAN, []) if p.end and p.concerns(community)]
        for required in self.required:
            if required.every:
                last = until or dates.event(required.clock, None)
                yield from (due for _period, due in _again(required, dates, last))
            elif required.clock == Clock.PLAN_ENDED:
                yield from (required.due(plan.end) for plan in plans if plan.end)
            elif event := dates.event(required.clock, None):
                yield required.due(event)

    def _of(self, community: Place, on: date) -> dict[str, list[Posting]]:
        return {
            code: [item for item in items if item.concerns(community) and item.counts(on)]
            for code, items in self.postings.items()
        }


def _again(
    required: RequiredNotice, dates: Dates, last: date | None
) -> Iterator[tuple[Period, date]]:
    """The periods, begun by `last`, of a notice that comes again, each with the day it is due."""
    first, end = dates.event(required.clock, None), dates.event(required.until, None)
    if first is None or last is None:
        return
    for period in required.periods(first, min(end, last) if end else last):
        yield period, required.due(period.end)


def coverage_facts(communities: Sequence[Place]) -> Facts:
    """Six queries, whatever the number of communities."""
    required = list(RequiredNotice.objects.in_order())
    codes = {item.code for item in required} | {DRAFT_PLAN, FINAL_PLAN}
    postings: dict[str, list[Posting]] = defaultdict(list)
    for posting in postings_of(communities, codes):
        postings[posting.code].append(posting)
    return Facts(communities, required, _dates(communities), postings)


def publicity_coverage(place: Place, on: date) -> list[Cell]:
    """Every required notice of every renovated community under `place`, as of `on`.

    Ordered by community and type. Seven queries, whatever the size of `place`.
    """
    communities = list(Place.objects.communities().under(place).order_by("path"))
    facts = coverage_facts(communities)
    return [cell for community in communities for cell in facts.cells(community, on)]


def postings_of(communities: Sequence[Place], codes: Collection[str]) -> list[Posting]:
    """What was ever public for these communities: their notices and those of places above."""
    paths = {
        community.path[:end]
        for community in communities
        for end in range(Place.steplen, len(community.path) + 1, Place.steplen)
    }
    wanted = Q(place__path__in=paths, notice_type__code__in=codes)
    return [*_public(wanted), *_removed(wanted)]


@dataclass(frozen=True)
class Ended:
    """One publicity period of a notice of a community that is over, or was cut short on `day`."""

    day: date
    code: str
    was_early: bool


def periods_ended(places: Sequence[Place], on: date) -> dict[int, list[Ended]]:
    """Place pk → its own notices whose publicity was over by `on` (I13). Four queries at most.

    A county's notice is the county's and counts once there, for however many communities it was.

    The guard lets no shorter period out than the law asks, so that only a removal can cut one
    short. One taken down before it began has kept nothing from anybody and does not count.
    """
    wanted = Q(place__in=[place.pk for place in places])
    by_path = {place.path: place.pk for place in places}
    found: dict[int, list[Ended]] = defaultdict(list)
    for posting in [*_public(wanted), *_removed(wanted)]:
        if posting.end is None or (posting.removed and posting.removed < posting.start):
            continue
        day = posting.removed if posting.was_early and posting.removed else posting.end
        over = day <= on if posting.was_early else day < on
        if over:
            ended = Ended(day, posting.code, posting.was_early)
            found[by_path[posting.path]].append(ended)
    return found


def _public(wanted: Q) -> list[Posting]:
    live = NoticePage.objects.live().filter(wanted, publicity_start__isnull=False)
    columns = (
        "pk",
        "place__path",
        "notice_type__code",
        "publicity_start",
        "publicity_end",
        "is_narrowed",
    )
    rows = list(live.order_by("publicity_start", "pk").values_list(*columns))
    named = _audiences([row[0] for row in rows if row[5]])
    return [
        Posting(path, code or "", start, end, None, named.get(pk, frozenset()), pk)
        for pk, path, code, start, end, _narrow in rows
    ]


def _removed(wanted: Q) -> list[Posting]:
    """What left the public pages of a place. Whom a county's notice named is known as long as the
    notice exists; one deleted for good counts for all below its place."""
    removals = NoticeRemoval.objects.filter(
        wanted, published_at__isnull=False, publicity_start__isnull=False
    )
    columns = (
        "notice_id",
        "place__path",
        "notice_type__code",
        "publicity_start",
        "publicity_end",
        "removed_at",
    )
    rows = list(removals.order_by("removed_at", "pk").values_list(*columns))
    named = _audiences([row[0] for row in rows])
    return [
        Posting(path, code or "", start, end, timezone.localdate(at), named.get(pk, frozenset()))
        for pk, path, code, start, end, at in rows
    ]


def _audiences(keys: list[int]) -> dict[int, frozenset[int]]:
    if not keys:
        return {}
    found: dict[int, set[int]] = defaultdict(set)
    through = NoticePage.communities.through
    rows = through.objects.filter(noticepage__in=keys).values_list("noticepage_id", "place_id")
    for notice, place in rows:
        found[notice].add(place)
    return {notice: frozenset(places) for notice, places in found.items()}


def _dates(communities: Sequence[Place]) -> dict[int, Dates]:
    rows = ProjectCommunity.objects.filter(community__in=communities).values_list(
        "community_id",
        "start_date",
        "completed_date",
        "project__accepted_date",
        "project__accounts_date",
    )
    return {row[0]: Dates(*row[1:]) for row in rows}


def _latest_ended(plans: Sequence[Posting], on: date) -> Posting | None:
    ended = [plan for plan in plans if plan.end is not None and plan.end < on]
    return max(ended, key=lambda plan: plan.start, default=None)


def _cell(
    community: Place,
    required: RequiredNotice,
    dates: Dates,
    plan: Posting | None,
    postings: dict[str, list[Posting]],
    on: date,
) -> Cell | None:
    """None where the rule was not in force on the day it would be due."""
    event = dates.event(required.clock, plan.end if plan else None)
    due = required.due(event) if event else None
    if not required.is_in_force(due or on):
        return None
    found = postings.get(required.code, [])
    if required.clock == Clock.PLAN_ENDED and plan is not None:
        # What was said about an earlier plan says nothing about this one.
        found = [posting for posting in found if posting.start > plan.start]
    first = min(found, key=lambda posting: posting.start, default=None)
    return Cell(
        community=community,
        required=required,
        due=due,
        published=first.start if first else None,
        notice_id=first.notice_id if first else None,
        on=on,
    )


def _cells_again(
    community: Place,
    required: RequiredNotice,
    dates: Dates,
    postings: dict[str, list[Posting]],
    on: date,
) -> list[Cell]:
    """One cell a period. A notice answers the period in whose time it came: after the due day of
    the one before, up to its own. A second one in that time makes up for one left out before; so
    does one after the last due day, as long as one more period would have taken."""
    periods = [pair for pair in _again(required, dates, on) if required.is_in_force(pair[1])]
    if not periods:
        return []
    days = [due for _period, due in periods]
    too_late = required.due(periods[-1][0].next().end)
    answers: list[Posting | None] = [None] * len(periods)
    found = sorted(postings.get(required.code, []), key=lambda posting: posting.start)
    first = dates.event(required.clock, None)
    for posting in found:
        if first is None or not first <= posting.start <= too_late:
            continue
        slot = bisect_left(days, posting.start)
        if slot < len(answers) and answers[slot] is None:
            answers[slot] = posting
            continue
        left = [index for index in range(min(slot, len(answers))) if answers[index] is None]
        if left:
            answers[left[-1]] = posting
    return [
        Cell(
            community=community,
            required=required,
            due=due,
            published=posting.start if posting else None,
            notice_id=posting.notice_id if posting else None,
            on=on,
            period=period,
        )
        for (period, due), posting in zip(periods, answers, strict=True)
    ]
