"""What staff did with some cases beyond the usual way: routes, waiting, joining, inspecting.

The steps on open cases go through the services. Routes, numbers to call and inspections of the
running year are written at once; these have no photos, because the demonstration has none.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from feedback.complaints import services
from feedback.complaints.models import (
    Category,
    Complaint,
    ComplaintEvent,
    ComplaintQuerySet,
    EmergencyNumber,
    QualityCase,
    Reinspection,
    Route,
)
from feedback.complaints.states import Due, Service, State, WorkItem
from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.demo.case_lives import Team
from portal.demo.register import Register
from portal.demo.staff import COMMUNITY, CONTRACTOR, COUNTY
from portal.places.models import Place
from portal.projects.models import ProjectCommunity

Group = Category.Group
#: Of the repairs of one kind that were reported as solved, how many are quality cases.
QUALITY_SHARE, PASSED_SHARE = 0.5, 0.88


def handling_seed(
    register: Register, teams: dict[str, Team], rng: Random, *, since: datetime, now: datetime
) -> None:
    """After the cases of the running year are written: `since` is its beginning."""
    with transaction.atomic():
        _routes(register)
        _emergency_numbers(register)
        _inspections(teams, rng, since, now)
        _steps(teams[COUNTY], register.counties[COUNTY], now)
    services.alarms_sweep(now=now)


def _routes(register: Register) -> None:
    county = register.counties[COUNTY]
    home = next((c.place for c in register.communities if c.code == COMMUNITY), county)
    company = Organisation.objects.get(name=CONTRACTOR)
    Route.objects.bulk_create(
        [
            Route(place=register.city, group=Group.FAIRNESS, role=Role.PROJECT_UNIT),
            Route(place=county, group=Group.WORKS, organisation=company),
            Route(place=county, category_id="C10", organisation=company),
            Route(place=county, category_id="C11", organisation=company),
            Route(place=county, group=Group.ORDER, role=Role.PROPERTY_COMPANY),
            Route(place=home, category_id="C18", role=Role.PROPERTY_COMPANY, is_automatic=True),
            Route(place=home, category_id="C19", role=Role.COMMUNITY_STAFF),
        ]
    )


def _emergency_numbers(register: Register) -> None:
    """Whom to call. After the area code come numbers that no telephone has (none begins with 0):
    nobody must be called because somebody looks at a demonstration."""
    city, county = register.city, register.counties[COUNTY]
    EmergencyNumber.objects.bulk_create(
        [
            EmergencyNumber(place=city, service=Service.GAS, number="0352-000 0001"),
            EmergencyNumber(place=city, service=Service.POWER, number="0352-000 0002"),
            EmergencyNumber(place=city, service=Service.WATER, number="0352-000 0003"),
            EmergencyNumber(place=city, service=Service.HEATING, number="0352-000 0004"),
            # A county with a company of its own: the nearest number counts.
            EmergencyNumber(place=county, service=Service.HEATING, number="0352-000 0014"),
        ]
    )


def _inspections(teams: dict[str, Team], rng: Random, since: datetime, now: datetime) -> None:
    members = {
        member.community_id: member.project
        for member in ProjectCommunity.objects.select_related("project").order_by("pk")
    }
    repaired = (
        Complaint.objects.filter(filed_at__gte=since, resolved_at__lt=now - timedelta(days=2))
        .exclude(category__work_item__in=["", WorkItem.OTHER])
        .filter(community__in=members)
        .select_related("category")
        .order_by("filed_at", "number")
    )
    cases, inspections, events = [], [], []
    inspectors = dict(_inspectors(teams))
    for complaint in repaired:
        if rng.random() > QUALITY_SHARE:
            continue
        team = next(
            t for path, t in inspectors.items() if complaint.community.path.startswith(path)
        )
        quality = QualityCase(
            complaint=complaint,
            project=members[complaint.community_id],
            work_item=complaint.category.work_item,
            contractor=team.company,
        )
        cases.append(quality)
        at = (complaint.resolved_at or now) + timedelta(hours=rng.randint(20, 44))
        passed = rng.random() < PASSED_SHARE
        note = "现场查看，修复到位。" if passed else "仍未修好，要求返工。"
        inspections.append(
            Reinspection(
                quality=quality, passed=passed, inspected_at=at, inspector=team.caller, note=note
            )
        )
        events.append(
            ComplaintEvent(
                complaint=complaint,
                kind=ComplaintEvent.Kind.REINSPECTED,
                at=at,
                actor=team.caller,
                text=note,
                is_public=True,
                data={"passed": passed},
            )
        )
    QualityCase.objects.bulk_create(cases, batch_size=500)
    Reinspection.objects.bulk_create(inspections, batch_size=500)
    ComplaintEvent.objects.bulk_create(events, batch_size=500)


def _inspectors(teams: dict[str, Team]) -> Iterator[tuple[str, Team]]:
    for county in Place.objects.filter(code__in=teams).order_by("path"):
        yield county.path, teams[county.code]


def _steps(team: Team, county: Place, now: datetime) -> None:
    """One case each in the running year that waits, was joined, split, passed to the petition
    office, given to a person."""
    handler, taken = team.handler, set[int]()

    def pick(cases: ComplaintQuerySet) -> Complaint | None:
        in_county = cases.in_place(county).exclude(pk__in=taken).exclude(due=Due.P0)
        # The community whose clerk can sign in first, so that there is something to see.
        found = in_county.order_by("community__code", "-filed_at", "number")
        ranked = sorted(found[:200], key=lambda case: case.community.code != COMMUNITY)
        if not ranked:
            return None
        taken.add(ranked[0].pk)
        return ranked[0]

    open_cases = Complaint.objects.select_related("community", "category")
    in_work = open_cases.filter(state__in=[State.ACCEPTED, State.ASSIGNED])
    if case := pick(in_work):
        text = "请告知具体位置和方便上门的时间，师傅好安排。"
        _try(services.complaint_wait, case, handler, now, text=text)
    if case := pick(in_work):
        _try(
            services.complaint_split,
            case,
            handler,
            now,
            category=Category.objects.get(pk="C20" if case.category_id != "C20" else "C22"),
            text="来电时还反映：楼前车辆乱停，救护车进不来。",
        )
    if case := pick(in_work):
        reason = "涉及历史遗留的产权问题，需按信访程序办理。"
        _try(services.complaint_transfer, case, handler, now, office="平城区信访局", reason=reason)
    if main := pick(open_cases.filter(state__in=[State.RECEIVED, State.ACCEPTED])):
        same = open_cases.filter(community=main.community, state=State.RECEIVED)
        if double := pick(same):
            _try(services.complaint_merge, double, handler, now, main=main)
    clerk = User.objects.filter(username="clerk").first()
    if clerk and (case := pick(in_work.filter(community__code=COMMUNITY, assigned_to=None))):
        _try(services.complaint_hand_over, case, handler, now, person=clerk)


def _try(service: object, case: Complaint, by: User, now: datetime, **given: object) -> None:
    """A step half an hour after what happened last, but not in the future."""
    last = case.events.aggregate(last=Max("at"))["last"] or case.filed_at
    moment = min(now, last + timedelta(minutes=30))
    try:
        with transaction.atomic():
            service(complaint=case, by=by, now=moment, **given)  # type: ignore[operator]
    except ValidationError:
        # The draw of this seed left the case in a state that the step does not begin in.
        return
