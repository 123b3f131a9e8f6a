"""The public API: what the pages show, small cells hidden, in JSON and in CSV."""

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.indicators.services import rebuild, target_record
from feedback.plans import services
from feedback.plans.models import CorrectiveAction
from feedback.plans.states import Trigger
from feedback.surveys.services import survey_close
from portal.demo import factories
from portal.places.models import Place
from tests.feedback.indicators.conftest import LOCAL, NOW, answers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlimited() -> None:
    """Requests of other tests are not those of this one."""
    cache.clear()


@pytest.fixture
def surveyed(wave, answer, city):
    """A wave answered in three communities of a county, by very few in one."""
    survey = wave()
    for key, top, n in (("A", 75, 83), ("B", 5, 6), ("C", 150, 167)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)


def read(client: Client, address: str) -> dict:
    answer = client.get(f"/api/v1{address}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_places_say_where_they_lie(client, neighbourhood):
    found = read(client, "/places?level=COMMUNITY&under=140213")
    assert [(row["code"], row["parent"]) for row in found["items"]] == [("PC001", "140213051")]
    assert read(client, "/places/1402")["parent"] == ""
    assert client.get("/api/v1/places/nowhere").status_code == 404


def test_a_page_beyond_the_last_is_empty_and_a_wrong_one_says_why(client, neighbourhood):
    assert read(client, "/places?page=9")["items"] == []
    wrong = client.get("/api/v1/places?page=0")
    assert wrong.status_code == 422
    assert wrong.json()["detail"][0]["loc"][-1] == "page"


def test_every_indicator_is_described(client):
    found = read(client, "/indicators")
    by_code = {row["code"]: row for row in found["items"]}
    assert by_code["I38"]["unit"] == "%"
    assert by_code["I38"]["is_published"]
    assert all(row["formula_zh"] and row["formula_en"] for row in found["items"])


def test_figures_are_those_of_the_pages(client, surveyed, neighbourhood):
    found = read(client, "/measurements?place=140213&indicator=I38")
    row = found["items"][0]
    page = client.get("/figures/140213/").content.decode()
    assert row["value"] in page
    history = read(client, "/measurements/history?place=140213&indicator=I38")
    assert history["items"][0] == row


def test_a_small_cell_has_no_value_and_says_why(client, surveyed, city):
    rows = {
        row["place"]: row for row in read(client, "/measurements?under=1402&indicator=I38")["items"]
    }
    hidden = [row for row in rows.values() if row["value"] is None]
    assert hidden
    assert all(row["low"] is None and row["note"] for row in hidden)
    english = read(client, "/measurements?under=1402&indicator=I38&language=en")["items"]
    assert {row["note"] for row in english} != {row["note"] for row in rows.values()}


def test_what_is_not_published_is_not_there(client, surveyed):
    assert client.get("/api/v1/measurements?indicator=I01").status_code == 404
    assert client.get("/api/v1/measurements?indicator=nothing").status_code == 404


def test_targets_are_the_approved_ones(client, neighbourhood):
    target_record(
        place=neighbourhood.county,
        indicator="I38",
        year=2022,
        value=Decimal(92),
        document="批复",
        now=NOW,
    )
    rows = read(client, "/targets?under=1402&year=2022")["items"]
    assert [(row["place"], row["indicator"], row["value"]) for row in rows] == [
        ("140213", "I38", "92.00")
    ]
    assert read(client, "/targets?year=2021")["items"] == []


def _promise(place: Place, by, number: int) -> CorrectiveAction:
    cause = services.Cause(Trigger.SURVEY_ITEM, f"B{number}", "照明不足")
    action, _new = services.action_open(place=place, cause=cause, evidence={}, now=NOW)
    services.action_plan(
        action=action,
        by=by,
        now=NOW,
        owner=by,
        measure="换灯",
        resident_text_zh="=1+1 换灯",
        due_on=(NOW + timedelta(days=30)).date(),
    )
    return action


def test_only_promises_are_public(client, neighbourhood, reviewer):
    action = _promise(neighbourhood.community, reviewer, 1)
    assert read(client, "/actions")["items"] == []
    services.action_promise(action=action, by=reviewer, now=NOW)
    assert [row["id"] for row in read(client, "/actions?under=140213")["items"]] == [action.pk]


def test_a_list_comes_as_csv_where_it_is_asked_for(client, neighbourhood, reviewer):
    action = _promise(neighbourhood.community, reviewer, 1)
    services.action_promise(action=action, by=reviewer, now=NOW)
    answer = client.get("/api/v1/actions", headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["X-Count"] == "1"
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["title"] == "照明不足"
    # Not a formula for a spreadsheet.
    assert row["promise_zh"] == "'=1+1 换灯"


def test_an_answer_that_is_known_is_not_sent_again(client, neighbourhood):
    first = client.get("/api/v1/places")
    again = client.get("/api/v1/places", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC009", name="新里小区")
    changed = client.get("/api/v1/places", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_the_head_of_an_answer_is_that_of_the_whole(client, neighbourhood):
    whole, head = client.get("/api/v1/places"), client.head("/api/v1/places")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert client.post("/api/v1/places").status_code == 405


def test_a_script_of_another_site_may_read_and_nothing_else(client, neighbourhood):
    origin = {"Origin": "https://elsewhere.example"}
    asked = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    # A browser asks first where a script sends an ETag.
    before = client.options("/api/v1/places", headers=origin | asked)
    assert before.status_code == 200
    assert before.headers["Access-Control-Allow-Origin"] == "*"
    assert before.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
    assert "if-none-match" in before.headers["Access-Control-Allow-Headers"]
    for path, headers in (
        ("/places", {}),
        ("/places", {"If-None-Match": "x"}),
        ("/places/nowhere", {}),
    ):
        answer = client.get(f"/api/v1{path}", headers=origin | headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "etag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get("/", headers=origin).headers


def test_json_and_csv_are_kept_apart(client, neighbourhood):
    """The page cache looks at addresses only."""
    assert client.get("/api/v1/places?page=1").headers["Content-Type"].startswith("application/")
    table = client.get("/api/v1/places?page=1", headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"].startswith("text/csv")
    assert "Accept" in table.headers["Vary"]


def test_nobody_is_signed_in_and_nothing_is_remembered(client, clerk, neighbourhood):
    client.force_login(clerk)
    answer = client.get("/api/v1/places")
    assert not answer.cookies
    assert client.post("/api/v1/places", {}).status_code == 405


def test_too_many_requests_are_told_to_wait(client, neighbourhood):
    allowed = int(settings.API_RATE.partition("/")[0])
    answers = [client.get("/api/v1/places/1402") for _ in range(allowed + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    # A proxy that kept this would refuse everybody.
    assert answers[-1]["Cache-Control"] == "no-store"
    assert answers[0]["Cache-Control"].startswith("public")
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["/places", "/measurements", "/actions", "/targets"])
def test_a_list_takes_as_many_queries_for_many_as_for_one(client, neighbourhood, reviewer, address):
    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            read(client, address)
        return len(queries)

    services.action_promise(
        action=_promise(neighbourhood.community, reviewer, 0), by=reviewer, now=NOW
    )
    target_record(
        place=neighbourhood.community,
        indicator="I38",
        year=2022,
        value=Decimal(90),
        document="批复",
        now=NOW,
    )
    counted()
    before = counted()
    for number in range(1, 8):
        place = factories.place(
            "COMMUNITY", neighbourhood.subdistrict, code=f"PD{number:03}", name="新里小区"
        )
        action = _promise(place, reviewer, number)
        services.action_promise(action=action, by=reviewer, now=NOW)
        target_record(
            place=place, indicator="I38", year=2022, value=Decimal(90), document="批复", now=NOW
        )
    assert counted() <= before + (1 if address == "/measurements" else 0)


def test_the_description_is_complete(client):
    described = client.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/v1/places",
        "/api/v1/places/{code}",
        "/api/v1/indicators",
        "/api/v1/measurements",
        "/api/v1/measurements/history",
        "/api/v1/targets",
        "/api/v1/actions",
        "/api/v1/bundles",
        "/api/v1/bundles/{key}/file",
    }
    assert client.get("/api/v1/docs", follow=True).status_code == 404
