"""Stubs and sheets are keyed apart, checked, and become answers nobody can tell apart."""

from random import Random
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import (
    PaperBatch,
    PaperSheet,
    PaperStub,
    Participation,
    Response,
    Survey,
)
from feedback.surveys.reach_states import BatchKind, BatchState
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake import receipts
from portal.places.codes import CodeError, household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import NOW, Submit
from tests.feedback.surveys.test_staff import signed_in


@pytest.fixture(autouse=True)
def during_the_survey():
    with time_machine.travel(NOW, tick=False):
        yield


def pile(survey: Survey, neighbourhood: Neighbourhood, clerk: User, kind: str) -> PaperBatch:
    return services.batch_open(
        survey=survey, community=neighbourhood.community, kind=kind, user=clerk, now=NOW
    )


@pytest.fixture
def stubs(survey: Survey, neighbourhood: Neighbourhood, clerk: User) -> PaperBatch:
    return pile(survey, neighbourhood, clerk, BatchKind.STUBS)


@pytest.fixture
def sheets(survey: Survey, neighbourhood: Neighbourhood, clerk: User) -> PaperBatch:
    return pile(survey, neighbourhood, clerk, BatchKind.SHEETS)


def key_stub(batch: PaperBatch, home: Any, clerk: User) -> str:
    return services.stub_key(batch=batch, code=household_code(home), user=clerk, now=NOW)


def key_sheet(batch: PaperBatch, clerk: User, **answers: Any) -> PaperSheet:
    given = answers or {"B1": "4"}
    return services.sheet_key(
        batch=batch, answers=given, key=receipts.new_key(), user=clerk, now=NOW
    )


def key_stubs(batch: PaperBatch, neighbourhood: Neighbourhood, clerk: User, count: int) -> None:
    for home in neighbourhood.households[:count]:
        assert key_stub(batch, home, clerk) == "taken"
    services.stubs_close(batch=batch, user=clerk, now=NOW)


def colleague_of(batch: PaperBatch) -> User:
    """Somebody of the same committee who has keyed nothing."""
    return factories.staff("colleague", Role.COMMUNITY_STAFF, batch.community)


def check(batch: PaperBatch, clerk: User) -> None:
    """The second entry, by somebody else, says what the first said."""
    services.sheets_check(batch=batch, user=clerk, now=NOW)
    other = colleague_of(batch)
    for sheet in batch.sheets.filter(is_sampled=True):
        services.sheet_check(
            batch=batch, number=sheet.number, answers=sheet.answers, user=other, now=NOW
        )


# --- stubs ---


def test_a_stub_says_that_its_home_took_part(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk
):
    assert key_stub(stubs, neighbourhood.households[0], clerk) == "taken"
    row = Participation.objects.get()
    assert (row.channel, row.staff, row.response) == ("PAPER", clerk, None)
    assert not Response.objects.exists()


