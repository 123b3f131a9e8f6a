"""Rated staff write drafts for their own community; somebody else puts them live."""

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision

from feedback.surveys.models import Survey
from feedback.surveys.permissions import (
    SurveyPolicy,
    drafts_of_writers,
    drafts_to_publish,
    surveys_to_copy,
)
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.places.models import Place, StaffAssignment
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW
from tests.feedback.surveys.test_staff import ADD, form_data, signed_in

WORDS = ("view", "change", "publish", "delete", "lock", "unpublish")
PUBLISH = {"action-publish": "action-publish"}


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def written(user: User, place: Place, **changed: str) -> Survey:
    answer = signed_in(user).post(reverse(ADD), form_data(place, **changed))
    assert answer.status_code == 302
    return Survey.objects.get(slug="parking")


def rights(user: User, survey: Survey) -> set[str]:
    policy, survey = SurveyPolicy(), Survey.objects.get(pk=survey.pk)
    found = {w for w in WORDS if policy.user_has_permission_for_instance(user, w, survey)}
    listed = policy.instances_user_has_permission_for(user, "change").filter(pk=survey.pk)
    assert listed.exists() is ("change" in found)
    return found


def edit_url(survey: Survey) -> str:
    return reverse("wagtailsnippets_surveys_survey:edit", args=[survey.pk])


@pytest.fixture
def draft(clerk: User, neighbourhood: Neighbourhood) -> Survey:
    return written(clerk, neighbourhood.community)


def test_a_clerk_writes_a_draft_tries_it_out_and_takes_it_away(draft: Survey, clerk: User):
    client = signed_in(clerk)
    assert rights(clerk, draft) == {"view", "change", "delete"}
    assert client.get(edit_url(draft)).status_code == 200
    for name in ("try", "export"):
        assert client.get(reverse(f"surveys_staff:{name}", args=[draft.pk])).status_code == 200
    assert not draft.live and not draft.questionnaires.exists()


def test_revisions_of_models_without_numbers_do_not_stand_in_the_way(draft: Survey, clerk: User):
    for content_type in ContentType.objects.all():
        Revision.objects.create(
            content_type=content_type,
            base_content_type=content_type,
            object_id="c9a7-PC001",
            content={},
            approved_go_live_at=NOW,
        )
    assert list(drafts_of_writers()) == [draft]
    Revision.objects.filter(pk=draft.latest_revision_id).update(approved_go_live_at=NOW)
    assert not drafts_of_writers().exists()


def test_a_clerk_publishes_nothing_by_any_button(
    draft: Survey, clerk: User, neighbourhood: Neighbourhood
):
    client = signed_in(clerk)
    page = client.get(edit_url(draft)).content.decode()
    assert "action-publish" not in page and "held_by_evaluators" not in page
    client.post(edit_url(draft), form_data(neighbourhood.community, **PUBLISH))
    client.post(reverse(ADD), form_data(neighbourhood.community, slug="second", **PUBLISH))
    assert not Survey.objects.filter(live=True).exists()


def test_the_editor_says_who_publishes_and_the_reviewer_finds_the_draft(
    clerk: User, reviewer: User, neighbourhood: Neighbourhood
):
    client = signed_in(clerk)
    assert "由区县审核人员发布" in client.get(reverse(ADD)).content.decode()
    data = form_data(neighbourhood.community)
    said = client.post(reverse(ADD), data, follow=True).content.decode()
    assert f"草稿已列入 {reviewer} 的待发布清单" in said
    draft = Survey.objects.get(slug="parking")
    url = reverse("surveys_staff:list")
    listed = signed_in(reviewer).get(url).content.decode()
    assert "等待发布的草稿" in listed and edit_url(draft) in listed and str(clerk) in listed
    assert edit_url(draft) not in client.get(url).content.decode()
    assert "由区县审核人员发布" not in signed_in(reviewer).get(reverse(ADD)).content.decode()


def test_where_nobody_reviews_the_clerk_is_told(clerk: User, neighbourhood: Neighbourhood):
    data = form_data(neighbourhood.community)
    said = signed_in(clerk).post(reverse(ADD), data, follow=True).content.decode()
    assert "请联系系统管理员" in said


def test_once_published_a_survey_is_out_of_the_clerks_hands(
    draft: Survey, clerk: User, reviewer: User, neighbourhood: Neighbourhood
):
    place = draft.survey_places.get()
    data = form_data(neighbourhood.community, **PUBLISH) | {
        "survey_places-INITIAL_FORMS": "1",
        "survey_places-0-id": str(place.pk),
    }
    signed_in(reviewer).post(edit_url(draft), data)
    assert Survey.objects.get(pk=draft.pk).live
    assert rights(clerk, draft) == set()
    assert not drafts_to_publish(reviewer).exists()


