"""The pages of owners' votes, for residents and for staff."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from feedback.votes import services
from feedback.votes.models import Ballot, Vote, Voter
from feedback.votes.states import Choice
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.votes.conftest import CLOSES, OPEN, OPENS


def ballot_data(household: object, **more: str) -> dict[str, str]:
    return {"code": household_code(household), "name": "丙先生", "choice": "FOR", **more}  # type: ignore[arg-type]


def test_an_owner_reads_confirms_and_gets_a_receipt(
    client: Client, ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    data = ballot_data(neighbourhood.households[4])
    with time_machine.travel(OPEN, tick=False):
        form = client.get(f"/votes/{ballot.pk}/vote/")
        assert "不是问卷调查" in form.content.decode()
        review = client.post(f"/votes/{ballot.pk}/vote/", data)
        assert Vote.objects.count() == 0
        assert "丙先生" in review.content.decode()
        done = client.post(f"/votes/{ballot.pk}/vote/", {**data, "intake_key": new_key()})
    vote = Vote.objects.get()
    assert (vote.choice, vote.voter.name) == ("FOR", "丙先生")
    assert "您的表决已登记" in done.content.decode()
    assert not done.cookies


def test_an_empty_vote_is_told_what_is_missing_in_the_order_of_the_page(
    client: Client, ballot: Ballot
) -> None:
    with time_machine.travel(OPEN, tick=False):
        answer = client.post(f"/votes/{ballot.pk}/vote/", {})
    page = answer.content.decode()
    assert answer.status_code == 422 and "必需字段" not in page
    asked = ["请选择一个答案。", "请填写16位住户码。", "请填写业主姓名。"]
    found = [page.index(words) for words in asked]
    assert found == sorted(found)


def test_a_wrong_name_keeps_what_was_typed_and_counts_as_a_failure(
    client: Client, ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    with time_machine.travel(OPEN, tick=False):
        for home in neighbourhood.households[:4] * 5:
            data = ballot_data(home, name="租户", intake_key=new_key())
            answer = client.post(f"/votes/{ballot.pk}/vote/", data)
            assert answer.status_code == 422
        assert "租户" in answer.content.decode()
        assert client.post(f"/votes/{ballot.pk}/vote/", data).status_code == 429
    assert not Vote.objects.exists()


def test_who_holds_the_letter_cannot_find_the_name_by_trying(
    client: Client, ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    home, neighbour = neighbourhood.households[4:6]
    url = f"/votes/{ballot.pk}/vote/"

    def sent(household: object, name: str, address: int) -> int:
        data = ballot_data(household, name=name, intake_key=new_key())
        return client.post(url, data, REMOTE_ADDR=f"203.0.113.{address}").status_code

    with time_machine.travel(OPEN, tick=False):
        assert [sent(home, "租户", n) for n in range(5)] == [422] * 5
        # Not even the right name, and from no other address; the neighbour votes as before.
        assert sent(home, "丙先生", 99) == 429
        assert sent(neighbour, "丁先生", 99) == 200
    assert [vote.voter.name for vote in Vote.objects.all()] == ["丁先生"]


def test_an_open_vote_shows_how_many_and_never_what(
    client: Client, ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    services.vote_record(voter=voters[0], choice=Choice.AGAINST, by=clerk, now=OPEN)
    with time_machine.travel(OPEN, tick=False):
        page = client.get(f"/votes/{ballot.pk}/").content.decode()
    assert "270.00" in page
    assert "25.00 %" in page
    assert "反对" not in page


def test_the_quorum_is_live_and_never_an_old_page(
    client: Client, ballot: Ballot, voters: list[Voter], clerk: User, settings: Any
) -> None:
    settings.PAGE_CACHE_SECONDS = 300
    for voter, share in zip(voters[:2], ("25.00 %", "33.33 %"), strict=True):
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
        with time_machine.travel(OPEN, tick=False):
            assert share in client.get(f"/votes/{ballot.pk}/").content.decode()


def test_a_counted_vote_shows_the_four_conditions(
    client: Client, ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    for voter in voters[:8]:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    services.ballot_close(ballot=ballot, by=clerk, now=CLOSES)
    page = client.get(f"/en/votes/{ballot.pk}/").content.decode()
    assert "at least 3/4" in page
    assert "Passed" in page


def test_a_draft_is_nobodys_page(client: Client, draft: Ballot) -> None:
    assert client.get(f"/votes/{draft.pk}/").status_code == 404
    assert str(draft) not in client.get("/votes/").content.decode()


def test_the_public_list_has_a_constant_number_of_queries(
    client: Client, ballot: Ballot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        Ballot.objects.create(
            place=ballot.place,
            title=f"第{number}项",
            matter=9,
            text="…",
            opens_at=OPENS,
            closes_at=CLOSES,
            state="CANCELLED",
        )
    with django_assert_max_num_queries(6):
        client.get(f"/votes/?place={ballot.place.code}")


def test_a_receipt_is_found_and_a_wrong_one_is_not(
    client: Client, ballot: Ballot, neighbourhood: Neighbourhood
) -> None:
    cast = services.vote_cast(
        ballot=ballot,
        household=neighbourhood.households[4],
        name="丙先生",
        choice=Choice.FOR,
        key=new_key(),
        now=OPEN,
    )
    found = client.post("/votes/receipt/", {"receipt": cast.receipt.lower()})
    assert "您的表决已登记" in found.content.decode()
    assert client.post("/votes/receipt/", {"receipt": "0000"}).status_code == 422


@pytest.mark.parametrize("path", ["", "edit/", "voters/", "voters/1/", "papers/"])
def test_staff_of_another_community_find_nothing(
    client: Client, ballot: Ballot, outsider: User, path: str
) -> None:
    client.force_login(outsider)
    assert client.get(f"/staff/votes/{ballot.pk}/{path}").status_code == 404


@pytest.mark.parametrize("path", ["", "edit/", "voters/?q=1&only=open", "voters/1/"])
def test_staff_screens_open(client: Client, ballot: Ballot, clerk: User, path: str) -> None:
    client.force_login(clerk)
    assert client.get(f"/staff/votes/{ballot.pk}/{path}").status_code == 200


def test_a_clerk_prepares_a_vote_and_keys_a_paper(
    client: Client, neighbourhood: Neighbourhood, clerk: User, ballot: Ballot, voters: list[Voter]
) -> None:
    client.force_login(clerk)
    place = neighbourhood.community
    made = client.post(
        f"/staff/votes/new/?place={place.pk}",
        {
            "title": "选聘物业",
            "matter": "4",
            "text": "选聘物业服务企业。",
            "opens_at": "2026-05-01 08:00",
            "closes_at": "2026-05-08 18:00",
        },
    )
    new = Ballot.objects.get(title="选聘物业")
    assert made.status_code == 302
    listed = client.post(f"/staff/votes/{new.pk}/voters/", {"source": "register"})
    assert listed.status_code == 302
    assert new.voters.count() == len(neighbourhood.households)
    with time_machine.travel(OPEN, tick=False):
        client.force_login(clerk)
        url = f"/staff/votes/{ballot.pk}/voters/{voters[0].number}/"
        client.post(url, {"choice": "AGAINST"})
        wrong = client.post(url, {"choice": "FOR"})
    assert wrong.status_code == 200  # a correction needs its reason
    assert Vote.objects.get(superseded_at=None).choice == "AGAINST"


def test_who_has_one_community_writes_the_question_at_once(
    client: Client, clerk: User, reviewer: User, neighbourhood: Neighbourhood
) -> None:
    factories.place("COMMUNITY", neighbourhood.subdistrict, code="X1", name="第二")
    client.force_login(clerk)
    assert 'name="title"' in client.get("/staff/votes/new/").content.decode()
    client.force_login(reviewer)
    page = client.get("/staff/votes/new/").content.decode()
    assert 'name="title"' not in page and 'name="place"' in page


def test_counting_is_offered_when_it_can_be_done(
    client: Client, ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    client.force_login(clerk)

    def offered(now: datetime) -> bool:
        with time_machine.travel(now, tick=False):
            page = client.get(f"/staff/votes/{ballot.pk}/").content.decode()
        assert ("业主全部表决后" in page) is not (f"/staff/votes/{ballot.pk}/close/" in page)
        return f"/staff/votes/{ballot.pk}/close/" in page

    assert not offered(OPEN) and offered(CLOSES)
    for voter in voters:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    assert offered(OPEN)


def test_dates_the_wrong_way_round_are_said_at_the_form(
    client: Client, neighbourhood: Neighbourhood, clerk: User
) -> None:
    client.force_login(clerk)
    answer = client.post(
        f"/staff/votes/new/?place={neighbourhood.community.pk}",
        {
            "title": "选聘物业",
            "matter": "4",
            "text": "…",
            "opens_at": "2026-05-08 08:00",
            "closes_at": "2026-05-01 18:00",
        },
    )
    assert "表决不能在开始之前结束" in answer.content.decode()
    assert "选聘物业" in answer.content.decode()


def test_the_certificate_is_printed_after_the_count(
    client: Client, ballot: Ballot, voters: list[Voter], clerk: User
) -> None:
    client.force_login(clerk)
    assert client.get(f"/staff/votes/{ballot.pk}/certificate/").status_code == 404
    for voter in voters[:7]:
        services.vote_record(voter=voter, choice=Choice.FOR, by=clerk, now=OPEN)
    services.ballot_close(ballot=ballot, by=clerk, now=CLOSES + timedelta(days=1))
    page = client.get(f"/staff/votes/{ballot.pk}/certificate/").content.decode()
    assert ballot.result_hash in page
    assert "演示数据" in page


def test_ballot_papers_name_the_owners_who_have_not_voted(
    client: Client,
    ballot: Ballot,
    voters: list[Voter],
    clerk: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    services.vote_record(voter=voters[0], choice=Choice.FOR, by=clerk, now=OPEN)
    client.force_login(clerk)
    with django_assert_max_num_queries(22):
        named = client.get(f"/staff/votes/{ballot.pk}/papers/?each=1")
    text = named.content.decode()
    assert "no-store" in named.headers["Cache-Control"]
    assert text.count('class="vote ballot-paper"') == len(voters) - 1
    assert "甲先生" not in text
    assert "乙先生" in text
    blank = client.get(f"/staff/votes/{ballot.pk}/papers/").content.decode()
    assert blank.count('class="vote ballot-paper"') == 1
    assert "先生" not in blank


def test_there_are_no_papers_of_a_draft(client: Client, draft: Ballot, clerk: User) -> None:
    client.force_login(clerk)
    assert client.get(f"/staff/votes/{draft.pk}/papers/").status_code == 404
