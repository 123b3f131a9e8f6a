"""The final plan waits for the answers to objections, whichever way it is published."""

import json
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask
from wagtail.test.utils.form_data import rich_text, streamfield

from notices.models import NoticePage, NoticeType, PublishFailure
from notices.public_objections import objections_shown
from notices.refusal import NoticeRefused
from notices.services import (
    NewNotice,
    notice_unpublish,
    notices_publish_many,
    objection_answer,
    objection_file,
    publications_due,
    uptake_draft,
)
from notices.states import Disposition
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.notices.conftest import NOW, SHANGHAI
from tests.notices.test_staff import create, posted

START = {"kind": "N04", "publicity_start": date(2026, 3, 2)}
#: The day after the last one of that plan.
OVER = datetime(2026, 3, 12, 9, tzinfo=SHANGHAI)
AFTER = {"publicity_start": date(2026, 3, 12), "publicity_end": date(2026, 4, 12)}


@pytest.fixture
def plan(pages, now):
    return factories.notice(pages.community, now, **START)


@pytest.fixture
def objection(plan):
    return file(plan)


def file(plan, text="楼前绿地不要改成车位", now=NOW):
    return objection_file(key=new_key(), notice=plan, text=text, now=now).objection


def answer(objection, user, disposition=Disposition.ADOPTED, summary="保留楼前绿地"):
    objection_answer(
        objection=objection,
        disposition=disposition,
        summary=summary,
        reason="方案已调整。",
        user=user,
        now=NOW,
    )


def final_plan(pages, **fields):
    return factories.notice(pages.community, kind="N06", **(AFTER | fields))


def publish_later(page):
    with time_machine.travel(OVER, tick=False):
        page.save_revision().publish()


def is_live(page):
    return NoticePage.objects.get(pk=page.pk).live


def test_a_final_plan_waits_for_the_answer_and_then_goes_through(pages, objection, clerk):
    page = final_plan(pages)
    with pytest.raises(NoticeRefused) as refused:
        page.save_revision().publish()
    assert "1" in str(refused.value)
    answer(objection, clerk)
    publish_later(page)
    assert NoticePage.objects.get(pk=page.pk).about == objection.notice


@pytest.mark.parametrize("kind", ["N05", "N06"])
def test_nothing_follows_a_plan_that_is_still_posted(pages, plan, kind):
    page = factories.notice(
        pages.community,
        kind=kind,
        event_starts_at=NOW if kind == "N05" else None,
        **AFTER,
    )
    with pytest.raises(NoticeRefused) as refused:
        page.save_revision().publish()
    assert "2026年3月11日" in str(refused.value)
    publish_later(page)
    assert is_live(page)


@pytest.mark.parametrize("names_it", [True, False])
def test_a_final_plan_of_the_county_settles_the_plans_below(pages, objection, clerk, names_it):
    page = factories.notice(pages.county, kind="N06", **AFTER)
    page.communities.set([pages.community.place] if names_it else [])
    with pytest.raises(NoticeRefused) as refused:
        publish_later(page)
    assert [problem.field for problem in refused.value.problems] == ["notice_type"]
    answer(objection, clerk)
    publish_later(page)
    assert is_live(page)


def test_a_public_final_plan_can_be_mended_whatever_came_since(pages, plan, now):
    page = final_plan(pages)
    publish_later(page)
    with time_machine.travel(OVER + timedelta(hours=1), tick=False):
        file(factories.notice(pages.community, OVER, kind="N04", **AFTER), now=OVER)
        page = NoticePage.objects.get(pk=page.pk)
        page.title = "更正后的题目"
        page.save_revision().publish()
    assert NoticePage.objects.get(pk=page.pk).title == "更正后的题目"


def test_a_notice_with_objections_keeps_its_type(pages, objection, clerk, root, client):
    notice_unpublish(notice=objection.notice, user=clerk, reason="内容有误", now=NOW)
    page = NoticePage.objects.get(pk=objection.notice_id)
    page.notice_type = NoticeType.objects.get(code="N03")
    with pytest.raises(NoticeRefused):
        page.save()
    with pytest.raises(NoticeRefused):
        page.save_revision().publish()
    client.force_login(root)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = client.post(url, posted("", notice_type=str(page.notice_type_id)))
    assert "notice_type" in response.context["form"].errors
    assert NoticePage.objects.get(pk=page.pk).notice_type.code == "N04"


