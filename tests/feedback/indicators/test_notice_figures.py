"""What was published of what was due (I12), in time (I10), for its full period (I13); which
communities have a final plan (I04) and were completed by the day promised to them (I21)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine

from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild, sweep
from notices.models import NoticeType
from notices.services import notice_unpublish
from portal.demo import factories
from portal.pages.models import CommunityPage, CountyPage
from portal.pages.services import pages_ensure
from portal.projects.models import ProjectCommunity
from tests.feedback.indicators.conftest import LOCAL

pytestmark = pytest.mark.django_db
#: A Monday.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=LOCAL)
#: When a draft plan is posted so that its time is over by NOW.
DRAFT = datetime(2026, 1, 12, 10, 0, tzinfo=LOCAL)


@pytest.fixture
def works(neighbourhood):
    """Works began in two communities of one county on 1 March 2026: seven notices are due."""
    pages_ensure()
    project = factories.RenovationProjectFactory(county=neighbourhood.county, completed_date=None)
    second = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="二小区")
    for community in (neighbourhood.community, second):
        factories.ProjectCommunityFactory(
            project=project, community=community, start_date=date(2026, 3, 1), completed_date=None
        )
    return neighbourhood


def row(code, place, month=3):
    """The figure of the month, or the quarter, that begins with `month`."""
    return Measurement.objects.latest_revisions().get(
        indicator=code, place=place, period_start=date(2026, month, 1)
    )


def publish(place, kind="N04", moment=NOW, **fields):
    page = CommunityPage.objects.filter(place=place).first() or CountyPage.objects.get(place=place)
    with time_machine.travel(moment, tick=False):
        return factories.notice(page, moment, kind=kind, **fields)


def measure(moment):
    with time_machine.travel(moment, tick=False):
        rebuild(None, moment)


def sums(code, place, month):
    figure = row(code, place, month)
    return figure.numerator, figure.denominator, figure.value


def test_coverage_follows_what_is_published(works):
    with time_machine.travel(NOW, tick=False):
        rebuild(None, NOW)
        before = row("I12", works.community)
        assert (before.numerator, before.denominator, before.value) == (0, 7, 0)
        publish(works.community)
        sweep(NOW)
    after = row("I12", works.community)
    assert (after.numerator, after.denominator) == (1, 7)
    assert after.inputs["public"] == ["N04"]
    assert after.inputs["late"] == ["N04"]
    county = row("I12", works.county)
    assert (county.numerator, county.denominator) == (1, 14)
    assert county.value == Decimal(100) / 14 or round(county.value, 4) == Decimal("7.1429")


def test_a_notice_of_the_county_counts_for_each_of_its_communities(works):
    publish(works.county, "N01")
    with time_machine.travel(NOW, tick=False):
        sweep(NOW)
    assert row("I12", works.community).numerator == 1
    assert row("I12", works.county).numerator == 2


def test_time_alone_moves_it_and_the_nightly_check_says_so(works):
    later = datetime(2026, 4, 10, 10, 0, tzinfo=LOCAL)
    with time_machine.travel(NOW, tick=False):
        rebuild(None, NOW)
    lines = []
    with time_machine.travel(later, tick=False):
        rebuild(None, later, report=lines.append)
    # The report on progress in March (N12) fell due on 10 April.
    assert row("I12", works.community, 4).denominator == 8
    assert row("I12", works.community, 3).denominator == 7
    assert any("I12" in line for line in lines)


def test_an_early_take_down_counts_against_the_full_periods(works, clerk):
    kept, cut = publish(works.community), publish(works.community, "N08")
    day = datetime(2026, 3, 4, 9, tzinfo=LOCAL)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=cut, user=clerk, reason="候选人有误", now=day)
        sweep(day)
    figure = row("I13", works.community)
    assert (figure.numerator, figure.denominator, figure.value) == (0, 1, 0)
    assert figure.inputs["early"] == ["N08 2026-03-04"]
    assert row("I12", works.community).inputs["public"] == ["N04"]
    after = datetime(2026, 3, 20, 9, tzinfo=LOCAL)
    with time_machine.travel(after, tick=False):
        rebuild(None, after)
    figure = row("I13", works.community)
    assert (figure.numerator, figure.denominator, figure.value) == (1, 2, 50)
    assert row("I13", works.county).value == 50
    assert kept.publicity_end == date(2026, 3, 11)


def test_a_notice_of_the_county_cut_short_counts_once_at_the_county(works, reviewer):
    publish(works.community)
    cut = publish(works.county, "N01")
    day = datetime(2026, 3, 4, 9, tzinfo=LOCAL)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=cut, user=reviewer, reason="内容有误", now=day)
        sweep(day)
    figure = row("I13", works.county)
    assert (figure.numerator, figure.denominator) == (0, 1)
    assert not Measurement.objects.filter(indicator="I13", place=works.community).exists()
    after = datetime(2026, 3, 20, 9, tzinfo=LOCAL)
    with time_machine.travel(after, tick=False):
        rebuild(None, after)
    for place in (works.county, works.county.get_parent()):
        figure = row("I13", place)
        assert (figure.numerator, figure.denominator, figure.value) == (1, 2, 50)


def test_a_month_in_which_none_ended_has_no_figure(works):
    with time_machine.travel(NOW, tick=False):
        publish(works.community)
        rebuild(None, NOW)
    assert not Measurement.objects.filter(indicator="I13").exists()


def test_a_plan_counts_once_it_is_public(works, clerk):
    """One of two communities has its final plan; taken down early it has none."""
    publish(works.community, "N04", DRAFT)
    plan = publish(works.community, "N06")
    measure(NOW)
    assert sums("I04", works.community, 1) == (1, 1, 100)
    assert sums("I04", works.county, 1) == (1, 2, 50)
    day = datetime(2026, 3, 4, 9, tzinfo=LOCAL)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=plan, user=clerk, reason="图纸有误", now=day)
        sweep(day)
    assert sums("I04", works.county, 1) == (0, 2, 0)


def test_a_plan_that_was_posted_for_its_time_goes_on_counting(works, clerk):
    publish(works.community, "N04", DRAFT)
    plan = publish(works.community, "N06")
    day = datetime(2026, 4, 20, 9, tzinfo=LOCAL)
    with time_machine.travel(day, tick=False):
        notice_unpublish(notice=plan, user=clerk, reason="整理旧公告", now=day)
    measure(day)
    assert sums("I04", works.community, 4) == (1, 1, 100)


def test_a_late_monthly_report_is_not_in_time(works):
    """The report on March is due on 10 April, the one on April on 10 May."""
    measure(datetime(2026, 4, 9, 9, tzinfo=LOCAL))
    assert not Measurement.objects.filter(indicator="I10").exists()
    publish(works.community, "N12", datetime(2026, 4, 8, 9, tzinfo=LOCAL))
    # The one on April comes with the one on May.
    for day in (12, 18):
        publish(works.community, "N12", datetime(2026, 5, day, 9, tzinfo=LOCAL))
    measure(datetime(2026, 5, 20, 9, tzinfo=LOCAL))
    assert sums("I10", works.community, 4) == (1, 1, 100)
    assert sums("I10", works.community, 5) == (1, 2, 50)
    assert row("I10", works.community, 5).inputs["late"] == ["N12 2026-04-01"]
    assert sums("I10", works.county, 5) == (1, 4, 25)


def test_completed_by_the_day_that_was_promised_first(works):
    """30 June was promised, later 31 July: done on 15 July is late, done on 30 June is not."""
    promised = factories.notice_extra(NoticeType.objects.get(code="N09"))
    first, later = promised | {"finish": "2026-06-30"}, promised | {"finish": "2026-07-31"}
    begins = datetime(2026, 5, 18, 9, tzinfo=LOCAL)
    for place, moment, extra, end in (
        (works.county, NOW, first, date(2026, 6, 30)),
        (works.community, datetime(2026, 5, 4, 9, tzinfo=LOCAL), later, date(2026, 7, 31)),
    ):
        publish(place, "N09", moment, extra=extra, publicity_end=end, event_starts_at=begins)
    measure(datetime(2026, 6, 29, 9, tzinfo=LOCAL))
    assert not Measurement.objects.filter(indicator="I21").exists()
    ProjectCommunity.objects.filter(community=works.community).update(
        completed_date=date(2026, 7, 15)
    )
    ProjectCommunity.objects.exclude(community=works.community).update(
        completed_date=date(2026, 6, 30)
    )
    measure(datetime(2026, 8, 3, 9, tzinfo=LOCAL))
    assert sums("I21", works.community, 8) == (0, 1, 0)
    assert row("I21", works.community, 6).inputs["done"] is None
    assert sums("I21", works.county, 8) == (1, 2, 50)
