"""Asking a worker to do now what the next sweep would do in a minute."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)


def ledger_import_nudge(import_id: int) -> None:
    """The job is stored already, so a broker that is down costs a minute and nothing else."""
    try:
        current_app.send_task(
            "complaints.ledger_import_run", kwargs={"import_id": import_id}, retry=False
        )
    except Exception:
        logger.exception("The broker did not take a nudge; the sweep will find the import")
