"""The public board: what a tally keeps and what a page may show of it."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.complaints.board import board_of, period_of, periods
from feedback.complaints.models import Category, Complaint, ComplaintTally
from feedback.complaints.services import (
    complaint_accept,
    complaint_confirm,
    complaint_resolve,
    tally_rebuild,
)
from feedback.complaints.states import State
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def months(**by_category: dict) -> dict:
    return {"2026-07": by_category}


def cell(n: int, **parts: object) -> dict:
    known = sum(parts.get(part, 0) for part in ("open", "confirmed", "unconfirmed"))
    return {"n": n, "rest": n - known, **parts}


def tally(place, board) -> None:
    ComplaintTally.objects.create(community=place, board=board, rebuilt_at=NOW)


def shown(place, key=""):
    return board_of(place, period_of(key, TODAY), TODAY)


def test_a_tally_keeps_what_became_of_each_case(file, clerk, neighbourhood):
    solved, silent, late = file(), file("C12"), file("C18")
    file("C18")
    for complaint, days in ((solved, 1), (silent, 2), (late, 30)):
        complaint_accept(complaint=complaint, by=clerk, now=NOW)
        moment = NOW + timedelta(days=days)
        complaint_resolve(complaint=complaint, by=clerk, text="已修好", now=moment)
    complaint_confirm(complaint=solved, verdict="SOLVED", rating=5, now=NOW + timedelta(days=2))
    Complaint.objects.filter(pk=silent.pk).update(state=State.UNCONFIRMED)
    assert tally_rebuild(community_id=neighbourhood.community.pk, now=NOW)
    board = ComplaintTally.objects.get().board["2026-07"]
    assert board["C10"] == {
        "n": 1, "confirmed": 1, "in_time": 1, "verdicts": 1, "days": {"1": 1}
    }  # fmt: skip
    assert board["C12"]["unconfirmed"] == 1
    assert (board["C18"]["open"], board["C18"]["late"], board["C18"]["n"]) == (1, 1, 2)
    assert not tally_rebuild(community_id=neighbourhood.community.pk, now=NOW)


def test_a_restricted_report_is_counted_nowhere(file, neighbourhood):
    complaint = file()
    Complaint.objects.filter(pk=complaint.pk).update(category=Category.objects.get(pk="C30"))
    tally_rebuild(community_id=neighbourhood.community.pk, now=NOW)
    assert ComplaintTally.objects.get().board == {}
    assert shown(neighbourhood.community).received == 0


def test_it_adds_up_shares_and_the_median_of_a_community(neighbourhood):
    other = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="安康里")
    heat = cell(
        40, confirmed=20, unconfirmed=10, open=10, in_time=24, late=2, verdicts=25, by_staff=5,
        days={"1": 10, "3": 15, "20": 5}, waiting={"2026-07-10": 4, "2026-07-13": 6},
    )  # fmt: skip
    tally(neighbourhood.community, months(C14=heat, C12=cell(8, confirmed=8)))
    tally(other, months(C14=cell(30, confirmed=30)))
    board = shown(neighbourhood.community)
    assert (board.received, board.open, board.handled) == (48, 10, 38)
    assert (board.confirmed, board.unconfirmed) == (28, 10)
    # 24 in time, 2 late and 4 that are overdue on the thirteenth.
    assert (board.on_time, board.by_staff, board.median_days) == (80, 20, 3)
    assert [(line.received, line.median_days) for line in board.categories] == [(40, 3), (8, None)]
    county = shown(neighbourhood.county)
    assert (county.received, county.open) == (78, 10)
    assert [(line.place.code, line.received) for line in county.parts] == [
        ("PC001", 48),
        ("PC002", 30),
    ]
    assert shown(neighbourhood.city).received == 78


def test_small_cells_are_hidden_and_no_sum_of_the_county_gives_them_back(neighbourhood):
    places = [neighbourhood.community] + [
        factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"PC00{n}", name=f"小区{n}")
        for n in (2, 3, 4)
    ]
    counts = [{"C14": 40, "C12": 3, "C10": 9}, {"C14": 20, "C12": 15}, {"C12": 3}, {"C14": 30}]
    for place, row in zip(places, counts, strict=True):
        tally(place, months(**{code: cell(n, confirmed=n) for code, n in row.items()}))
    boards = [shown(place) for place in places]
    # Three in all are too few; the smallest shown place is hidden with it.
    assert [board.received for board in boards] == [52, 35, None, None]
    assert {line.label: line.received for line in boards[0].categories} == {
        Category.objects.get(pk="C14").label: 40,
        Category.objects.get(pk="C10").label: None,
        Category.objects.get(pk="C12").label: None,
    }
    assert boards[2].categories == [] and boards[2].median_days is None
    parts = {line.place.code: line.received for line in shown(neighbourhood.county).parts}
    assert parts == {"PC001": 52, "PC002": 35, "PC003": None, "PC004": None}


def test_a_period_is_a_year_and_no_two_overlap():
    assert (period_of("2020", TODAY).first, period_of("2020", TODAY).last) == ("2020-01", "2020-12")
    for text in ("", "20", "٢٠٢٠", "2020-Q9", "abcd"):
        assert period_of(text, TODAY).key == "2026"
    found = periods(["2020-03", "2024-07", "2020-04"], date(2026, 7, 13))
    assert [period.key for period in found] == ["2026", "2024", "2020"]
    assert all(one.first > other.last for one, other in pairwise(found))


@pytest.mark.parametrize("count", [1, 9])
def test_its_queries_do_not_grow_with_the_places(neighbourhood, count):
    for number in range(count):
        place = factories.place(
            "COMMUNITY", neighbourhood.subdistrict, code=f"X{number}", name=f"小区{number}"
        )
        tally(place, months(C14=cell(20, confirmed=20), C12=cell(9, open=9)))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown(neighbourhood.county)
    assert len(queries) <= 4, Counter(query["sql"][:60] for query in queries)
