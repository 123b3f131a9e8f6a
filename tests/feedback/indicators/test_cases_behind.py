"""The list opened from a complaint figure has exactly the cases that the figure counted."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from feedback.complaints.figure_cases import PARTS
from feedback.complaints.models import Complaint
from feedback.complaints.permissions import complaints_visible_to
from feedback.complaints.services import ledger_import
from feedback.complaints.staff_filters import ComplaintList
from feedback.indicators.case_links import case_links, parts_below
from feedback.indicators.models import Measurement
from feedback.indicators.seasons import season_lines
from feedback.indicators.services import sweep
from feedback.indicators.states import Group
from portal.accounts.roles import Role
from portal.common.periods import months_between
from portal.demo import factories
from portal.places.models import Household
from tests.feedback.complaints.conftest import nothing_kept  # noqa: F401
from tests.feedback.indicators.conftest import LOCAL
from tests.feedback.indicators.lives import LATER, Lives, every_month, ledger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


def stands_on(base):
    """Three years of ledgers of two renovated communities, half a year of cases of the portal."""
    rng = Random(1)  # noqa: S311
    lives = Lives(rng, base.neighbourhood)
    works = factories.RenovationProjectFactory(county=base.neighbourhood.other_county)
    factories.ProjectCommunityFactory(project=works, community=base.city["D"])
    months = months_between(date(2019, 9, 1), date(2022, 7, 1))
    homes = list(Household.objects.in_place(base.city["D"])[:5])
    rows = [
        *ledger(rng, base.city["D"], months, homes),
        *ledger(rng, lives.community, months, lives.homes),
        *every_month(base.neighbourhood.other, months),
    ]
    ledger_import(rows=[row for row in rows if row.accepted_at or not row.resolved_at])
    for _ in range(45):
        now = datetime(2022, 1, 4, 10, tzinfo=LOCAL) + timedelta(hours=rng.randint(0, 24 * 180))
        case = lives.file(now)
        lives.take_on(case, now + timedelta(hours=rng.randint(0, 60)))
        now += timedelta(hours=61)
        while (now := now + timedelta(hours=rng.randint(1, 150))) < LATER:
            lives.go_on(case, now)
    ours = list(Complaint.objects.filter(community=lives.community).order_by("filed_at", "pk"))
    lives.merge([case for case in ours if case.state in {"ACCEPTED", "ASSIGNED"}], LATER)
    sweep(LATER)


def listed(url, user):
    """The list behind an address, as its screen shows it."""
    query = QueryDict(urlsplit(url).query)
    return ComplaintList(complaints_visible_to(user), query, LATER + timedelta(days=3), user)


def test_the_list_has_as_many_cases_as_the_figure_counted(stood, evaluator):
    seen, looked = {}, Counter()
    rows = Measurement.objects.latest_revisions().of_group(Group.COMPLAINTS).of_places()
    # Of each number of each place some are looked at, most of them where something was counted.
    for row in rows.select_related("place").order_by("inputs_hash", "pk"):
        for link in case_links(row):
            kind = row.indicator, row.variant, link.name, row.place_id, bool(link.number)
            looked[kind] += 1
            if looked[kind] > (4 if link.number else 1):
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


def test_every_report_of_an_event_can_be_shown(stood, evaluator):
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


def test_a_reduction_above_communities_opens_community_by_community(stood, neighbourhood):
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


def test_a_reduction_is_split_by_season(stood, city):
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
