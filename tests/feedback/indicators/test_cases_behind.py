"""The list opened from a complaint figure has exactly the cases that the figure counted, and what
happens after a month is final leaves its figures as they are."""

from datetime import date, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import QueryDict

from feedback.complaints import services
from feedback.complaints.figure_cases import PARTS
from feedback.complaints.models import Category, Complaint
from feedback.complaints.permissions import complaints_visible_to
from feedback.complaints.services import LedgerRow, ledger_import
from feedback.complaints.staff_filters import ComplaintList
from feedback.indicators.case_links import case_links, parts_below
from feedback.indicators.models import Measurement
from feedback.indicators.seasons import season_lines
from feedback.indicators.services import rebuild, sweep
from feedback.indicators.states import Group, Reason
from portal.accounts.roles import Role
from portal.common.periods import add_months, months_between
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.models import Household
from tests.feedback.complaints.conftest import jpeg, nothing_kept  # noqa: F401
from tests.feedback.indicators.conftest import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]
LATER = datetime(2022, 8, 10, 12, tzinfo=LOCAL)
HOTLINE, OFFICE, OWN = "12345", "PETITION", "COMMUNITY_LEDGER"


class Lives:
    """Cases that go through whatever the dice say, by the services that staff use."""

    def __init__(self, rng, neighbourhood):
        self.rng = rng
        self.community = neighbourhood.community
        self.homes = neighbourhood.households[:4]
        self.clerk = factories.staff("gu", Role.COMMUNITY_STAFF, self.community)
        self.caller = factories.staff("he", Role.COMMUNITY_STAFF, self.community)
        self.project = factories.RenovationProjectFactory(county=neighbourhood.county)
        factories.ProjectCommunityFactory(project=self.project, community=self.community)
        self.photos = 0

    def file(self, now):
        """In working hours, about the roof, the road, a lamp or the noise of the works."""
        code = self.rng.choice(["C10", "C10", "C17", "C18", "C01"])
        filed = services.complaint_file(
            key=new_key(),
            community=self.community,
            category=Category.objects.get(pk=code),
            text="还是老问题",
            household=self.rng.choice([None, *self.homes]),
            now=now,
        )
        return filed.complaint

    def take_on(self, case, now):
        self.act("accept", case, now, reply=self.rng.choice(["", "已受理"]))
        if self.rng.random() < 0.4:
            given = {"project": self.project, "work_item": "WATERPROOFING"}
            self.act("quality_mark", case, now, **given)

    def go_on(self, case, now):
        """One thing that staff or the resident do."""
        rng, name = self.rng, self.rng.choice(sorted(self.CHOICES))
        photo = ContentFile(jpeg(self.colour(), (16, 16))) if name == "reinspect" else None
        given = {
            "wait": {"text": "请告知单元"},
            "extend": {"workdays": 5, "reason": "下雨"},
            "promise": {"day": (now + timedelta(days=9)).date(), "text": "先苫盖"},
            "reclassify": {"category": Category.objects.get(pk="C11"), "danger": False},
            "resolve": {"text": "修了"},
            "transfer": {"office": "信访局", "reason": "要求复查"},
            "reinspect": {"passed": rng.random() < 0.6, "note": "看过", "photo": photo},
        }
        if name == "confirm":
            verdict, rating = rng.choice(["SOLVED", "PARTLY", "UNSOLVED"]), rng.choice([None, 2, 5])
            self.act("confirm", case, now, by=None, verdict=verdict, rating=rating)
        elif name == "callback":
            told = {"answered": True, "verdict": "SOLVED", "rating": 4}
            self.act("callback", case, now, by=self.caller, **told)
        elif name == "return":
            self.act("return", case, now, reason="不属信访", prefix="petition")
        else:
            self.act(name, case, now, **given.get(name, {}))

    CHOICES = (
        *("wait", "resume", "extend", "promise", "reclassify", "resolve", "transfer"),
        *("confirm", "callback", "reinspect", "return"),
    )

    def act(self, name, case, now, *, prefix="complaint", by="clerk", **given):
        """What is not possible now is passed over."""
        if by is not None:
            given["by"] = self.clerk if by == "clerk" else by
        try:
            getattr(services, f"{prefix}_{name}")(complaint=case, now=now, **given)
        except ValidationError:
            case.refresh_from_db()

    def colour(self):
        self.photos += 1
        return (self.photos % 256, self.photos // 256, 90)

    def merge(self, cases, now):
        """Some reports joined to others of the same community."""
        for main, case in zip(cases[::7], cases[1::7], strict=False):
            self.act("merge", case, now, main=main)


def ledger(rng, community, months, homes, first=0):
    """Rows of three ledgers, a few homes complaining again and again; solved, or still open."""
    for number in range(len(months) * 3):
        at = datetime.combine(rng.choice(months), datetime.min.time(), LOCAL)
        at += timedelta(days=rng.randint(0, 27), hours=9)
        solved = at + timedelta(days=rng.randint(1, 20)) if rng.random() < 0.9 else None
        said = rng.choice(["", "SOLVED", "UNSOLVED"]) if solved else ""
        yield LedgerRow(
            community=community,
            channel=rng.choice([HOTLINE, OFFICE, OWN]),
            source_number=f"{community.code}-{first + number}",
            category=rng.choice(["C10", "C17", "C17", "C01", "C05"]),
            text="路面不平",
            household=rng.choice([None, *homes]),
            filed_at=at,
            accepted_at=at if rng.random() < 0.95 else None,
            first_contact_at=at + timedelta(hours=2) if rng.random() < 0.6 else None,
            resolved_at=solved,
            verdict=said,
            verdict_at=solved + timedelta(days=2) if said else None,
            rating=rng.choice([None, 1, 5]) if said else None,
            by_callback=rng.random() < 0.5,
        )


def every_month(community, months):
    """A ledger that has a row in every month can be compared."""
    for number, month in enumerate(months):
        at = datetime.combine(month, datetime.min.time(), LOCAL) + timedelta(days=3, hours=9)
        for channel in (HOTLINE, OFFICE):
            yield LedgerRow(
                community=community,
                channel=channel,
                source_number=f"M{number}",
                category="C20",
                text="停车难",
                filed_at=at,
                accepted_at=at,
                resolved_at=at + timedelta(days=1),
            )


@pytest.fixture
def told(neighbourhood, city):
    """Three years of ledgers of two renovated communities, half a year of cases of the portal."""

    def tell(seed):
        rng = Random(seed)  # noqa: S311
        lives = Lives(rng, neighbourhood)
        works = factories.RenovationProjectFactory(county=neighbourhood.other_county)
        factories.ProjectCommunityFactory(project=works, community=city["D"])
        months = months_between(datetime(2019, 9, 1).date(), datetime(2022, 7, 1).date())  # noqa: DTZ001
        homes = list(Household.objects.in_place(city["D"])[:5])
        rows = [
            *ledger(rng, city["D"], months, homes),
            *ledger(rng, lives.community, months, lives.homes),
            *every_month(neighbourhood.other, months),
        ]
        ledger_import(rows=[row for row in rows if row.accepted_at or not row.resolved_at])
        cases = []
        for _ in range(45):
            now = datetime(2022, 1, 4, 10, tzinfo=LOCAL) + timedelta(hours=rng.randint(0, 24 * 180))
            case = lives.file(now)
            lives.take_on(case, now + timedelta(hours=rng.randint(0, 60)))
            cases.append(case)
            now += timedelta(hours=61)
            while (now := now + timedelta(hours=rng.randint(1, 150))) < LATER:
                lives.go_on(case, now)
        ours = list(Complaint.objects.filter(community=lives.community).order_by("filed_at", "pk"))
        lives.merge([case for case in ours if case.state in {"ACCEPTED", "ASSIGNED"}], LATER)
        sweep(LATER)
        return lives

    return tell


def listed(url, user):
    """The list behind an address, as its screen shows it."""
    query = QueryDict(urlsplit(url).query)
    return ComplaintList(complaints_visible_to(user), query, LATER + timedelta(days=3), user)


def test_the_list_has_as_many_cases_as_the_figure_counted(told, evaluator):
    told(1)
    seen = {}
    rows = Measurement.objects.latest_revisions().of_group(Group.COMPLAINTS).of_places()
    for number, row in enumerate(rows.select_related("place").order_by("pk")):
        for link in case_links(row):
            # Where nothing was counted, one in ten is looked at.
            if not link.number and number % 10:
                continue
            found = listed(link.url, evaluator)
            assert found.figure.behind.number == link.number, (row, link)
            keys = [case.pk for case in found.rows()]
            assert len(keys) == len(set(keys)) == len(found.figure.behind.cases)
            of_answers = row.indicator in {"I33", "I34"} and found.figure.part not in {
                "closed",
                "resolved",
            }
            if of_answers:
                # One case can be answered twice in a month.
                assert min(1, link.number) <= len(keys) <= link.number
            else:
                assert len(keys) == link.number, (row, link)
            key = row.indicator, found.figure.part
            seen[key] = seen.get(key, 0) + link.number
    assert set(seen) == {(code, part) for code, parts in PARTS.items() for part in parts}
    assert all(seen.values()), seen


def test_every_report_of_an_event_can_be_shown(told, evaluator):
    told(3)
    rows = Measurement.objects.latest_revisions().filter(indicator="I35", variant="main")
    more = 0
    for row in rows.select_related("place"):
        link = case_links(row)[0]
        reports = listed(f"{link.url}&reports=all", evaluator)
        assert reports.figure.behind.number == link.number
        first = {case.pk for case in listed(link.url, evaluator).rows()}
        every = {case.pk for case in reports.rows()}
        assert first <= every
        more += len(every) - len(first)
    assert more > 0


def test_a_reduction_above_communities_opens_community_by_community(told, neighbourhood):
    told(1)
    city = Measurement.objects.latest_revisions().filter(
        indicator="I28", variant="main", place=neighbourhood.city
    )
    row = city.order_by("-period_end")[0]
    assert case_links(row) == []
    events = 0
    for county in parts_below(row, Measurement.objects.latest_revisions()):
        for community in parts_below(county, Measurement.objects.latest_revisions()):
            links = case_links(community)
            assert len(links) == 3
            events += links[0].number
    assert events == row.inputs["before"]["events"] > 0


def test_what_moves_a_clock_after_the_freeze_leaves_the_final_figures(neighbourhood, evaluator):
    """Deadlines are extended, promised and started anew long after; nothing is counted again."""
    rng = Random(5)  # noqa: S311
    lives, cases = Lives(rng, neighbourhood), []
    for day in range(40):
        now = datetime(2022, 1, 4, 10, tzinfo=LOCAL) + timedelta(days=rng.randint(0, 24))
        case = lives.file(now)
        lives.take_on(case, now + timedelta(hours=rng.randint(0, 60)))
        if day % 4 == 0:
            lives.act("wait", case, now + timedelta(days=2), text="请告知单元")
        if day % 5 == 0:
            lives.act("transfer", case, now + timedelta(days=3), office="信访局", reason="复查")
        if day % 3 == 0:
            lives.act("resolve", case, now + timedelta(days=4), text="修了")
        cases.append(case)
    final = datetime(2022, 2, 17, 3, tzinfo=LOCAL)
    sweep(final)
    frozen = Measurement.objects.filter(
        period_start=datetime(2022, 1, 1).date(),  # noqa: DTZ001
        place=neighbourhood.community,
        indicator__in=["I25", "I32", "I33", "I34"],
    )
    before = {(row.indicator, row.variant): row.inputs for row in frozen}
    assert {("I25", "main"), ("I32", "main"), ("I33", "main"), ("I33", "staff_claim")} <= set(
        before
    )
    assert not frozen.filter(frozen_at=None).exists()
    ends = {case.pk: Complaint.objects.get(pk=case.pk).due_at for case in cases}
    moved = set()
    for case in cases:
        now = final + timedelta(days=1)
        for _ in range(12):
            now += timedelta(hours=rng.randint(1, 90))
            lives.go_on(case, now)
            case.refresh_from_db()
            moved |= {case.pk} if case.due_at != ends[case.pk] else set()
    assert len(moved) > 10
    sweep(add_months_to(final, 4))
    assert not frozen.filter(revision__gt=0).exists()
    assert {(row.indicator, row.variant): row.inputs for row in frozen} == before
    for row in frozen.select_related("place"):
        for link in case_links(row):
            assert listed(link.url, evaluator).figure.behind.number == link.number


def add_months_to(moment, months):
    return datetime.combine(add_months(moment.date(), months), moment.timetz())


def test_a_reduction_is_split_by_season(told, city):
    told(2)
    row = Measurement.objects.latest_revisions().filter(
        indicator="I28", variant="main", place=city["D"]
    )
    row = row.order_by("-period_end")[0]
    heated, others = season_lines(row)
    for side in ("before", "after"):
        known = row.inputs[side]
        assert getattr(heated, side) + getattr(others, side) == known["events"] > 0
    winter = {"11", "12", "01", "02", "03"}
    months = [name for name in row.inputs["before"]["months"] if name[5:] in winter]
    links = case_links(row)
    only = links[0].url.replace("%2C".join(row.inputs["before"]["months"]), "%2C".join(months))
    assert only != links[0].url
    assert (
        heated.before
        == listed(only, factories.staff("x", Role.EVALUATOR, city["D"])).figure.behind.number
    )
    assert heated.rate_before == pytest.approx(1000 * heated.before / (220 * 5 / 12))


def test_a_reduction_that_is_older_or_withdrawn_is_split_into_nothing(
    complaints, city, neighbourhood, client, evaluator
):
    """The events are counted as they are now, and what was withdrawn has no windows."""
    project = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    works = factories.ProjectCommunityFactory(project=project, community=city["D"])
    for month in months_between(date(2019, 9, 1), date(2022, 7, 1)):
        complaints(city["D"], month, 2)
    rebuild(None, LATER)
    found = Measurement.objects.filter(indicator="I28", variant="main", place=city["D"])
    older = found.exclude(frozen_at=None).order_by("period_end")[0]
    assert season_lines(older) and len(case_links(older)) == 3
    complaints(city["D"], date.fromisoformat(f"{older.inputs['before']['months'][0]}-01"), 1)
    rebuild(None, LATER)
    works.delete()
    rebuild(None, LATER)
    older.refresh_from_db()
    withdrawn = found.get(period_end=older.period_end, is_latest=True)
    assert (withdrawn.reason, withdrawn.inputs) == (Reason.WITHDRAWN, {})
    assert older.inputs and withdrawn.revision == older.revision + 2
    client.force_login(evaluator)
    for row in (older, withdrawn):
        assert season_lines(row) == case_links(row) == []
        assert client.get(f"/staff/figures/measurements/{row.pk}/").status_code == 200
