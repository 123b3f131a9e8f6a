"""The files the database writes are those that Python writes, cell by cell."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection

from feedback.indicators import exports, rapid
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild, target_record
from feedback.surveys.services import survey_close
from tests.feedback.indicators.conftest import LOCAL, NOW, answers

pytestmark = pytest.mark.django_db
YEARS = (2019, 2020, 2021, 2022)


@pytest.fixture(autouse=True)
def measured(wave, answer, city, renovation, neighbourhood, complaints):
    city["A"].name = '和平里"一",<期>&\n二'
    city["A"].save()
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 36, 40), ("C", 100, 150), ("D", 4, 6)):
        answer(survey, city[key], answers(top, n - top))
    for month, events in ((date(2019, 11, 1), 14), (date(2021, 3, 1), 7), (date(2021, 10, 1), 12)):
        complaints(city["A"], month, events)
        complaints(city["D"], month, events // 3)
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    for place, code, variant, value in (
        (neighbourhood.city, "I38", "main", 85),
        (neighbourhood.county, "I38", "main", "88.5"),
        (city["A"], "I32", "main", 0),
        (neighbourhood.city, "I06", "main", 40),
        # Another reading follows the main one only where none of its own holds.
        (neighbourhood.county, "I40", "main", 65),
        (city["A"], "I40", "main", 70),
        (neighbourhood.county, "I40", "occupied", 35),
    ):
        target_record(
            place=place,
            indicator=code,
            variant=variant,
            year=2021,
            value=Decimal(value),
            document="表",
            now=NOW,
        )
    rebuild(None, NOW)
    row = Measurement.objects.filter(indicator="I09", is_latest=True, period_end__year=2021)[0]
    Measurement.objects.filter(pk=row.pk).update(value=Decimal("12.345"), low=Decimal("-3.005"))


def slowly(place, year, running) -> str:
    text = io.StringIO(newline="")
    exports.csv_write(exports.export_rows(place, year, with_running=running), text)
    return text.getvalue()


@pytest.mark.parametrize("running", [True, False])
def test_the_csv_is_the_same(neighbourhood, city, running):
    for place in (neighbourhood.city, neighbourhood.county, city["A"]):
        for year in YEARS:
            fast = b"".join(rapid.csv_chunks(place, year, with_running=running)).decode()
            assert fast.splitlines() == slowly(place, year, running).splitlines()
    assert len(fast) > 1000


def test_the_workbook_is_the_same(neighbourhood):
    fast, slow = io.BytesIO(), io.BytesIO()
    seen = []
    count = rapid.xlsx_write(neighbourhood.city, 2021, fast, progress=seen.append)
    exports.xlsx_write(exports.export_rows(neighbourhood.city, 2021), slow)
    books = [openpyxl.load_workbook(file) for file in (fast, slow)]
    assert books[0].sheetnames == books[1].sheetnames
    sheets = [list(book.worksheets[0].iter_rows()) for book in books]
    assert len(sheets[0]) == len(sheets[1]) == count + 1
    for left, right in zip(*sheets, strict=True):
        for one, other in zip(left, right, strict=True):
            assert one.value == other.value or (
                isinstance(other.value, float) and abs(one.value - other.value) < 1e-9
            )
            if one.value is not None:
                assert one.number_format == other.number_format
    assert books[0].worksheets[0].freeze_panes == "A2"
    assert seen[-1] == count


def test_the_number_of_queries_does_not_grow_with_the_rows(
    neighbourhood, django_assert_max_num_queries
):
    ends = Measurement.objects.filter(period_end__year=2021).values("period_end").distinct().count()
    with django_assert_max_num_queries(6 * ends + 10):
        list(rapid.csv_chunks(neighbourhood.city, 2021))


def test_who_follows_the_progress_may_ask_the_database(neighbourhood):
    """The worker writes down how far it is, over the connection that rows come from."""
    seen = []

    def ask(count: int) -> None:
        seen.append((count, Measurement.objects.count()))

    text = b"".join(rapid.csv_chunks(neighbourhood.city, 2021, progress=ask)).decode()
    assert seen[-1][0] == len(list(csv.reader(io.StringIO(text, newline="")))) - 1


def test_a_download_that_is_broken_off_leaves_the_connection_usable(neighbourhood):
    pieces = rapid.csv_chunks(neighbourhood.city, 2021)
    for _ in range(3):
        next(pieces)
    pieces.close()
    assert Measurement.objects.exists()


def test_figures_of_very_many_places_come_in_more_pieces(neighbourhood, city, monkeypatch):
    whole = list(rapid.csv_chunks(neighbourhood.city, 2021))
    monkeypatch.setattr(rapid, "MOST_PLACES", 1)
    parted = list(rapid.csv_chunks(neighbourhood.city, 2021))
    assert b"".join(parted) == b"".join(whole)
    assert len(parted) > len(whole) or connection.vendor != "postgresql"
