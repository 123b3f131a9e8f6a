"""A real worker, killed in the middle of its work."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from feedback.indicators import tasks
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild
from portal.places.models import Place, StaleMark
from tests.feedback.indicators.conftest import answers, community_of
from tests.workers import start_worker, wait_until

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
COMMUNITIES = 24


def contents() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    key = ("indicator", "variant", "place__code", "wave", "period_start", "period_end", "revision")
    said = ("status", "value", "low", "high", "n", "inputs_hash")
    rows = Measurement.objects.order_by("pk").values_list(*key, *said)
    return {row[: len(key)]: row[len(key) :] for row in rows}


@pytest.fixture
def marked(neighbourhood, wave, answer, complaints) -> list[Place]:
    """Communities with answers and complaints, every one of them marked."""
    now = timezone.now()
    places = [
        community_of(neighbourhood.subdistrict, f"PC2{i:02d}", 40) for i in range(COMMUNITIES)
    ]
    survey = wave(slug="now", opens_at=now - timedelta(days=3), closes_at=now + timedelta(days=9))
    month = timezone.localdate(now - timedelta(days=40)).replace(day=1)
    for place in places:
        answer(survey, place, answers(24, 8))
        complaints(place, month, 3)
    return places


def _wait_for_the_first_batch() -> None:
    """Until some complaint marks are gone; looked at so often that the rest cannot be gone too."""
    until = time.monotonic() + 120
    while StaleMark.objects.filter(kind="COMPLAINTS").count() == COMMUNITIES:
        assert time.monotonic() < until, "the worker did not begin"
        time.sleep(0.005)


def test_a_worker_killed_in_the_middle_loses_nothing(marked: list[Place]) -> None:
    before = StaleMark.objects.count()
    assert before >= 2 * COMMUNITIES

    worker = start_worker("--concurrency", "1")
    try:
        tasks.sweep.delay()
        _wait_for_the_first_batch()
    finally:
        worker.kill()
        worker.wait()
    assert StaleMark.objects.filter(kind="COMPLAINTS").exists(), "it was done before it was killed"

    again = start_worker("--concurrency", "1")
    try:
        tasks.sweep.delay()
        wait_until(lambda: not StaleMark.objects.exists(), seconds=120)
    finally:
        again.terminate()
        again.wait()

    swept = contents()
    assert {key[2] for key in swept} >= {place.code for place in marked}
    printed: list[str] = []
    rebuild(None, timezone.now(), report=printed.append)
    assert printed == []
    assert contents() == swept


def test_the_measuring_survives_a_place_that_cannot_be_measured(
    marked: list[Place], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from feedback.indicators.figures import surveys

    broken, measure = marked[5], surveys.community_figures

    def fail(communities: Any, today: Any) -> Any:
        if broken in list(communities):
            raise ArithmeticError("broken")
        return measure(communities, today)

    monkeypatch.setattr(surveys, "community_figures", fail)
    tasks.sweep()
    assert set(StaleMark.objects.values_list("place__code", flat=True)) == {broken.code}
    assert f"Place {broken.pk} could not be measured" in caplog.text
    monkeypatch.undo()
    tasks.sweep()
    assert not StaleMark.objects.exists()
    assert Measurement.objects.filter(place=broken).exists()