def test_a_plan_posted_anew_carries_the_objections_to_the_withdrawn_one(
    pages, objection, clerk, now
):
    notice_unpublish(notice=objection.notice, user=clerk, reason="内容有误", now=now)
    again = factories.notice(pages.community, now, **START)
    with pytest.raises(ValidationError):
        uptake_draft(notice=again, user=clerk, now=now)
    answer(objection, clerk)
    draft = uptake_draft(notice=again, user=clerk, now=now)
    assert draft.extra["received"] == "1"
    shown = objections_shown(again, now.date())
    assert [item.summary for item in shown.answered] == ["保留楼前绿地"]
    # Once that is settled, a plan for other works is not about it.
    publish_later(NoticePage.objects.get(pk=draft.pk).get_latest_revision_as_object())
    with pytest.raises(ValidationError):
        answer(objection, clerk, Disposition.REJECTED)
    NoticePage.objects.filter(pk=draft.pk).update(about=objection.notice)
    assert objections_shown(again, now.date()).received == 0


def test_saving_it_as_live_is_refused(pages, objection):
    page = final_plan(pages)
    page.live = True
    with pytest.raises(NoticeRefused):
        page.save(clean=False)


def test_the_schedule_refuses_it_and_says_why(pages, objection, now):
    page = final_plan(pages)
    page.go_live_at = now + timedelta(minutes=5)
    page.save_revision().publish()
    later = now + timedelta(minutes=6)
    with time_machine.travel(later, tick=False):
        assert publications_due(now=later).failed == 1
    assert not is_live(page)
    assert PublishFailure.objects.get().message


def test_bulk_refuses_it(pages, objection, now):
    page = factories.NoticePageFactory(kind="N06", publicity_start=date(2026, 3, 2))
    with pytest.raises(NoticeRefused):
        notices_publish_many(new=[NewNotice(page, pages.community, now)], user=None)
    assert not NoticePage.objects.filter(notice_type__code="N06").exists()


def test_the_workflow_refuses_it_on_approval(pages, objection, root, client):
    workflow = Workflow.objects.create(name="审核")
    task = GroupApprovalTask.objects.create(name="审核")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    page = final_plan(pages)
    page.save_revision(user=root)
    workflow.start(page, root)
    state = NoticePage.objects.get(pk=page.pk).current_workflow_task_state
    client.force_login(root)
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    assert client.post(url, {"comment": ""}).status_code == 302
    assert not is_live(page)
    assert NoticePage.objects.get(pk=page.pk).workflow_in_progress


def test_the_editor_refuses_it_at_the_field(pages, objection, client, clerk, root):
    client.force_login(root)
    fields = {
        "notice_type": str(NoticeType.objects.get(code="N06").pk),
        "extra_N06_basic": "屋面防水",
        "extra_N06_targets": "满意度不低于90%",
        "publicity_start": "",
        "publicity_end": "",
    }
    response = create(client, pages.community, **fields)
    assert response.status_code == 200
    assert "notice_type" in response.context["form"].errors
    answer(objection, clerk)
    with time_machine.travel(OVER, tick=False):
        client.force_login(root)
        assert create(client, pages.community, **fields).status_code == 302
    assert NoticePage.objects.get(notice_type__code="N06").live


def test_a_plan_withdrawn_with_an_open_objection_still_waits(pages, objection, clerk, now):
    notice_unpublish(notice=objection.notice, user=clerk, reason="内容有误", now=now)
    page = final_plan(pages)
    with pytest.raises(NoticeRefused):
        page.save_revision().publish()
    again = factories.notice(pages.community, now, **START)
    with pytest.raises(NoticeRefused):
        page.save_revision().publish()
    answer(objection, clerk)
    publish_later(page)
    assert NoticePage.objects.get(pk=page.pk).about == again


