"""Many at once: one household counts once, and no answer is missing from its tally."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import shuffle
from threading import Barrier, Event, Semaphore
from typing import Any, TypeVar

from django.db import connection

from feedback.surveys import queries, services
from feedback.surveys.models import Participation, Response, Survey
from portal.demo import factories
from portal.intake import receipts
from portal.places.models import StaleMark
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

T = TypeVar("T")
KEY = "0" * 31 + "a"


def at_once(works: list[Callable[[], T]]) -> list[T]:
    """Run each in a thread of its own, all starting together."""
    gate = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        try:
            gate.wait(timeout=20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_the_same_code_from_many_phones_counts_once(
    transactional_db: None, submit: Submit, neighbourhood: Neighbourhood
):
    home = neighbourhood.households[0]
    outcomes = at_once([lambda: submit(home) for _ in range(6)])
    assert sorted(o.counted for o in outcomes) == [False] * 5 + [True]
    assert sum(o.duplicate for o in outcomes) == 5
    assert Response.objects.count() == Participation.objects.count() == 1


def test_the_same_form_sent_many_times_at_once_is_one_answer(
    transactional_db: None, submit: Submit, neighbourhood: Neighbourhood
):
    home = neighbourhood.households[0]
    outcomes = at_once([lambda: submit(home, key=KEY) for _ in range(6)])
    assert len({o.receipt for o in outcomes}) == 1
    assert all(o.counted for o in outcomes)
    assert sum(o.repeated for o in outcomes) == 5
    assert Response.objects.count() == Participation.objects.count() == 1


def test_nothing_gets_in_while_a_survey_is_closed(
    transactional_db: None, submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    def answer(home: Any) -> bool:
        try:
            return bool(submit(home).counted)
        except services.NotOpen:
            return False

    homes = neighbourhood.households[:6]
    works: list[Callable[[], Any]] = [lambda home=home: answer(home) for home in homes]
    works.insert(3, lambda: services.survey_close(survey=survey, now=NOW))
    outcomes = at_once(works)
    outcomes.pop(3)
    assert Response.objects.count() == sum(outcomes)
    services.survey_seal(survey=survey, now=NOW)
    survey.refresh_from_db()
    assert survey.leaf_count == sum(outcomes)


def test_tallies_rebuilt_while_answers_come_in_end_up_right(
    transactional_db: None, submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    homes = factories.HouseholdFactory.create_batch(36, building=neighbourhood.building)
    where = {"survey_id": survey.pk, "community_id": neighbourhood.community.pk, "now": NOW}

    def answer(part: int) -> None:
        for home in homes[part::3]:
            submit(home, CORE)

    def rebuild() -> None:
        for _ in range(10):
            services.tally_rebuild(**where)

    at_once([lambda: answer(0), lambda: answer(1), lambda: answer(2), rebuild, rebuild])
    services.tallies_sweep(now=NOW)
    assert not StaleMark.objects.filter(kind="SURVEY").exists()
    tally = queries.tally(survey, neighbourhood.community)
    assert tally.returned == 36
    assert tally.released >= 27
    assert not services.tally_rebuild(**where)


def test_two_hundred_at_once_with_fifty_homes_sending_twice(
    transactional_db: None, submit: Submit, neighbourhood: Neighbourhood, survey: Survey
):
    """Half of those that send twice press the button again, the others use another phone."""
    fresh = factories.HouseholdFactory.create_batch(150, building=neighbourhood.building)
    community, day = neighbourhood.community, {"now": NOW}
    steps = [{**CORE, "B1": str(number % 5 + 1)} for number in range(150)]
    keys = [receipts.new_key() for _ in fresh]
    once = [(fresh[n], steps[n], keys[n]) for n in range(150)]
    again = [(fresh[n], steps[n], keys[n]) for n in range(25)]
    elsewhere = [(fresh[n], steps[(n + 1) % 5], receipts.new_key()) for n in range(25, 50)]
    sending = [*once, *again, *elsewhere]
    shuffle(sending)
    assert len(sending) == 200
    is_over = Event()
    # A PostgreSQL server takes a hundred connections; with SQLite there is one web process, and
    # its threads are what writes at the same time.
    lines = Semaphore(60 if connection.vendor == "postgresql" else 8)

    def send(home: Any, answers: dict[str, Any], key: str) -> services.Submitted:
        with lines:
            try:
                return submit(home, answers, key=key)
            finally:
                connection.close()

    def rebuild() -> int:
        rounds = 0
        while not is_over.is_set():
            services.tally_rebuild(survey_id=survey.pk, community_id=community.pk, **day)
            rounds += 1
            is_over.wait(0.05)
        connection.close()
        return rounds

    with ThreadPoolExecutor(2) as workers:
        rebuilding = [workers.submit(rebuild) for _ in range(2)]
        works = [lambda one=one: send(*one) for one in sending]
        try:
            outcomes = at_once(works)
        finally:
            is_over.set()
        assert all(one.result() for one in rebuilding)
    told = dict.fromkeys(keys, 0)
    for (_home, _answers, key), outcome in zip(sending, outcomes, strict=True):
        if outcome.counted and not outcome.repeated:
            told[key] = told.get(key, 0) + 1
    assert sum(told.values()) == 150 and max(told.values()) == 1
    assert sum(one.duplicate for one in outcomes) == 25
    assert sum(one.repeated for one in outcomes) == 25
    by_key = dict(zip([key for _h, _a, key in sending], outcomes, strict=True))
    assert all(by_key[key].receipt == receipts.receipt(key) for key in keys[:25])
    assert Response.objects.count() == Participation.objects.count() == 150
    assert set(Participation.objects.values_list("household", flat=True)) == {h.pk for h in fresh}

    services.tallies_sweep(now=NOW)
    tally = queries.tally(survey, community)
    assert tally.returned == 150 and tally.released > 150 - services.STEP
    services.survey_close(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    tally = queries.tally(survey, community)
    recount = Counter(row["B1"] for row in Response.objects.values_list("answers", flat=True))
    assert tally.counts == recount and tally.released == 150
    assert not services.tally_rebuild(survey_id=survey.pk, community_id=community.pk, **day)
