"""Every write to complaints. Other packages import from here."""

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
    complaint_assign,
    complaint_contact,
    complaint_contact_show,
    complaint_extend,
    complaint_note,
    complaint_promise,
    complaint_reclassify,
    complaint_refuse,
    complaint_reply,
    complaint_resolve,
    complaint_take_back,
)
from feedback.complaints.services.ledger import ImportResult, LedgerRow, ledger_import
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
    "complaint_confirm",
    "complaint_contact",
    "complaint_contact_show",
    "complaint_extend",
    "complaint_file",
    "complaint_note",
    "complaint_photo_add",
    "complaint_promise",
    "complaint_reclassify",
    "complaint_refuse",
    "complaint_reply",
    "complaint_resolve",
    "complaint_take_back",
    "complaints_close_silent",
    "ledger_import",
    "tally_rebuild",
]
