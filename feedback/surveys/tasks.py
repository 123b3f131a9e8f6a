"""Nudges and sweeps. Every one can be lost: the sweep finds the mark that is still there."""

from celery import shared_task
from django.utils import timezone

from feedback.surveys import services
from feedback.surveys.services.photo_expiry import photos_expire


@shared_task(name="surveys.tally_rebuild")
def tally_rebuild(*, survey_id: int, community_id: int) -> None:
    """Recount one community, right after an answer."""
    services.tally_rebuild(survey_id=survey_id, community_id=community_id, now=timezone.now())


@shared_task(name="surveys.tallies_sweep")
def tallies_sweep() -> None:
    """Every minute: rebuild whatever is marked. A second run finds no marks and does nothing."""
    services.tallies_sweep(now=timezone.now())


@shared_task(name="surveys.photos_expire")
def photos_expire_all() -> None:
    """Every day: delete photos whose answer was replaced or withdrawn. It looks at all of them:
    twice is safe."""
    photos_expire(now=timezone.now())


@shared_task(name="surveys.close_due")
def close_due() -> None:
    """Every ten minutes: close surveys whose time is over, seal what is closed. Twice is safe:
    a sealed survey is not sealed again."""
    services.surveys_close_due(now=timezone.now())


@shared_task(name="surveys.remind_due")
def remind_due() -> None:
    """Every hour: tell subscribers that a survey ends soon. Twice is once."""
    services.surveys_remind_due(now=timezone.now())
