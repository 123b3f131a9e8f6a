"""Drafts of communities go public through the county's review, and no other way."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.actions.copy_page import CopyPageAction, CopyPagePermissionError
from wagtail.models import PageLogEntry, Task, TaskState, Workflow
from wagtail.permissions import policy_registry

from notices.models import NoticePage, PlaceReviewTask
from notices.services import NewNotice, notices_publish_many, publications_due
from portal.accounts.roles import Role
from portal.demo import factories
from portal.messages.models import AlertChannel, Delivery
from tests.notices.conftest import NOW
from tests.notices.test_staff import posted


@pytest.fixture
def draft(pages, clerk, now):
    page = factories.notice(pages.community, kind="N04", owner=clerk, publicity_end=None)
    page.save_revision(user=clerk)
    return page


def edit(client, page, action, **changes):
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = {"publicity_start": "", "publicity_end": ""} | changes
    return client.post(url, posted(action=action, **data))


def decide(client, page, name, comment=""):
    state = fresh(page).current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, name, state.pk])
    return client.post(url, {"comment": comment})


def fresh(page) -> NoticePage:
    return NoticePage.objects.get(pk=page.pk)


def submit(client, clerk, draft, **changes):
    client.force_login(clerk)
    assert edit(client, draft, "action-submit", **changes).status_code == 302
    assert fresh(draft).workflow_in_progress


def test_one_review_stands_over_the_whole_site(pages, draft):
    workflow = Workflow.objects.get(name="县区审核")
    assert [page.get_workflow() for page in (pages.county, draft)] == [workflow, workflow]
    assert isinstance(workflow.tasks.get().specific, PlaceReviewTask)


def test_of_wagtails_own_approval_nothing_is_left(db):
    assert [one.name for one in Workflow.objects.all()] == ["县区审核"]
    assert [one.name for one in Task.objects.all()] == ["县区审核"]


def test_a_clerk_submits_and_the_reviewer_approves(draft, clerk, reviewer, client):
    submit(client, clerk, draft)
    client.force_login(reviewer)
    assert "方案征求意见" in client.get(reverse("wagtailadmin_home")).content.decode()
    assert decide(client, draft, "approve").status_code == 302
    page = fresh(draft)
    assert page.live
    assert (str(page.publicity_start), str(page.publicity_end)) == ("2026-03-02", "2026-03-11")
    assert PageLogEntry.objects.filter(page=draft.pk, action="wagtail.publish", user=reviewer)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("go_live_at", ["", "2026-03-03 10:00"])
def test_days_left_empty_begin_with_the_day_of_the_approval(
    draft, clerk, reviewer, client, now, go_live_at, opened
):
    submit(client, clerk, draft, go_live_at=go_live_at)
    client.force_login(reviewer)
    with time_machine.travel(now + timedelta(days=2), tick=False):
        if opened:
            edit(client, draft, None, go_live_at=go_live_at)
        decide(client, draft, "approve")
    page = fresh(draft)
    assert page.live
    assert (str(page.publicity_start), str(page.publicity_end)) == ("2026-03-04", "2026-03-13")


def test_days_left_empty_begin_with_the_day_on_which_a_late_worker_publishes(
    pages, reviewer, client, now
):
    draft = factories.notice(pages.community, kind="N04", publicity_end=None)
    client.force_login(reviewer)
    edit(client, draft, "action-publish", go_live_at="2026-03-02 23:00")
    later = now + timedelta(days=1)
    with time_machine.travel(later, tick=False):
        assert publications_due(now=later).published == 1
    page = fresh(draft)
    assert (str(page.publicity_start), str(page.publicity_end)) == ("2026-03-03", "2026-03-12")


def test_it_is_locked_while_under_review(draft, clerk, reviewer, client):
    submit(client, clerk, draft)
    edit(client, draft, None, title="偷偷改了")
    assert fresh(draft).get_latest_revision_as_object().title == "方案征求意见"
    client.force_login(reviewer)
    edit(client, draft, None, title="审核人改了")
    assert fresh(draft).get_latest_revision_as_object().title == "审核人改了"


def test_it_is_sent_back_with_a_remark_and_comes_again(draft, clerk, reviewer, client):
    submit(client, clerk, draft)
    client.force_login(reviewer)
    decide(client, draft, "reject", "请写明图纸在哪里看")
    assert not fresh(draft).live
    client.force_login(clerk)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "请写明图纸在哪里看" in html
    edit(client, draft, "action-restart-workflow")
    client.force_login(reviewer)
    decide(client, draft, "approve")
    assert fresh(draft).live


def test_approved_ahead_of_its_day_it_waits_for_our_own_task(draft, clerk, reviewer, client, now):
    later = now + timedelta(days=1)
    submit(client, clerk, draft, go_live_at="2026-03-03 10:00")
    client.force_login(reviewer)
    decide(client, draft, "approve")
    assert not fresh(draft).live
    assert publications_due(now=now).published == 0
    with time_machine.travel(later, tick=False):
        assert publications_due(now=later).published == 1
    page = fresh(draft)
    assert page.live
    assert (str(page.publicity_start), str(page.publicity_end)) == ("2026-03-03", "2026-03-12")


def test_an_incomplete_draft_is_not_even_submitted(draft, clerk, client):
    client.force_login(clerk)
    answer = edit(client, draft, "action-submit", extra_N04_drawings="")
    assert answer.status_code == 200
    assert set(answer.context["form"].extra_form.errors) == {"extra_N04_drawings"}
    assert not fresh(draft).workflow_in_progress


def test_reviewers_and_the_place_are_told(draft, clerk, reviewer, neighbourhood, client, now):
    reviewer.email = "reviewer@example.org"
    reviewer.save()
    AlertChannel.objects.create(
        place=neighbourhood.community,
        name="值班邮箱",
        channel="EMAIL",
        to="desk@example.org",
        to_index="desk",
        topics=["notices"],
    )
    submit(client, clerk, draft)
    [mail] = Delivery.objects.all()
    assert (mail.to, "方案征求意见" in mail.subject) == ("reviewer@example.org", True)
    client.force_login(reviewer)
    decide(client, draft, "reject", "请写明图纸在哪里看")
    told = Delivery.objects.exclude(pk=mail.pk)
    assert [one.to for one in told] == ["desk@example.org"]
    assert f"/staff/pages/{draft.pk}/edit/" in told[0].body


def test_its_author_is_told_by_the_outbox(draft, clerk, reviewer, client, mailoutbox):
    clerk.email = "clerk@example.org"
    clerk.save()
    submit(client, clerk, draft)
    client.force_login(reviewer)
    decide(client, draft, "reject", "请写明图纸在哪里看")
    [back] = Delivery.objects.all()
    assert (back.to, back.subject) == ("clerk@example.org", "审核退回：方案征求意见")
    assert "请写明图纸在哪里看" in back.body
    assert f"/staff/pages/{draft.pk}/edit/" in back.body
    client.force_login(clerk)
    edit(client, draft, "action-restart-workflow")
    client.force_login(reviewer)
    decide(client, draft, "approve")
    assert Delivery.objects.exclude(pk=back.pk).get().subject == "审核通过：方案征求意见"
    assert not mailoutbox


REVIEWERS = {Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_reviews(role, draft, clerk, neighbourhood, client):
    submit(client, clerk, draft)
    user = factories.staff("somebody", role, neighbourhood.county)
    far = factories.staff("far", role, neighbourhood.other_county)
    task = PlaceReviewTask.objects.get()
    assert task.get_task_states_user_can_moderate(user).exists() == (role in REVIEWERS)
    assert not task.get_task_states_user_can_moderate(far).exists()
    assert not task.get_actions(fresh(draft), far)
    client.force_login(user)
    assert decide(client, draft, "approve").status_code in {302, 403}
    assert fresh(draft).live == (role in REVIEWERS)
    client.force_login(far)
    assert client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).status_code in {403, 404}


@pytest.mark.parametrize("kind", ["N04", "N12"])
def test_what_a_clerk_publishes_at_once_is_set_by_the_type(kind, pages, clerk, client, now):
    page = factories.notice(pages.community, kind=kind, publicity_start=NOW.date())
    page.publicity_end = NOW.date() + timedelta(days=20)
    may = kind == "N12"
    assert page.permissions_for_user(clerk).can_publish() == may
    revision = page.save_revision(user=clerk)
    if may:
        revision.publish(user=clerk)
    else:
        with pytest.raises(PermissionDenied):
            revision.publish(user=clerk)
    assert fresh(page).live == may
    assert NoticePage().needs_review


def test_no_way_round_by_another_type(pages, clerk, client, now):
    """A draft that may go at once, published under a type that may not."""
    page = factories.notice(pages.community, kind="N12")
    page.save_revision(user=clerk)
    client.force_login(clerk)
    answer = edit(client, page, "action-publish")
    assert answer.status_code == 200
    assert "notice_type" in answer.context["form"].errors
    assert not fresh(page).live


def test_no_way_round_by_creating_copying_or_many_at_once(pages, clerk, now):
    live = factories.notice(pages.community, NOW, kind="N04")
    assert not pages.community.permissions_for_user(clerk).can_publish_subpage()
    with pytest.raises(CopyPagePermissionError):
        CopyPageAction(live, to=pages.community, user=clerk, keep_live=True).execute()
    with pytest.raises(PermissionDenied):
        item = NewNotice(factories.NoticePageFactory(kind="N04"), pages.community, NOW)
        notices_publish_many(new=[item], user=clerk)
    assert NoticePage.objects.filter(live=True).count() == 1


def test_nobody_hides_a_notice_behind_a_password(pages, clerk, root, now):
    live = factories.notice(pages.community, NOW)
    for user in (clerk, root):
        for page in (live, pages.community, pages.county):
            assert not page.permissions_for_user(user).can_set_view_restrictions()


def test_a_clerk_may_take_a_scheduled_notice_back(draft, clerk, reviewer, client, now):
    submit(client, clerk, draft, go_live_at="2026-03-03 10:00")
    client.force_login(reviewer)
    decide(client, draft, "approve")
    assert fresh(draft).permissions_for_user(clerk).can_unschedule()
    assert TaskState.objects.get().status == TaskState.STATUS_APPROVED
    assert policy_registry.get(draft).user_has_permission(clerk, "publish")
