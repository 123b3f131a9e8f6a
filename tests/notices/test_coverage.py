"""Which required notice of which community is due, published, late or missing, with time moved."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notices.coverage import periods_ended, publicity_coverage
from notices.models import RequiredNotice
from notices.services import NewNotice, notice_delete, notice_unpublish, notices_publish_many
from notices.states import Coverage
from portal.accounts.roles import Role
from portal.demo import factories
from portal.pages.models import CommunityPage
from portal.places.models import StaleMark
from tests.notices.conftest import NOW, SHANGHAI

START = date(2026, 3, 23)
PLAN_ENDS = date(2026, 3, 11)


@pytest.fixture
def works(pages, neighbourhood, now):
    """Works begin in `community` on 23 March 2026."""
    project = factories.RenovationProjectFactory(county=neighbourhood.county, completed_date=None)
    return factories.ProjectCommunityFactory(
        project=project, community=neighbourhood.community, start_date=START, completed_date=None
    )


def cells(place, on):
    return {cell.required.code: cell for cell in publicity_coverage(place, on)}


def states(place, on):
    return {code: cell.state for code, cell in cells(place, on).items()}


def plan(pages, moment=NOW):
    with time_machine.travel(moment, tick=False):
        return factories.notice(pages.community, moment, kind="N04")


def test_nothing_is_required_without_a_renovation(pages, neighbourhood):
    assert publicity_coverage(neighbourhood.community, START) == []


def test_what_is_due_soon_becomes_missing_with_time(works, neighbourhood):
    place = neighbourhood.community
    early = states(place, date(2026, 2, 1))
    assert set(early.values()) == {Coverage.NOT_YET}
    found = cells(place, NOW.date())
    assert found["N09"].due == date(2026, 3, 16)
    assert found["N09"].state == Coverage.DUE
    assert found["N05"].due is None
    assert found["N14"].due is None
    assert states(place, date(2026, 3, 16))["N09"] == Coverage.MISSING
    on_the_day = cells(place, START)
    assert [code for code, cell in on_the_day.items() if cell.is_due] == [
        "N01",
        "N02",
        "N03",
        "N04",
        "N06",
        "N08",
        "N09",
    ]


def test_a_notice_of_the_county_covers_the_communities_it_names(works, pages, neighbourhood):
    next_door = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="邻院")
    notices_publish_many(
        new=[
            NewNotice(
                factories.NoticePageFactory(kind=kind),
                pages.county,
                NOW,
                communities=named,
            )
            for kind, named in (
                ("N01", [neighbourhood.community]),
                ("N03", [next_door]),
                ("N08", []),
            )
        ],
        user=None,
    )
    found = states(neighbourhood.community, START)
    assert (found["N01"], found["N03"], found["N08"]) == (
        Coverage.PUBLISHED,
        Coverage.MISSING,
        Coverage.PUBLISHED,
    )


def test_what_comes_late_is_published_late(works, pages, neighbourhood):
    plan(pages, datetime(2026, 4, 1, 9, tzinfo=SHANGHAI))
    assert states(neighbourhood.community, date(2026, 3, 31))["N04"] == Coverage.MISSING
    assert states(neighbourhood.community, date(2026, 4, 2))["N04"] == Coverage.LATE


def test_the_uptake_notice_is_counted_from_the_end_of_the_draft_plan(works, pages, neighbourhood):
    place = neighbourhood.community
    plan(pages)
    assert cells(place, PLAN_ENDS)["N05"].due is None
    cell = cells(place, PLAN_ENDS + timedelta(days=1))["N05"]
    assert (cell.due, cell.state) == (date(2026, 3, 25), Coverage.DUE)
    moment = datetime(2026, 3, 20, 9, tzinfo=SHANGHAI)
    with time_machine.travel(moment, tick=False):
        factories.notice(pages.community, moment, kind="N05", event_starts_at=NOW)
    assert states(place, date(2026, 3, 26))["N05"] == Coverage.PUBLISHED


def test_an_early_take_down_uncovers_and_counts_as_cut_short(works, pages, neighbourhood, clerk):
    place, notice = neighbourhood.community, plan(pages)
    day = datetime(2026, 3, 5, 9, tzinfo=SHANGHAI)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=notice, user=clerk, reason="预算有误", now=day)
    assert states(place, date(2026, 3, 4))["N04"] == Coverage.PUBLISHED
    assert states(place, START)["N04"] == Coverage.MISSING
    ended = periods_ended([place], START)[place.pk]
    assert [(item.day, item.was_early) for item in ended] == [(day.date(), True)]
    # Deleted for good afterwards, it is still cut short once.
    notice_delete(notice=notice, user=clerk, reason="预算有误", now=day)
    assert periods_ended([place], START)[place.pk] == ended


def test_taken_down_after_its_period_it_goes_on_covering(works, pages, neighbourhood, clerk):
    place, notice = neighbourhood.community, plan(pages)
    day = datetime(2026, 3, 20, 9, tzinfo=SHANGHAI)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=notice, user=clerk, reason="整理旧公告", now=day)
    assert states(place, START)["N04"] == Coverage.PUBLISHED
    ended = periods_ended([place], START)[place.pk]
    assert [(item.day, item.was_early) for item in ended] == [(PLAN_ENDS, False)]


def test_a_period_ends_after_its_last_day(works, pages, neighbourhood):
    place = neighbourhood.community
    plan(pages)
    assert not periods_ended([place], PLAN_ENDS)
    assert periods_ended([place], PLAN_ENDS + timedelta(days=1))


def test_a_rule_asks_for_what_falls_due_while_it_is_in_force(works, neighbourhood):
    rule = RequiredNotice.objects.get(notice_type__code="N08")
    rule.valid_to = date(2026, 1, 1)
    rule.save(update_fields=["valid_to"])
    assert "N08" not in cells(neighbourhood.community, START)


def test_it_takes_the_same_queries_for_many_communities(works, pages, neighbourhood):
    factories.notice(pages.county, NOW, kind="N01")
    plan(pages)
    with CaptureQueriesContext(connection) as few:
        publicity_coverage(neighbourhood.county, START)
    for number in range(4):
        community = factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"PC1{number}")
        factories.ProjectCommunityFactory(project=works.project, community=community)
    with CaptureQueriesContext(connection) as many:
        publicity_coverage(neighbourhood.county, START)
    assert len(few) == len(many) <= 7


def test_publishing_and_removing_mark_the_communities(works, pages, neighbourhood, clerk):
    def marked():
        found = set(
            StaleMark.objects.filter(kind=StaleMark.Kind.NOTICES).values_list("place", flat=True)
        )
        StaleMark.objects.all().delete()
        return found

    marked()
    draft = factories.notice(pages.community, kind="N12", publicity_end=date(2026, 3, 20))
    assert not marked(), "a draft concerns nobody"
    draft.save_revision().publish()
    assert marked() == {neighbourhood.community.pk}
    factories.notice(pages.county, NOW, kind="N01")
    assert marked() == {neighbourhood.county.pk, neighbourhood.community.pk}
    draft.refresh_from_db()
    notice_unpublish(notice=draft, user=clerk, reason="误发", now=NOW)
    assert marked() == {neighbourhood.community.pk}


# --- what comes again ---


def months(place, on, code="N12"):
    cells = [cell for cell in publicity_coverage(place, on) if cell.required.code == code]
    return {cell.period.start.isoformat(): cell for cell in cells}


def report(pages, day, kind="N12"):
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    with time_machine.travel(moment, tick=False):
        factories.notice(pages.community, moment, kind=kind)


def test_progress_is_due_for_every_month_of_the_works(works, pages, neighbourhood):
    place = neighbourhood.community
    assert months(place, date(2026, 3, 22)) == {}
    assert months(place, START)["2026-03-01"].due == date(2026, 4, 10)
    report(pages, date(2026, 3, 31))
    report(pages, date(2026, 6, 5))
    found = months(place, date(2026, 6, 11))
    assert {month: cell.state for month, cell in found.items()} == {
        "2026-03-01": Coverage.PUBLISHED,
        "2026-04-01": Coverage.MISSING,
        "2026-05-01": Coverage.PUBLISHED,
        "2026-06-01": Coverage.DUE,
    }
    # A second one makes up for the month left out, and the days before it stay what they were.
    report(pages, date(2026, 6, 9))
    assert months(place, date(2026, 6, 8))["2026-04-01"].state == Coverage.MISSING
    assert months(place, date(2026, 6, 9))["2026-04-01"].state == Coverage.LATE
    assert months(place, date(2026, 6, 9))["2026-05-01"].state == Coverage.PUBLISHED


def test_one_late_report_does_not_make_all_that_follow_late(works, pages, neighbourhood):
    for day in (date(2026, 4, 20), date(2026, 5, 20), date(2026, 6, 20)):
        report(pages, day)
    states = [cell.state for cell in months(neighbourhood.community, date(2026, 6, 30)).values()]
    assert states == [Coverage.MISSING] + 3 * [Coverage.PUBLISHED]


def test_it_ends_with_the_works(works, neighbourhood):
    works.completed_date = date(2026, 5, 4)
    works.save()
    found = months(neighbourhood.community, date(2026, 12, 1))
    assert list(found) == ["2026-03-01", "2026-04-01", "2026-05-01"]


def test_long_after_the_works_a_report_makes_up_for_none_of_theirs(works, pages, neighbourhood):
    works.completed_date = date(2026, 3, 31)
    works.save()
    report(pages, date(2026, 5, 12))
    day = date(2026, 12, 1)
    assert [cell.state for cell in months(neighbourhood.community, day).values()] == ["MISSING"]
    # The tenth is a Sunday.
    report(pages, date(2026, 5, 11))
    assert [cell.state for cell in months(neighbourhood.community, day).values()] == ["LATE"]


def test_the_bulletin_is_due_for_every_quarter(works, pages, neighbourhood):
    report(pages, date(2026, 4, 13), "N17")
    found = months(neighbourhood.community, date(2026, 9, 1), "N17")
    assert {month: cell.state for month, cell in found.items()} == {
        "2026-01-01": Coverage.PUBLISHED,
        "2026-04-01": Coverage.MISSING,
        "2026-07-01": Coverage.NOT_YET,
    }
    assert found["2026-04-01"].due == date(2026, 7, 28)


def test_the_screen_lists_every_month_and_what_comes_next(client, works, pages, clerk):
    report(pages, date(2026, 3, 31))
    client.force_login(clerk)
    with time_machine.travel(datetime(2026, 5, 20, 9, tzinfo=SHANGHAI), tick=False):
        client.force_login(clerk)
        response = client.get(reverse("coverage"))
    todo = [(item.cell.name, item.cell.state) for item in response.context["todo"]]
    assert ("N12 2026-05-01", Coverage.DUE) in todo
    assert ("N12 2026-04-01", Coverage.MISSING) in todo
    assert "N12 2026-03-01" not in dict(todo)
    page = response.content.decode()
    assert "2026年4月" in page
    assert "<abbr" not in page
    assert "施工" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "MONTH", "until": ""},
        {"every": "", "until": "WORKS_DONE"},
        {"every": "MONTH", "until": "WORKS_DONE", "amount": -1},
        {"every": "MONTH", "until": "PLAN_ENDED"},
    ],
)
def test_a_rule_that_comes_again_is_whole(db, wrong):
    rule = RequiredNotice.objects.get(notice_type__code="N12")
    for name, value in wrong.items():
        setattr(rule, name, value)
    with pytest.raises(ValidationError):
        rule.full_clean()


# --- the screen ---


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.COMMUNITY_STAFF, 200),
        (Role.COUNTY_READER, 200),
        (Role.PROJECT_UNIT, 200),
        (Role.CONTRACTOR, 403),
        (Role.DISCIPLINE, 403),
    ],
)
def test_who_sees_what_to_publish_next(client, works, neighbourhood, role, status):
    client.force_login(factories.staff("somebody", role, neighbourhood.community))
    response = client.get(reverse("coverage"))
    assert response.status_code == status
    page = CommunityPage.objects.get(place=works.community)
    start = reverse("notice_start", args=[page.pk])
    if status == 200:
        page = response.content.decode()
        assert "开工公告" in page
        assert (f"{start}?type=N09" in page) == (role == Role.COMMUNITY_STAFF)


def test_staff_elsewhere_see_their_own_places_only(client, works, outsider):
    client.force_login(outsider)
    page = client.get(reverse("coverage")).content.decode()
    assert "和平里小区" not in page


@pytest.mark.parametrize(("day", "warned"), [(date(2026, 12, 28), True), (START, False)])
def test_staff_learn_that_days_of_an_unannounced_year_may_move(client, works, clerk, day, warned):
    """The State Council announces the holidays of a year at the end of the one before."""
    works.start_date = day
    works.save()
    RequiredNotice.objects.filter(notice_type__code="N08").update(amount=10)
    client.force_login(clerk)
    page = client.get(reverse("coverage")).content.decode()
    assert ("2027年的节假日安排尚未公布" in page) == warned


# --- the rules ---


def test_an_administrator_changes_a_rule_and_the_figures_follow(client, works, administrator):
    client.force_login(administrator)
    rule = RequiredNotice.objects.get(notice_type__code="N08")
    StaleMark.objects.all().delete()
    data = {
        "notice_type": rule.notice_type_id,
        "phase": rule.phase,
        "clock": rule.clock,
        "amount": -10,
        "unit": "CALENDAR",
        "valid_from": "2019-01-01",
        "valid_to": "",
    }
    assert client.get(reverse("required-notices:index")).status_code == 200
    edit = reverse("required-notices:edit", args=[rule.pk])
    wrong = client.post(edit, {**data, "unit": "WORKING"})
    assert "unit" in wrong.context["form"].errors
    assert client.post(edit, data).status_code == 302
    assert cells(works.community, START)["N08"].due == date(2026, 3, 13)
    marks = StaleMark.objects.filter(kind=StaleMark.Kind.NOTICES)
    assert marks.filter(place=works.community).exists()


def test_nobody_else_keeps_the_rules(client, works, clerk, reviewer):
    for user in (clerk, reviewer):
        client.force_login(user)
        assert client.get(reverse("required-notices:index")).status_code in {302, 403}