def test_a_stub_of_a_home_that_answered_is_put_aside(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    submit(neighbourhood.households[0])
    assert key_stub(stubs, neighbourhood.households[0], clerk) == "aside"
    stubs.refresh_from_db()
    assert stubs.put_aside == 1 and Participation.objects.get().channel == "SELF"


def test_a_home_whose_stub_was_keyed_does_not_answer_online_too(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk: User, submit: Submit
):
    key_stub(stubs, neighbourhood.households[0], clerk)
    assert submit(neighbourhood.households[0]).duplicate


def test_the_last_stub_is_taken_back_and_the_one_before_stays(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk: User
):
    first, second = neighbourhood.households[:2]
    key_stub(stubs, first, clerk)
    assert key_stub(stubs, second, clerk) == "taken"
    assert key_stub(stubs, second, clerk) == "again"
    assert services.stub_undo(batch=stubs, user=clerk, now=NOW)
    assert [p.household for p in Participation.objects.all()] == [first]


def test_a_wrong_code_and_a_foreign_home_are_refused(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk: User
):
    with pytest.raises(CodeError):
        services.stub_key(batch=stubs, code="1234", user=clerk, now=NOW)
    elsewhere = factories.HouseholdFactory(
        building=factories.BuildingFactory(place=neighbourhood.other)
    )
    with pytest.raises(services.WrongPlace):
        key_stub(stubs, elsewhere, clerk)


# --- sheets ---


def test_sheets_count_only_after_the_second_entry_and_never_more_than_stubs(
    stubs: PaperBatch, sheets: PaperBatch, neighbourhood: Neighbourhood, clerk: User
):
    for _n in range(6):
        key_sheet(sheets, clerk)
    check(sheets, clerk)
    assert not Response.objects.exists()
    key_stubs(stubs, neighbourhood, clerk, 5)
    with pytest.raises(ValidationError, match="5"):
        services.sheets_release(batch=sheets, user=clerk, now=NOW)
    more = pile(stubs.survey, neighbourhood, clerk, BatchKind.STUBS)
    key_stub(more, neighbourhood.households[5], clerk)
    services.stubs_close(batch=more, user=clerk, now=NOW)
    assert services.sheets_release(batch=sheets, user=clerk, now=NOW) == 6
    assert Response.objects.filter(channel="PAPER", standing="COUNTED").count() == 6
    assert services.stubs_left(stubs.survey, neighbourhood.community) == 0


def test_no_row_is_left_that_tells_which_stub_or_sheet_came_when(
    stubs: PaperBatch, sheets: PaperBatch, neighbourhood: Neighbourhood, clerk: User
):
    texts = [f"意见{n}" for n in range(8)]
    for text in texts:
        key_sheet(sheets, clerk, B1="4", B25=text)
    key_stubs(stubs, neighbourhood, clerk, 8)
    check(sheets, clerk)
    services.sheets_release(batch=sheets, user=clerk, now=NOW, shuffler=Random(1))  # noqa: S311
    assert not PaperStub.objects.exists() and not PaperSheet.objects.exists()
    stored = [r.answers["B25"] for r in Response.objects.order_by("pk")]
    assert sorted(stored) == texts and stored != texts
    fields = {f.name for f in PaperBatch._meta.get_fields()}
    assert not {name for name in fields if name.endswith("_at")}


def test_a_pile_of_few_waits_until_residents_can_not_answer_any_more(
    stubs: PaperBatch, sheets: PaperBatch, neighbourhood: Neighbourhood, clerk: User
):
    key_sheet(sheets, clerk)
    with pytest.raises(ValidationError, match="5"):
        services.sheets_check(batch=sheets, user=clerk, now=NOW)
    after = sheets.survey.closes_at
    services.sheets_check(batch=sheets, user=clerk, now=after)
    sheets.refresh_from_db()
    assert sheets.state == BatchState.CHECKING


def test_the_second_entry_lists_what_differs_and_one_entry_is_chosen(
    stubs: PaperBatch, sheets: PaperBatch, neighbourhood: Neighbourhood, clerk: User, reviewer: User
):
    for _n in range(5):
        key_sheet(sheets, clerk, B1="4", B21="SAME")
    key_stubs(stubs, neighbourhood, clerk, 5)
    services.sheets_check(batch=sheets, user=clerk, now=NOW)
    for number in range(1, 6):
        answers = {"B1": "2" if number == 3 else "4", "B21": "SAME"}
        sheet = services.sheet_check(
            batch=sheets, number=number, answers=answers, user=reviewer, now=NOW
        )
        assert services.differences(sheet) == (["B1"] if number == 3 else [])
    sheets.refresh_from_db()
    assert (sheets.sampled, sheets.compared, sheets.agreed) == (5, 10, 9)
    assert sheets.checked_by == reviewer
    with pytest.raises(ValidationError):
        services.sheets_release(batch=sheets, user=clerk, now=NOW)
    services.sheet_settle(batch=sheets, number=3, second=True, user=clerk, now=NOW)
    services.sheets_release(batch=sheets, user=clerk, now=NOW)
    assert sorted(r.answers["B1"] for r in Response.objects.all()) == ["2", "4", "4", "4", "4"]


def test_nobody_makes_the_second_entry_of_a_batch_they_keyed(
    sheets: PaperBatch, clerk: User, reviewer: User
):
    key_sheet(sheets, reviewer)
    for _n in range(4):
        key_sheet(sheets, clerk)
    services.sheets_check(batch=sheets, user=clerk, now=NOW)
    for user in (clerk, reviewer):
        with pytest.raises(services.OwnBatch):
            services.sheet_check(batch=sheets, number=1, answers={"B1": "4"}, user=user, now=NOW)
        shown = signed_in(user).get(
            reverse("surveys_staff:batch", args=[sheets.survey_id, sheets.pk])
        )
        assert "由您本人录入" in shown.content.decode()
        assert "q-B1" not in shown.content.decode()
    sheets.refresh_from_db()
    assert (sheets.sampled, sheets.checked_by) == (0, None)


# --- the end of the survey ---


def ending(survey: Survey, user: User, **data: str) -> str:
    url = reverse("surveys_staff:wave", args=[survey.pk, "end"])
    client = signed_in(user)
    return (client.post(url, data) if data else client.get(url)).content.decode()


def test_who_ends_a_survey_is_told_of_unfinished_paper(
    stubs: PaperBatch, sheets: PaperBatch, clerk: User, reviewer: User
):
    assert "尚未录完" not in ending(stubs.survey, reviewer)
    key_sheet(sheets, clerk)
    told = ending(stubs.survey, reviewer)
    assert "1 批纸质答卷尚未录完" in told
    assert "3 天" in told
    assert "anyway" not in told


def test_paper_that_would_be_lost_at_once_has_to_be_given_up_in_so_many_words(
    sheets: PaperBatch, clerk: User, reviewer: User
):
    survey = sheets.survey
    Survey.objects.filter(pk=survey.pk).update(entry_days=0)
    key_sheet(sheets, clerk)
    refused = ending(survey, reviewer, reason="提前完成")
    assert "提前完成" in refused
    assert "请先录完" in refused
    survey.refresh_from_db()
    assert survey.closed_at is None
    ending(survey, reviewer, reason="提前完成", anyway="on")
    survey.refresh_from_db()
    assert survey.closed_at == NOW


def test_from_a_day_before_the_end_the_survey_shows_what_is_unfinished(
    sheets: PaperBatch, clerk: User, evaluator: User
):
    key_sheet(sheets, clerk)
    url = reverse("surveys_staff:detail", args=[sheets.survey_id])

    def shown(user: User) -> bool:
        return "尚未录完" in signed_in(user).get(url).content.decode()

    assert not shown(clerk)
    with time_machine.travel(sheets.survey.closes_at, tick=False):
        assert shown(clerk)
        assert not shown(evaluator)


def test_the_last_sheet_is_taken_back_and_the_same_key_is_one_sheet(
    sheets: PaperBatch, clerk: User
):
    key = receipts.new_key()
    for _n in range(2):
        services.sheet_key(batch=sheets, answers={"B1": "1"}, key=key, user=clerk, now=NOW)
    assert sheets.sheets.count() == 1
    assert services.sheet_undo(batch=sheets, user=clerk, now=NOW) == 1
    assert services.sheet_undo(batch=sheets, user=clerk, now=NOW) == 0


def test_keying_ends_when_the_survey_is_closed(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk
):
    services.survey_close(survey=stubs.survey, now=NOW)
    with pytest.raises(services.NotOpen):
        key_stub(stubs, neighbourhood.households[0], clerk)


@pytest.mark.parametrize("state", [BatchState.CHECKING, BatchState.DONE])
def test_a_pile_that_moved_on_takes_nothing_more(
    stubs: PaperBatch, sheets: PaperBatch, neighbourhood: Neighbourhood, clerk: User, state: str
):
    PaperBatch.objects.update(state=state)
    with pytest.raises(services.BatchMoved):
        key_stub(stubs, neighbourhood.households[0], clerk)
    with pytest.raises(services.BatchMoved):
        key_sheet(sheets, clerk)


@pytest.mark.parametrize("who", ["evaluator", "approver", "outsider"])
def test_only_those_who_enter_answers_there_key_paper(
    request: pytest.FixtureRequest, stubs: PaperBatch, neighbourhood: Neighbourhood, who: str
):
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        key_stub(stubs, neighbourhood.households[0], user)
    with pytest.raises(PermissionDenied):
        pile(stubs.survey, neighbourhood, user, BatchKind.STUBS)


def test_a_named_survey_keeps_code_and_sheet_together(
    named_survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    with pytest.raises(ValidationError):
        pile(named_survey, neighbourhood, clerk, BatchKind.STUBS)


# --- screens ---


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("clerk", 200),
        ("reviewer", 200),
        ("administrator", 200),
        ("evaluator", 403),
        ("approver", 403),
        ("outsider", 404),
    ],
)
def test_paper_screens_by_role_and_state(
    request: pytest.FixtureRequest, stubs: PaperBatch, sheets: PaperBatch, who: str, status: int
):
    client = signed_in(request.getfixturevalue(who))
    piles = reverse("surveys_staff:batches", args=[stubs.survey_id])
    assert client.get(piles).status_code == status
    for state in BatchState:
        PaperBatch.objects.update(state=state)
        for batch in (stubs, sheets):
            url = reverse("surveys_staff:batch", args=[batch.survey_id, batch.pk])
            assert client.get(url).status_code == (404 if status != 200 else 200)


