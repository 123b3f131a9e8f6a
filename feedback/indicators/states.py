"""What a measurement, a target and a proposal can be, and who may move them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.accounts.roles import Action


class Status(models.TextChoices):
    OK = "OK", _("Final")
    PROVISIONAL = "PROVISIONAL", _("Provisional")
    INSUFFICIENT = "INSUFFICIENT", _("Too few answers")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("Does not apply")
    DATA_ERROR = "DATA_ERROR", _("Data error")


#: A value in one of these states counts: it is shown, scored and compared with its target.
MEASURED = frozenset({Status.OK, Status.PROVISIONAL})


class Reason(models.TextChoices):
    NONE = "", ""
    OPEN = "OPEN", _("The period is not over, or not final yet")
    SHORT_WINDOW = "SHORT_WINDOW", _("Fewer than twelve months after the works")
    FEW_ANSWERS = "FEW_ANSWERS", _("Fewer than 30 answers, or than half of a small place")
    LOW_RESPONSE = "LOW_RESPONSE", _("Fewer than one in five answered")
    POOLED = "POOLED", _("Fewer than ten events: counted with the county")
    NO_BASELINE = "NO_BASELINE", _("No complaint before the works to compare with")
    NO_BASE = "NO_BASE", _("Nobody benefited in the period before")
    NOT_ACCEPTED = "NOT_ACCEPTED", _("Completed works wait for their acceptance")
    ZERO_DENOMINATOR = "ZERO_DENOMINATOR", _("Nothing to measure in this period")
    OVER_100 = "OVER_100", _("More than 100 %: the data must be checked")
    WITHDRAWN = "WITHDRAWN", _("The data of this period were withdrawn")


class Group(models.IntegerChoices):
    """Where an indicator's numbers come from; a roll-up mark carries it."""

    SURVEYS = 1, _("Surveys")
    COMPLAINTS = 2, _("Complaints")
    PROJECTS = 3, _("Renovation record")
    NOTICES = 4, _("Public notices")
    TARGETS = 5, _("Targets")


class TargetState(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("target", "Draft")
    CHECKED = "CHECKED", _("Checked")
    COUNTY_REVIEW = "COUNTY_REVIEW", _("Reviewed by the county")
    FINANCE_REVIEW = "FINANCE_REVIEW", _("Waiting for approval")
    SECOND_REVIEW = "SECOND_REVIEW", _("Waiting for a second approval")
    APPROVED = "APPROVED", pgettext_lazy("target", "Approved")
    PUBLISHED = "PUBLISHED", pgettext_lazy("target", "Published")
    REJECTED = "REJECTED", pgettext_lazy("target", "Rejected")
    SUPERSEDED = "SUPERSEDED", _("Superseded")


#: State → (next state, the right it takes). Approval is a step of its own.
NEXT_STEP: dict[str, tuple[TargetState, Action]] = {
    TargetState.DRAFT: (TargetState.CHECKED, Action.TARGET_PROPOSE),
    TargetState.CHECKED: (TargetState.COUNTY_REVIEW, Action.TARGET_REVIEW),
    TargetState.COUNTY_REVIEW: (TargetState.FINANCE_REVIEW, Action.TARGET_REVIEW),
    TargetState.FINANCE_REVIEW: (TargetState.APPROVED, Action.TARGET_APPROVE),
    #: Only a target that is made easier comes here (domain.md §8).
    TargetState.SECOND_REVIEW: (TargetState.APPROVED, Action.TARGET_APPROVE),
}
PENDING = frozenset(NEXT_STEP)
#: What measurements are held against.
IN_FORCE = frozenset({TargetState.APPROVED, TargetState.PUBLISHED})


class Operator(models.TextChoices):
    """How a value is to be read (指标性质)."""

    GE = "GE", "≥"
    LE = "LE", "≤"
    EQ = "EQ", "="
    RANGE = "RANGE", pgettext_lazy("operator", "Range")
    TEXT = "TEXT", pgettext_lazy("operator", "Qualitative")


class RowState(models.TextChoices):
    """What an import would do with a line of a form."""

    NEW = "NEW", pgettext_lazy("line", "New")
    CHANGED = "CHANGED", pgettext_lazy("line", "Changed")
    SAME = "SAME", pgettext_lazy("line", "As it is")
    ERROR = "ERROR", pgettext_lazy("line", "To be mended")


class Origin(models.TextChoices):
    SYSTEM = "SYSTEM", _("Proposed by the system")
    PERSON = "PERSON", _("Proposed by a person")
    RECORD = "RECORD", _("Entered from an approved document")


class ProposalState(models.TextChoices):
    """domain.md §8; the pure rules are in `estimates`."""

    HOLD_INSUFFICIENT = "HOLD_INSUFFICIENT", _("Keep: too few answers")
    RAISE = "RAISE", _("Raise")
    HOLD_MET = "HOLD_MET", _("Keep: met")
    HOLD_MET_UNCERTAIN = "HOLD_MET_UNCERTAIN", _("Keep: met, but not for certain")
    HOLD_WATCH = "HOLD_WATCH", _("Keep and watch: perhaps missed")
    HOLD_MISSED_ACTION = "HOLD_MISSED_ACTION", _("Keep and act: missed")


class AssessmentKind(models.TextChoices):
    BAND = "BAND", _("Qualitative judgement")
    DEDUCTION = "DEDUCTION", _("Deduction")


class AlertKind(models.TextChoices):
    """domain.md §8. Deadlines of complaints and danger (P0) are alarms of their own."""

    ACCEPTANCE = "ACCEPTANCE", _("Acceptance falls due")
    ACCOUNTS = "ACCOUNTS", _("Final accounts fall due")
    EXECUTION = "EXECUTION", _("Spending is behind the plan")
    BUDGET = "BUDGET", _("Budget and contracts differ")
    NOTICE = "NOTICE", _("A required notice is missing")
    EARLY = "EARLY", _("A notice was taken down early")
    CATEGORY = "CATEGORY", _("Complaints of a kind rise")
    RESPONSE = "RESPONSE", _("Few answer a running survey")


class RunKind(models.TextChoices):
    SWEEP = "SWEEP", pgettext_lazy("run", "What changed")
    FULL = "FULL", pgettext_lazy("run", "Daily full check")
    MONTH = "MONTH", pgettext_lazy("run", "Monthly figures")
    FREEZE = "FREEZE", pgettext_lazy("run", "Freeze and proposals")


class RunState(models.TextChoices):
    QUEUED = "QUEUED", pgettext_lazy("run", "Waits")
    RUNNING = "RUNNING", pgettext_lazy("run", "Runs")
    DONE = "DONE", pgettext_lazy("run", "Done")
    FAILED = "FAILED", pgettext_lazy("run", "Failed")
    LOST = "LOST", pgettext_lazy("run", "Broken off; done by a later run")
