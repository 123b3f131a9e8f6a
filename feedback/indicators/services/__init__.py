"""Every write of the package; call them from here."""

from datetime import datetime

from feedback.indicators.services.acting import effects_record
from feedback.indicators.services.alerting import alerts_sweep
from feedback.indicators.services.assessing import assessment_add
from feedback.indicators.services.deviating import deviations_write
from feedback.indicators.services.exporting import (
    export_cancel,
    export_counted,
    export_fail,
    export_log,
    export_open,
    export_request,
    export_run,
    exports_due,
    exports_expire,
)
from feedback.indicators.services.proposals import proposals_make
from feedback.indicators.services.reporting import report_template_keep
from feedback.indicators.services.running import (
    Beat,
    run_do,
    run_retry,
    runs_expire,
    runs_waiting,
)
from feedback.indicators.services.sheets import (
    RowReport,
    sheet_check,
    sheet_head_write,
    sheet_import,
    sheet_of,
    sheet_pass_on,
    sheet_submit,
    targets_draft_notice,
)
from feedback.indicators.services.sweeping import Swept, freeze, full_check, rebuild, sweep
from feedback.indicators.services.target_rules import approval_check, natural_operator
from feedback.indicators.services.targets import (
    may_advance,
    target_advance,
    target_change,
    target_propose,
    target_record,
    target_reject,
    targets_mark_published,
)

__all__ = [
    "RowReport",
    "Swept",
    "alerts_sweep",
    "approval_check",
    "assessment_add",
    "deviations_write",
    "effects_record",
    "export_cancel",
    "export_counted",
    "export_fail",
    "export_log",
    "export_open",
    "export_request",
    "export_run",
    "exports_due",
    "exports_expire",
    "freeze",
    "freeze_and_propose",
    "full_check",
    "may_advance",
    "natural_operator",
    "proposals_make",
    "rebuild",
    "report_template_keep",
    "run_do",
    "run_retry",
    "runs_expire",
    "runs_waiting",
    "sheet_check",
    "sheet_head_write",
    "sheet_import",
    "sheet_of",
    "sheet_pass_on",
    "sheet_submit",
    "sweep",
    "target_advance",
    "target_change",
    "target_propose",
    "target_record",
    "target_reject",
    "targets_draft_notice",
    "targets_mark_published",
]


def freeze_and_propose(*, now: datetime, beat: Beat = lambda: None) -> int:
    """Make final what is due, tell what corrective actions changed, then propose the next targets;
    how many were proposed."""
    freeze(now, beat)
    effects_record(now=now)
    return proposals_make(now=now)
