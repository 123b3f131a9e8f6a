"""Alerts of domain.md §8: each raised once, told once, again when its state changes, ended."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from feedback.complaints.models import Complaint
from feedback.indicators.alert_links import alert_links
from feedback.indicators.models import FigureAlert
from feedback.indicators.services import alerts_sweep, rebuild
from feedback.indicators.services.alerting import names_of_codes, sentence
from feedback.surveys.models import Survey
from notices.models import NoticeRemoval
from portal.demo import factories
from portal.messages.models import AlertChannel, Delivery
from portal.projects.models import FundReceipt, Payment, ProjectCommunity
from tests.feedback.indicators.conftest import LOCAL, NOW, answers

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(neighbourhood):
    """The city's duty post wants to hear of figures and surveys; what it was sent."""
    AlertChannel.objects.create(
        place=neighbourhood.city,
        name="值班",
        channel="EMAIL",
        to="duty@example.org",
        topics=["figures", "surveys"],
    )
    return Delivery.objects.filter(dedupe_key__startswith="figure-alert-")


def standing(kind):
    return list(FigureAlert.objects.standing().filter(kind=kind).order_by("pk"))


def sweep_on(day):
    return alerts_sweep(now=datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL))


def test_an_alert_names_what_it_speaks_of():
    """Nobody at a community knows the codes by heart."""
    names = names_of_codes([])
    missing = FigureAlert(kind="NOTICE", facts={"codes": "N03 N08 X99"})
    assert re.fullmatch(r"\S*N03 [^N]+、N08 .+、X99", sentence(missing, names))
    rising = FigureAlert(kind="CATEGORY", facts={"category": "C10", "cases": 7, "mean": "1.0"})
    assert sentence(rising, names).startswith("C10 屋面漏雨")


def test_an_alert_names_a_survey_in_the_reader_s_language(wave):
    survey = wave()
    alert = FigureAlert(kind="RESPONSE", facts={"survey": survey.slug, "title": survey.title_zh})
    Survey.objects.update(title_en="Satisfaction after the renovation")
    assert survey.title_zh in sentence(alert, names_of_codes([alert.facts]))
    with override("en"):
        assert "“Satisfaction after" in sentence(alert, names_of_codes([alert.facts]))
    # Of all surveys and projects only those that are spoken of are read.
    assert survey.slug not in names_of_codes([])


def test_an_alert_leads_to_what_it_speaks_of(neighbourhood, wave, reviewer, outsider):
    project = factories.RenovationProjectFactory(county=neighbourhood.county, code="PC-09")
    survey, place = wave(), neighbourhood.community
    kinds = {
        "ACCEPTANCE": ("PC-09", f"/staff/projects/{project.pk}/"),
        "NOTICE": ("notices", "/staff/notices/coverage/?place=PC001"),
        "EARLY": ("removal 1", "/staff/notices/removals/?early=1"),
        "CATEGORY": ("C10", "/staff/complaints/?tab=all&category=C10&place=PC001"),
        "RESPONSE": (survey.slug, f"/staff/surveys/{survey.pk}/communities/PC001/"),
        "BUDGET": ("gone", ""),
    }
    alerts = [FigureAlert(place=place, kind=kind, subject=kinds[kind][0]) for kind in kinds]
    assert alert_links(reviewer, alerts) == [address for _subject, address in kinds.values()]
    found = dict(zip(kinds, alert_links(outsider, alerts), strict=True))
    assert (found["ACCEPTANCE"], found["CATEGORY"]) == ("", "")


@pytest.mark.parametrize(
    ("kind", "deadline"), [("ACCEPTANCE", date(2021, 9, 28)), ("ACCOUNTS", date(2021, 9, 30))]
)
def test_a_deadline_is_told_thirty_and_seven_days_before_and_on_its_day(
    neighbourhood, told, kind, deadline
):
    project = factories.RenovationProjectFactory(
        county=neighbourhood.county, code="PC-09", completed_date=date(2021, 6, 30)
    )
    sweep_on(deadline - timedelta(days=31))
    assert standing(kind) == []
    for days, stage in ((30, "30"), (29, "30"), (7, "7"), (1, "7"), (0, "0"), (-9, "0")):
        sweep_on(deadline - timedelta(days=days))
        [alert] = standing(kind)
        assert (alert.stage, alert.place) == (stage, neighbourhood.county)
    assert FigureAlert.objects.filter(kind=kind).count() == 3
    assert "PC-09" in sentence(alert, {})
    label = alert.get_kind_display()
    assert sum(label in delivery.subject for delivery in told) == 3
    field = "accepted_date" if kind == "ACCEPTANCE" else "accounts_date"
    setattr(project, field, deadline)
    project.save()
    sweep_on(deadline + timedelta(days=10))
    assert standing(kind) == []
    assert FigureAlert.objects.filter(kind=kind, ended_at=None).count() == 0


def test_budget_against_contracts(neighbourhood, told):
    project = factories.RenovationProjectFactory(
        county=neighbourhood.county, code="YG", budget="7353.13", contract_total="3531.40"
    )
    rebuild(None, NOW)
    assert alerts_sweep(now=NOW) >= 1
    [alert] = standing("BUDGET")
    assert "51.97" in sentence(alert, {})
    assert alerts_sweep(now=NOW + timedelta(hours=1)) == 0
    assert told.filter(dedupe_key__startswith=f"figure-alert-{alert.pk}-").count() == 1
    project.contract_total = Decimal("7353.13")
    project.save()
    rebuild(None, NOW)
    alerts_sweep(now=NOW)
    assert standing("BUDGET") == []