def post(client: Client, batch: PaperBatch, **data: str) -> str:
    url = reverse("surveys_staff:batch", args=[batch.survey_id, batch.pk])
    return client.post(url, data, follow=True).content.decode()


def test_a_pile_goes_through_the_screens(survey: Survey, neighbourhood: Neighbourhood, clerk: User):
    client = signed_in(clerk)
    begin = reverse("surveys_staff:batches", args=[survey.pk])
    for kind in ("STUBS", "SHEETS"):
        client.post(begin, {"community": neighbourhood.community.pk, "kind": kind})
    stubs, sheets = (PaperBatch.objects.get(kind=kind) for kind in ("STUBS", "SHEETS"))
    for home in neighbourhood.households[:6]:
        assert "撕下存根" in post(client, stubs, code=household_code(home))
    assert "这一户已经答过" not in post(client, stubs, move="finish")
    for n in range(6):
        html = post(client, sheets, **{"q-B1": str(1 + n % 5), "q-B21": "2", "q-B22": "1、3"})
        assert f"请在这份答卷上写 {n + 1}" in html
    post(client, sheets, move="finish")
    other = signed_in(colleague_of(sheets))
    for sheet in sheets.sheets.filter(is_sampled=True):
        boxes = {"q-B1": sheet.answers["B1"], "q-B21": "2", "q-B22": "1 3"}
        refused = post(client, sheets, number=str(sheet.number), **boxes)
        assert "由您本人录入" in refused
        post(other, sheets, number=str(sheet.number), **boxes)
    post(client, sheets, move="release")
    assert Response.objects.filter(channel="PAPER").count() == 6
    assert Participation.objects.filter(channel="PAPER", staff=clerk).count() == 6


