"""A definition that is dated back takes the place of the old one, and nothing is counted twice."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count

from feedback.indicators import definitions
from feedback.indicators.definitions import definition
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from feedback.indicators.services.measuring import places_measure
from tests.feedback.indicators.conftest import LOCAL, card_of, latest

pytestmark = pytest.mark.django_db
#: The months of 2021 are final, those of 2022 are not.
NOW = datetime(2022, 2, 28, 12, tzinfo=LOCAL)
SLOT = ("place", "project", "indicator", "variant", "wave", "period_start", "period_end")


@pytest.fixture
def ledger(city, renovation, complaints):
    """Of twenty complaints a month, eight were answered late."""
    for month in (date(2021, 3, 1), date(2021, 9, 1), date(2022, 2, 1)):
        late = datetime(month.year, month.month, 27, 9, tzinfo=LOCAL)
        complaints(city["A"], month, 12)
        complaints(city["B"], month, 8, first_contact_at=late, resolved_at=late)
    rebuild(None, NOW)
    return city


@pytest.fixture
def use(monkeypatch):
    """`use("2")`: the version of I32, dated back to the beginning."""

    def do(version):
        dated_back = [replace(definition("I32", "1"), version=version)]
        known = [*KNOWN, *dated_back] if version != "1" else KNOWN
        monkeypatch.setattr(definitions, "DEFINITIONS", tuple(known))

    return do


KNOWN = definitions.DEFINITIONS


def doubled():
    rows = Measurement.objects.latest_revisions().order_by().values(*SLOT)
    return list(rows.annotate(times=Count("pk")).filter(times__gt=1))


def line(scope):
    return next(one for one in card_of(scope).lines if one.part.definition.code == "I32").given


def test_the_year_counts_every_month_once(ledger, neighbourhood, use):
    before = line(neighbourhood.county)
    assert before.value == 60
    use("2")
    assert rebuild(None, NOW) > 0
    assert doubled() == []
    after = line(neighbourhood.county)
    assert (after.value, after.status) == (before.value, before.status)
    month = latest("I32", neighbourhood.county, period_end=date(2021, 9, 30))
    assert (month.formula_version, month.numerator, month.denominator) == ("2", 12, 20)
    assert rebuild(None, NOW) == 0


def test_what_was_final_is_kept_and_what_was_open_is_not(ledger, use):
    use("2")
    rebuild(None, NOW)
    rows = Measurement.objects.filter(indicator="I32", variant="main", place=ledger["A"])
    final, still_open = (
        rows.filter(period_end=date(2021, 9, 30)),
        rows.filter(period_end__year=2022),
    )
    assert list(final.order_by("pk").values_list("formula_version", "is_latest")) == [
        ("1", False),
        ("2", True),
    ]
    assert set(still_open.values_list("formula_version", flat=True)) == {"2"}


def test_the_database_refuses_a_second_figure_that_holds(ledger, renovation):
    for scope in ({"place": ledger["A"]}, {"project": renovation.pingcheng}):
        row = Measurement.objects.latest_revisions().filter(**scope).first()
        row.pk, row.formula_version = None, "2"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)
        row.is_latest = False
        row.save(force_insert=True)


def test_a_sum_waits_until_all_its_parts_are_measured_anew(ledger, neighbourhood, use):
    held = latest("I32", neighbourhood.county, period_end=date(2021, 9, 30))
    use("2")
    places_measure([ledger["A"]], now=NOW)
    places_measure([neighbourhood.county], now=NOW)
    held.refresh_from_db()
    assert (held.is_latest, held.formula_version) == (True, "1")
    assert doubled() == []
    rebuild(None, NOW)
    assert doubled() == []
    row = latest("I32", neighbourhood.county, period_end=date(2021, 9, 30))
    assert (row.formula_version, row.denominator) == ("2", 20)


def test_an_older_version_may_come_back(ledger, neighbourhood, use):
    use("2")
    rebuild(None, NOW)
    use("1")
    rebuild(None, NOW)
    assert doubled() == []
    row = latest("I32", neighbourhood.county, period_end=date(2021, 9, 30))
    assert (row.formula_version, row.revision, row.denominator) == ("1", 1, 20)
