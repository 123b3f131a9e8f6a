"""Nudges and sweeps. Every one can be lost: the rows say what is still to be done."""

from celery import shared_task
from django.utils import timezone

from feedback.complaints import services


@shared_task(name="complaints.close_silent")
def close_silent() -> None:
    """Every hour: close what residents left unanswered for the set working days. It looks at the
    rows, not at a window of time; a case that is closed is not found a second time."""
    services.complaints_close_silent(now=timezone.now())
