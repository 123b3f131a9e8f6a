"""Notices in Wagtail's admin: the editor, approval, bulk actions, the first screen."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.models import GroupApprovalTask, Workflow, WorkflowPage, WorkflowTask
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from notices.editor_fields import form_field
from notices.fields import FieldSpec
from notices.models import NoticePage, NoticeType, PublishFailure
from notices.refusal import NoticeRefused
from notices.states import FieldKind
from portal.accounts.roles import Role
from portal.demo import factories
from tests.notices.conftest import NOW


def posted(action="action-publish", **changes):
    data = {
        "title": "方案征求意见",
        "notice_type": str(NoticeType.objects.get(code="N04").pk),
        "variant": "",
        "body": streamfield([("paragraph", rich_text("<p>请提意见。</p>"))]),
        "attachments": inline_formset([]),
        "issuer": "住房和城乡建设局",
        "document_number": "",
        "contact": "",
        "contact_phone": "0352-0000000",
        "objection": "",
        "publicity_start": "2026-03-02",
        "publicity_end": "2026-03-11",
        "event_starts_at": "",
        "event_ends_at": "",
        "go_live_at": "",
        "comments": inline_formset([]),
        "extra_N04_drawings": "社区居委会",
        "extra_N04_content": "屋面防水",
        "extra_N04_budget": "1280000",
        "extra_N04_charge": "不需出资",
    } | changes
    return nested_form_data(data) | ({action: "1"} if action else {})


def create(client, parent, **changes):
    url = reverse("wagtailadmin_pages:add", args=["notices", "noticepage", parent.pk])
    return client.post(url, posted(**changes))


def test_a_reviewer_writes_and_publishes_a_notice(pages, reviewer, client, now):
    client.force_login(reviewer)
    assert create(client, pages.community).status_code == 302
    notice = NoticePage.objects.get()
    assert notice.live
    assert notice.place == pages.community.place
    assert notice.owner == reviewer
    assert notice.extra["budget"] == "1280000"


def test_the_reason_for_a_refusal_stands_at_the_field_and_nothing_is_lost(
    pages, reviewer, client, now
):
    client.force_login(reviewer)
    answer = create(client, pages.community, publicity_end="2026-03-10")
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) == {"publicity_end"}
    assert "2026年3月11日" in str(answer.context["form"].errors["publicity_end"])
    assert "住房和城乡建设局" in answer.content.decode()
    assert not NoticePage.objects.exists()


def test_a_draft_may_be_incomplete(pages, clerk, client, now):
    client.force_login(clerk)
    answer = create(client, pages.community, action=None, notice_type="", publicity_end="")
    assert answer.status_code == 302
    assert not NoticePage.objects.get().live


@pytest.mark.parametrize("action", [None, "action-publish"])
def test_dates_the_wrong_way_round_are_said_once_at_the_field(pages, reviewer, client, now, action):
    client.force_login(reviewer)
    answer = create(client, pages.community, action=action, publicity_end="2026-03-01")
    assert {name: len(texts) for name, texts in answer.context["form"].errors.items()} == {
        "publicity_end": 1
    }


@pytest.mark.parametrize(
    ("action", "start"),
    [(None, "2026-03-02"), ("action-publish", "2026-03-02"), ("action-publish", "")],
)
def test_a_possible_but_mistyped_last_day_is_said_once_at_the_field(
    pages, reviewer, client, now, action, start
):
    client.force_login(reviewer)
    dates = {"publicity_start": start, "publicity_end": "2062-03-11"}
    answer = create(client, pages.community, action=action, **dates)
    errors = answer.context["form"].errors
    assert {name: len(texts) for name, texts in errors.items()} == {"publicity_end": 1}
    assert "2028年3月2日" in str(errors["publicity_end"])
    assert not NoticePage.objects.exists()


@pytest.mark.parametrize("action", [None, "action-publish"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("publicity_start", "9999-12-25"),
        ("publicity_end", "9999-12-31"),
        ("event_starts_at", "0001-01-01 00:00"),
        ("event_ends_at", "9999-12-31 23:59"),
        ("go_live_at", "9999-12-31 23:59"),
    ],
)
def test_a_slip_in_the_year_is_said_at_the_field(
    pages, reviewer, client, now, action, field, value
):
    client.force_login(reviewer)
    answer = create(client, pages.community, action=action, **{field: value})
    assert answer.status_code == 200
    assert "2100" in str(answer.context["form"].errors[field])
    assert not NoticePage.objects.exists()


def test_a_draft_with_an_impossible_day_can_still_be_opened_and_is_refused(
    pages, root, client, now
):
    draft = factories.notice(
        pages.community, publicity_start=date(9999, 12, 25), publicity_end=None
    )
    client.force_login(root)
    shown = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk]))
    assert "2100" in shown.content.decode()
    with pytest.raises(NoticeRefused) as refused:
        draft.save_revision().publish()
    assert [problem.field for problem in refused.value.problems] == ["publicity_start"]


def test_a_day_of_a_type_is_of_our_time_too():
    field = form_field(FieldSpec(key="until", kind=FieldKind.DATE, label_zh="竣工"))
    with pytest.raises(ValidationError):
        field.clean("9999-12-31")
    assert field.clean("2027-12-31") == date(2027, 12, 31)


def test_dates_left_empty_are_kept_lawful(pages, reviewer, client, now):
    client.force_login(reviewer)
    create(client, pages.community, publicity_start="", publicity_end="")
    notice = NoticePage.objects.get()
    assert (str(notice.publicity_start), str(notice.publicity_end)) == ("2026-03-02", "2026-03-11")


def test_the_editor_offers_no_expiry_and_no_address(pages, clerk, client, now):
    client.force_login(clerk)
    draft = factories.notice(pages.community)
    form = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).context["form"]
    assert "go_live_at" in form.fields
    assert not {"expire_at", "slug", "place", "seo_title"} & set(form.fields)


REVIEWERS = {Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_write_and_publish(role, pages, neighbourhood, client, now):
    at = neighbourhood.community if role == Role.COMMUNITY_STAFF else neighbourhood.county
    client.force_login(factories.staff("somebody", role, at))
    create(client, pages.community)
    assert NoticePage.objects.filter(live=True).exists() == (role in REVIEWERS)


def test_nobody_writes_for_a_place_that_is_not_theirs(pages, outsider, client, now):
    client.force_login(outsider)
    assert create(client, pages.community).status_code in {302, 403, 404}
    assert not NoticePage.objects.exists()


@pytest.mark.parametrize("name", ["unpublish", "delete", "move"])
@pytest.mark.parametrize("who", ["clerk", "root"])
def test_wagtails_own_ways_out_are_closed(name, who, pages, client, request, now):
    notice = factories.notice(pages.community, NOW)
    client.force_login(request.getfixturevalue(who))
    answer = client.post(reverse(f"wagtailadmin_pages:{name}", args=[notice.pk]))
    assert answer.status_code in {302, 403}
    notice = NoticePage.objects.get(pk=notice.pk)
    assert notice.live
    assert notice.get_parent().pk == pages.community.pk


@pytest.mark.parametrize(
    ("action", "says"), [("publish", "逐条"), ("delete", "逐条"), ("unpublish", ""), ("move", "")]
)
def test_bulk_actions_are_off(action, says, pages, root, client, now):
    live = factories.notice(pages.community, NOW)
    draft = factories.notice(pages.community, kind="N04")
    client.force_login(root)
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
    ids = f"id={live.pk}&id={draft.pk}&next=/staff/pages/"
    answer = client.post(f"{url}?{ids}", {"chooser": pages.county.pk}, follow=True)
    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert NoticePage.objects.get(pk=live.pk).live
    assert NoticePage.objects.get(pk=live.pk).get_parent().pk == pages.community.pk
    assert not NoticePage.objects.get(pk=draft.pk).live


def test_a_place_page_with_notices_cannot_be_deleted(pages, root, client, now):
    factories.notice(pages.community, NOW)
    client.force_login(root)
    url = reverse("wagtailadmin_pages:delete", args=[pages.community.pk])
    assert client.post(url).status_code == 302
    assert NoticePage.objects.count() == 1


@pytest.fixture
def under_review(pages, root, now):
    """A draft whose period is too short, waiting for approval."""
    workflow = Workflow.objects.create(name="审核")
    task = GroupApprovalTask.objects.create(name="审核")
    task.groups.add(Group.objects.create(name="审核人"))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    WorkflowPage.objects.create(workflow=workflow, page=pages.community)
    dates = {"publicity_start": NOW.date(), "publicity_end": NOW.date()}
    notice = factories.notice(pages.community, kind="N04", **dates)
    notice.save_revision(user=root)
    workflow.start(notice, root)
    return NoticePage.objects.get(pk=notice.pk)


def test_approval_in_the_editor_shows_the_reason_at_the_field(under_review, root, client):
    client.force_login(root)
    data = posted(action="action-workflow-action", publicity_end="2026-03-02")
    data["workflow-action-name"] = "approve"
    answer = client.post(reverse("wagtailadmin_pages:edit", args=[under_review.pk]), data)
    assert answer.status_code == 200
    assert "publicity_end" in answer.context["form"].errors
    assert not NoticePage.objects.get(pk=under_review.pk).live


@pytest.mark.parametrize("header", [{}, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}])
def test_approval_from_a_list_is_refused_with_the_reason(under_review, root, client, header):
    client.force_login(root)
    state = under_review.current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[under_review.pk, "approve", state.pk])
    answer = client.post(url, {"comment": ""}, **header)
    edit = reverse("wagtailadmin_pages:edit", args=[under_review.pk])
    if header:
        assert answer.json() == {"step": "success", "redirect": edit}
    else:
        assert answer.status_code == 302
    assert "7 个工作日" in client.get(edit).content.decode()
    notice = NoticePage.objects.get(pk=under_review.pk)
    assert not notice.live
    assert notice.workflow_in_progress


def test_a_failed_publication_stands_on_the_first_screen_and_in_the_editor(
    pages, clerk, outsider, client, now
):
    notice = factories.notice(pages.community, kind="N04")
    PublishFailure.objects.create(
        content_type=notice.get_base_content_type(),
        object_id=str(notice.pk),
        label=notice.title,
        place=notice.place,
        due_at=now,
        failed_at=now,
        message="公示期不足",
    )
    client.force_login(clerk)
    assert "公示期不足" in client.get(reverse("wagtailadmin_home")).content.decode()
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[notice.pk]))
    assert "公示期不足" in edit.content.decode()
    client.force_login(outsider)
    assert "公示期不足" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_publishing_by_hand_settles_a_failed_publication(pages, reviewer, client, now):
    notice = factories.notice(pages.community, kind="N04")
    PublishFailure.objects.create(
        content_type=notice.get_base_content_type(),
        object_id=str(notice.pk),
        label=notice.title,
        place=notice.place,
        due_at=now,
        failed_at=now,
        message="公示期不足",
    )
    client.force_login(reviewer)
    client.post(reverse("wagtailadmin_pages:edit", args=[notice.pk]), posted())
    assert NoticePage.objects.get(pk=notice.pk).live
    assert not PublishFailure.objects.exists()


def test_the_button_out_is_offered_where_it_may_be_used(pages, clerk, client, now):
    live = factories.notice(pages.community, NOW)
    draft = factories.notice(pages.community, kind="N04")
    client.force_login(clerk)
    url = reverse("wagtailadmin_explore", args=[pages.community.pk])
    html = client.get(url).content.decode()
    assert reverse("notice_remove", args=[live.pk]) in html
    assert reverse("notice_remove", args=[draft.pk]) not in html
    assert reverse("wagtailadmin_pages:unpublish", args=[live.pk]) not in html
    assert reverse("wagtailadmin_pages:delete", args=[live.pk]) not in html
    assert reverse("wagtailadmin_pages:delete", args=[draft.pk]) in html


def test_two_versions_are_compared_in_the_words_of_the_screen(client, clerk, pages, now):
    notice = factories.notice(pages.community, kind="N04")
    first = notice.save_revision()
    notice.publicity_end = date(2026, 3, 20)
    notice.go_live_at = NOW + timedelta(days=1)
    second = notice.save_revision()
    client.force_login(clerk)
    url = reverse("wagtailadmin_pages:revisions_compare", args=[notice.pk, first.pk, second.pk])
    shown = client.get(url).content.decode()
    assert "2026年3月20日" in shown
    assert "2026年3月3日 10:00" in shown
    assert "None" not in re.search("<tbody>.*</tbody>", shown, re.DOTALL)[0]


def test_the_versions_of_a_draft_do_not_exist_for_others(client, outsider, pages, now):
    notice = factories.notice(pages.community, kind="N04")
    versions = [notice.save_revision().pk, notice.save_revision().pk]
    client.force_login(outsider)
    url = reverse("wagtailadmin_pages:revisions_compare", args=[notice.pk, *versions])
    assert client.get(url).status_code == 404
