"""Asking a worker to do now what the next sweep would do in a minute."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)


def tally_nudge(*, survey_id: int, community_id: int) -> None:
    """The mark is stored already, so a broker that is down costs a minute and nothing else."""
    try:
        current_app.send_task(
            "surveys.tally_rebuild",
            kwargs={"survey_id": survey_id, "community_id": community_id},
            retry=False,
        )
    except Exception:
        logger.exception("The broker did not take a nudge; the sweep will find the mark")