def test_a_later_draft_plan_does_not_hold_up_an_old_final_plan(pages, now):
    old = NOW - timedelta(days=300)
    with time_machine.travel(old, tick=False):
        plan = factories.notice(pages.community, old, kind="N04", publicity_start=old.date())
    after = old + timedelta(days=30)
    with time_machine.travel(after, tick=False):
        page = factories.notice(pages.community, after, kind="N06")
    assert page.about == plan
    file(factories.notice(pages.community, now, **START))
    page = NoticePage.objects.get(pk=page.pk)
    page.issuer = "更正后的发布单位"
    page.save_revision().publish()
    assert NoticePage.objects.get(pk=page.pk).issuer == "更正后的发布单位"


def test_another_place_is_not_concerned(pages, objection, now):
    earlier = now - timedelta(days=30)
    factories.notice(
        pages.other, earlier, kind="N04", publicity_start=earlier.date(), publicity_end=None
    )
    page = factories.notice(pages.other, kind="N06", publicity_start=date(2026, 3, 2))
    page.save_revision().publish()
    assert is_live(page)


# --- no final plan without a draft plan ---


def refused_for(page, moment=OVER):
    with time_machine.travel(moment, tick=False), pytest.raises(NoticeRefused) as refused:
        page.save_revision().publish()
    return str(refused.value)


def test_a_final_plan_without_a_draft_plan_is_refused(pages, now):
    page = final_plan(pages)
    assert "N04" in refused_for(page)
    page.live = True
    with pytest.raises(NoticeRefused):
        page.save(clean=False)
    assert not is_live(page)


def test_bulk_and_the_schedule_refuse_it_without_a_draft_plan(pages, now):
    new = factories.NoticePageFactory(kind="N06", publicity_start=NOW.date())
    with pytest.raises(NoticeRefused, match="N04"):
        notices_publish_many(new=[NewNotice(new, pages.community, now)], user=None)
    page = final_plan(pages)
    page.go_live_at = OVER + timedelta(minutes=5)
    page.save_revision()
    later = OVER + timedelta(minutes=6)
    page.get_latest_revision().publish()
    with time_machine.travel(later, tick=False):
        assert publications_due(now=later).failed == 1
    assert "N04" in PublishFailure.objects.get().message


def test_the_editor_refuses_it_without_a_draft_plan(pages, client, root, now):
    client.force_login(root)
    fields = {
        "notice_type": str(NoticeType.objects.get(code="N06").pk),
        "extra_N06_basic": "屋面防水",
        "extra_N06_targets": "满意度不低于90%",
    }
    response = create(client, pages.community, **fields)
    assert "N04" in str(response.context["form"].errors["notice_type"])


def test_the_workflow_refuses_it_without_a_draft_plan(pages, root, client, now):
    workflow = Workflow.objects.create(name="审核")
    task = GroupApprovalTask.objects.create(name="审核")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    page = final_plan(pages)
    page.save_revision(user=root)
    workflow.start(page, root)
    state = NoticePage.objects.get(pk=page.pk).current_workflow_task_state
    client.force_login(root)
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    with time_machine.travel(OVER, tick=False):
        client.force_login(root)
        client.post(url, {"comment": ""})
    assert not is_live(page)


def test_every_community_that_a_final_plan_names_was_asked(pages, plan):
    page = factories.notice(pages.county, kind="N06", **AFTER)
    page.communities.set([pages.community.place, pages.other.place])
    text = refused_for(page)
    assert pages.other.place.label in text
    assert pages.community.place.label not in text
    page.communities.set([pages.community.place])
    publish_later(page)
    assert is_live(page)


def test_a_draft_plan_of_the_county_asks_those_it_is_for(pages, neighbourhood, now):
    next_door = factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="邻院")
    county = factories.NoticePageFactory(**START)
    named = [next_door]
    notices_publish_many(new=[NewNotice(county, pages.county, now, communities=named)], user=None)
    page = final_plan(pages)
    assert "N04" in refused_for(page)
    notices_publish_many(
        new=[NewNotice(factories.NoticePageFactory(**START), pages.county, now)], user=None
    )
    publish_later(page)
    assert is_live(page)


