"""The vectors of domain.md §6.2, from ledger files through the import to the figure."""

import itertools
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.complaints import services as complaints_services
from feedback.complaints.models import Complaint, LedgerSource
from feedback.complaints.services.tallies import tally_rebuild
from feedback.indicators.figures.complaints import community_figures
from feedback.indicators.scoring import score
from feedback.indicators.services import rebuild, sweep
from portal.common.periods import months_between
from portal.demo import factories
from portal.places.models import Household, StaleMark
from portal.places.services import stale_mark
from tests.feedback.complaints.test_ledger_imports import _storage  # noqa: F401
from tests.feedback.indicators.conftest import LOCAL, community_of, latest

pytestmark = pytest.mark.django_db
LATER = datetime(2022, 8, 10, 12, tzinfo=LOCAL)
BEFORE = months_between(date(2019, 9, 1), date(2020, 8, 1))
AFTER = months_between(date(2021, 8, 1), date(2022, 7, 1))
HEADER = "工单编号,小区编码,问题分类,诉求内容,来电时间,办结时间,楼栋,单元,房号"
_numbers = itertools.count(1)


def lines(place, total, months, category="路面破损、积水", home=",,", days=(3, 6)):
    """`total` rows of a ledger, spread over the months as evenly as it goes."""
    return [
        f"DT{next(_numbers):06d},{place.code},{category},路面积水,"
        f"{month:%Y-%m}-{days[0]:02d} 09:00,{month:%Y-%m}-{days[1]:02d} 17:00,{home}"
        for i, month in enumerate(months)
        for _ in range(total // len(months) + (i < total % len(months)))
    ]


@pytest.fixture
def load(neighbourhood):
    """Import these lines as the city's 12345 ledger, in a file like any other."""
    source = LedgerSource.objects.create(name="12345", place=neighbourhood.city, channel="12345")

    def _load(*rows, source=source):
        file = ContentFile("\n".join([HEADER, *rows]).encode("gb18030"))
        job = complaints_services.import_start(
            by=None, source=source, filename="台账.csv", file=file, now=LATER
        )
        columns = complaints_services.import_columns(job)
        complaints_services.import_check(by=None, job=job, columns=columns, now=LATER)
        complaints_services.import_run(import_id=job.pk, clock=lambda: LATER)
        complaints_services.import_confirm(by=None, job=job, now=LATER)
        complaints_services.import_run(import_id=job.pk, clock=lambda: LATER)
        job.refresh_from_db()
        assert (job.state, job.rows_added) == ("IMPORTED", len(rows))

    return _load


@pytest.fixture
def renovated(neighbourhood):
    """220 households, works from September 2020 to June 2021."""
    place = community_of(neighbourhood.other.get_parent(), "YG101", 220)
    project = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    factories.ProjectCommunityFactory(project=project, community=place)
    return place


@pytest.fixture
def kept(neighbourhood):
    """The ledger was kept all along: elsewhere in the city it has a row every month."""
    return lines(neighbourhood.community, 24, (*BEFORE, *AFTER), category="供暖不热")


def two(number):
    return number.quantize(Decimal("0.01"))


def ends(row):
    return float(round(row.low, 1)), float(round(row.high, 1))


@pytest.mark.parametrize(
    ("before", "after", "value", "interval", "rates"),
    [
        (40, 22, "45.00", (7.5, 67.3), ("181.82", "100.00")),
        (10, 15, "-50.00", None, ("45.45", "68.18")),
    ],
)
def test_a_reduction_and_its_interval(load, renovated, kept, before, after, value, interval, rates):
    load(*lines(renovated, before, BEFORE), *lines(renovated, after, AFTER), *kept)
    sweep(LATER)
    row = latest("I28", renovated)
    assert two(row.value) == Decimal(value)
    assert interval is None or ends(row) == interval
    assert two(row.denominator) == Decimal(rates[0])
    assert two(latest("I28", renovated, "after_rate").value) == Decimal(rates[1])
    points = score(row.definition, value=row.value, target=Decimal(30), status=row.status).points
    assert points == (6 if before > after else 0)


def test_each_month_counts_with_its_own_households(load, renovated):
    building = factories.BuildingFactory(place=renovated, name="新楼")
    homes = factories.HouseholdFactory.build_batch(
        10, building=building, valid_from=date(2021, 7, 1)
    )
    for number, home in enumerate(homes):
        home.register_number = 900_000 + number
    Household.objects.bulk_create(homes)
    load(*lines(renovated, 40, BEFORE), *lines(renovated, 22, AFTER))
    sweep(LATER)
    assert two(latest("I28", renovated).value) == Decimal("47.39")
    assert two(latest("I28", renovated, "after_rate").value) == Decimal("95.65")


@pytest.mark.parametrize(("before", "after"), [(6, 0), (3, 2)])
def test_few_events_are_pooled_over_the_county(load, renovated, kept, before, after):
    load(*lines(renovated, before, BEFORE), *lines(renovated, after, AFTER), *kept)
    sweep(LATER)
    row = latest("I28", renovated)
    assert (row.status, row.reason) == ("INSUFFICIENT", "POOLED")
    points = score(row.definition, value=row.value, target=Decimal(30), status=row.status).points
    assert points == 0
    if after == 0:
        assert two(row.value) == Decimal("100.00")
        low, high = float(row.low), float(row.high)
        # domain.md counts with 1.96, the code with all its digits: −36.55 lies between.
        assert (low, high) == (pytest.approx(-36.55, abs=0.06), pytest.approx(99.6, abs=0.05))


def test_six_months_are_compared_with_the_same_six_and_provisional(load, renovated):
    same = [month for month in BEFORE if month.month in {8, 9, 10, 11, 12, 1}]
    other = [month for month in BEFORE if month not in same]
    load(*lines(renovated, 18, same), *lines(renovated, 12, other), *lines(renovated, 9, AFTER[:6]))
    sweep(datetime(2022, 2, 10, 12, tzinfo=LOCAL))
    row = latest("I28", renovated)
    assert two(row.value) == Decimal("50.00")
    assert ends(row) == (-11.3, 77.5)
    assert (row.status, row.reason) == ("PROVISIONAL", "SHORT_WINDOW")


def test_the_general_trend_is_taken_out_with_communities_without_works(
    load, renovated, neighbourhood
):
    control = community_of(neighbourhood.subdistrict, "PC109", 220)
    load(
        *lines(renovated, 40, BEFORE),
        *lines(renovated, 22, AFTER),
        *lines(control, 50, BEFORE),
        *lines(control, 45, AFTER),
    )
    sweep(LATER)
    row = latest("I28", renovated, "controlled")
    assert two(row.value) == Decimal("38.89")
    assert row.inputs["control"]["after"]["events"] == 45
    assert two(latest("I28", renovated).value) == Decimal("45.00")
    # The county adds up the same evidence.
    assert two(latest("I28", neighbourhood.other_county, "controlled").value) == Decimal("38.89")


def test_one_home_is_one_event_within_thirty_days_and_the_works_are_left_out(load, renovated):
    home = Household.objects.in_place(renovated).order_by("pk")[0]
    at = f"{home.building.name},{home.unit},{home.room}"
    works = months_between(date(2020, 9, 1), date(2021, 7, 1))
    again = [lines(renovated, 1, [BEFORE[0]], home=at, days=(day, day + 1)) for day in (3, 10, 20)]
    load(
        *itertools.chain(*again),
        *lines(renovated, 39, BEFORE),
        *lines(renovated, 22, AFTER),
        *lines(renovated, 33, works),
        *lines(renovated, 24, AFTER, category="噪声扰民"),
    )
    sweep(LATER)
    row = latest("I28", renovated)
    assert (row.inputs["before"]["events"], row.inputs["after"]["events"]) == (40, 22)
    assert two(row.value) == Decimal("45.00")
    # The second and third filing came after a closing: that is a repeat (I35), not an event.
    repeats = latest("I35", renovated, period_start=BEFORE[0])
    assert (repeats.numerator, repeats.denominator) == (1, 5)
    known = latest("I35", renovated, "known_home", period_start=BEFORE[0])
    assert known.value == 100


def test_construction_complaints_by_month_of_the_works(load, renovated, neighbourhood):
    load(
        *lines(renovated, 11, [date(2020, 10, 1)], category="噪声扰民"),
        *lines(renovated, 12, BEFORE),
    )
    sweep(LATER)
    row = latest("I36", renovated, period_start=date(2020, 10, 1))
    # 11 events in 220 ÷ 12 household-years.
    assert (two(row.value), row.unit) == (Decimal("600.00"), "件/千户·年")
    assert latest("I36", renovated, period_start=date(2020, 11, 1)).value == 0
    outside = [
        r.period_start for r in row.__class__.objects.filter(indicator="I36", place=renovated)
    ]
    assert (min(outside), max(outside)) == (date(2020, 9, 1), date(2021, 6, 1))
    county = latest("I36", neighbourhood.other_county, period_start=date(2020, 10, 1))
    assert (county.numerator, two(county.value)) == (11, Decimal("600.00"))


@pytest.fixture
def controlled(load, renovated, neighbourhood):
    """A community without works; all is measured by a ledger that lacks the last month."""
    control = community_of(neighbourhood.subdistrict, "PC109", 220)
    load(
        *lines(renovated, 40, BEFORE),
        *lines(renovated, 22, AFTER[:-1]),
        *lines(control, 50, BEFORE),
        *lines(control, 45, AFTER[:-1]),
    )
    rebuild(None, LATER)
    return control


def wrong_now():
    """What a rebuild finds wrong after a sweep."""
    sweep(LATER)
    found: list[str] = []
    rebuild(None, LATER, report=found.append)
    return found


def test_what_happened_without_works_reaches_the_reductions_of_the_city(
    load, renovated, controlled
):
    before = latest("I28", renovated, "controlled").inputs["control"]["after"]["events"]
    load(*lines(controlled, 9, AFTER[:-1]))
    assert wrong_now() == []
    after = latest("I28", renovated, "controlled").inputs["control"]["after"]["events"]
    assert after == before + 9


def test_a_report_that_proves_invalid_leaves_the_control_group_too(controlled, renovated):
    case = Complaint.objects.filter(community=controlled).order_by("filed_at").first()
    Complaint.objects.filter(pk=case.pk).update(accepted_at=None)
    stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=controlled)
    before = latest("I28", renovated, "controlled").inputs["control"]["before"]["events"]
    assert wrong_now() == []
    after = latest("I28", renovated, "controlled").inputs["control"]["before"]["events"]
    assert after == before - 1


