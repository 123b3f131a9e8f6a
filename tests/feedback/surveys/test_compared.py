"""Two surveys of one kind beside each other, before and after."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.surveys import services
from feedback.surveys.compared import compare
from feedback.surveys.models import Survey, SurveyTally
from feedback.surveys.questionnaire import Type
from feedback.surveys.tables import Cell, QuestionResult, Scale, difference_of
from portal.accounts.models import User
from portal.demo import factories
from portal.places.models import Place
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW
from tests.feedback.surveys.test_staff import signed_in, staff_url


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def tally(survey: Survey, place: Place, counts: dict[str, int]) -> None:
    n = sum(counts.values())
    SurveyTally.objects.update_or_create(
        survey=survey,
        community=place,
        defaults={
            "population": 2 * n,
            "returned": n,
            "released": n,
            "valid": n,
            "counts": counts,
            "questions": {"B1": {**counts, "#": n}},
        },
    )


def close(survey: Survey) -> None:
    services.survey_close(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    survey.refresh_from_db()


@pytest.fixture
def before(neighbourhood: Neighbourhood) -> Survey:
    survey = factories.published_survey(
        "SATISFACTION", neighbourhood.county, now=NOW - timedelta(days=400), slug="before"
    )
    close(survey)
    tally(survey, neighbourhood.community, {"5": 20, "4": 20, "1": 60})
    return survey


@pytest.fixture
def after(survey: Survey, before: Survey, neighbourhood: Neighbourhood) -> Survey:
    close(survey)
    tally(survey, neighbourhood.community, {"5": 50, "4": 30, "1": 20})
    return survey


def result(share: str | None, **changed: object) -> QuestionResult:
    cells = [Cell("Yes", 5, None if share is None else Decimal(share), code="Y")]
    return QuestionResult("Q", "Q", 10, cells, **changed)  # type: ignore[arg-type]


# --- pure ---


def test_shares_are_subtracted_and_nothing_is_told_of_what_is_hidden():
    (one,) = compare([result("40.0")], [result("55.5")])
    assert one.cells[0].points == Decimal("15.5")
    (one,) = compare([result(None)], [result("55.5")])
    assert one.cells[0].points is None


def test_only_questions_with_the_same_key_and_type_are_joined():
    assert compare([result("1", type=Type.MULTIPLE)], [result("2")]) == []
    assert compare([], [result("2")]) == []


def test_an_option_that_is_new_or_gone_is_told():
    gone = QuestionResult("Q", "Q", 10, [Cell("No", 5, Decimal(50), code="N")])
    (one,) = compare([gone], [result("50.0")])
    assert [(c.label, c.before is None, c.after is None) for c in one.cells] == [
        ("Yes", True, False),
        ("No", False, True),
    ]


def test_the_difference_takes_both_intervals():
    """Half-widths of 3 and 4 points make one of 5."""
    first = Scale(100, Decimal(60), Decimal(57), Decimal(63), None)
    second = Scale(100, Decimal(40), Decimal(36), Decimal(44), None)
    found = difference_of(first, second)
    assert (found.points, found.low, found.high) == (20, 15, 25) and found.is_striking


# --- on the page ---


def test_the_results_page_compares_before_and_after(before: Survey, after: Survey, evaluator: User):
    client = signed_in(evaluator)
    html = client.get(staff_url("results", after), {"with": "before"}).content.decode()
    assert "两次调查前后对比" in html
    assert "前40.0%，后80.0%" in html and "相差40.0个百分点" in html
    # From the earlier one it is the same way round.
    same = client.get(staff_url("results", before), {"with": after.slug}).content.decode()
    assert "前40.0%，后80.0%" in same


def test_one_that_still_runs_or_is_of_another_kind_is_not_offered(
    survey: Survey, before: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    other = factories.published_survey("INTENTION", neighbourhood.county, now=NOW, slug="other")
    close(other)
    page = signed_in(evaluator).get(staff_url("results", survey), {"with": "other"})
    assert [one.slug for one in page.context["others"]] == ["before"]
    assert page.context["compared"] is None
    page = signed_in(evaluator).get(staff_url("results", before), {"with": survey.slug})
    assert page.context["others"] == [] and page.context["compared"] is None


def test_a_place_of_few_answers_has_nothing_to_compare(
    before: Survey, after: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    tally(before, neighbourhood.community, {"5": 6, "1": 3})
    page = signed_in(evaluator).get(
        staff_url("results", after), {"with": "before", "place": neighbourhood.community.code}
    )
    assert page.context["compared"].questions == []


def test_comparing_asks_the_database_as_often_for_many(
    before: Survey, after: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    client: Client = signed_in(evaluator)

    def queries() -> int:
        client.get(staff_url("results", after), {"with": "before"})
        with CaptureQueriesContext(connection) as captured:
            client.get(staff_url("results", after), {"with": "before"})
        return len(captured)

    few = queries()
    for n in range(6):
        place = factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"Z{n}", name=f"里{n}")
        tally(before, place, {"5": 20, "4": 20, "1": 60})
        tally(after, place, {"5": 20, "4": 20, "1": 60})
    assert queries() == few