def test_money_ten_points_behind_a_linear_plan(neighbourhood, city, told):
    project = factories.RenovationProjectFactory(county=neighbourhood.county, code="PC-10")
    factories.ProjectCommunityFactory(
        project=project, community=city["A"], start_date=date(2021, 6, 1), completed_date=None
    )
    FundReceipt.objects.filter(project=project).delete()
    fields = {"project": project, "eligible": True}
    factories.FundReceiptFactory(**fields, amount=Decimal(1000), entry_date=date(2021, 6, 1))
    factories.PaymentFactory(**fields, amount=Decimal(600), entry_date=date(2021, 7, 1))
    ProjectCommunity.objects.filter(project=project).update(start_date=date(2021, 6, 1))
    rebuild(None, NOW)
    sweep_on(date(2021, 11, 30))
    assert standing("EXECUTION") == []  # 60 % against 47 %
    rebuild(None, NOW)
    alerts_sweep(now=NOW)  # 60 % against 70.8 %
    [alert] = standing("EXECUTION")
    assert alert.facts == {
        "project": "PC-10", "value": "60.00", "target": "95.00", "expected": "70.79",
    }  # fmt: skip
    Payment.objects.filter(project=project).update(amount=Decimal(610))
    rebuild(None, NOW)
    alerts_sweep(now=NOW)
    assert standing("EXECUTION") == []


def test_a_missing_notice_is_told_anew_when_another_is_missing(
    neighbourhood, city, told, monkeypatch
):
    from feedback.indicators import watching

    class Needed:
        def __init__(self, code):
            self.code = code

    class Cell:
        def __init__(self, code, published=None):
            self.community, self.required = city["A"], Needed(code)
            self.is_due, self.published = True, published

    cells = [Cell("N06"), Cell("N09", date(2022, 1, 1))]
    monkeypatch.setattr(watching, "publicity_coverage", lambda root, day: cells)
    alerts_sweep(now=NOW)
    alerts_sweep(now=NOW)
    assert [alert.stage for alert in standing("NOTICE")] == ["N06"]
    cells.append(Cell("N14"))
    alerts_sweep(now=NOW)
    assert [alert.stage for alert in standing("NOTICE")] == ["N06 N14"]
    assert told.count() == 2
    cells.clear()
    alerts_sweep(now=NOW)
    assert standing("NOTICE") == []


def test_a_real_gap_of_publicity_is_found(neighbourhood, renovation):
    alerts_sweep(now=NOW)
    assert {alert.place.code for alert in standing("NOTICE")} >= {"PC101"}


def test_a_notice_taken_down_early(neighbourhood, told, reviewer):
    fields = {
        "place": neighbourhood.community,
        "action": "DELETE",
        "reason": "误发",
        "user": reviewer,
        "published_at": NOW - timedelta(days=3),
    }
    NoticeRemoval.objects.create(
        notice_id=1,
        title="提前撤下的公告",
        publicity_end=NOW.date() + timedelta(days=5),
        removed_at=NOW,
        **fields,
    )
    NoticeRemoval.objects.create(
        notice_id=2,
        title="期满撤下的公告",
        publicity_end=NOW.date() - timedelta(days=1),
        removed_at=NOW,
        **fields,
    )
    alerts_sweep(now=NOW)
    [alert] = standing("EARLY")
    assert "提前撤下的公告" in sentence(alert, {})
    assert told.count() == 1


@pytest.mark.parametrize(
    ("before", "cases", "is_told"),
    [((1, 1, 1), 5, True), ((0, 0, 0), 5, True), ((0, 0, 0), 4, False), ((9, 9, 9), 14, False)],
)
def test_a_category_over_its_mean(city, complaints, told, before, cases, is_told):
    for back, count in enumerate(before):
        complaints(city["A"], date(2021, 11 + back, 1) if back < 2 else date(2022, 1, 1), count)
    complaints(city["A"], date(2022, 2, 1), cases)
    assert Complaint.objects.count() == sum(before) + cases
    alerts_sweep(now=NOW)
    alerts_sweep(now=NOW)
    assert bool(standing("CATEGORY")) == is_told
    assert told.count() == is_told


def test_few_answers_half_way_through_a_survey(wave, answer, city, told):
    survey = wave()
    answer(survey, city["D"], answers(2, 1))
    answer(survey, city["B"], answers(30, 0))
    rebuild(None, datetime(2021, 12, 5, tzinfo=LOCAL))
    sweep_on(date(2021, 12, 5))
    assert standing("RESPONSE") == []
    sweep_on(date(2021, 12, 20))
    assert {alert.place.code for alert in standing("RESPONSE")} >= {"YG101"}
    assert "PC102" not in {alert.place.code for alert in standing("RESPONSE")}


def test_the_screen_shows_what_stands_and_what_ended(client, neighbourhood, reviewer, outsider):
    factories.RenovationProjectFactory(
        county=neighbourhood.county, code="PC-09", completed_date=date(2021, 6, 30)
    )
    sweep_on(date(2021, 9, 1))
    client.force_login(reviewer)
    page = client.get("/staff/figures/alerts/?kind=ACCEPTANCE&place=140213")
    assert [row[0].kind for row in page.context["rows"]] == ["ACCEPTANCE"]
    assert "PC-09" in page.content.decode()
    page = client.get("/staff/figures/alerts/?kind=ACCEPTANCE&state=ended&p=x")
    assert not page.context["rows"]
    client.force_login(outsider)
    page = client.get("/staff/figures/alerts/?place=140213")
    assert "PC-09" not in page.content.decode()