def test_a_draft_the_evaluator_has_in_hand_does_not_exist_for_the_rated(
    clerk: User, evaluator: User, reviewer: User, neighbourhood: Neighbourhood
):
    theirs = written(evaluator, neighbourhood.community)
    assert rights(clerk, theirs) == set()
    assert "change" in rights(reviewer, theirs)
    assert not surveys_to_copy(clerk).exists()
    client = signed_in(clerk)
    for name in ("try", "export"):
        assert client.get(reverse(f"surveys_staff:{name}", args=[theirs.pk])).status_code == 404
    revision = theirs.revisions.get().pk
    for name, more in (
        ("edit", []),
        ("copy", []),
        ("history", []),
        ("delete", []),
        ("usage", []),
        ("preview_on_edit", []),
        ("workflow_history", []),
        ("revisions_view", [revision]),
        ("revisions_revert", [revision]),
        ("revisions_compare", ["earliest", "latest"]),
    ):
        url = reverse(f"wagtailsnippets_surveys_survey:{name}", args=[theirs.pk, *more])
        assert client.get(url).status_code in (403, 404), name
    assert client.get(reverse(ADD), {"copy": theirs.pk}).status_code == 404


def test_a_survey_kept_by_evaluators_or_due_to_go_live_is_not_theirs(
    draft: Survey, clerk: User, reviewer: User
):
    Survey.objects.filter(pk=draft.pk).update(held_by_evaluators=True)
    assert rights(clerk, draft) == set()
    assert not drafts_to_publish(reviewer).exists()
    Survey.objects.filter(pk=draft.pk).update(held_by_evaluators=False)
    assert "change" in rights(clerk, draft)
    draft.revisions.update(approved_go_live_at=timezone.now())
    assert rights(clerk, draft) == set()


def test_a_copy_by_the_rated_shows_what_is_published_not_what_is_being_written(
    survey: Survey, clerk: User, reviewer: User
):
    survey.title_zh = "尚未发布的新标题"
    survey.save_revision(user=reviewer)
    fields = {"copy": survey.pk}
    assert survey.title_zh in signed_in(reviewer).get(reverse(ADD), fields).content.decode()
    seen = signed_in(clerk).get(reverse(ADD), fields)
    assert seen.status_code == 200 and survey.title_zh not in seen.content.decode()


def test_a_draft_of_another_community_is_nobodys_business(
    draft: Survey, outsider: User, neighbourhood: Neighbourhood, clerk: User
):
    assert rights(outsider, draft) == set()
    data = form_data(neighbourhood.other, slug="elsewhere")
    page = signed_in(clerk).post(reverse(ADD), data).content.decode()
    assert "无权开展调查" in page
    assert not Survey.objects.filter(slug="elsewhere").exists()


def test_who_reviews_in_one_county_and_writes_in_another_publishes_only_there(
    reviewer: User, neighbourhood: Neighbourhood
):
    both = factories.staff("both", Role.COMMUNITY_STAFF, neighbourhood.community)
    StaffAssignment.objects.create(
        user=both, role=Role.COUNTY_REVIEWER, place=neighbourhood.other_county
    )
    signed_in(both).post(reverse(ADD), form_data(neighbourhood.community, **PUBLISH))
    assert not Survey.objects.filter(live=True).exists()


def test_the_editor_fills_in_what_a_clerk_need_not_think_of(
    draft: Survey, clerk: User, neighbourhood: Neighbourhood
):
    client = signed_in(clerk)
    form = client.get(reverse(ADD)).context["form"]
    assert (form["slug"].value(), form["headline"].value()) == ("survey-20260310", "Q1")
    places = form.formsets["survey_places"]
    assert [child["place"].value() for child in places.initial_forms] == [
        neighbourhood.community.pk
    ]
    # Sent back as it came, with a second place beside it, each is kept once.
    data = form_data(neighbourhood.community, slug="survey-20260310")
    data |= {"survey_places-INITIAL_FORMS": str(places.initial_form_count())}
    assert client.post(reverse(ADD), data).status_code == 302
    saved = Survey.objects.get(slug="survey-20260310")
    assert list(saved.places.all()) == [neighbourhood.community]
    assert client.get(reverse(ADD)).context["form"]["slug"].value() == "survey-20260310-2"


def test_a_new_survey_begins_with_the_choice_what_to_begin_from(clerk: User):
    page = signed_in(clerk).get(reverse("wagtailsnippets_surveys_survey:list")).content.decode()
    assert reverse("surveys_staff:start") in page and f'"{reverse(ADD)}"' not in page


def test_the_list_says_state_and_days_of_a_draft(draft: Survey, clerk: User):
    page = signed_in(clerk).get(reverse("wagtailsnippets_surveys_survey:list")).content.decode()
    assert "草稿，待发布" in page and "2026-03-20 18:00" in page
    assert "Closes at" not in page and "刚刚" not in page


def test_trying_out_leads_back_only_from_the_second_screen_on(survey: Survey, reviewer: User):
    client, url = signed_in(reviewer), reverse("surveys_staff:try", args=[survey.pk])
    assert 'value="back"' not in client.get(url).content.decode()
    sent = {f"q-{key}": value for key, value in CORE.items()}
    page = client.post(url, {**sent, "step": "0", "move": "next"}).content.decode()
    assert 'value="back"' in page
