"""The staff screens: who sees what, and a decision by hand."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from feedback.complaints.figure_cases import PARTS
from feedback.complaints.opened_figure import part_name
from feedback.indicators import explain
from feedback.indicators.models import Measurement, TargetVersion
from feedback.indicators.services import freeze_and_propose, rebuild, target_propose
from feedback.surveys.models import Survey
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places.counts import household_count
from tests.feedback.indicators.conftest import (
    NOW,
    all_answered,
    answers,
    community_of,
    latest,
)

pytestmark = pytest.mark.django_db


stands_on = all_answered


@pytest.fixture
def measured(stood):
    return stood


@pytest.fixture
def as_user(client, request):
    def sign_in(name):
        client.force_login(request.getfixturevalue(name))
        return client

    return sign_in


def text(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("evaluator", "", 200),
        ("evaluator", "?place=140214&indicator=I09&year=2021", 200),
        ("evaluator", "?place=PC101&indicator=nonsense&year=x&p=99", 200),
        ("evaluator", "?place=nowhere", 404),
        ("reviewer", "?place=140213", 200),
        ("reviewer", "?place=140214", 404),
        ("reviewer", "?place=1402", 404),
        ("clerk", "", 200),
        ("clerk", "?place=PC101", 404),
        ("outsider", "?place=PC001", 404),
        ("clerk", "export/?place=PC001&year=2021&reason=r&format=csv", 403),
        ("reviewer", "export/?place=140213&year=2021&reason=r&format=csv", 200),
        ("reviewer", "export/?place=140214&year=2021&reason=r&format=csv", 404),
        ("approver", "targets/", 200),
        ("evaluator", "targets/?state=APPROVED", 200),
        ("evaluator", "targets/new/", 404),
        ("clerk", "targets/new/", 200),
        ("evaluator", "stated/", 200),
    ],
)
def test_who_sees_what(measured, as_user, name, path, status):
    assert as_user(name).get(f"/staff/figures/{path}").status_code == status


def test_a_contractor_sees_no_figures(measured, client, neighbourhood):
    client.force_login(factories.staff("builder", Role.CONTRACTOR, neighbourhood.county))
    assert client.get("/staff/figures/").status_code == 403


def test_the_first_screen_says_what_waits_where_somebody_may_look(waiting, as_user, neighbourhood):
    def waits():
        page = text(client.get("/staff/"))
        return [int(n) for n in re.findall(r"targets/\">[^<]*?(\d+)</a>", page)]

    everywhere = TargetVersion.objects.pending().count()
    assert everywhere
    client = as_user("evaluator")
    assert waits() == [everywhere]
    client.force_login(factories.staff("builder", Role.CONTRACTOR, neighbourhood.county))
    assert waits() == []


def test_nobody_sees_them_without_signing_in(measured, client):
    assert client.get("/staff/figures/").status_code == 302


def test_the_overview_shows_points_and_attainment(measured, as_user):
    page = text(as_user("evaluator").get("/staff/figures/?place=1402&indicator=I29"))
    for shown in ("87.18", "4.59 / 5", "72.15", "25.00", "<svg"):
        assert shown in page
    assert "平城区" in page


def test_a_measurement_shows_its_formula_with_the_numbers(measured, as_user, city):
    client = as_user("evaluator")
    row = latest("I38", city["D"])
    page = text(client.get(f"/staff/figures/measurements/{row.pk}/"))
    assert "48 ÷ 60 × 100 = 80.00 %" in page
    assert row.inputs_hash in page
    gap = latest("I06", city["D"].get_parent().get_parent())
    page = text(client.get(f"/staff/figures/measurements/{gap.pk}/"))
    assert "|7,353.13万元 − 3,531.40万元| ÷ 7,353.13万元 × 100 = 51.97 %" in page


def test_every_kind_of_measurement_can_be_read(measured, as_user):
    client = as_user("evaluator")
    kinds = {}
    for row in Measurement.objects.order_by("pk"):
        kinds.setdefault((row.indicator, row.variant, row.place_id is None, row.status), row.pk)
    assert len(kinds) > 20
    for pk in kinds.values():
        assert client.get(f"/staff/figures/measurements/{pk}/").status_code == 200


def test_measurements_elsewhere_do_not_exist(measured, as_user, city, renovation):
    client = as_user("reviewer")
    assert client.get("/staff/figures/measurements/999999/").status_code == 404
    elsewhere = latest("I38", city["D"])
    assert client.get(f"/staff/figures/measurements/{elsewhere.pk}/").status_code == 404
    project = Measurement.objects.filter(project=renovation.yungang).first()
    assert client.get(f"/staff/figures/measurements/{project.pk}/").status_code == 404
    own = Measurement.objects.filter(project=renovation.pingcheng).first()
    assert client.get(f"/staff/figures/measurements/{own.pk}/").status_code == 200


def test_rated_staff_see_return_rates_only_while_a_survey_is_open(
    measured, as_user, answer, city, wave
):
    survey = wave(slug="open", closes_at=NOW + timedelta(days=5))
    answer(survey, city["A"], answers(0, 70))
    rebuild(None, NOW)
    running = latest("I38", city["A"], wave="open")
    county = latest("I38", city["A"].get_parent().get_parent(), wave="open")
    address = "/staff/figures/?place=PC101"
    assert "0.00</strong> %" in text(as_user("evaluator").get(address))
    assert client_status(as_user("evaluator"), running) == 200
    reviewer = as_user("reviewer")
    page = text(reviewer.get(address))
    assert f"measurements/{running.pk}/" not in page and "80.00" in page
    assert client_status(reviewer, running) == client_status(reviewer, county) == 403
    export = reviewer.get("/staff/figures/export/?place=140213&year=2022&reason=r&format=csv")
    rows = export.content.decode().splitlines()
    assert any(row.startswith("I40,") for row in rows)
    assert not any(row.startswith("I38,") for row in rows)


def client_status(client, row):
    return client.get(f"/staff/figures/measurements/{row.pk}/").status_code


# --- decisions ---


@pytest.fixture
def waiting(measured):
    freeze_and_propose(now=NOW)
    return TargetVersion.objects.pending().get(
        target__place__code="140213", target__indicator="I38"
    )


def test_an_approver_accepts(waiting, as_user):
    client = as_user("approver")
    assert "待审批" in text(client.get("/staff/figures/targets/"))
    address = f"/staff/figures/targets/{waiting.pk}/"
    assert "批准这个目标" in text(client.get(address))
    assert client.post(address, {"advance": "1", "reason": "同意"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "APPROVED"
    assert "批准这个目标" not in text(client.get(address))
    assert "已经处理过" in text(client.post(address, {"advance": "1", "reason": ""}))


def test_a_rejection_without_a_reason_stays_on_the_page(waiting, as_user):
    client = as_user("approver")
    address = f"/staff/figures/targets/{waiting.pk}/"
    page = text(client.post(address, {"reject": "1", "reason": ""}))
    assert "必填" in page or "error" in page
    assert client.post(address, {"reject": "1", "reason": "依据不足"}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "REJECTED"


@pytest.mark.parametrize("name", ["evaluator", "reviewer", "administrator"])
def test_others_read_and_do_not_approve(waiting, as_user, name):
    client = as_user(name)
    address = f"/staff/figures/targets/{waiting.pk}/"
    assert "批准这个目标" not in text(client.get(address))
    assert client.post(address, {"advance": "1", "reason": ""}).status_code in {302, 403}
    waiting.refresh_from_db()
    assert waiting.state == "FINANCE_REVIEW"


def test_a_clerk_proposes_and_keeps_what_was_typed(measured, as_user, neighbourhood):
    client = as_user("clerk")
    given = {
        "place": neighbourhood.community.pk,
        "indicator": "I38",
        "year": 2027,
        "value": "80",
        "reason": "理由",
    }
    page = text(client.post("/staff/figures/targets/new/", given))
    assert "不能比现行目标（90）宽松" in page and "理由" in page
    assert client.post("/staff/figures/targets/new/", {**given, "value": "92"}).status_code == 302
    assert TargetVersion.objects.get(origin="PERSON").value == 92
    given["place"] = neighbourhood.other.pk
    assert client.post("/staff/figures/targets/new/", given).status_code == 200
    assert TargetVersion.objects.filter(origin="PERSON").count() == 1


def test_downloads(measured, as_user):
    client = as_user("evaluator")
    base = "/staff/figures/export/?place=140213&year=2021&reason=r&format="
    csv = client.get(base + "csv")
    assert csv["X-Demonstration"]
    assert "measurements-140213-2021-demonstration.csv" in csv["Content-Disposition"]
    assert csv.content.decode().startswith("\ufeffindicator,variant,")
    assert client.get(base + "json").json()[0]["indicator"]
    assert client.get(base + "xlsx").content.startswith(b"PK")
    assert client.get(base + "exe").status_code == 302


# --- many rows ---


def test_more_places_and_proposals_are_no_more_queries(
    measured, as_user, neighbourhood, wave, answer, reviewer
):
    client = as_user("evaluator")
    addresses = ["/staff/figures/?place=140213", "/staff/figures/targets/"]

    def counts():
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    propose(reviewer, neighbourhood.county, 3)
    counts()
    before = counts()
    survey = wave(slug="many", closes_at=NOW - timedelta(days=20))
    for number in range(30):
        place = community_of(neighbourhood.subdistrict, f"PC3{number:02d}", 40)
        answer(survey, place, answers(20, 12))
    survey_close(survey=survey, now=NOW - timedelta(days=17))
    rebuild(None, NOW)
    propose(reviewer, neighbourhood.county, 30)
    assert counts() == before


def propose(actor, place, how_many):
    for number in range(how_many):
        target_propose(
            actor=actor,
            place=place,
            indicator="I38",
            year=2030 + number,
            value=Decimal(92),
            reason="提高",
            now=NOW,
        )


def test_answers_are_named_not_coded():
    with translation.override("zh-hans"):
        counts = {"5": 4, "DISAGREE": 3, "CONDITIONAL": 2, "AGREE": 96}
        (fact,) = explain.facts(Measurement(indicator="I01", inputs={"counts": counts}))
    # In the order of the question, whatever that of the database.
    assert fact.value == "同意: 96, 有条件同意: 2, 不同意: 3, 5: 4"


def test_groups_of_targets_are_named_in_the_reader_s_language():
    row = Measurement(indicator="I05", inputs={"groups": ["产出质量"], "lacking": ["产出成本"]})
    with translation.override("en"):
        found = [fact.value for fact in explain.facts(row)]
    assert found == ["Output quality", "Output cost"]


def test_a_figure_names_its_survey(measured, as_user, neighbourhood):
    row = Measurement.objects.filter(indicator="I38", place=neighbourhood.community).latest("pk")
    Survey.objects.filter(slug=row.wave).update(title_zh="改造后满意度调查")
    page = text(as_user("evaluator").get(f"/staff/figures/measurements/{row.pk}/"))
    assert "· 改造后满意度调查</p>" in page


def test_what_a_figure_lacks_is_said_first():
    """Nobody compares two long lists to find the notice that is missing."""
    inputs = {"late": [], "public": ["N01", "N12 2021-01-01"], "required": ["N01", "N03"]}
    with translation.override("zh-hans"):
        found = explain.facts(Measurement(indicator="I12", inputs=inputs))
        (done,) = explain.facts(Measurement(indicator="I22", inputs={"done": None}))
    assert [fact.name for fact in found] == ["其中尚未公示", "已到期的应发布公告", "其中已发布"]
    assert found[0].value == "N03"
    assert done.value == "到期时未完成"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"indicator": "I38", "value": 80, "low": 70.1, "high": 87.22, "n": 60}
            | {"population": 220},
            "60×219÷160＝82.12",
        ),
        (
            {"indicator": "I38", "value": 75, "low": Decimal("67.77"), "high": Decimal("82.23")}
            | {"n": 160, "population": 1000, "inputs": {"total": {}}},
            "标准误（3.689）",
        ),
        ({"indicator": "I38", "value": 80, "low": 80, "high": 80, "n": 9, "population": 9}, "偏差"),
        ({"indicator": "I29", "value": 80, "low": 80, "high": 80}, ""),
        (
            {"indicator": "I28", "value": 45, "low": 7.5, "high": 67.3}
            | {"inputs": {"before": {"events": 40}, "after": {"events": 22}}},
            "√(1÷40＋1÷22)",
        ),
        (
            {"indicator": "I28", "value": 100, "low": -36.6, "high": 99.6}
            | {"inputs": {"before": {"events": 6}, "after": {"events": 0}}},
            "√(1÷6.5＋1÷0.5)",
        ),
        ({"indicator": "I36", "value": 83, "low": 20, "high": 333, "n": 2}, "÷√2)"),
    ],
)
def test_an_interval_says_how_it_comes_about(given, text):
    """The vectors of domain.md §6."""
    with translation.override("zh-hans"):
        found = explain.interval(Measurement(variant="main", formula_version="1", **given))
    assert text in found and bool(text) == bool(found)


@pytest.mark.parametrize(
    ("indicator", "inputs", "text"),
    [
        (
            "I38",
            {"modes": {"self": [9, 7], "staff": [5, 4]}},
            "居民自填: 9 / 7, 工作人员录入: 5 / 4",
        ),
        ("I28", {"channels": ["12345", "PETITION"]}, "12345热线、信访"),
        ("I13", {"own": {"numerator": "1", "denominator": "2", "n": None}}, "1 ÷ 2"),
        ("I09", {"spent": "359611700"}, "35,961.17万元"),
        ("I29", {"numerator": "34"}, "34"),
    ],
)
def test_no_code_and_no_bare_yuan_in_what_a_figure_was_made_of(indicator, inputs, text):
    with translation.override("zh-hans"):
        (fact,) = explain.facts(Measurement(indicator=indicator, inputs=inputs))
    assert fact.value == text
    assert not re.search("[a-z_]{4}", fact.name)


def links_of(client, row):
    page = text(client.get(f"/staff/figures/measurements/{row.pk}/"))
    return {int(pk) for pk in re.findall(r"/figures/measurements/(\d+)/", page)}, page


def test_a_sum_opens_down_to_its_parts(measured, as_user, neighbourhood, city, renovation):
    """From the city to its counties, from a county to its projects or communities."""
    client = as_user("evaluator")
    money = latest("I09", neighbourhood.city)
    below, page = links_of(client, money)
    counties = {latest("I09", one).pk for one in (neighbourhood.county, neighbourhood.other_county)}
    assert below == counties
    assert "万元 ÷" in page
    below, _page = links_of(client, latest("I09", neighbourhood.other_county))
    own = Measurement.objects.filter(project=renovation.yungang, indicator="I09", variant="main")
    assert below == {own.latest("period_end").pk}
    below, _page = links_of(client, latest("I38", neighbourhood.county))
    assert below >= {latest("I38", city[key]).pk for key in "ABC"}


def test_what_a_figure_counted_is_called_as_in_the_list_of_its_cases():
    for code, parts in PARTS.items():
        for part in parts:
            (fact,) = explain.facts(Measurement(indicator=code, inputs={part: 3}))
            assert fact.name == part_name(code, part) != part
    (fact,) = explain.facts(Measurement(indicator="I22", inputs={"deadline": "2021-11-30"}))
    assert fact.name not in {"", "deadline"}


def test_a_measurement_says_who_is_affected(measured, as_user, neighbourhood, renovation):
    row = latest("I38", neighbourhood.county)
    page = text(as_user("evaluator").get(f"/staff/figures/measurements/{row.pk}/"))
    homes = household_count(neighbourhood.county, row.period_end)
    assert homes >= 1000
    assert f"{homes}户" in page
    project = Measurement.objects.filter(project=renovation.yungang, indicator="I09").latest("pk")
    page = text(as_user("evaluator").get(f"/staff/figures/measurements/{project.pk}/"))
    assert "220户" in page
    assert f"/staff/projects/{renovation.yungang.pk}/" in page
