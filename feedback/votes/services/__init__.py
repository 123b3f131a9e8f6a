"""Every write of an owners' vote."""

from feedback.votes.services.ballots import (
    ballot_announce,
    ballot_cancel,
    ballot_close,
    ballot_create,
    ballot_update,
    ballots_close_due,
    notice_draft,
    result_draft,
)
from feedback.votes.services.voters import (
    VoterRow,
    rows_from_register,
    rows_from_table,
    voters_replace,
)
from feedback.votes.services.votes import Cast, vote_cast, vote_correct, vote_record

__all__ = [
    "Cast",
    "VoterRow",
    "ballot_announce",
    "ballot_cancel",
    "ballot_close",
    "ballot_create",
    "ballot_update",
    "ballots_close_due",
    "notice_draft",
    "result_draft",
    "rows_from_register",
    "rows_from_table",
    "vote_cast",
    "vote_correct",
    "vote_record",
    "voters_replace",
]
