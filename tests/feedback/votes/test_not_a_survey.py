"""A survey can never be shown as a vote, nor a vote as a survey."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from feedback.surveys import services as surveys
from feedback.surveys.editor import SurveyForm, SurveyViewSet
from feedback.surveys.models import Survey
from feedback.votes import services
from feedback.votes.models import Ballot, Voter
from feedback.votes.states import Choice
from portal.accounts.models import User
from tests.conftest import Neighbourhood
from tests.feedback.votes.conftest import CLOSES, OPEN, OPENS

LAW = "不是问卷调查"
#: What the editor sends besides.
REST = {
    "questions-count": "0",
    "survey_places-TOTAL_FORMS": "0",
    "survey_places-INITIAL_FORMS": "0",
    "comments-TOTAL_FORMS": "0",
    "comments-INITIAL_FORMS": "0",
}


def made_survey(neighbourhood: Neighbourhood, **fields: object) -> Survey:
    return surveys.survey_create(
        sample="SATISFACTION",
        slug="opinion",
        places=[neighbourhood.community],
        opens_at=OPENS,
        closes_at=CLOSES,
        **fields,
    )


@pytest.fixture
def survey(neighbourhood: Neighbourhood) -> Survey:
    return surveys.survey_publish(survey=made_survey(neighbourhood))


def test_no_table_of_one_leads_to_the_other() -> None:
    models = {name: set(apps.get_app_config(name).get_models()) for name in ("surveys", "votes")}
    for name, other in (("surveys", "votes"), ("votes", "surveys")):
        for model in models[name]:
            for field in model._meta.get_fields():
                assert field.related_model not in models[other], (model, field.name)


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("title_zh", "选聘物业业主表决"),
        ("title_zh", "加装电梯网上投票"),
        ("title_en", "Owners' vote on the lift"),
        ("title_en", "Ballot: property company"),
    ],
)
def test_a_survey_is_not_called_a_vote(
    neighbourhood: Neighbourhood, field: str, title: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        made_survey(neighbourhood, **{field: title})
    assert list(refused.value.error_dict) == [field]
    assert not Survey.objects.exists()


def test_the_editor_says_so_at_the_title(neighbourhood: Neighbourhood, clerk: User) -> None:
    survey = made_survey(neighbourhood)
    form_class = SurveyViewSet.edit_handler.bind_to_model(Survey).get_form_class()
    assert issubclass(form_class, SurveyForm)
    form = form_class({**REST, "title_zh": "业主表决"}, instance=survey, for_user=clerk)
    assert not form.is_valid()
    assert "业主表决" in str(form.errors["title_zh"])
    fine = form_class({**REST, "title_zh": "满意度调查"}, instance=survey, for_user=clerk)
    fine.is_valid()
    assert "title_zh" not in fine.errors


def test_what_is_said_on_the_pages_of_each(
    client: Client, survey: Survey, ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    code = neighbourhood.community.code
    with time_machine.travel(OPEN, tick=False):
        asked = client.get(reverse("surveys:answer", args=[survey.slug, code])).content.decode()
        voted = client.get(reverse("votes:ballot", args=[ballot.pk])).content.decode()
        listed = client.get(reverse("votes:list")).content.decode()
        community = client.get(
            reverse("pages:community", args=[code]), follow=True
        ).content.decode()
    assert "不是业主表决" in asked
    assert LAW not in asked
    assert LAW in voted
    assert survey.title not in voted + listed
    assert ballot.title in listed
    # Beside each other on the page of the community, each leads to its own kind of page.
    assert reverse("surveys:answer", args=[survey.slug, code]) in community
    assert reverse("votes:ballot", args=[ballot.pk]) in community


def test_the_results_of_a_survey_are_no_count(
    client: Client,
    survey: Survey,
    ballot: Ballot,
    voters: list[Voter],
    clerk: User,
    neighbourhood: Neighbourhood,
) -> None:
    surveys.survey_close(survey=survey, now=CLOSES + timedelta(days=4))
    for voter in voters[:7]:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    services.ballot_close(ballot=ballot, by=clerk, now=CLOSES)
    later: datetime = CLOSES + timedelta(days=5)
    with time_machine.travel(later, tick=False):
        results = client.get(reverse("surveys:results", args=[survey.slug])).content.decode()
        count = client.get(reverse("votes:ballot", args=[ballot.pk])).content.decode()
    for text in ("专有面积", "法定", "2/3", "3/4"):
        assert text not in results
    assert "3/4" in count
    assert survey.title not in count
