"""Every write of the package; call them from here."""

from datetime import datetime

from feedback.indicators.services.acting import effects_record
from feedback.indicators.services.assessing import assessment_add
from feedback.indicators.services.deviating import deviations_write
from feedback.indicators.services.proposals import proposals_make
from feedback.indicators.services.reporting import report_template_keep, report_template_of
from feedback.indicators.services.sweeping import Swept, freeze, full_check, rebuild, sweep
from feedback.indicators.services.targets import (
    target_advance,
    target_propose,
    target_record,
    target_reject,
)

__all__ = [
    "Swept",
    "assessment_add",
    "deviations_write",
    "effects_record",
    "freeze",
    "freeze_and_propose",
    "full_check",
    "proposals_make",
    "rebuild",
    "report_template_keep",
    "report_template_of",
    "sweep",
    "target_advance",
    "target_propose",
    "target_record",
    "target_reject",
]


def freeze_and_propose(*, now: datetime) -> int:
    """Make final what is due, tell what corrective actions changed, then propose the next targets;
    how many were proposed."""
    freeze(now)
    effects_record(now=now)
    return proposals_make(now=now)