@pytest.mark.parametrize(("day", "lawful"), [(5, False), (12, True)])
def test_a_draft_plan_counts_that_was_posted_for_its_whole_period(pages, plan, clerk, day, lawful):
    moment = datetime(2026, 3, day, 9, tzinfo=SHANGHAI)
    with time_machine.travel(moment, tick=False):
        notice_unpublish(notice=plan, user=clerk, reason="整理旧公告", now=moment)
    page = final_plan(pages)
    if lawful:
        publish_later(page)
    else:
        assert "N04" in refused_for(page)
    assert is_live(page) == lawful


# --- the uptake notice ---

POSTED_UPTAKE = {
    "publicity_start": "",
    "publicity_end": "",
    "event_starts_at": "2026-03-11 18:00",
    "extra_N05_received": "1",
    "extra_N05_accepted": "1",
    "extra_N05_partly": "0",
    "extra_N05_rejected": "0",
    "extra_N05_out_of_scope": "0",
}


def test_the_uptake_notice_is_drafted_from_the_answers(pages, plan, clerk, now):
    answer(file(plan), clerk)
    answer(file(plan, "西门夜里太吵"), clerk, Disposition.OUT_OF_SCOPE, "西门出入噪声")
    with translation.override("en"):
        draft = uptake_draft(notice=plan, user=clerk, now=now)
    draft = NoticePage.objects.get(pk=draft.pk)
    assert (draft.live, draft.about, draft.notice_type.code) == (False, plan, "N05")
    assert draft.event_starts_at == datetime(2026, 3, 11, 18, tzinfo=SHANGHAI)
    assert (draft.extra["received"], draft.extra["accepted"]) == ("2", "1")
    text, table = (block.value for block in draft.body)
    assert f'id="{plan.pk}"' in text.source
    assert "2" in text.source
    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["保留楼前绿地", "采纳", "方案已调整。"],
        ["西门出入噪声", "不属于本次改造范围", "方案已调整。"],
    ]
    assert "楼前绿地不要改成车位" not in json.dumps(list(draft.body.get_prep_value()))


def test_drafting_again_brings_the_draft_up_to_date_and_keeps_what_staff_wrote(plan, clerk, now):
    answer(file(plan), clerk)
    draft = uptake_draft(notice=plan, user=clerk, now=now)
    blocks = list(draft.body.get_prep_value())
    draft.body = json.dumps(
        [*blocks, {"type": "paragraph", "value": "<p>感谢大家。</p>", "id": "x"}]
    )
    draft.save_revision()
    answer(file(plan, "再加一盏路灯"), clerk, summary="增加路灯")
    again = uptake_draft(notice=plan, user=clerk, now=now)
    assert NoticePage.objects.filter(notice_type__code="N05").count() == 1
    assert again.pk == draft.pk
    latest = NoticePage.objects.get(pk=draft.pk).get_latest_revision_as_object()
    assert [block.block_type for block in latest.body] == ["paragraph", "table", "paragraph"]
    assert len(latest.body[1].value.row_data) == 2
    assert latest.extra["received"] == "2"


def test_it_is_not_drafted_before_every_objection_is_answered(plan, clerk, now):
    file(plan)
    with pytest.raises(ValidationError):
        uptake_draft(notice=plan, user=clerk, now=now)


def test_nobody_objected_is_said_too(plan, clerk, now):
    draft = uptake_draft(notice=plan, user=clerk, now=now)
    assert [block.block_type for block in draft.body] == ["paragraph"]
    assert draft.extra["received"] == "0"


def test_staff_elsewhere_draft_nothing(plan, outsider, now):
    with pytest.raises(PermissionDenied):
        uptake_draft(notice=plan, user=outsider, now=now)


def test_the_draft_can_be_published_after_the_period(plan, clerk, now):
    answer(file(plan), clerk)
    draft = uptake_draft(notice=plan, user=clerk, now=now)
    with time_machine.travel(datetime(2026, 3, 12, 9, tzinfo=SHANGHAI), tick=False):
        NoticePage.objects.get(pk=draft.pk).get_latest_revision().publish()
    assert is_live(draft)


def drafted_before(plan, clerk, now, *, late=True):
    """A draft made from one answer; with `late`, another objection is filed and answered after."""
    answer(file(plan), clerk)
    draft = uptake_draft(notice=plan, user=clerk, now=now)
    if late:
        answer(file(plan, "再加一盏路灯"), clerk, summary="增加路灯")
    return NoticePage.objects.get(pk=draft.pk).get_latest_revision_as_object()


