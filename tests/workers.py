"""A real Celery worker beside a test, on the test's own database and broker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection


def environment() -> dict[str, str]:
    """What a process must be told to work on the data of this test process."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings.test",
        "TEST_KEY": settings.TEST_KEY,
        "DATABASE_URL": _database_url(),
    }


def start_worker(*options: str) -> subprocess.Popen[bytes]:
    """A worker process; end it with terminate() or kill()."""
    command = [sys.executable, "-m", "celery", "-A", "portal.celery", "worker"]
    return subprocess.Popen(
        [*command, "--pool", "solo", "--without-gossip", "--without-mingle", *options],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def running_worker(*options: str) -> Iterator[subprocess.Popen[bytes]]:
    worker = start_worker(*options)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Raises AssertionError where `true()` has not come true in time."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{os.path.abspath(database['NAME'])}"
    user, password = quote(database["USER"] or ""), quote(database["PASSWORD"] or "")
    host, port = database["HOST"] or "127.0.0.1", database["PORT"] or 5432
    return f"postgres://{user}:{password}@{host}:{port}/{database['NAME']}"
