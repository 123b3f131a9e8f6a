"""Staff of the rated places know who took part: of what few answered they learn no more from the
figures than everybody. Who evaluates or exports sees it (§6.1.6)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from feedback.indicators.models import TargetVersion
from feedback.indicators.services import freeze_and_propose, rebuild, target_record
from feedback.plans.models import CorrectiveAction
from feedback.plans.shown import evidence_rows
from feedback.surveys.services import survey_close
from portal.accounts.roles import Role
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, latest

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(wave, answer, city, renovation):
    """Seven of nine in C are satisfied; of the others, whose sums are public, 10 in B are not."""
    survey = wave()
    for key, top, n in (("A", 48, 60), ("B", 30, 40), ("C", 7, 9)):
        answer(survey, city[key], answers(top, n - top))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    rebuild(None, NOW)
    return city


def pages(client, place):
    row = latest("I38", place)
    for address in (
        f"measurements/{row.pk}/",
        f"?place={place.code}&year=2021",
        f"dashboard/?place={place.code}&year=2021",
        f"score/?place={place.code}&year=2021",
    ):
        response = client.get(f"/staff/figures/{address}")
        assert response.status_code == 200
        yield response.content.decode()


@pytest.mark.parametrize("role", [Role.COMMUNITY_STAFF, Role.PROJECT_UNIT])
def test_what_few_answered_is_not_told_to_the_rated(few, client, role):
    client.force_login(factories.staff("rated", role, few["C"]))
    for page in pages(client, few["C"]):
        assert "77.78" not in page
        assert "7 ÷ 9" not in page


def test_an_evaluator_sees_it(few, client, evaluator):
    client.force_login(evaluator)
    page, *others = pages(client, few["C"])
    assert "7 ÷ 9 × 100 = 77.78" in page
    assert all("77.78" in other for other in others)


def test_it_cannot_be_subtracted_by_who_sees_the_county(few, client, neighbourhood):
    """B, the next smallest, is hidden with it; the county and the others are told."""
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    compared = client.get("/staff/figures/?place=140213&indicator=I38&year=2021").context
    told = {one.row.place.code: one.value for one in compared["part_lines"]}
    assert told[few["C"].code] is None
    assert told[few["B"].code] is None
    assert told[few["A"].code] == 80
    county = latest("I38", neighbourhood.county)
    page = client.get(f"/staff/figures/measurements/{county.pk}/").context
    assert page["strata"] == []
    assert page["line"].value is not None


def test_of_many_answers_staff_see_the_figure_and_not_who_gave_which(few, client):
    client.force_login(factories.staff("rated", Role.COMMUNITY_STAFF, few["A"]))
    found = client.get(f"/staff/figures/measurements/{latest('I38', few['A']).pk}/")
    assert "48 ÷ 60 × 100 = 80.00 %" in found.content.decode()
    index = client.get(f"/staff/figures/measurements/{latest('I39', few['A']).pk}/")
    assert "答卷数" not in [fact.name for fact in index.context["facts"]]


@pytest.fixture
def proposed(few, neighbourhood):
    """Targets of the three communities for 2022, proposed from what they answered."""
    for key in "ABC":
        target_record(
            place=few[key],
            indicator="I38",
            year=2021,
            value=Decimal(90),
            document="批复",
            now=NOW,
        )
    freeze_and_propose(now=NOW)
    return {
        key: TargetVersion.objects.get(target__year=2022, target__place=few[key]) for key in "ABC"
    }


def test_a_proposal_tells_the_rated_no_more(few, proposed, client, neighbourhood, evaluator):
    """B is hidden with C; the baseline could hold hidden figures of earlier waves."""
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    listed = client.get("/staff/figures/targets/?state=ALL").context["rows"]
    told = {row[0].target.place.code: row[0].measured for row in listed if row[0].measurement}
    assert [told[few[key].code] for key in "ABC"] == [80, None, None]
    for key, untold in (("B", ("75.00", "30 ÷ 40")), ("C", ("77.78", "7 ÷ 9"))):
        page = client.get(f"/staff/figures/targets/{proposed[key].pk}/")
        assert page.context["version"].measured is page.context["version"].baseline is None
        assert proposed[key].inputs_hash[:16] not in page.content.decode()
        assert not any(words in page.content.decode() for words in untold)
    page = client.get(f"/staff/figures/targets/{proposed['A'].pk}/").content.decode()
    assert "48 ÷ 60 × 100 = 80.00" in page
    client.force_login(evaluator)
    page = client.get(f"/staff/figures/targets/{proposed['B'].pk}/").content.decode()
    assert "30 ÷ 40 × 100 = 75.00" in page


def test_whoever_decides_on_a_proposal_leaves_its_evidence_as_it_is(
    few, proposed, client, neighbourhood
):
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    client.post(f"/staff/figures/targets/{proposed['B'].pk}/", {"advance": "1", "reason": ""})
    proposed["B"].refresh_from_db()
    assert proposed["B"].measured == 75


def test_a_score_card_does_not_tell_what_is_hidden_for_a_smaller_one(
    few, proposed, client, neighbourhood, evaluator
):
    address = f"/staff/figures/score/?place={few['B'].code}&year=2021"
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    card = client.get(address).context["card"]
    held = {line.part.definition.code: line for line in card.lines}["I38"]
    assert (held.given.value, held.points, held.given.is_withheld) == (None, None, True)
    told = client.get(f"/staff/figures/score/?place={few['A'].code}&year=2021").context["card"]
    assert not told.withheld
    client.force_login(evaluator)
    assert not client.get(address).context["card"].withheld


def test_a_promise_does_not_tell_the_figure_that_is_hidden_for_a_smaller_one(few, proposed, client):
    """75 of 90 is missed for certain; it would tell what the nine of C said."""
    for key, is_hidden in (("A", False), ("B", True)):
        action = CorrectiveAction.objects.get(place=few[key])
        assert bool(action.evidence["is_hidden"]) is is_hidden
        values = [text for _name, text in evidence_rows(action)]
        assert ("80.00 %" in values) is not is_hidden
        assert not any("75.00" in text for text in values)
    hidden = CorrectiveAction.objects.get(place=few["B"])
    assert Decimal(hidden.rank_parts["gap"]) == Decimal("0.2")


def test_the_stated_figures_do_not_tell_ours_where_it_is_hidden(few, client, neighbourhood):
    for key in "AB":
        factories.StatedFigureFactory(
            place=few[key], key="share", indicator="I38", stated_date=date(2021, 12, 31)
        )
    page = client.get("/figures/stated/").content.decode()
    assert "80.00 %" in page
    assert "75.00" not in page
    client.force_login(factories.staff("rated", Role.PROJECT_UNIT, neighbourhood.county))
    assert "75.00" not in client.get("/staff/figures/stated/").content.decode()
    client.force_login(factories.staff("reads", Role.COUNTY_READER, neighbourhood.county))
    assert "75.00 %" in client.get("/staff/figures/stated/").content.decode()
