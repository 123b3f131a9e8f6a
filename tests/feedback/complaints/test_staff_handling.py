"""The worklist, bulk steps, ready-made replies and rules, as staff see them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import (
    Absence,
    Alarm,
    Category,
    Complaint,
    DeadlineRule,
    ReplyTemplate,
    Route,
)
from feedback.complaints.replies import replies_for, reply_filled
from feedback.complaints.states import State
from feedback.complaints.worklist import worklist
from portal.accounts.roles import Role
from tests.feedback.complaints.conftest import NOW, category, upload

pytestmark = pytest.mark.django_db
BULK = "/staff/complaints/bulk/"
TODAY = "/staff/complaints/today/"


def numbers(user, now=NOW):
    """Of the parts yours, overdue below, given to nobody."""
    parts = [[case.number for case, _due in part.rows] for part in worklist(user, now)]
    return [parts[0], parts[2], parts[3]]


def step(client, user, complaint, name, **given):
    client.force_login(user)
    url = reverse("complaints_staff:step", args=[complaint.number, name])
    return client.post(url, {f"{name}-{field}": value for field, value in given.items()})


# --- worklist ---


def test_the_worklist_opens_on_what_is_due_next(file, clerk, colleague, reviewer, neighbourhood):
    later, sooner, free = file("C20"), file("C17"), file("C12")
    for case in (later, sooner):
        services.complaint_accept(complaint=case, by=clerk, reply="已受理", now=NOW)
        services.complaint_hand_over(complaint=case, by=clerk, person=clerk, now=NOW)
    assert numbers(clerk) == [[sooner.number, later.number], [], [free.number]]
    assert numbers(colleague) == [[], [], [free.number]]
    assert numbers(reviewer) == [[], [], []]
    services.alarms_sweep(now=free.due_at)
    assert numbers(reviewer, free.due_at)[1][0] == free.number
    day = NOW.date()
    Absence.objects.create(
        user=clerk, deputy=colleague, place=neighbourhood.community, from_date=day, to_date=day
    )
    assert numbers(colleague)[0] == [sooner.number, later.number]


def test_what_waits_comes_last_and_a_company_has_its_own(file, clerk, builder, company):
    waits, runs = file("C10"), file("C20")
    for case in (waits, runs):
        services.complaint_accept(complaint=case, by=clerk, now=NOW)
        services.complaint_assign(complaint=case, by=clerk, organisation=company, now=NOW)
    services.complaint_wait(complaint=waits, by=clerk, text="问", now=NOW)
    assert numbers(builder) == [[], [], [runs.number, waits.number]]
    services.complaint_hand_over(complaint=waits, by=builder, person=builder, now=NOW)
    assert numbers(builder) == [[waits.number], [], [runs.number]]


def test_the_worklist_page(client, file, clerk, evaluator, django_assert_max_num_queries):
    case = file(now=timezone.now() - timedelta(days=30))
    client.force_login(clerk)
    page = client.get(TODAY).content.decode()
    assert case.number in page
    assert "小时" in page or "天" in page
    client.force_login(evaluator)
    assert client.get(TODAY).status_code == 403


# --- bulk ---


def bulk(client, user, name, cases, **given):
    client.force_login(user)
    data = {"step": name, "number": [case.number for case in cases]}
    return client.post(BULK, {**data, **{f"{name}-{k}": v for k, v in given.items()}})


def test_many_cases_are_asked_about_once_and_each_goes_its_own_way(client, file, clerk, outsider):
    one, two, done = file(), file("C12"), file("C17")
    services.complaint_refuse(complaint=done, by=clerk, nature="PRAISE", reason="谢谢", now=NOW)
    asked = bulk(client, clerk, "accept", [one, two, done])
    assert asked.status_code == 200
    assert "3" in asked.content.decode()
    assert Complaint.objects.filter(state="ACCEPTED").count() == 0
    answer = client.post(
        BULK,
        {
            "step": "accept",
            "confirmed": "1",
            "number": [one.number, two.number, done.number],
            "accept-reply": "已受理",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert done.number in page
    assert one.number not in page
    assert Complaint.objects.filter(state="ACCEPTED").count() == 2
    assert one.events.get(kind="ACCEPTED").text == "已受理"
    client.force_login(outsider)
    client.post(
        BULK, {"step": "note", "confirmed": "1", "number": [one.number], "note-text": "看到了"}
    )
    assert not one.events.filter(kind="NOTED").exists()


def test_a_bulk_step_needs_what_the_step_needs(client, file, clerk, evaluator):
    case = file()
    assert bulk(client, evaluator, "note", [case]).status_code == 403
    assert bulk(client, clerk, "resolve", [case]).status_code == 302
    assert bulk(client, clerk, "note", []).status_code == 302
    client.force_login(clerk)
    data = {"step": "note", "confirmed": "1", "number": [case.number], "note-text": ""}
    assert client.post(BULK, data).status_code == 422


def test_cases_of_several_kinds_are_proposed_to_nobody(client, file, clerk, company, builder):
    roof, noise = file(), file("C01")
    Route.objects.create(place=roof.community, category=roof.category, organisation=company)
    for case in (roof, noise):
        services.complaint_accept(complaint=case, by=clerk, now=NOW)
    chosen = f'<option value="{company.pk}" selected>'
    assert chosen in bulk(client, clerk, "assign", [roof]).content.decode()
    assert chosen not in bulk(client, clerk, "assign", [roof, noise]).content.decode()


# --- steps ---


def test_a_refused_step_is_shown_where_it_stands_and_a_done_one_from_the_top(client, file, clerk):
    case = file()
    address = reverse("complaints_staff:step", args=[case.number, "refuse"])
    wrong = step(client, clerk, case, "refuse", reason="不在范围")
    assert f'action="{address}#refuse"' in wrong.content.decode()
    assert "请选择：性质" in wrong.content.decode()
    done = step(client, clerk, case, "refuse", reason="不在范围", nature="OUT_OF_SCOPE")
    assert done.url == reverse("complaints_staff:detail", args=[case.number]) + "#"


def test_a_duplicate_is_chosen_from_what_is_open_here(client, file, clerk, neighbourhood):
    main, double, elsewhere = file(), file(), file(community=neighbourhood.other)
    client.force_login(clerk)
    page = client.get(reverse("complaints_staff:detail", args=[double.number])).content.decode()
    assert main.number in page
    assert elsewhere.number not in page
    wrong = step(client, clerk, double, "merge", number=elsewhere.number)
    assert wrong.status_code == 422
    assert step(client, clerk, double, "merge", similar=main.pk).status_code == 302
    page = client.get(reverse("complaints_staff:detail", args=[main.number])).content.decode()
    assert double.number in page


def test_staff_walk_the_rarer_ways(client, file, clerk, builder, company, neighbourhood):
    Route.objects.create(place=neighbourhood.county, category_id="C10", organisation=company)
    case = file(contact="13800001234", contact_wish="PHONE")
    step(client, clerk, case, "accept", reply="好")
    page = client.get(reverse("complaints_staff:detail", args=[case.number])).content.decode()
    assert f'<option value="{company.pk}" selected' in page
    today = timezone.localdate().isoformat()
    for name, given in [
        ("wait", {"text": "请告知单元"}),
        ("resume", {}),
        ("hand_over", {"person": clerk.pk}),
        ("split", {"category": "C17", "text": "路面积水"}),
        ("assign", {"organisation": company.pk}),
        ("transfer", {"office": "市信访局", "reason": "历史遗留"}),
        ("petition_accept", {"day": today}),
        ("petition_extend", {"days": "10", "reason": "复杂"}),
        ("petition_finish", {"day": today, "result": "已答复"}),
    ]:
        response = step(client, clerk, case, name, **given)
        assert response.status_code == 302, (name, response.content.decode()[-2000:])
    for tab in ("escalated", "waiting", "answer", "petition"):
        assert client.get(f"/staff/complaints/?tab={tab}").status_code == 200
    listed = client.get("/staff/complaints/?tab=petition").content.decode()
    assert case.number in listed


def test_a_contractor_answers_from_the_doorstep_with_photos(client, file, clerk, builder, company):
    case = file()
    services.complaint_accept(complaint=case, by=clerk, now=NOW)
    services.complaint_assign(complaint=case, by=clerk, organisation=company, now=NOW)
    given = {"text": "已重做防水", "photos_before": upload("red"), "photos": upload("green")}
    assert step(client, builder, case, "answer", **given).status_code == 302
    assert sorted(case.photos.values_list("kind", flat=True)) == ["AFTER", "BEFORE"]
    page = client.get(reverse("complaints_staff:detail", args=[case.number])).content.decode()
    assert "整改后" in page


# --- ready-made replies ---


def test_a_ready_made_reply_fills_in_the_case(client, file, clerk, neighbourhood):
    case = file(building=neighbourhood.building)
    template = ReplyTemplate.objects.create(
        use="accept", title="试", body="{community}{building}：{category}，编号{number}，{其他}"
    )
    text = reply_filled(template.body, case, NOW.date())
    assert text == f"和平里小区1号楼：屋面漏雨，编号{case.number}，{{其他}}"
    client.force_login(clerk)
    url = reverse("complaints_staff:detail", args=[case.number])
    assert f"编号{case.number}" not in client.get(url).content.decode()
    assert f"编号{case.number}" in client.get(f"{url}?template={template.pk}").content.decode()
    with pytest.raises(ValidationError):
        template.clean()


def test_a_reply_that_names_who_has_the_case_wants_somebody_to_have_it(
    file, clerk, builder, company
):
    case = file()
    services.complaint_accept(complaint=case, by=clerk, now=NOW)
    assert "已派单" not in replies_offered(case)
    services.complaint_assign(complaint=case, by=clerk, organisation=company, now=NOW)
    case.refresh_from_db()
    assert "已派单" in replies_offered(case)
    case.state = State.CLOSED
    assert "已派单" not in replies_offered(case)


def replies_offered(case):
    return {one.title for templates in replies_for(case).values() for one in templates}


def test_shipped_replies_name_only_what_a_case_knows():
    templates = list(ReplyTemplate.objects.all())
    assert len(templates) >= 5
    for template in templates:
        template.full_clean()


# --- rules ---


def test_an_administrator_sets_the_rules(client, administrator, clerk, file, neighbourhood):
    client.force_login(clerk)
    for name in (
        "complaint_categories",
        "complaint_deadlines",
        "complaint_routes",
        "complaint_replies",
    ):
        assert client.get(reverse(f"{name}:index")).status_code in {302, 403}, name
    client.force_login(administrator)
    for name in (
        "complaint_categories",
        "complaint_deadlines",
        "complaint_routes",
        "complaint_replies",
    ):
        assert client.get(reverse(f"{name}:index")).status_code == 200, name
    edit = reverse("complaint_deadlines:edit", args=["P2"])
    given = {"contact_workdays": "1", "done_workdays": "8", "escalate_minutes": "1140"}
    assert client.post(edit, given).status_code == 302
    assert DeadlineRule.objects.get(pk="P2").done_workdays == 8
    both = client.post(edit, {**given, "done_minutes": "60"})
    assert both.status_code == 200
    assert DeadlineRule.objects.get(pk="P2").done_minutes is None


def test_a_route_is_set_in_ones_own_places(client, administrator, neighbourhood, clerk):
    add = reverse("complaint_routes:add")
    given = {"place": neighbourhood.county.pk, "category": "C10", "role": Role.CONTRACTOR}
    client.force_login(administrator)
    assert client.post(add, given).status_code == 302
    route = Route.objects.get()
    assert client.post(add, given).status_code == 200  # once a category
    with pytest.raises(PermissionDenied):
        services.route_save(by=clerk, route=route)


def test_a_case_shows_its_alarms(client, file, clerk):
    case = file(now=timezone.now() - timedelta(days=30))
    services.alarms_sweep(now=timezone.now())
    assert Alarm.objects.filter(complaint=case).exists()
    client.force_login(clerk)
    page = client.get(reverse("complaints_staff:detail", args=[case.number])).content.decode()
    assert "已报市级" in page


def test_a_category_is_data(client, administrator):
    client.force_login(administrator)
    edit = reverse("complaint_categories:edit", args=["C17"])
    form = client.get(edit).context["form"]
    given = {name: "" if value is None else value for name, value in form.initial.items()}
    given |= {"due": "P3"}
    given = {name: value for name, value in given.items() if value is not False}
    response = client.post(edit, given)
    assert response.status_code == 302, response.content.decode()[-3000:]
    assert category("C17").due == "P3"
    count = Category.objects.count()
    assert client.post(edit, {**given, "code": "C77"}).status_code == 302
    assert Category.objects.count() == count  # its code stays, and no second one appears


def test_a_report_and_the_number_of_another_are_not_both_taken(client, file, clerk):
    """Joining can't be undone: the radio button must not win over what was typed after it."""
    one, two, double = file(), file(), file()
    client.force_login(clerk)
    page = client.get(reverse("complaints_staff:detail", args=[double.number])).content.decode()
    assert 'name="merge-similar" value=""' in page
    both = step(client, clerk, double, "merge", similar=one.pk, number=two.number)
    assert both.status_code == 422
    double.refresh_from_db()
    assert double.merged_into is None
    same = step(client, clerk, double, "merge", similar=one.pk, number=one.number)
    assert same.status_code == 302


def test_nobody_is_offered_a_step_for_many_that_is_not_theirs(
    client, file, clerk, builder, company
):
    case = file()
    services.complaint_accept(complaint=case, by=clerk, now=NOW)
    services.complaint_assign(complaint=case, by=clerk, organisation=company, now=NOW)
    for user, names in (
        (clerk, ["accept", "assign", "hand_over", "note"]),
        (builder, ["hand_over"]),
    ):
        client.force_login(user)
        offered = client.get(reverse("complaints_staff:list")).context["bulk_steps"]
        assert [name for name, _title in offered] == names
