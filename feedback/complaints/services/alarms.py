"""Warnings at 80 % and 100 % of the time, escalation up the tree: rows rebuilt by a sweep.

The community is warned, the county is told of what is overdue, the city of what stays so. Alerts
go out through the channels of the place, each stage of a deadline once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.complaints.deadlines import WARNED_AT, Rules, office_closes, time_added, used_share
from feedback.complaints.due import petition_due_at
from feedback.complaints.models import Alarm, Complaint, ComplaintQuerySet, DeadlineRule, Petition
from feedback.complaints.states import AlarmStage, Clock, Due, State
from portal.messages.services import alert_queue
from portal.messages.states import Topic
from portal.places.models import Place, PlaceLevel

#: A case is looked at so long before its end: more than a fifth of the longest time allowed.
HORIZON = timedelta(days=40)
#: What was reached longer ago (an imported ledger, a stop of weeks) is listed and not told.
TOLD_WITHIN = timedelta(days=3)
BATCH = 200


@dataclass(frozen=True)
class Reached:
    """A stage that a clock of a case has reached, and when."""

    clock: Clock
    stage: AlarmStage
    due_at: datetime
    at: datetime


def alarms_sweep(*, now: datetime) -> int:
    """Make the alarms what they should be now, and tell staff what is new. Returns how many are.

    Every run looks at all open cases that are near an end, not at a window of time: a run that was
    missed is made up for by the next, and a second run at once finds nothing to do.
    """
    watched, elsewhere = _watched(now), _at_petition_office()
    Alarm.objects.exclude(complaint__in=watched.order_by().values("pk")).exclude(
        complaint__in=elsewhere.order_by().values("pk")
    ).delete()
    return _sweep(watched, now) + _sweep(elsewhere, now)


def _sweep(watched: ComplaintQuerySet, now: datetime) -> int:
    new, rules, above = 0, DeadlineRule.objects.by_class(), _levels()
    keys = list(watched.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            cases = list(
                watched.filter(pk__in=keys[start : start + BATCH])
                .select_related("community", "category", "petition")
                .order_by("pk")
            )
            new += _rebuild(cases, rules, above, now)
    return new


def alarms_raise(complaint: Complaint, *, now: datetime) -> None:
    """What one case has reached, told at once: for danger that must not wait for the sweep."""
    if not complaint.category.is_restricted:
        _rebuild([complaint], DeadlineRule.objects.by_class(), _levels(), now)


def _watched(now: datetime) -> ComplaintQuerySet:
    near = Q(due=Due.P0) | Q(due_at__lt=now + HORIZON) | Q(first_contact_at=None)
    return (
        Complaint.objects.open()
        .filter(near, waiting_since=None)
        .exclude(category__is_restricted=True)
    )


def _at_petition_office() -> ComplaintQuerySet:
    undecided = Petition.objects.filter(finished_date=None)
    return Complaint.objects.filter(
        state=State.TRANSFERRED, pk__in=undecided.order_by().values("complaint")
    )


def _rebuild(cases: Sequence[Complaint], rules: Rules, above: list[Place], now: datetime) -> int:
    known: dict[tuple[int, str, str], Alarm] = {
        (alarm.complaint_id, alarm.clock, alarm.stage): alarm
        for alarm in Alarm.objects.filter(complaint__in=cases).order_by("pk")
    }
    new = []
    for case in cases:
        for reached in _reached(case, rules, now):
            alarm = known.get((case.pk, reached.clock, reached.stage))
            if alarm is not None and alarm.due_at == reached.due_at:
                known.pop((case.pk, reached.clock, reached.stage))
            else:
                new.append((case, reached))
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in known.values()]).delete()
    Alarm.objects.bulk_create(
        [
            Alarm(
                complaint=case,
                clock=reached.clock,
                stage=reached.stage,
                due_at=reached.due_at,
                place=_place(reached.stage, case.community, above),
                raised_at=now,
            )
            for case, reached in new
        ],
        ignore_conflicts=True,
    )
    for case, reached in new:
        if now - reached.at <= TOLD_WITHIN:
            _tell(case, reached, now)
    return len(new)


def _reached(case: Complaint, rules: Rules, now: datetime) -> Iterator[Reached]:
    if case.state == State.TRANSFERRED:
        yield from _petition_stages(case.petition, now)
        return
    if case.due == Due.P0:
        yield Reached(Clock.CONTACT, AlarmStage.DANGER, case.contact_due_at, case.filed_at)
    began = case.filed_at
    if case.first_contact_at is None:
        yield from _stages(Clock.CONTACT, case, began, case.contact_due_at, rules, now)
    if case.owes_visit and case.site_due_at is not None:
        yield from _stages(Clock.SITE, case, began, case.site_due_at, rules, now)
    if case.state == State.REOPENED and case.reopened_at is not None:
        began = case.reopened_at
    yield from _stages(Clock.DONE, case, began, case.due_at, rules, now)


def _stages(
    clock: Clock, case: Complaint, began: datetime, due_at: datetime, rules: Rules, now: datetime
) -> Iterator[Reached]:
    rule = rules[case.due]
    around = rule.around_the_clock
    waited = timedelta(minutes=case.waited_minutes if clock == Clock.DONE else 0)
    used = used_share(began, due_at, now, waited=waited, around_the_clock=around)
    if used < WARNED_AT:
        return
    yield Reached(clock, AlarmStage.WARNED, due_at, min(now, due_at))
    if used < 1:
        return
    yield Reached(clock, AlarmStage.OVERDUE, due_at, due_at)
    city_at = time_added(due_at, timedelta(minutes=rule.escalate_minutes), around)
    if city_at <= now:
        yield Reached(clock, AlarmStage.ESCALATED, due_at, city_at)


def _petition_stages(petition: Petition, now: datetime) -> Iterator[Reached]:
    """Calendar days, until the petition office accepts and then until it decides."""
    due_at = petition_due_at(petition)
    began = office_closes(petition.accepted_date or petition.transferred_date)
    used = used_share(began, due_at, now, around_the_clock=True)
    if used >= WARNED_AT:
        yield Reached(Clock.PETITION, AlarmStage.WARNED, due_at, min(now, due_at))
    if used >= 1:
        yield Reached(Clock.PETITION, AlarmStage.OVERDUE, due_at, due_at)


def _levels() -> list[Place]:
    """Counties and cities, which escalation goes to; the deepest first. One query."""
    levels = [PlaceLevel.COUNTY, PlaceLevel.CITY]
    return list(Place.objects.filter(level__in=levels).order_by("-depth", "path"))


def _place(stage: AlarmStage, community: Place, above: Iterable[Place]) -> Place:
    """Who must look: the community, its county, its city; the nearest there is below."""
    level = {AlarmStage.OVERDUE: PlaceLevel.COUNTY, AlarmStage.ESCALATED: PlaceLevel.CITY}.get(
        stage
    )
    found = community
    for place in above:
        if level and community.path.startswith(place.path):
            found = place
            if place.level_id == level:
                break
    return found


def _tell(case: Complaint, reached: Reached, now: datetime) -> None:
    stamp = int(reached.due_at.timestamp())
    case_tell(
        case,
        place=case.community,
        stage=reached.stage.label,
        what=reached.clock.label,
        due_at=reached.due_at,
        dedupe_key=f"complaint-{case.pk}-{reached.clock}-{reached.stage}-{stamp}",
        urgent=reached.stage == AlarmStage.DANGER or case.due == Due.P0,
        now=now,
    )


def case_tell(
    case: Complaint,
    *,
    place: Place,
    stage: str | Promise,
    what: str | Promise,
    due_at: datetime,
    dedupe_key: str,
    urgent: bool,
    now: datetime,
) -> None:
    """Tell the staff of `place` and above what a case has come to (`stage`) and by when `what` is
    due. In the language of the installation; no word of the resident's."""
    with override(settings.LANGUAGE_CODE):
        moment = formats.date_format(timezone.localtime(due_at), "DATETIME_FORMAT")
        subject = _("%(stage)s: complaint %(number)s") % {"stage": stage, "number": case.number}
        body = "\n".join(
            [
                f"{case.community.label} · {case.category.label}",
                _("Due (%(what)s): %(moment)s") % {"what": what, "moment": moment},
                settings.WAGTAILADMIN_BASE_URL
                + reverse("complaints_staff:detail", args=[case.number]),
            ]
        )
    alert_queue(
        place=place,
        topic=Topic.COMPLAINTS,
        subject=subject,
        body=body,
        dedupe_key=dedupe_key,
        urgent=urgent,
        now=now,
    )
