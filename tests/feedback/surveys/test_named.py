"""Surveys with names: said first, agreed to; by a published rule one answer of a home counts."""

from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.surveys import services
from feedback.surveys.models import NamedAnswer, Response, SurveyTally
from feedback.surveys.screens import field_name
from feedback.surveys.services.naming import UNSAID
from portal.intake import receipts
from portal.places.codes import household_code
from tests.feedback.surveys.conftest import NOW

pytestmark = pytest.mark.django_db
OWNER = {"A2": "OWNER", "A8": "AGREE"}
TENANT = {"A2": "TENANT", "A8": "DISAGREE"}


@pytest.fixture
def named(named_survey):
    assert named_survey.precedence == "A2"
    return named_survey


def standings(survey):
    rows = NamedAnswer.objects.filter(response__survey=survey).order_by("pk")
    return list(rows.values_list("response__answers__A2", "response__standing"))


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def test_the_owner_goes_before_others_whoever_came_first(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    tenant = submit(home, TENANT, survey=named, now=at(1))
    owner = submit(home, OWNER, survey=named, now=at(2))
    late = submit(home, TENANT, survey=named, now=at(3))
    assert (tenant.counted, owner.counted, late.counted) == (True, True, False)
    assert late.superseded and late.receipt
    assert standings(named) == [
        ("TENANT", "SUPERSEDED"),
        ("OWNER", "COUNTED"),
        ("TENANT", "SUPERSEDED"),
    ]


def test_among_equals_the_latest_counts(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    submit(home, OWNER, survey=named, now=at(1))
    submit(home, {**OWNER, "A8": "DISAGREE"}, survey=named, now=at(2))
    counted = Response.objects.get(standing="COUNTED")
    assert counted.answers["A8"] == "DISAGREE"
    assert counted.participation.household == home


def test_who_does_not_say_goes_last(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    submit(home, TENANT, survey=named, now=at(1))
    assert not submit(home, {"A8": "AGREE"}, survey=named, now=at(2)).counted
    assert NamedAnswer.objects.order_by("pk").last().rank == UNSAID


def test_withdrawn_the_next_in_line_counts_again(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    submit(home, TENANT, survey=named, now=at(1))
    owner = submit(home, OWNER, survey=named, now=at(2))
    services.response_withdraw(survey=named, receipt=owner.receipt, now=at(3))
    assert standings(named) == [("TENANT", "COUNTED")]


def test_answered_anew_by_somebody_else_it_is_judged_anew(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    first = submit(home, OWNER, survey=named, now=at(1))
    submit(home, TENANT, survey=named, now=at(2))
    services.response_replace(survey=named, receipt=first.receipt, answers=TENANT, now=at(3))
    assert [standing for _who, standing in standings(named)] == ["COUNTED", "SUPERSEDED"]
    services.response_replace(survey=named, receipt=first.receipt, answers=TENANT, now=at(4))


def test_sent_twice_it_is_one(named, submit, neighbourhood):
    key = receipts.new_key()
    for _time in range(2):
        submit(neighbourhood.households[0], OWNER, survey=named, key=key)
    assert NamedAnswer.objects.count() == 1


def test_superseded_answers_are_kept_and_count_nowhere(named, submit, neighbourhood):
    home = neighbourhood.households[0]
    submit(home, OWNER, survey=named, now=at(1))
    submit(home, TENANT, survey=named, now=at(2))
    services.survey_close(survey=named, now=at(5))
    services.tally_rebuild(survey_id=named.pk, community_id=neighbourhood.community.pk, now=at(6))
    tally = SurveyTally.objects.get(survey=named, community=neighbourhood.community)
    assert (tally.returned, tally.released, tally.open_answers) == (1, 1, 0)
    services.survey_seal(survey=named, now=at(7))
    assert len(list(services.survey_leaves(named))) == 2


def test_an_anonymous_survey_links_nothing(survey, submit, neighbourhood):
    submit(neighbourhood.households[0])
    assert not NamedAnswer.objects.exists()
    assert submit(neighbourhood.households[0]).duplicate


def post(client, named, neighbourhood, **data):
    address = f"/surveys/{named.slug}/{neighbourhood.community.code}/"
    code = household_code(neighbourhood.households[0])
    with time_machine.travel(at(1), tick=False):
        return client.post(address, {"move": "start", "code": code, **data})


def test_it_says_so_first_and_asks(client, named, neighbourhood):
    address = f"/surveys/{named.slug}/{neighbourhood.community.code}/"
    with time_machine.travel(at(1), tick=False):
        start = client.get(address).content.decode()
    assert "本调查为实名调查" in start
    assert "业主优先" in start
    refused = post(client, named, neighbourhood).content.decode()
    assert 'href="#consent"' in refused
    agreed = post(client, named, neighbourhood, consent=services.CONSENT_VERSION)
    assert 'name="consent"' in agreed.content.decode()
    assert "data-survey-start" not in agreed.content.decode()


def test_the_version_that_was_agreed_to_is_kept(client, named, neighbourhood):
    answers = {field_name("A2"): "OWNER", field_name("A8"): "AGREE"}
    data = {"move": "commit", "intake_key": receipts.new_key(), **answers}
    done = post(client, named, neighbourhood, consent=services.CONSENT_VERSION, **data)
    assert done.headers.get("X-Intake") == "stored", done.content.decode()[:3000]
    assert NamedAnswer.objects.get().consent == services.CONSENT_VERSION


def test_a_home_that_answered_may_answer_again(client, named, submit, neighbourhood):
    submit(neighbourhood.households[0], OWNER, survey=named)
    page = post(client, named, neighbourhood, consent=services.CONSENT_VERSION)
    assert "survey" in page.content.decode()
    assert page.templates[0].name != "surveys/duplicate.html"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["submit", "replace", "withdraw"]),
            st.integers(0, 2),
            st.sampled_from(["OWNER", "TENANT", ""]),
        ),
        max_size=9,
    )
)
def test_whatever_comes_one_answer_of_a_home_counts_and_it_is_the_first_in_line(
    named, submit, neighbourhood, moves
):
    NamedAnswer.objects.all().delete()
    named.participations.all().delete()
    named.responses.all().delete()
    known = {}
    for minute, (move, home, who) in enumerate(moves):
        answers = {"A2": who, "A8": "AGREE"} if who else {"A8": "AGREE"}
        mine = known.setdefault(home, [])
        if move == "submit":
            household = neighbourhood.households[home]
            mine.append(submit(household, answers, survey=named, now=at(minute)).receipt)
        elif mine and move == "replace":
            services.response_replace(
                survey=named, receipt=mine[0], answers=answers, now=at(minute)
            )
        elif mine:
            services.response_withdraw(survey=named, receipt=mine.pop(0), now=at(minute))
    for took_part in named.participations.all():
        rows = list(took_part.named_answers.order_by("rank", "-given_at", "-pk"))
        counted = [row for row in rows if row.response.standing == "COUNTED"]
        assert counted == rows[:1]
        assert took_part.response == (rows[0].response if rows else None)
