"""The Celery application. Tasks are nudges: every one can be rebuilt from a row by the sweep."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")

TRANSPORT_ALIASES["filesystem"] = "portal.common.broker:Transport"

app = Celery("linli")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def beat_heart_at_once(sender: Any, **kwargs: Any) -> None:
    """An installation is healthy once its worker has taken a message, not a beat later."""
    sender.app.send_task("healthz.heartbeat")
