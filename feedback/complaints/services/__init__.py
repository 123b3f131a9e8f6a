"""Every write to complaints. Other packages import from here."""

from feedback.complaints.services.clocks import (
    complaint_extend,
    complaint_promise,
    complaint_reclassify,
    complaint_resume,
    complaint_wait,
)
from feedback.complaints.services.closing import (
    complaint_callback,
    complaint_confirm,
    complaints_close_silent,
)
from feedback.complaints.services.filing import (
    MAX_TEXT,
    PRIVACY_VERSION,
    Filed,
    FilingConflict,
    complaint_file,
    complaint_photo_add,
)
from feedback.complaints.services.handling import (
    complaint_accept,
    complaint_answer,
    complaint_conclude,
    complaint_contact,
    complaint_contact_show,
    complaint_note,
    complaint_refuse,
    complaint_reply,
    complaint_resolve,
)
from feedback.complaints.services.ledger import ImportResult, LedgerRow, ledger_import
from feedback.complaints.services.merging import complaint_merge, complaint_split
from feedback.complaints.services.passing import (
    complaint_assign,
    complaint_hand_over,
    complaint_take_back,
    complaint_transfer,
    petition_accept,
    petition_extend,
    petition_finish,
    petition_return,
)
from feedback.complaints.services.tallies import tally_rebuild

__all__ = [
    "MAX_TEXT",
    "PRIVACY_VERSION",
    "Filed",
    "FilingConflict",
    "ImportResult",
    "LedgerRow",
    "complaint_accept",
    "complaint_answer",
    "complaint_assign",
    "complaint_callback",
    "complaint_conclude",
    "complaint_confirm",
    "complaint_contact",
    "complaint_contact_show",
    "complaint_extend",
    "complaint_file",
    "complaint_hand_over",
    "complaint_merge",
    "complaint_note",
    "complaint_photo_add",
    "complaint_promise",
    "complaint_reclassify",
    "complaint_refuse",
    "complaint_reply",
    "complaint_resolve",
    "complaint_resume",
    "complaint_split",
    "complaint_take_back",
    "complaint_transfer",
    "complaint_wait",
    "complaints_close_silent",
    "ledger_import",
    "petition_accept",
    "petition_extend",
    "petition_finish",
    "petition_return",
    "tally_rebuild",
]
