"""Whether the parts an installation stands on can be reached. No probe waits long."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from kombu import Connection
from kombu.exceptions import KombuError

from portal.healthz.models import Heartbeat
from portal.healthz.services import WORKER

logger = logging.getLogger(__name__)

BROKER_SECONDS = 2
#: The heart beats every 15 seconds; after so long the worker or beat is counted as dead.
HEARTBEAT_LIMIT = timedelta(seconds=90)


@dataclass(frozen=True)
class Health:
    database: bool
    broker: bool
    worker: bool
    worker_seen_at: datetime | None

    @property
    def is_well(self) -> bool:
        return self.database and self.broker and self.worker


def health(now: datetime) -> Health:
    database = _answers("database", database_check)
    seen_at = _worker_seen_at() if database else None
    return Health(
        database=database,
        broker=_answers("broker", broker_check),
        worker=seen_at is not None and now - seen_at <= HEARTBEAT_LIMIT,
        worker_seen_at=seen_at,
    )


def _worker_seen_at() -> datetime | None:
    try:
        return Heartbeat.objects.filter(name=WORKER).values_list("beat_at", flat=True).first()
    except DatabaseError:
        # It answers, but was never migrated, or went away this moment: no worker to be seen.
        return None


def database_check() -> None:
    """Raises DatabaseError where the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker_check() -> None:
    """Raises OSError or KombuError where messages can't be left."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        folder = str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError("The folder of the broker can't be written to")
        return
    options = {
        "socket_connect_timeout": BROKER_SECONDS,
        "socket_timeout": BROKER_SECONDS,
        "max_retries": 0,
    }
    url = settings.CELERY_BROKER_URL
    with Connection(url, connect_timeout=BROKER_SECONDS, transport_options=options) as broker:
        broker.ensure_connection(
            max_retries=1, timeout=BROKER_SECONDS, reraise_as_library_errors=True
        )


def _answers(part: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, KombuError, OSError) as error:
        # Only the kind: the text of a connection error may hold an address with a password.
        logger.error("%s does not answer: %s", part, type(error).__name__)
        return False
    return True
