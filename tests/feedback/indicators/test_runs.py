"""Runs of the recalculation: one worker each, taken over when it dies, shown, done again."""

import time
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from feedback.indicators import services, tasks
from feedback.indicators.models import Measurement, RecalculationRun
from feedback.indicators.services.running import LOST_AFTER, run_claim, run_do
from feedback.indicators.states import RunKind
from feedback.surveys.services import survey_close
from portal.celery import app
from portal.places.models import StaleMark
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of, latest
from tests.workers import start_worker

LATER = NOW + LOST_AFTER + timedelta(seconds=1)


@pytest.mark.django_db
class TestClaims:
    def test_one_worker_gets_it_and_what_is_done_stays_done(self):
        assert run_claim("full-check x", RunKind.FULL, NOW) is not None
        assert run_claim("full-check x", RunKind.FULL, NOW) is None
        seen = []
        assert run_do("month x", RunKind.MONTH, lambda beat: seen.append(1) or 3, now=NOW)
        assert not run_do("month x", RunKind.MONTH, lambda beat: seen.append(2) or 3, now=LATER)
        assert seen == [1]
        assert RecalculationRun.objects.get(key="month x").changes == 3

    def test_a_dead_worker_s_run_is_taken_over_and_its_late_end_counts_for_nothing(self):
        first = run_claim("full-check x", RunKind.FULL, NOW)
        assert services.runs_waiting(NOW) == []
        assert services.runs_waiting(LATER) == [first]
        second = run_claim("full-check x", RunKind.FULL, LATER)
        assert (second.attempts, second.token == first.token) == (2, False)
        stale = RecalculationRun.objects.filter(pk=first.pk, token=first.token)
        assert stale.update(state="DONE") == 0

    def test_a_failure_is_kept_shown_and_done_again(self, client, administrator, reviewer):
        def fail(beat):
            raise ArithmeticError("broken")

        assert not run_do("freeze x", RunKind.FREEZE, fail, now=timezone.now())
        run = RecalculationRun.objects.get()
        assert (run.state, run.error) == ("FAILED", "ArithmeticError: broken")
        assert run.seconds is not None
        assert run_claim("freeze x", RunKind.FREEZE, timezone.now()) is None
        with pytest.raises(PermissionDenied):
            services.run_retry(actor=reviewer, run=run)
        client.force_login(reviewer)
        page = client.get("/staff/figures/runs/?state=FAILED").content.decode()
        assert "ArithmeticError: broken" in page
        assert "retry" not in page
        # A sweep is tried again by itself; this one is not, and does not say so.
        assert "每分钟自动重试" not in page and "由负责全市的人员重新执行" in page
        client.force_login(administrator)
        assert f"runs/{run.pk}/retry/" in client.get("/staff/figures/runs/").content.decode()
        assert client.post(f"/staff/figures/runs/{run.pk}/retry/").status_code == 302
        with pytest.raises(ValidationError):
            services.run_retry(actor=administrator, run=run)
        tasks.runs_resume()
        run.refresh_from_db()
        assert (run.state, run.attempts, run.error) == ("DONE", 2, "")

    def test_who_sees_the_runs(self, client, clerk):
        client.force_login(clerk)
        assert client.get("/staff/figures/runs/").status_code == 403


@pytest.mark.django_db
def test_a_sweep_is_recorded_when_it_did_something(city, complaints):
    tasks.sweep()
    RecalculationRun.objects.all().delete()
    tasks.sweep()
    assert not RecalculationRun.objects.exists()
    complaints(city["A"], date(2022, 1, 1), 2)
    assert StaleMark.objects.exists()
    tasks.sweep()
    run = RecalculationRun.objects.get()
    assert (run.kind, run.state) == ("SWEEP", "DONE")
    assert run.changes > 0


@pytest.mark.django_db
def test_the_same_failure_minute_by_minute_is_one_row(city, complaints, monkeypatch):
    from feedback.indicators.figures import complaints as figures

    tasks.sweep()
    RecalculationRun.objects.all().delete()
    complaints(city["A"], date(2022, 1, 1), 2)

    def fail(*args):
        raise ArithmeticError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(figures, "community_figures", fail)
        tasks.sweep()
        tasks.sweep()
        run = RecalculationRun.objects.get()
        assert (run.state, run.attempts, run.error) == ("FAILED", 2, "PC101")
    tasks.sweep()
    run.refresh_from_db()
    assert run.state == "DONE"


@pytest.mark.django_db
def test_late_data_makes_a_visible_revision(wave, answer, city, neighbourhood, client, evaluator):
    survey = wave()
    answer(survey, city["A"], answers(75, 8))
    survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
    services.rebuild(None, datetime(2022, 1, 10, tzinfo=LOCAL))
    open_row = latest("I38", city["A"])
    assert open_row.frozen_at is None
    services.freeze_and_propose(now=datetime(2022, 1, 14, 3, 30, tzinfo=LOCAL))
    assert latest("I38", city["A"]).frozen_at is None
    services.freeze_and_propose(now=datetime(2022, 1, 20, 3, 30, tzinfo=LOCAL))
    frozen = latest("I38", city["A"])
    assert (frozen.pk, frozen.revision, frozen.frozen_at is None) == (open_row.pk, 0, False)
    survey.responses.filter(community=city["A"], answers__B1="2")[0].delete()
    StaleMark.objects.create(kind="SURVEY", object_id=survey.pk, place=city["A"])
    services.rebuild(None, NOW)
    revised = latest("I38", city["A"])
    assert (revised.revision, revised.n) == (1, frozen.n - 1)
    frozen.refresh_from_db()
    assert (frozen.is_latest, frozen.n) == (False, 83)
    client.force_login(evaluator)
    page = client.get(f"/staff/figures/measurements/{revised.pk}/")
    assert [row.revision for row in page.context["revisions"]] == [1, 0]
    services.rebuild(None, NOW)
    assert Measurement.objects.filter(place=city["A"], indicator="I38").count() == 2


def test_the_beat_has_all_that_the_plan_names():
    planned = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    names = {f"indicators.{name}" for name in (
        "sweep", "runs_resume", "alerts", "full_check", "month_begin", "freeze",
    )}  # fmt: skip
    assert names <= set(planned)
    app.loader.import_default_modules()
    assert set(planned) <= set(app.tasks)
    assert planned["indicators.full_check"].hour == {2}
    assert planned["indicators.month_begin"].day_of_month == {1}
    assert planned["indicators.freeze"].hour == {3}


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_full_check_killed_in_the_middle_is_taken_over(neighbourhood, wave, answer, complaints):
    now = timezone.now()
    places = [community_of(neighbourhood.subdistrict, f"PC3{i:02d}", 40) for i in range(60)]
    month = timezone.localdate(now - timedelta(days=40)).replace(day=1)
    for place in places:
        complaints(place, month, 2)
    worker = start_worker("--concurrency", "1")
    try:
        tasks.full_check.delay()
        until = time.monotonic() + 120
        while not RecalculationRun.objects.filter(state="RUNNING").exists():
            assert time.monotonic() < until, "the worker did not begin"
            time.sleep(0.005)
    finally:
        worker.kill()
        worker.wait()
    run = RecalculationRun.objects.get(kind="FULL")
    assert run.state == "RUNNING", "it was done before it was killed"
    tasks.runs_resume()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("RUNNING", 1)  # it may be alive
    RecalculationRun.objects.update(beat_at=now - LOST_AFTER - timedelta(seconds=1))
    tasks.runs_resume()
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("DONE", 2)
    printed = []
    services.rebuild(None, timezone.now(), report=printed.append)
    assert printed == []
