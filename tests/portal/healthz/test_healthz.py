import logging
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.healthz.models import Heartbeat
from portal.healthz.services import heartbeat_write
from portal.healthz.tasks import beat_heart


@pytest.fixture(autouse=True)
def broker_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.CELERY_BROKER_URL = "filesystem://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path)}
    return tmp_path


@pytest.fixture
def beating(db: None) -> None:
    heartbeat_write(now=timezone.now())


def test_it_is_well_where_everything_answers(beating: None, client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    answer = response.json()
    assert {answer[part] for part in ("status", "database", "broker", "worker")} == {"ok"}
    assert answer["demonstration"] is True
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


@pytest.mark.django_db
def test_a_worker_that_never_beat_is_failing(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 503
    assert (response.json()["worker"], response.json()["database"]) == ("failing", "ok")
    assert response.json()["worker_seen_at"] is None


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "status"), [(80, 200), (100, 503)])
def test_a_worker_is_failing_after_ninety_seconds(client: Client, age: int, status: int) -> None:
    heartbeat_write(now=timezone.now() - timedelta(seconds=age))

    assert client.get("/healthz").status_code == status


def test_a_broker_that_cannot_be_written_to_is_failing(
    beating: None, client: Client, settings: Settings, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone")
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": gone}
    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["broker"] == "failing"


def test_an_unreachable_redis_is_failing_and_its_password_stays_out_of_the_log(
    beating: None, client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.CELERY_BROKER_URL = "redis://:topsecret@127.0.0.1:1/0"
    response = client.get("/healthz")

    assert response.json()["broker"] == "failing"
    assert "broker does not answer" in caplog.text
    assert "topsecret" not in caplog.text


def test_a_database_that_does_not_answer_is_failing(client: Client) -> None:
    with patch("portal.healthz.probes.connection.cursor", side_effect=OperationalError("secret")):
        response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["database"] == "failing"
    assert "secret" not in response.content.decode()


def test_it_only_reads(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_the_task_overwrites_one_row() -> None:
    beat_heart()
    first = Heartbeat.objects.get().beat_at
    beat_heart()

    assert Heartbeat.objects.get().beat_at >= first
