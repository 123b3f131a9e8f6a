"""The second closing: the resident's word, a second chance one level up, and silence."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from feedback.complaints import permissions, services
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.figure_cases import Asked, Behind, cases_behind
from feedback.complaints.models import ComplaintTally
from feedback.complaints.services import complaints_close_silent, tally_rebuild
from feedback.complaints.services.closing import silent_before
from feedback.complaints.states import State, Verdict
from feedback.complaints.tasks import close_silent
from portal.common.periods import Period
from portal.intake.receipts import new_key
from portal.messages.models import AlertChannel, Delivery
from portal.messages.states import Channel, Topic
from portal.places.models import StaleMark
from tests.feedback.complaints.conftest import NOW, category, upload
from tests.feedback.complaints.rates import case_rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def solved(file, clerk):
    """Reported as solved on Monday 13 July 2026."""
    complaint = file()
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=NOW)
    return complaint


def answer(complaint, verdict, now=NOW, **fields):
    return services.complaint_confirm(complaint=complaint, verdict=verdict, now=now, **fields)


def kinds(complaint):
    return [event.kind for event in complaint.events.order_by("at", "pk")]


@pytest.mark.parametrize("verdict", [Verdict.PARTLY, Verdict.UNSOLVED])
def test_not_quite_solved_opens_once_and_passes_it_to_the_next_staffed_level(
    solved, verdict, clerk, reviewer, neighbourhood
):
    later = NOW + timedelta(days=1)
    answer(solved, verdict, later, rating=2)
    assert (solved.state, solved.reopened_at) == (State.REOPENED, later)
    # Nobody handles complaints at the sub-district, the reviewer does at the county.
    assert solved.escalated_to == neighbourhood.county
    assert kinds(solved)[-3:] == ["CONFIRMED", "REOPENED", "ESCALATED"]
    services.complaint_resolve(complaint=solved, by=reviewer, text="重修", now=later)
    answer(solved, verdict, later, rating=1)
    assert (solved.state, solved.verdict) == (State.CLOSED, verdict)
    assert kinds(solved).count("REOPENED") == 1
    with pytest.raises(ValidationError):
        answer(solved, Verdict.SOLVED, later)


def test_without_staff_above_it_goes_to_the_place_right_above(solved, neighbourhood):
    answer(solved, Verdict.UNSOLVED)
    assert solved.escalated_to == neighbourhood.subdistrict


def test_silence_ends_with_the_tenth_working_day_and_is_counted_apart(solved, neighbourhood):
    tenth = datetime(2026, 7, 27, 18, tzinfo=LOCAL)
    assert complaints_close_silent(now=tenth - timedelta(minutes=1)) == 0
    StaleMark.objects.all().delete()
    assert complaints_close_silent(now=tenth) == 1
    solved.refresh_from_db()
    assert (solved.state, solved.verdict, solved.verdict_at) == (State.UNCONFIRMED, "", None)
    assert StaleMark.objects.get().place == neighbourhood.community
    assert complaints_close_silent(now=tenth) == 0
    assert kinds(solved).count("UNCONFIRMED") == 1
    rates = case_rates(neighbourhood.city, Period.containing("MONTH", NOW.date()), tenth)
    assert (rates.silent, rates.answered, rates.satisfied) == (1, 0, 0)
    tally_rebuild(community_id=neighbourhood.community.pk, now=tenth)
    month = ComplaintTally.objects.get().months["2026-07"]
    assert month == {"received": 1, "open": 0, "resolved": 1, "confirmed": 0}


@pytest.mark.parametrize("wish", ["PHONE", "VISIT"])
def test_who_wished_a_call_is_not_silent_before_somebody_tried(file, clerk, colleague, wish):
    complaint = file(contact_wish=wish, contact="13812345678")
    services.complaint_accept(complaint=complaint, by=clerk, now=NOW)
    services.complaint_resolve(complaint=complaint, by=clerk, text="修了", now=NOW)
    over = NOW + timedelta(days=60)
    assert complaints_close_silent(now=over) == 0
    services.complaint_callback(complaint=complaint, by=colleague, answered=False, now=over)
    assert complaints_close_silent(now=over) == 1


def test_the_time_to_answer_runs_in_working_days_over_the_spring_festival(settings):
    settings.COMPLAINT_SILENCE_WORKDAYS = 2
    # Reported on Friday the 13th: the 14th is worked, the next working day is the 24th.
    last = datetime(2026, 2, 24, 18, tzinfo=LOCAL)
    assert silent_before(last) == datetime(2026, 2, 14, tzinfo=LOCAL)
    assert silent_before(last - timedelta(minutes=1)) == datetime(2026, 2, 13, tzinfo=LOCAL)


def test_the_task_closes_what_is_long_over(solved):
    close_silent()
    solved.refresh_from_db()
    assert solved.state == State.UNCONFIRMED


def test_a_late_word_still_counts(solved):
    complaints_close_silent(now=NOW + timedelta(days=60))
    answer(solved, Verdict.SOLVED, NOW + timedelta(days=61), rating=4)
    assert (solved.state, solved.rating) == (State.CLOSED, 4)


def test_a_call_is_never_made_by_who_handled_it_and_three_times_at_most(solved, clerk, colleague):
    with pytest.raises(PermissionDenied):
        services.complaint_callback(complaint=solved, by=clerk, answered=False, now=NOW)
    for _attempt in range(3):
        services.complaint_callback(complaint=solved, by=colleague, answered=False, now=NOW)
    with pytest.raises(ValidationError):
        services.complaint_callback(complaint=solved, by=colleague, answered=False, now=NOW)
    assert list(solved.callbacks.values_list("attempt", flat=True).order_by("attempt")) == [1, 2, 3]
    assert solved.state == State.RESOLVED


@pytest.mark.parametrize("step", ["accept", "contact", "reply", "handler", "resolve"])
def test_whoever_handled_it_does_not_call(file, clerk, colleague, reviewer, client, step):
    case = file()
    who = dict.fromkeys(("accept", "contact", "reply", "resolve"), reviewer) | {step: colleague}
    services.complaint_accept(complaint=case, by=who["accept"], now=NOW)
    services.complaint_contact(complaint=case, by=who["contact"], note="电话", now=NOW)
    services.complaint_reply(complaint=case, by=who["reply"], text="明天来", now=NOW)
    if step == "handler":
        services.complaint_hand_over(complaint=case, by=reviewer, person=colleague, now=NOW)
    services.complaint_resolve(complaint=case, by=who["resolve"], text="修了", now=NOW)
    for user, allowed in ((colleague, False), (reviewer, False), (clerk, True)):
        client.force_login(user)
        page = client.get("/staff/complaint-people/callbacks/").content.decode()
        assert (case.number in page) is allowed
        assert permissions.may_call_back(user, case) is allowed
    with pytest.raises(PermissionDenied):
        services.complaint_callback(complaint=case, by=colleague, answered=False, now=NOW)


def test_half_solved_goes_up_a_level_and_is_solved_and_rated_there(
    client, neighbourhood, clerk, reviewer, builder, company
):
    """The second half of the walk, through the pages of everybody who takes part."""
    AlertChannel.objects.create(
        place=neighbourhood.county, name="区值班群", channel=Channel.EMAIL, to="duty@example.org",
        to_index="duty", topics=[Topic.COMPLAINTS],
    )  # fmt: skip
    filed = services.complaint_file(
        key=new_key(),
        community=neighbourhood.community,
        category=category("C10"),
        text="屋顶漏雨",
        now=timezone.now(),
    )
    number, secret = filed.complaint.number, filed.receipt

    def step(user, name, **fields):
        client.force_login(user)
        given = {f"{name}-{field}": value for field, value in fields.items()}
        response = client.post(f"/staff/complaints/{number}/{name}/", given)
        assert response.status_code == 302, response.context["steps"]

    def say(**given):
        client.logout()
        answer = client.post(
            "/complaints/track/answer/", {"number": number, "secret": secret, **given}
        )
        assert answer.status_code == 200
        filed.complaint.refresh_from_db()
        return answer.content.decode()

    step(clerk, "accept", reply="今天上门")
    step(clerk, "assign", organisation=company.pk)
    step(builder, "answer", text="已补防水", photos=upload())
    step(clerk, "resolve", text="屋面已补")
    page = say(verdict="PARTLY", rating="2")
    assert "平城区" in page
    assert filed.complaint.escalated_to == neighbourhood.county
    assert filed.complaint.photos.get().added_by == builder
    # It is in the worklist of the county, and the county is told.
    today, escalated = "/staff/complaints/today/", "/staff/complaints/?tab=escalated"
    for user, url, shown in (
        (reviewer, today, True),
        (reviewer, escalated, True),
        (builder, escalated, False),
        (clerk, escalated, False),
    ):
        client.force_login(user)
        assert (number in client.get(url).content.decode()) is shown
    told = Delivery.objects.get()
    assert "居民不满意，重新打开" in told.subject
    assert number in told.body
    step(reviewer, "resolve", text="屋面已重做防水")
    say(verdict="SOLVED", rating="5")
    assert (filed.complaint.state, filed.complaint.rating) == (State.CLOSED, 5)


def test_a_second_answer_leaves_the_month_of_the_first_as_it_was(file, clerk, neighbourhood):
    case = file(now=NOW)
    services.complaint_accept(complaint=case, by=clerk, now=NOW + timedelta(hours=1))
    day, month = timedelta(days=1), Period.containing("MONTH", NOW.date())
    services.complaint_resolve(complaint=case, by=clerk, text="修了", now=NOW + day)
    first = {"complaint": case, "verdict": "PARTLY", "rating": 2, "now": NOW + 2 * day}
    services.complaint_confirm(**first)
    then = case_rates(neighbourhood.community, month, NOW + 3 * day)
    assert (then.answered, then.partly, then.rated, then.satisfied, then.silent) == (1, 1, 1, 0, 0)
    # Opening it again takes nothing from what staff had claimed for the month of its filing.
    assert case.resolved_at is None
    assert (then.staff_claimed, then.staff_resolved) == (1, 1)
    later = NOW + 60 * day
    services.complaint_resolve(complaint=case, by=clerk, text="再修", now=later)
    waiting = Period.containing("MONTH", later.date())
    assert case_rates(neighbourhood.community, waiting, later).silent == 1
    services.complaint_confirm(complaint=case, verdict="SOLVED", rating=5, now=later + day)
    again = case_rates(neighbourhood.community, month, later + 2 * day)
    assert (again.answered, again.solved, again.partly, again.rated) == (1, 0, 1, 1)
    assert (again.staff_claimed, again.staff_resolved) == (1, 1)
    second = case_rates(neighbourhood.community, waiting, later + 2 * day)
    assert (second.answered, second.solved, second.satisfied, second.silent) == (1, 1, 1, 0)
    # Both months open down to the case.
    for period in (month, waiting):
        for indicator, part in (("I33", "answered"), ("I34", "rated")):
            asked = Asked(indicator, part, neighbourhood.city, [period], later + 2 * day)
            assert cases_behind(asked) == Behind(1, {case.pk})