def test_a_month_a_ledger_holds_now_counts_in_the_whole_city(load, renovated, neighbourhood):
    load(*lines(renovated, 40, BEFORE), *lines(renovated, 22, AFTER[:-1]))
    rebuild(None, LATER)
    assert "2022-07" not in latest("I28", renovated).inputs["after"]["months"]
    load(*lines(neighbourhood.community, 1, AFTER[-1:], category="供暖不热"))
    assert wrong_now() == []
    assert "2022-07" in latest("I28", renovated).inputs["after"]["months"]


def test_what_changes_after_the_works_concerns_nobody_else(controlled, renovated):
    Complaint.objects.filter(community=renovated).update(accepted_at=None)
    tally_rebuild(community_id=renovated.pk, now=LATER)
    assert not StaleMark.objects.exists()


def test_what_only_the_portal_knows_has_nothing_compared_again(controlled, renovated):
    case = Complaint.objects.filter(community=controlled).order_by("-filed_at").first()
    case.pk, case.channel, case.number, case.source = None, "PORTAL", "X-1", None
    case.save()
    stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=controlled)
    tally_rebuild(community_id=controlled.pk, now=LATER)
    assert not StaleMark.objects.exists()


def test_the_tallies_of_the_city_are_read_once_for_all_quarters(controlled, renovated):
    with CaptureQueriesContext(connection) as queries:
        found = community_figures([renovated], LATER)[renovated.pk]
    assert len([one for one in found if one.slot.variant == "controlled"]) == 2
    reads = [one for one in queries if 'FROM "complaints_complainttally"' in one["sql"]]
    # I35, I36, the two sides of I28, what is shown apart, and the control group.
    assert len(reads) == 5
