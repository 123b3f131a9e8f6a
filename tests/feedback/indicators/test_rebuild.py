"""Rebuilding: nothing changes on consistent data, and what was wrong is printed and mended."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from feedback.indicators import tasks
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild, sweep, sweeping
from feedback.surveys.models import SurveyTally
from feedback.surveys.services import survey_close
from portal.demo import factories
from portal.places.models import Place, StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, latest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2022, 3, 1, 12, tzinfo=LOCAL), tick=True):
        yield


@pytest.fixture
def everything(wave, answer, city, renovation, complaints):
    """A closed wave, a renovation and a ledger, all swept."""
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 36, 40), ("C", 42, 60), ("D", 48, 60)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    for month in (date(2019, 9, 1), date(2020, 3, 1), date(2021, 9, 1), date(2022, 2, 1)):
        complaints(city["D"], month, 7)
    run()
    return survey


def run(*args):
    output = StringIO()
    call_command("rebuild", *args, stdout=output)
    return output.getvalue().splitlines()


def test_the_first_run_prints_what_it_measured_and_the_second_nothing(everything):
    assert run("--all") == []
    assert run() == []
    assert run("--place", "140214") == []


def test_a_sweep_leaves_nothing_for_a_rebuild(everything, city, answer, wave, complaints):
    now = datetime.now(tz=LOCAL)
    open_wave = wave(
        slug="now", opens_at=now - timedelta(days=3), closes_at=now + timedelta(days=3)
    )
    answer(open_wave, city["A"], answers(40, 20))
    complaints(city["B"], date(2021, 11, 1), 12)
    StaleMark.objects.create(kind="PROJECT", place=city["A"])
    tasks.sweep()
    assert not StaleMark.objects.exists()
    assert run("--all") == []


def test_one_wrong_tally_and_one_wrong_measurement_are_printed_and_mended(everything, city):
    tally = SurveyTally.objects.get(survey=everything, community=city["A"])
    right_tally = dict(tally.counts)
    SurveyTally.objects.filter(pk=tally.pk).update(counts={"5": 999})
    row = latest("I38", city["D"])
    Measurement.objects.filter(pk=row.pk).update(value=Decimal("99.00"))
    assert run("--all") == [
        "tally wave-2021 PC101",
        "I38/main YG101 2021-12-01…2021-12-31: 99.00 OK → 80.00 OK",
    ]
    tally.refresh_from_db()
    row.refresh_from_db()
    assert (tally.counts, row.value, row.revision) == (right_tally, Decimal(80), 0)
    assert run("--all") == []


def test_wrong_evidence_is_mended_too(everything, city):
    row = latest("I09", city["A"].get_parent().get_parent())
    Measurement.objects.filter(pk=row.pk).update(inputs={"numerator": "1"})
    assert len(run("--all")) == 1
    assert run("--all") == []


def test_a_measurement_that_is_missing_comes_back(everything, neighbourhood):
    latest("I38", neighbourhood.county).delete()
    assert [line.split(" ")[:2] for line in run("--all")] == [["I38/main", "140213"]]


def test_a_measurement_without_data_goes(everything, city):
    row = latest("I32", city["D"])
    row.pk, row.place = None, city["A"]
    row.frozen_at = None
    row.save()
    assert len(run("--all")) == 1
    assert not Measurement.objects.filter(place=city["A"], indicator="I32").exists()


def test_only_the_place_asked_for_is_rebuilt(everything, city):
    Measurement.objects.filter(indicator="I38", place=city["D"]).update(value=1)
    assert run("--place", "140213") == []
    assert len(run("--place", "YG101")) == 1


def test_an_unknown_place_is_a_clear_error(everything):
    with pytest.raises(CommandError, match="no place with the code 999"):
        run("--place", "999")


def test_the_work_of_a_sweep_follows_what_changed(
    everything, city, complaints, django_assert_max_num_queries
):
    complaints(city["D"], date(2022, 2, 1), 1)
    now = datetime(2022, 3, 1, tzinfo=LOCAL)
    rebuild(None, now)
    complaints(city["D"], date(2022, 2, 1), 1)
    with django_assert_max_num_queries(160):
        swept = sweep(now)
    touched = {change.scope for change in swept.changes}
    assert touched == {"YG101", "140214002", "140214", "1402"}


def test_a_rebuild_lets_others_write_after_a_few_places(neighbourhood, monkeypatch):
    """On SQLite everybody waits for the one who writes, and gives up after a while."""
    for number in range(9):
        factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"PC1{number}0", name="里")
    sizes = []

    def measure(places, *, now):
        sizes.append(len(places))
        return []

    monkeypatch.setattr("feedback.indicators.services.sweeping.places_measure", measure)
    rebuild(None, NOW)
    most = 40 if connection.vendor == "postgresql" else 4
    assert sum(sizes) == Place.objects.count()
    assert max(sizes) <= most


def test_a_rebuild_that_dies_before_it_measures_leaves_the_marks_of_complaints(
    everything, city, complaints, monkeypatch
):
    complaints(city["D"], date(2022, 2, 1), 9)

    def dies(*_args):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "_measure_upward", dies)
        with pytest.raises(MemoryError):
            rebuild(None, datetime.now(tz=LOCAL))
    sweep(datetime.now(tz=LOCAL))
    assert run("--all") == []


def test_what_is_older_than_the_definitions_is_measured_by_the_first_one(
    city, neighbourhood, complaints, wave, answer, screen
):
    """An old ledger, works or payment must not hold up the figures of everybody."""
    project = factories.RenovationProjectFactory(county=neighbourhood.county, code="PC-01")
    member = {"start_date": date(2018, 5, 1), "completed_date": date(2018, 9, 1)}
    factories.ProjectCommunityFactory(project=project, community=city["A"], **member)
    factories.FundReceiptFactory(project=project, entry_date=date(2018, 5, 1))
    complaints(city["A"], date(2018, 5, 1), 3)
    survey = wave(
        opens_at=datetime(2018, 5, 1, tzinfo=LOCAL), closes_at=datetime(2018, 6, 1, tzinfo=LOCAL)
    )
    answer(survey, city["A"], answers(48, 12))
    assert sweep(NOW).failures == []
    rebuild(None, NOW)
    for code in ("I32", "I36", "I38", "I18"):
        assert latest(code, city["A"], period_start__year=2018, period_start__month=5)
    Measurement.objects.filter(period_end__year__gt=2018).delete()
    assert screen.get(f"/staff/figures/score/?place={city['A'].code}").status_code == 200
