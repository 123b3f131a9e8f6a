"""What happens after a month is final leaves its figures as they are."""

from datetime import date, datetime, timedelta
from random import Random

import pytest

from feedback.complaints.models import Complaint
from feedback.indicators.case_links import case_links
from feedback.indicators.models import Measurement
from feedback.indicators.seasons import season_lines
from feedback.indicators.services import rebuild, sweep
from feedback.indicators.states import Reason
from portal.common.periods import add_months, months_between
from portal.demo import factories
from tests.feedback.complaints.conftest import nothing_kept  # noqa: F401
from tests.feedback.indicators.conftest import LOCAL
from tests.feedback.indicators.lives import LATER, Lives
from tests.feedback.indicators.test_cases_behind import listed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_kept")]


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
