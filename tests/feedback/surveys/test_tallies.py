"""Tallies are rebuilt from the rows, and results move in steps of ten."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.surveys import queries, services
from feedback.surveys.models import Response, Survey, SurveyTally
from feedback.surveys.states import Channel
from portal.accounts.models import User
from portal.demo import factories
from portal.places.models import StaleMark
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit


def rebuild(survey: Survey, neighbourhood: Neighbourhood) -> bool:
    return services.tally_rebuild(
        survey_id=survey.pk, community_id=neighbourhood.community.pk, now=NOW
    )


def tally(survey: Survey, neighbourhood: Neighbourhood) -> queries.HeadlineTally:
    return queries.tally(survey, neighbourhood.community)


def test_a_published_survey_has_a_tally_before_anybody_answered(
    survey: Survey, neighbourhood: Neighbourhood
):
    assert services.tallies_sweep(now=NOW) == 1
    row = tally(survey, neighbourhood)
    assert (row.population, row.occupied, row.returned, row.valid) == (12, 12, 0, 0)


def test_taking_part_shows_at_once_and_answers_after_ten(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    for home in neighbourhood.households[:9]:
        submit(home)
    rebuild(survey, neighbourhood)
    before = tally(survey, neighbourhood)
    assert (before.returned, before.released, before.counts) == (9, 0, {})
    submit(neighbourhood.households[9], {"B1": "0"})
    rebuild(survey, neighbourhood)
    after = tally(survey, neighbourhood)
    assert (after.returned, after.released, after.valid) == (10, 10, 9)
    assert after.counts == {"0": 1, "4": 9}
    assert after.questions["B22"] == {"#": 9, "C10": 9}


def test_an_eleventh_answer_or_a_change_is_not_seen_alone(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    receipts = [submit(home).receipt for home in neighbourhood.households[:10]]
    rebuild(survey, neighbourhood)
    step = tally(survey, neighbourhood)
    submit(neighbourhood.households[10], {"B1": "1"})
    services.response_replace(survey=survey, receipt=receipts[0], answers={"B1": "2"}, now=NOW)
    rebuild(survey, neighbourhood)
    now = tally(survey, neighbourhood)
    assert now.returned == 11
    assert (now.counts, now.by_mode, now.questions) == (step.counts, step.by_mode, step.questions)


def test_a_withdrawn_answer_is_not_told_by_what_is_missing(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    receipts = [submit(home).receipt for home in neighbourhood.households[:10]]
    rebuild(survey, neighbourhood)
    step = tally(survey, neighbourhood)
    services.response_withdraw(survey=survey, receipt=receipts[0], now=NOW)
    rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood) == step
    assert not rebuild(survey, neighbourhood)
    services.survey_close(survey=survey, now=NOW)
    rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood).counts == {"4": 9}


def test_withdrawn_and_new_answers_make_a_step_together(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    receipts = [submit(home).receipt for home in neighbourhood.households[:10]]
    rebuild(survey, neighbourhood)
    for receipt in receipts[:8]:
        services.response_withdraw(survey=survey, receipt=receipt, now=NOW)
    for home in neighbourhood.households[10:]:
        submit(home, {"B1": "1"})
    rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood).counts == {"1": 2, "4": 2}


def test_closing_lets_everything_show(survey: Survey, neighbourhood: Neighbourhood, submit: Submit):
    for home in neighbourhood.households[:3]:
        submit(home)
    services.survey_close(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    assert tally(survey, neighbourhood).counts == {"4": 3}
    services.survey_seal(survey=survey, now=NOW)
    assert not rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood).counts == {"4": 3}


def test_channels_and_answers_without_a_code_are_kept_apart(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, clerk: User
):
    Survey.objects.filter(pk=survey.pk).update(open_answers=True)
    survey.refresh_from_db()
    for home in neighbourhood.households[:8]:
        submit(home)
    for home in neighbourhood.households[8:11]:
        submit(home, {"B1": "2"}, channel=Channel.PAPER, staff=clerk)
    submit(None, {"B1": "1"})
    rebuild(survey, neighbourhood)
    row = tally(survey, neighbourhood)
    assert row.by_mode == {"PAPER": {"2": 3}, "SELF": {"4": 8}}
    assert row.open_answers == 1 and "1" not in row.counts


def test_numbers_and_rankings_are_added_up(named_survey: Survey, neighbourhood: Neighbourhood):
    rows = [
        services.ImportedAnswer(
            neighbourhood.community,
            home,
            {"A8": "AGREE", "A4": str(n), "A13": ["ROOF", "GAS"] if n else ["GAS"]},
        )
        for n, home in enumerate(neighbourhood.households[:10])
    ]
    assert services.responses_import(survey=named_survey, rows=rows) == 10
    rebuild(named_survey, neighbourhood)
    questions = tally(named_survey, neighbourhood).questions
    assert questions["A4"] == {"#": 10, "#sum": 45}
    assert questions["A13"] == {"#": 10, "1:GAS": 1, "1:ROOF": 9, "GAS": 10, "ROOF": 9}


def test_an_import_brings_each_home_once_and_refuses_what_does_not_fit(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    submit(neighbourhood.households[0])
    rows = [
        services.ImportedAnswer(neighbourhood.community, home, CORE)
        for home in [*neighbourhood.households, neighbourhood.households[3]]
    ]
    assert services.responses_import(survey=survey, rows=rows) == 11
    assert survey.responses.count() == survey.participations.count() == 12
    wrong = [services.ImportedAnswer(neighbourhood.community, None, {"B1": "9"})]
    with pytest.raises(services.InvalidAnswers):
        services.responses_import(survey=survey, rows=wrong)
    elsewhere = [services.ImportedAnswer(neighbourhood.other, None, CORE)]
    with pytest.raises(services.WrongPlace):
        services.responses_import(survey=survey, rows=elsewhere)


def test_a_rebuild_mends_what_was_tampered_with_and_says_so(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    for home in neighbourhood.households:
        submit(home)
    rebuild(survey, neighbourhood)
    right = tally(survey, neighbourhood)
    StaleMark.objects.all().delete()
    assert not rebuild(survey, neighbourhood)
    assert not StaleMark.objects.exists()
    SurveyTally.objects.update(valid=99, counts={"5": 99}, questions={}, returned=1)
    assert rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood) == right
    assert StaleMark.objects.get().kind == StaleMark.Kind.ROLLUP


def test_versions_are_joined_by_key(survey: Survey, neighbourhood: Neighbourhood, submit: Submit):
    for home in neighbourhood.households[:5]:
        submit(home)
    raw = survey.questions.get_prep_value()
    raw[1]["value"]["text_zh"] = "总的来说，您满意吗"
    survey.questions = survey._meta.get_field("questions").to_python(raw)
    survey.save()
    survey.save_revision().publish()
    assert list(survey.questionnaires.values_list("number", flat=True).order_by("number")) == [1, 2]
    for home in neighbourhood.households[5:]:
        submit(home)
    rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood).counts == {"4": 12}
    assert set(Response.objects.values_list("questionnaire__number", flat=True)) == {1, 2}


def test_publishing_again_without_a_change_makes_no_new_number(survey: Survey):
    survey.save_revision().publish()
    assert survey.questionnaires.count() == 1


def test_a_change_of_the_register_recounts_running_surveys(
    survey: Survey, neighbourhood: Neighbourhood
):
    services.tallies_sweep(now=NOW)
    factories.HouseholdFactory(building=neighbourhood.building)
    StaleMark.objects.create(kind="SURVEY", object_id=0, place=neighbourhood.county)
    services.tallies_sweep(now=NOW)
    assert tally(survey, neighbourhood).population == 13


def test_letters_given_out_are_what_the_return_rate_divides_by(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, clerk: User, outsider: User
):
    given = {"survey": survey, "building": neighbourhood.building, "now": NOW}
    with pytest.raises(PermissionDenied):
        services.invitation_record(user=outsider, **given)
    with pytest.raises(ValidationError, match="12"):
        services.invitation_record(user=clerk, households=13, **given)
    services.invitation_record(user=clerk, households=8, **given)
    submit(neighbourhood.households[0])
    rebuild(survey, neighbourhood)
    assert tally(survey, neighbourhood).issued == 8
    assert services.invitations_record_all(survey=survey, now=NOW) == 1
    services.tallies_sweep(now=NOW)
    assert tally(survey, neighbourhood).issued == 12


def test_what_is_open_here(survey: Survey, neighbourhood: Neighbourhood, django_assert_num_queries):
    with django_assert_num_queries(1):
        cards = queries.open_surveys(neighbourhood.community, NOW)
    assert [(c.slug, c.url) for c in cards] == [
        ("satisfaction", "/surveys/satisfaction/PC001/"),
    ]
    assert queries.open_surveys(neighbourhood.other, NOW) == []
    assert list(queries.surveys_of_kind("SATISFACTION", neighbourhood.city)) == [survey]
    assert list(queries.surveys_of_kind("INTENTION", neighbourhood.city)) == []
    assert queries.next_boundary(neighbourhood.community, NOW) == survey.closes_at