def test_an_uptake_notice_that_lacks_an_answer_is_refused_until_drafted_anew(plan, clerk, now):
    page = drafted_before(plan, clerk, now)
    text = refused_for(page)
    assert "1" in text
    assert "生成意见采纳情况公告" in text
    page.live = True
    with time_machine.travel(OVER, tick=False), pytest.raises(NoticeRefused):
        page.save(clean=False)
    assert not is_live(page)
    publish_later(uptake_draft(notice=plan, user=clerk, now=now))
    assert is_live(page)


def test_an_uptake_notice_drafted_before_anybody_objected_lacks_all(plan, clerk, now):
    draft = uptake_draft(notice=plan, user=clerk, now=now)
    for text in ("楼前绿地不要改成车位", "再加一盏路灯"):
        answer(file(plan, text), clerk)
    assert "2" in refused_for(draft)


def test_a_disposition_changed_after_drafting_is_refused_and_words_of_staff_are_not(
    plan, clerk, now
):
    page = drafted_before(plan, clerk, now, late=False)
    objection = plan.objections.get()
    answer(objection, clerk, Disposition.REJECTED)
    assert "1" in refused_for(page)
    answer(objection, clerk)
    blocks = list(page.body.get_prep_value())
    blocks[1]["value"]["rows"][0]["values"][2] = "方案已调整，见第三条。"
    blocks[1]["value"]["rows"].append({"values": ["纸质意见：晾衣杆", "采纳", "已列入。"]})
    page.body = json.dumps(blocks)
    publish_later(page)
    assert is_live(page)


def test_an_uptake_notice_that_staff_wrote_themselves_is_their_own(pages, plan, clerk, now):
    answer(file(plan), clerk)
    page = factories.notice(pages.community, kind="N05", event_starts_at=NOW, **AFTER)
    publish_later(page)
    assert is_live(page)


def test_bulk_and_the_schedule_refuse_an_old_table(pages, plan, clerk, now):
    page = drafted_before(plan, clerk, now)
    new = factories.NoticePageFactory(kind="N05", event_starts_at=NOW, **AFTER)
    new.body = json.dumps(list(page.body.get_prep_value()))
    button = "生成意见采纳情况公告"
    with time_machine.travel(OVER, tick=False), pytest.raises(NoticeRefused, match=button):
        notices_publish_many(new=[NewNotice(new, pages.community, OVER)], user=None)
    page.go_live_at = OVER + timedelta(minutes=5)
    page.save_revision().publish()
    later = OVER + timedelta(minutes=6)
    with time_machine.travel(later, tick=False):
        assert publications_due(now=later).failed == 1
    assert button in PublishFailure.objects.get().message
    assert not is_live(page)


def test_the_editor_refuses_an_old_table_at_the_field(plan, clerk, now, root, client):
    page = drafted_before(plan, clerk, now)
    paragraph = page.body[0]
    body = streamfield([("paragraph", rich_text(paragraph.value.source))])
    data = posted(notice_type=str(page.notice_type_id), body=body, **POSTED_UPTAKE)
    with time_machine.travel(OVER, tick=False):
        client.force_login(root)
        url = reverse("wagtailadmin_pages:edit", args=[page.pk])
        response = client.post(url, data | {"body-0-id": paragraph.id})
    assert response.status_code == 200
    assert "生成意见采纳情况公告" in str(response.context["form"].errors["notice_type"])
    assert not is_live(page)


def test_the_workflow_refuses_an_old_table(plan, clerk, now, root, client):
    workflow = Workflow.objects.create(name="审核")
    task = GroupApprovalTask.objects.create(name="审核")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    page = drafted_before(plan, clerk, now)
    workflow.start(page, root)
    state = NoticePage.objects.get(pk=page.pk).current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    with time_machine.travel(OVER, tick=False):
        client.force_login(root)
        client.post(url, {"comment": ""})
    assert not is_live(page)
    assert NoticePage.objects.get(pk=page.pk).workflow_in_progress
