"""Many at once: one household counts once, and no answer is missing from its tally."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection

from feedback.surveys import queries, services
from feedback.surveys.models import Participation, Response, Survey
from portal.demo import factories
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
