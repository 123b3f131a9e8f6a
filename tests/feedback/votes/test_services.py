"""From the list of voters to the frozen count."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from feedback.votes import services
from feedback.votes.counting import count, result_of, standing
from feedback.votes.models import Ballot, Vote, Voter
from feedback.votes.services.votes import AlreadyVoted, NotOwner
from feedback.votes.states import Choice, State
from notices.models import NoticePage
from portal.accounts.models import User
from portal.common.canonical import sha256_hex
from portal.intake.receipts import new_key
from tests.conftest import Neighbourhood
from tests.feedback.votes.conftest import CLOSES, OPEN, OPENS, POSTED

NAMES = [f"{letter}先生" for letter in "甲乙丙丁戊己庚辛壬癸"]


def test_an_owner_of_three_homes_is_one_head_with_all_the_area(ballot: Ballot) -> None:
    assert count(ballot).total.heads == 10
    assert count(ballot).total.area == Decimal("1080")


def test_an_announced_list_and_question_are_fixed(ballot: Ballot, clerk: User) -> None:
    with pytest.raises(ValidationError):
        services.voters_replace(ballot=ballot, rows=[], by=clerk, now=OPEN)
    with pytest.raises(ValidationError):
        services.ballot_update(ballot=ballot, by=clerk, now=OPEN, title="别的")


@pytest.mark.parametrize("days", [-1, 0, 3])
def test_fewer_than_fifteen_days_of_notice_are_refused(
    draft: Ballot, clerk: User, days: int
) -> None:
    opens = OPENS.replace(day=2 + 15) + timedelta(days=days)
    services.ballot_update(ballot=draft, by=clerk, now=POSTED, opens_at=opens)
    if days < 0:
        with pytest.raises(ValidationError, match="15"):
            services.ballot_announce(ballot=draft, by=clerk, now=POSTED)
    else:
        assert services.ballot_announce(ballot=draft, by=clerk, now=POSTED).state == State.ANNOUNCED


def test_without_a_public_notice_there_is_no_vote(
    draft: Ballot, clerk: User, notice: NoticePage
) -> None:
    NoticePage.objects.filter(pk=notice.pk).update(live=False)
    with pytest.raises(ValidationError):
        services.ballot_announce(ballot=draft, by=clerk, now=POSTED)


def test_a_home_on_the_list_twice_is_refused(
    draft: Ballot, clerk: User, neighbourhood: Neighbourhood
) -> None:
    row = services.VoterRow("甲", neighbourhood.households[0], Decimal("50"))
    with pytest.raises(ValidationError, match=str(neighbourhood.households[0])):
        services.voters_replace(ballot=draft, rows=[row, row], by=clerk, now=POSTED)


def test_an_owners_table_says_what_is_wrong_in_every_row(
    draft: Ballot, neighbourhood: Neighbourhood
) -> None:
    home = neighbourhood.households[0]
    right = ["1", "王某", home.building.name, home.unit, home.room, "88.50", "2"]
    table: list[tuple[int, list[Any]]] = [
        (1, ["业主编号", "姓名", "楼栋", "单元", "房号", "专有面积", "共有人数"]),
        (2, right),
        (3, ["2", "", "9号楼", "1", "101", "80", ""]),
        (4, [*right[:5], "8八", ""]),
    ]
    with pytest.raises(ValidationError) as caught:
        services.rows_from_table(draft, table, POSTED.date())
    assert len(caught.value.messages) == 2
    (row,) = services.rows_from_table(draft, table[:2], POSTED.date())
    assert (row.area, row.co_owners, row.household) == (Decimal("88.50"), 2, home)


def test_co_owners_and_proxies_are_counted_once(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    services.vote_record(voter=voters[1], choice=Choice.FOR, by=clerk, now=OPEN, proxy="儿子")
    with pytest.raises(AlreadyVoted):
        services.vote_record(voter=voters[1], choice=Choice.AGAINST, by=clerk, now=OPEN)
    assert standing(ballot).taking_part.heads == 1
    assert count(ballot).in_favour.area == Decimal("90")


def test_an_online_vote_through_any_home_counts_for_all_of_them(
    ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    first, second = neighbourhood.households[:2]
    services.vote_cast(
        ballot=ballot, household=second, name="甲 先生", choice=Choice.FOR, key=new_key(), now=OPEN
    )
    assert count(ballot).in_favour.area == Decimal("270")
    with pytest.raises(AlreadyVoted):
        services.vote_cast(
            ballot=ballot,
            household=first,
            name="甲先生",
            choice=Choice.AGAINST,
            key=new_key(),
            now=OPEN,
        )


def test_the_same_submission_twice_is_one_vote_with_one_receipt(
    ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    key = new_key()
    again = {
        "ballot": ballot,
        "household": neighbourhood.households[4],
        "name": "丙先生",
        "key": key,
        "now": OPEN,
    }
    first = services.vote_cast(choice=Choice.FOR, **again)
    second = services.vote_cast(choice=Choice.FOR, **again)
    assert second.repeated
    assert first.receipt == second.receipt
    with pytest.raises(AlreadyVoted):
        services.vote_cast(choice=Choice.AGAINST, **again)
    assert Vote.objects.count() == 1


@pytest.mark.parametrize("name", ["", "丁先生", "租户"])
def test_only_the_name_on_the_list_votes(
    ballot: Ballot, neighbourhood: Neighbourhood, name: str
) -> None:
    with pytest.raises(NotOwner):
        services.vote_cast(
            ballot=ballot,
            household=neighbourhood.households[4],
            name=name,
            choice=Choice.FOR,
            key=new_key(),
            now=OPEN,
        )


@pytest.mark.parametrize("moment", [OPENS - timedelta(minutes=1), CLOSES])
def test_nobody_votes_online_outside_the_window(
    ballot: Ballot, neighbourhood: Neighbourhood, moment: Any
) -> None:
    with pytest.raises(ValidationError):
        services.vote_cast(
            ballot=ballot,
            household=neighbourhood.households[4],
            name="丙先生",
            choice=Choice.FOR,
            key=new_key(),
            now=moment,
        )


def test_a_correction_keeps_the_vote_it_replaces(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    vote = services.vote_record(voter=voters[2], choice=Choice.FOR, by=clerk, now=OPEN)
    services.vote_correct(vote=vote, choice=Choice.AGAINST, reason="录入时看错", by=clerk, now=OPEN)
    assert count(ballot).against.heads == 1
    assert count(ballot).in_favour.heads == 0
    assert voters[2].votes.count() == 2
    assert "录入时看错" in ballot.events.order_by("-pk")[0].text


def test_the_database_itself_holds_one_vote_a_voter(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    services.vote_record(voter=voters[0], choice=Choice.FOR, by=clerk, now=OPEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(
            voter=voters[0], choice=Choice.FOR, channel="PAPER", cast_at=OPEN, entered_by=clerk
        )


def test_the_count_is_frozen_and_can_be_recomputed(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    for voter in voters[:7]:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    services.vote_record(voter=voters[7], choice=Choice.AGAINST, by=clerk, now=OPEN)
    with pytest.raises(ValidationError):
        services.ballot_close(ballot=ballot, by=clerk, now=OPEN)
    services.ballot_close(ballot=ballot, by=clerk, now=CLOSES)
    found = result_of(ballot)
    assert found is not None
    counted, outcome = found
    assert (counted.in_favour.heads, counted.in_favour.area) == (7, Decimal("810"))
    assert outcome.is_passed  # 8/10 and 900/1080 take part; 7/8 and 810/900 consent
    evidence = {"ballot": ballot.pk, "matter": ballot.matter, **ballot.result}
    assert ballot.result_hash == sha256_hex(evidence)
    with pytest.raises(ValidationError):
        services.vote_record(voter=voters[8], choice=Choice.FOR, by=clerk, now=CLOSES)


def test_when_everybody_has_voted_it_may_be_counted_at_once(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    for voter in voters:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    assert services.ballot_close(ballot=ballot, by=clerk, now=OPEN).state == State.CLOSED


def test_the_clock_counts_two_days_after_the_end(ballot: Ballot) -> None:
    assert services.ballots_close_due(now=CLOSES + timedelta(days=1)) == 0
    assert services.ballots_close_due(now=CLOSES + timedelta(days=2)) == 1
    ballot.refresh_from_db()
    drafted = ballot.result_notice
    assert drafted is not None
    assert not drafted.live
    assert CLOSES.date() + timedelta(days=2) < ballot.result_due
    assert services.ballots_close_due(now=CLOSES + timedelta(days=3)) == 0


def test_the_result_is_drafted_once_as_a_notice(
    ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    for voter in voters[:8]:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    services.ballot_close(ballot=ballot, by=clerk, now=CLOSES)
    page = services.result_draft(ballot=ballot, by=clerk, now=CLOSES)
    again = services.result_draft(ballot=ballot, by=clerk, now=CLOSES)
    assert page.pk == again.pk
    draft = page.get_latest_revision_as_object()
    assert not draft.live
    assert draft.variant.code == "RESULT"
    body = draft.body.render_as_block()
    assert "900.00" in body
    assert "通过" in body


def test_the_notice_of_a_vote_is_drafted_once_and_stays_chosen(
    draft: Ballot, clerk: User, client: Client
) -> None:
    services.ballot_update(ballot=draft, by=clerk, now=POSTED, notice=None)
    page = services.notice_draft(ballot=draft, by=clerk, now=POSTED)
    assert services.notice_draft(ballot=draft, by=clerk, now=POSTED).pk == page.pk
    written = page.get_latest_revision_as_object()
    assert not written.live
    assert (written.variant.code, written.event_starts_at) == ("ANNOUNCED", OPENS)
    assert written.extra["matters"] == draft.text
    assert draft.title in written.title
    with pytest.raises(ValidationError):
        services.ballot_announce(ballot=draft, by=clerk, now=POSTED)
    # Saving the form again does not lose a notice that is not public yet.
    client.force_login(clerk)
    shown = client.get(f"/staff/votes/{draft.pk}/edit/").content.decode()
    assert f'<option value="{page.pk}" selected>' in shown
    assert (
        f"/staff/pages/{page.pk}/edit/" in client.get(f"/staff/votes/{draft.pk}/").content.decode()
    )


def test_a_cancelled_vote_says_why(ballot: Ballot, clerk: User) -> None:
    with pytest.raises(ValidationError):
        services.ballot_cancel(ballot=ballot, by=clerk, reason=" ", now=OPEN)
    services.ballot_cancel(ballot=ballot, by=clerk, reason="方案有变", now=OPEN)
    assert ballot.state == State.CANCELLED


@pytest.mark.parametrize(
    ("who", "may"),
    [("clerk", True), ("reviewer", True), ("administrator", True)]
    + [(name, False) for name in ("outsider", "evaluator", "approver")],
)
@pytest.mark.parametrize(
    "act", ["announce", "cancel", "voters", "record", "close", "notice", "result"]
)
def test_only_those_who_keep_votes_here_may_act(
    request: pytest.FixtureRequest,
    ballot: Ballot,
    voters: list[Voter],
    who: str,
    may: bool,
    act: str,
) -> None:
    user = request.getfixturevalue(who)
    acts = {
        "announce": lambda: services.ballot_announce(ballot=ballot, by=user, now=OPEN),
        "cancel": lambda: services.ballot_cancel(ballot=ballot, by=user, reason="x", now=OPEN),
        "voters": lambda: services.voters_replace(ballot=ballot, rows=[], by=user, now=OPEN),
        "record": lambda: services.vote_record(
            voter=voters[0], choice=Choice.FOR, by=user, now=OPEN
        ),
        "close": lambda: services.ballot_close(ballot=ballot, by=user, now=CLOSES),
        "notice": lambda: services.notice_draft(ballot=ballot, by=user, now=OPEN),
        "result": lambda: services.result_draft(ballot=ballot, by=user, now=CLOSES),
    }
    if may:
        try:
            acts[act]()
        except ValidationError:
            assert act in {
                "announce",
                "voters",
                "notice",
                "result",
            }  # the state forbids it, not the right
    else:
        with pytest.raises(PermissionDenied):
            acts[act]()
