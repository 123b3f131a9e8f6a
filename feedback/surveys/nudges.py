"""Asking a worker to do now what the next sweep would do in a minute."""

import logging
import time

from celery import current_app

logger = logging.getLogger(__name__)
#: The recount begins so many seconds after the nudge, and has everything that came until then.
WAIT = 2.0
MAX_KNOWN = 1000

#: (survey, community) → until when the nudge that this process sent last is still to be heard.
_on_its_way: dict[tuple[int, int], float] = {}


def tally_nudge(*, survey_id: int, community_id: int) -> None:
    """Once for all that is stored within WAIT: a whole building may answer in a minute.

    The mark is stored already, so a broker that is down costs a minute and nothing else.
    """
    which, now = (survey_id, community_id), time.monotonic()
    if now < _on_its_way.get(which, 0):
        return
    if len(_on_its_way) >= MAX_KNOWN:
        _on_its_way.clear()
    _on_its_way[which] = now + WAIT
    try:
        current_app.send_task(
            "surveys.tally_rebuild",
            kwargs={"survey_id": survey_id, "community_id": community_id},
            countdown=WAIT,
            retry=False,
        )
    except Exception:
        logger.exception("The broker did not take a nudge; the sweep will find the mark")
