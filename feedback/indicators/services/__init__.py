"""Every write of the package; call them from here."""

from datetime import datetime

from feedback.indicators.services.proposals import proposals_make
from feedback.indicators.services.sweeping import Swept, freeze, full_check, rebuild, sweep
from feedback.indicators.services.targets import (
    target_advance,
    target_propose,
    target_record,
    target_reject,
)

__all__ = [
    "Swept",
    "freeze",
    "freeze_and_propose",
    "full_check",
    "proposals_make",
    "rebuild",
    "sweep",
    "target_advance",
    "target_propose",
    "target_record",
    "target_reject",
]


def freeze_and_propose(*, now: datetime) -> int:
    """Make final what is due, then propose the next targets; how many were proposed."""
    freeze(now)
    return proposals_make(now=now)