def test_a_mistake_is_told_at_the_box_and_the_sheet_is_kept(sheets: PaperBatch, clerk: User):
    html = post(signed_in(clerk), sheets, **{"q-B1": "9", "q-B25": "电梯"})
    assert "没有编号为 9 的选项" in html and "电梯" in html
    assert not sheets.sheets.exists()


def test_what_is_posted_out_of_turn_is_told_and_changes_nothing(sheets: PaperBatch, clerk: User):
    client = signed_in(clerk)
    assert "没有变动" in post(client, sheets, move="release")
    assert "没有变动" in post(client, sheets, move="settle", number="x")
    url = reverse("surveys_staff:batch", args=[sheets.survey_id, sheets.pk])
    assert client.post(url, {"move": "nonsense"}).status_code == 404


def test_nothing_that_was_keyed_is_logged(
    stubs: PaperBatch, neighbourhood: Neighbourhood, clerk: User, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    code = household_code(neighbourhood.households[0])
    post(signed_in(clerk), stubs, code=code)
    assert code not in caplog.text and code[:8] not in caplog.text


def test_the_list_of_batches_asks_as_often_for_many_as_for_few(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    client = signed_in(clerk)
    url = reverse("surveys_staff:batches", args=[survey.pk])

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    key_sheet(pile(survey, neighbourhood, clerk, BatchKind.SHEETS), clerk)
    few = queries()
    for _n in range(12):
        key_sheet(pile(survey, neighbourhood, clerk, BatchKind.SHEETS), clerk)
    assert queries() == few
