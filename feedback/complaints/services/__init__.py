"""Every write to complaints. Other packages import from here."""

from feedback.complaints.services.alarms import alarms_sweep
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
from feedback.complaints.services.imports import (
    import_check,
    import_columns,
    import_confirm,
    import_fail,
    import_run,
    import_start,
    import_stop,
    imports_due,
    imports_expire,
    source_create,
)
from feedback.complaints.services.joining import Joined, complaint_join
from feedback.complaints.services.ledger import ImportResult, LedgerRow, ledger_import
from feedback.complaints.services.links import link_issue, link_open, receipt_mail
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
from feedback.complaints.services.quality import complaint_quality_mark, complaint_reinspect
from feedback.complaints.services.residents import (
    MAX_ADDED,
    complaint_add,
    complaint_contact_forget,
    complaint_withdraw,
)
from feedback.complaints.services.rules import route_save, rule_save
from feedback.complaints.services.tallies import tally_rebuild

__all__ = [
    "MAX_ADDED",
    "MAX_TEXT",
    "PRIVACY_VERSION",
    "Filed",
    "FilingConflict",
    "ImportResult",
    "Joined",
    "LedgerRow",
    "alarms_sweep",
    "complaint_accept",
    "complaint_add",
    "complaint_answer",
    "complaint_assign",
    "complaint_callback",
    "complaint_conclude",
    "complaint_confirm",
    "complaint_contact",
    "complaint_contact_forget",
    "complaint_contact_show",
    "complaint_extend",
    "complaint_file",
    "complaint_hand_over",
    "complaint_join",
    "complaint_merge",
    "complaint_note",
    "complaint_photo_add",
    "complaint_promise",
    "complaint_quality_mark",
    "complaint_reclassify",
    "complaint_refuse",
    "complaint_reinspect",
    "complaint_reply",
    "complaint_resolve",
    "complaint_resume",
    "complaint_split",
    "complaint_take_back",
    "complaint_transfer",
    "complaint_wait",
    "complaint_withdraw",
    "complaints_close_silent",
    "import_check",
    "import_columns",
    "import_confirm",
    "import_fail",
    "import_run",
    "import_start",
    "import_stop",
    "imports_due",
    "imports_expire",
    "ledger_import",
    "link_issue",
    "link_open",
    "petition_accept",
    "petition_extend",
    "petition_finish",
    "petition_return",
    "receipt_mail",
    "route_save",
    "rule_save",
    "source_create",
    "tally_rebuild",
]
