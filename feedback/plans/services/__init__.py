"""The one door to everything that changes a corrective action."""

from feedback.plans.services.handling import (
    FIELDS,
    action_close,
    action_done,
    action_drop,
    action_note,
    action_plan,
    action_postpone,
    action_promise,
    action_reopen,
    action_return,
    effect_record,
)
from feedback.plans.services.notices import promises_draft
from feedback.plans.services.opening import Cause, action_open, rank_parts
from feedback.plans.services.verdicts import Judged, action_judge

__all__ = [
    "FIELDS",
    "Cause",
    "Judged",
    "action_close",
    "action_done",
    "action_drop",
    "action_judge",
    "action_note",
    "action_open",
    "action_plan",
    "action_postpone",
    "action_promise",
    "action_reopen",
    "action_return",
    "effect_record",
    "promises_draft",
    "rank_parts",
]
