from celery import shared_task
from django.utils import timezone

from feedback.votes.services import ballots_close_due


@shared_task(name="votes.close_due")
def close_due() -> None:
    """Every ten minutes: count what ended two days ago or earlier; a second run finds nothing."""
    ballots_close_due(now=timezone.now())
