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
    complaint_arrive,
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
from feedback.complaints.services.log import photos_add
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
from feedback.complaints.services.photos import photo_hide, photos_destroy
from feedback.complaints.services.publishing import (
    Screened,
    case_masked,
    case_publish,
    case_remove,
    complaint_consent,
    reply_of,
    we_did_remove,
    we_did_save,
)
from feedback.complaints.services.quality import complaint_quality_mark, complaint_reinspect
from feedback.complaints.services.residents import (
    MAX_ADDED,
    complaint_add,
    complaint_contact_forget,
    complaint_withdraw,
)
from feedback.complaints.services.rules import emergency_save, route_save, rule_save
from feedback.complaints.services.signals import (
    device_mark,
    device_marks_expire,
    signal_judge,
    signals_sweep,
)
from feedback.complaints.services.standing_in import (
    absence_add,
    absence_remove,
    cases_move,
    movable,
)
from feedback.complaints.services.supervision import (
    Seen,
    finding_file,
    supervisor_save,
    visit_record,
)
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
    "Screened",
    "Seen",
    "absence_add",
    "absence_remove",
    "alarms_sweep",
    "case_masked",
    "case_publish",
    "case_remove",
    "cases_move",
    "complaint_accept",
    "complaint_add",
    "complaint_answer",
    "complaint_arrive",
    "complaint_assign",
    "complaint_callback",
    "complaint_conclude",
    "complaint_confirm",
    "complaint_consent",
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
    "device_mark",
    "device_marks_expire",
    "emergency_save",
    "finding_file",
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
    "movable",
    "petition_accept",
    "petition_extend",
    "petition_finish",
    "petition_return",
    "photo_hide",
    "photos_add",
    "photos_destroy",
    "receipt_mail",
    "reply_of",
    "route_save",
    "rule_save",
    "signal_judge",
    "signals_sweep",
    "source_create",
    "supervisor_save",
    "tally_rebuild",
    "visit_record",
    "we_did_remove",
    "we_did_save",
]
