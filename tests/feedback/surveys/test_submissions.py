"""One household, one counted answer; sent twice is one answer; and nothing joins the two."""

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from wagtail.models import ReferenceIndex

from feedback.surveys import services
from feedback.surveys.models import Participation, Response, Survey
from feedback.surveys.states import Channel, Standing
from portal.accounts.models import User
from portal.demo import factories
from portal.intake import receipts
from portal.places.models import StaleMark
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

KEY = "0" * 31 + "1"


def test_an_answer_is_counted_and_its_community_marked(
    submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    StaleMark.objects.all().delete()
    submitted = submit(neighbourhood.households[0], key=KEY)
    assert submitted == services.Submitted(receipts.receipt(KEY), counted=True)
    mark = StaleMark.objects.get()
    assert (mark.kind, mark.object_id, mark.place) == (
        "SURVEY",
        survey.pk,
        neighbourhood.community,
    )


def test_an_answer_knows_no_household_and_a_household_no_answer_and_neither_a_time(
    submit: Submit, neighbourhood: Neighbourhood
):
    submit(neighbourhood.households[0])
    assert Participation.objects.get().response is None
    names = {field.name for model in (Response, Participation) for field in model._meta.fields}
    assert names == {
        *{"id", "survey", "questionnaire", "community", "channel", "standing", "answers"},
        *{"shown", "receipt_hash", "salt", "household", "response", "flags", "staff"},
    }


def test_the_same_submission_twice_is_one_answer(submit: Submit, neighbourhood: Neighbourhood):
    first = submit(neighbourhood.households[0], key=KEY)
    again = submit(neighbourhood.households[0], key=KEY)
    assert again.receipt == first.receipt and again.repeated and again.counted
    assert Response.objects.count() == Participation.objects.count() == 1


def test_a_household_is_counted_once(submit: Submit, neighbourhood: Neighbourhood):
    submit(neighbourhood.households[0])
    second = submit(neighbourhood.households[0], {"B1": "1"})
    assert second == services.Submitted("", counted=False, duplicate=True)
    assert [r.answers["B1"] for r in Response.objects.all()] == ["4"]


def test_the_rest_extends_what_was_sent_first(submit: Submit, neighbourhood: Neighbourhood):
    first = submit(neighbourhood.households[0], key=KEY)
    more = submit(neighbourhood.households[0], {**CORE, "B2": "5", "B24": "YES"}, key=KEY)
    assert more.receipt == first.receipt and not more.repeated
    assert Response.objects.get().answers["B24"] == "YES"
    late = submit(neighbourhood.households[0], key=KEY)
    assert late.repeated
    assert Response.objects.get().answers["B2"] == "5"


def test_the_same_key_with_other_answers_is_a_conflict(
    submit: Submit, neighbourhood: Neighbourhood
):
    submit(neighbourhood.households[0], key=KEY)
    with pytest.raises(services.AnswerConflict) as caught:
        submit(neighbourhood.households[0], {**CORE, "B1": "1"}, key=KEY)
    assert caught.value.receipt == receipts.receipt(KEY)
    assert Response.objects.get().answers["B1"] == "4"


def test_a_resend_is_known_after_the_receipt_key_was_changed(
    submit: Submit, neighbourhood: Neighbourhood, settings
):
    first = submit(neighbourhood.households[0], key=KEY)
    settings.RECEIPT_KEY = f"2:another-receipt-key-0123456789abcdef,{settings.RECEIPT_KEY}"
    again = submit(neighbourhood.households[0], key=KEY)
    assert again.repeated and again.receipt == first.receipt


@pytest.mark.parametrize(
    ("after", "channel", "taken"),
    [
        (timedelta(days=-2), Channel.SELF, False),
        (timedelta(days=0), Channel.SELF, True),
        (timedelta(days=10), Channel.SELF, False),
        (timedelta(days=11), Channel.PAPER, True),
        (timedelta(days=-2), Channel.PAPER, False),
    ],
)
def test_answers_are_taken_only_while_the_survey_is_open(
    submit: Submit,
    neighbourhood: Neighbourhood,
    clerk: User,
    after: timedelta,
    channel: Channel,
    taken: bool,
):
    given = {"channel": channel, "staff": clerk, "now": NOW + after}
    if taken:
        assert submit(neighbourhood.households[0], **given).counted
    else:
        with pytest.raises(services.NotOpen):
            submit(neighbourhood.households[0], **given)
        assert not Response.objects.exists()


def test_a_closed_survey_takes_nothing_even_before_its_end(
    submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    services.survey_close(survey=survey, now=NOW)
    with pytest.raises(services.NotOpen):
        submit(neighbourhood.households[0])


def test_without_a_code_it_counts_apart_and_only_where_that_is_allowed(
    submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    with pytest.raises(services.CodeNeeded):
        submit(None)
    Survey.objects.filter(pk=survey.pk).update(open_answers=True)
    survey.refresh_from_db()
    submitted = submit(None)
    assert not submitted.counted and submitted.receipt
    assert Response.objects.get().standing == Standing.OPEN
    assert not Participation.objects.exists()


def test_a_code_of_another_community_is_refused(submit: Submit, neighbourhood: Neighbourhood):
    building = factories.BuildingFactory(place=neighbourhood.other)
    with pytest.raises(services.WrongPlace):
        submit(factories.HouseholdFactory(building=building))
    with pytest.raises(services.WrongPlace):
        submit(factories.HouseholdFactory(building=building), community=neighbourhood.other)


def test_wrong_answers_are_refused_with_nothing_stored(
    submit: Submit, neighbourhood: Neighbourhood
):
    with pytest.raises(services.InvalidAnswers) as caught:
        submit(neighbourhood.households[0], {**CORE, "B18": "9"})
    assert set(caught.value.errors) == {"B18"}
    assert not Response.objects.exists() and not Participation.objects.exists()


@pytest.mark.parametrize("channel", [Channel.PAPER, Channel.PHONE, Channel.ASSISTED])
def test_staff_enter_answers_of_their_own_community_and_the_channel_is_kept(
    submit: Submit, neighbourhood: Neighbourhood, clerk: User, outsider: User, channel: Channel
):
    with pytest.raises(PermissionDenied):
        submit(neighbourhood.households[0], channel=channel, staff=outsider)
    submit(neighbourhood.households[0], channel=channel, staff=clerk)
    assert Response.objects.get().channel == channel
    assert Participation.objects.get().channel == channel


def test_an_empty_sheet_of_paper_is_returned_but_not_valid(
    submit: Submit, neighbourhood: Neighbourhood, clerk: User
):
    submit(neighbourhood.households[0], {}, channel=Channel.PAPER, staff=clerk)
    assert Response.objects.get().answers == {}


def test_a_receipt_replaces_or_withdraws_and_the_household_has_still_taken_part(
    submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    receipt = submit(neighbourhood.households[0]).receipt
    given = {"survey": survey, "receipt": receipt.lower(), "now": NOW}
    replaced = services.response_replace(answers={"B1": "1"}, **given)
    assert replaced == services.Submitted(receipt, counted=True)
    assert Response.objects.get().answers == {"B1": "1"}
    services.response_withdraw(**given)
    assert not Response.objects.exists()
    assert Participation.objects.count() == 1
    with pytest.raises(services.UnknownReceipt):
        services.response_withdraw(**given)
    assert submit(neighbourhood.households[0]).duplicate


def test_a_named_survey_links_the_household(
    named_survey: Survey, submit: Submit, neighbourhood: Neighbourhood
):
    home = neighbourhood.households[0]
    submit(home, {"A1": "1号楼 1单元", "A8": "AGREE"}, survey=named_survey)
    assert Participation.objects.get().response == Response.objects.get()


def test_an_answer_costs_few_queries_and_leaves_no_trace_elsewhere(
    submit: Submit, neighbourhood: Neighbourhood, survey: Survey, django_assert_max_num_queries
):
    with django_assert_max_num_queries(16):
        submit(neighbourhood.households[0])
    kinds = ContentType.objects.get_for_models(Response, Participation).values()
    assert not ReferenceIndex.objects.filter(content_type__in=kinds).exists()
