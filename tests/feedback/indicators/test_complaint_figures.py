"""I28 and I32–I34, from the ledger to the county (domain.md §6.2 and §7)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from feedback.complaints.models import Category, ComplaintTally
from feedback.complaints.services.filing import complaint_file
from feedback.indicators.figures.complaints import community_figures
from feedback.indicators.models import Measurement
from feedback.indicators.services import sweep
from portal.common.periods import months_between
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.models import StaleMark
from portal.projects.models import ProjectCommunity
from tests.feedback.indicators.conftest import LOCAL, NOW, latest

pytestmark = pytest.mark.django_db
TWO = Decimal("0.01")
#: A year after the works and the settling month.
LATER = datetime(2022, 8, 10, 12, tzinfo=LOCAL)
BEFORE = months_between(date(2019, 9, 1), date(2020, 8, 1))
AFTER = months_between(date(2021, 8, 1), date(2022, 7, 1))


def spread(total, months):
    """`total` events over the months, as evenly as it goes."""
    return [(month, total // 12 + (i < total % 12)) for i, month in enumerate(months)]


@pytest.fixture
def renovated(neighbourhood, city):
    project = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    factories.ProjectCommunityFactory(project=project, community=city["D"])
    return city["D"]


@pytest.fixture
def ledger(renovated, complaints):
    """40 events before, 22 after, in the community of 220 households."""
    for month, events in (*spread(40, BEFORE), *spread(22, AFTER)):
        complaints(renovated, month, events)
    return renovated


def test_the_reduction_of_a_community(ledger):
    sweep(LATER)
    row = latest("I28", ledger)
    assert row.value.quantize(TWO) == Decimal("45.00")
    assert (round(row.low, 1), round(row.high, 1)) == (Decimal("7.5"), Decimal("67.3"))
    assert row.numerator.quantize(TWO) == Decimal("81.82")
    assert row.denominator.quantize(TWO) == Decimal("181.82")
    assert (row.n, row.population) == (62, 220)
    assert row.inputs["channels"] == ["12345"]
    assert latest("I28", ledger, "after_rate").value == Decimal("100.00")
    assert latest("I28", ledger, "after_rate").unit == "件/千户·年"


def test_the_county_adds_up_events_and_households(ledger, neighbourhood, city, complaints):
    project = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.other)
    community = neighbourhood.other
    building = factories.BuildingFactory(place=community)
    factories.HouseholdFactory.create_batch(20, building=building)
    complaints(community, date(2020, 3, 1), 3)
    complaints(community, date(2022, 3, 1), 2)
    sweep(LATER)
    own = latest("I28", community)
    assert (own.status, own.reason) == ("INSUFFICIENT", "POOLED")
    row = latest("I28", neighbourhood.other_county)
    assert row.inputs["before"]["events"] == 43
    assert row.inputs["after"]["household_months"] == 240 * 12
    assert float(row.value) == pytest.approx(100 * (1 - 24 / 43))


def test_fewer_months_are_compared_with_the_same_months_and_provisional(ledger):
    sweep(NOW)
    row = latest("I28", ledger)
    assert (row.status, row.reason) == ("PROVISIONAL", "SHORT_WINDOW")
    assert row.inputs["after"]["months"] == [f"{month:%Y-%m}" for month in AFTER[:6]]
    assert [month[5:] for month in row.inputs["before"]["months"]] == [
        "09",
        "10",
        "11",
        "12",
        "01",
        "08",
    ]


def test_the_portal_alone_does_not_move_the_reduction(ledger):
    sweep(LATER)
    before = latest("I28", ledger)
    complaint_file(
        key=new_key(),
        community=ledger,
        category=Category.objects.get(code="C17"),
        text="楼前路面不平",
        now=datetime(2022, 7, 20, 10, tzinfo=LOCAL),
    )
    sweep(LATER)
    after = latest("I28", ledger)
    assert (after.value, after.low, after.n) == (before.value, before.low, before.n)


def test_without_complaints_before_the_reduction_does_not_apply(
    renovated, neighbourhood, complaints
):
    for month in (*BEFORE, *AFTER):
        complaints(neighbourhood.other, month, 1)
    complaints(renovated, date(2022, 3, 1), 11)
    sweep(LATER)
    row = latest("I28", renovated)
    assert (row.status, row.reason, row.value) == ("NOT_APPLICABLE", "NO_BASELINE", None)
    assert latest("I28", renovated, "after_rate").value == Decimal("50.00")


def test_a_community_without_works_has_no_reduction(city, complaints):
    complaints(city["A"], date(2020, 3, 1), 3)
    sweep(LATER)
    assert not Measurement.objects.filter(place=city["A"], indicator="I28").exists()


# --- the three rates ---


@pytest.fixture
def handled(city, complaints):
    """May 2022: 40 filed and closed, 32 answered; 24 of them solved, 28 rated 5, 4 rated 1."""
    may = date(2022, 5, 1)
    verdict_at = datetime(2022, 5, 20, 9, tzinfo=LOCAL)
    complaints(city["A"], may, 24, verdict="SOLVED", rating=5, verdict_at=verdict_at)
    complaints(city["A"], may, 4, verdict="PARTLY", rating=5, verdict_at=verdict_at)
    complaints(city["A"], may, 4, verdict="PARTLY", rating=1, verdict_at=verdict_at)
    complaints(city["A"], may, 6)
    complaints(city["A"], may, 2, first_contact_at=None, accepted_at=None, resolved_at=None)
    sweep(LATER)
    return city["A"]


def test_the_three_rates_of_a_month(handled):
    assert latest("I32", handled).value == Decimal("95.00")
    solved = latest("I33", handled)
    assert (solved.value, solved.n, solved.population, solved.status) == (75, 32, 38, "OK")
    assert solved.low < 75 < solved.high
    assert latest("I34", handled).value == Decimal("87.50")
    assert latest("I33", handled, "staff_claim").value == Decimal("95.00")


def test_the_rates_of_a_county_add_up(handled, city, complaints, neighbourhood):
    verdict_at = datetime(2022, 5, 20, 9, tzinfo=LOCAL)
    complaints(city["B"], date(2022, 5, 1), 8, verdict="SOLVED", rating=5, verdict_at=verdict_at)
    sweep(LATER)
    row = latest("I33", neighbourhood.county)
    assert (row.numerator, row.denominator, row.n, row.population) == (32, 40, 40, 46)
    assert row.value == 80


def test_few_answers_are_insufficient(city, complaints):
    verdict_at = datetime(2022, 5, 20, 9, tzinfo=LOCAL)
    complaints(city["A"], date(2022, 5, 1), 2, verdict="SOLVED", rating=5, verdict_at=verdict_at)
    complaints(city["A"], date(2022, 5, 1), 9)
    sweep(LATER)
    row = latest("I33", city["A"])
    assert (row.status, row.reason, row.n) == ("INSUFFICIENT", "FEW_ANSWERS", 2)


def test_the_current_month_moves_with_the_next_case(city, complaints):
    complaints(city["A"], date(2022, 8, 1), 4)
    sweep(LATER)
    first = latest("I32", city["A"])
    assert (first.status, first.period_end) == ("PROVISIONAL", date(2022, 8, 31))
    complaints(city["A"], date(2022, 8, 1), 1, first_contact_at=None, resolved_at=None)
    sweep(LATER + timedelta(minutes=1))
    assert latest("I32", city["A"]).value == Decimal("80.00")


def test_communities_measured_together_read_no_tally_but_their_own(measured, neighbourhood, city):
    """A batch of a large city would read all of it otherwise. Works that go on: the group a
    finished project is compared with is all of the city."""
    ProjectCommunity.objects.update(completed_date=None)
    together = [city["A"], city["B"]]
    own = community_figures(together, NOW)
    assert {figure.slot.indicator for pk in own for figure in own[pk]} == {"I36"}
    # A tally that cannot be read at all.
    changed = ComplaintTally.objects.filter(community=city["C"])
    assert changed.update(events="unread", closings="unread") == 1
    assert community_figures(together, NOW) == own
    with pytest.raises(AttributeError):
        community_figures([*together, city["C"]], NOW)


def test_a_month_of_the_works_without_a_complaint_has_its_households(measured, city):
    """Nobody has complained in D, so nothing has counted its complaints yet: 0 of 220 ÷ 12."""
    ComplaintTally.objects.filter(community=city["D"]).delete()
    StaleMark.objects.create(kind="PROJECT", place=city["D"])
    sweep(NOW)
    row = latest("I36", city["D"], period_end=date(2020, 10, 31))
    assert (row.value, row.numerator, row.population) == (0, 0, 220)
