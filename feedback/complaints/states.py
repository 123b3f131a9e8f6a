"""States of a complaint, named groups of them, and which may follow which."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    RECEIVED = "RECEIVED", pgettext_lazy("complaint", "Received")
    ACCEPTED = "ACCEPTED", pgettext_lazy("complaint", "Being handled")
    ASSIGNED = "ASSIGNED", pgettext_lazy("complaint", "Passed on")
    RESOLVED = "RESOLVED", pgettext_lazy("complaint", "Reported as solved")
    CLOSED = "CLOSED", pgettext_lazy("complaint", "Closed by the resident")
    REOPENED = "REOPENED", pgettext_lazy("complaint", "Opened again")
    UNCONFIRMED = "UNCONFIRMED", pgettext_lazy("complaint", "Closed without an answer")
    REFUSED = "REFUSED", pgettext_lazy("complaint", "Not taken up")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("complaint", "Withdrawn by the resident")
    MERGED = "MERGED", pgettext_lazy("complaint", "Joined to another report")
    TRANSFERRED = "TRANSFERRED", pgettext_lazy("complaint", "With the petition office")


#: Somebody still has to do something about these.
OPEN = frozenset({State.RECEIVED, State.ACCEPTED, State.ASSIGNED, State.REOPENED})
#: Staff have begun, and it is not done.
IN_WORK = frozenset({State.ACCEPTED, State.ASSIGNED, State.REOPENED})
#: The resident can say whether it is solved: a late word counts, too.
ANSWERABLE = frozenset({State.RESOLVED, State.UNCONFIRMED})
#: There may be a repair to inspect.
INSPECTABLE = IN_WORK | {State.RESOLVED, State.UNCONFIRMED, State.CLOSED}
#: The resident may still take it back: before anybody reported it as solved, so that no verdict is
#: ever lost. A withdrawn case is not valid (domain.md §6.2.2) and leaves every rate and event.
WITHDRAWABLE = frozenset({State.RECEIVED, State.ACCEPTED, State.ASSIGNED})

TRANSITIONS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.ACCEPTED, State.REFUSED, State.WITHDRAWN, State.MERGED}),
    State.ACCEPTED: frozenset(
        {
            State.ASSIGNED,
            State.RESOLVED,
            State.REFUSED,
            State.WITHDRAWN,
            State.MERGED,
            State.TRANSFERRED,
        }
    ),
    State.ASSIGNED: frozenset(
        {
            State.ACCEPTED,
            State.ASSIGNED,
            State.RESOLVED,
            State.WITHDRAWN,
            State.MERGED,
            State.TRANSFERRED,
        }
    ),
    # Back to work where a re-inspection finds the repair not good.
    State.RESOLVED: frozenset(
        {State.CLOSED, State.REOPENED, State.UNCONFIRMED, State.ACCEPTED, State.ASSIGNED}
    ),
    State.UNCONFIRMED: frozenset({State.CLOSED, State.REOPENED, State.ACCEPTED, State.ASSIGNED}),
    State.CLOSED: frozenset(),
    State.REOPENED: frozenset({State.ASSIGNED, State.RESOLVED, State.TRANSFERRED}),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.MERGED: frozenset(),
    # The petition office may send it back before it has accepted it.
    State.TRANSFERRED: frozenset({State.ACCEPTED}),
}


def may_become(state: str, following: State) -> bool:
    return following in TRANSITIONS[State(state)]


class Verdict(models.TextChoices):
    """What the resident says of it: the second closing."""

    SOLVED = "SOLVED", pgettext_lazy("verdict", "Solved")
    PARTLY = "PARTLY", pgettext_lazy("verdict", "Partly solved")
    UNSOLVED = "UNSOLVED", pgettext_lazy("verdict", "Not solved")


class Channel(models.TextChoices):
    PORTAL = "PORTAL", _("Portal")
    COUNTER = "COUNTER", _("Counter")
    PHONE = "PHONE", _("Phone")
    DOORSTEP = "DOORSTEP", _("At the door")
    HOTLINE = "12345", _("Hotline 12345")
    PETITION = "PETITION", _("Petition")
    LEDGER = "COMMUNITY_LEDGER", _("Community ledger")
    SUPERVISION = "SUPERVISION", _("Resident supervisors")


#: Channels that were open before there was a portal: only these can be compared over the years.
IMPORTED = (Channel.HOTLINE, Channel.PETITION, Channel.LEDGER)
#: What staff take down for somebody.
ASSISTED = (Channel.COUNTER, Channel.PHONE, Channel.DOORSTEP)
#: What only staff file: the findings of supervisors' visits besides.
BY_STAFF = (*ASSISTED, Channel.SUPERVISION)


class Nature(models.TextChoices):
    """What it turned out to be. Only COMPLAINT counts in a rate."""

    COMPLAINT = "COMPLAINT", pgettext_lazy("nature", "Complaint")
    CONSULTATION = "CONSULTATION", pgettext_lazy("nature", "Question")
    PRAISE = "PRAISE", pgettext_lazy("nature", "Praise")
    OUT_OF_SCOPE = "OUT_OF_SCOPE", pgettext_lazy("nature", "Out of scope")
    DUPLICATE = "DUPLICATE", pgettext_lazy("nature", "Already reported")


class Due(models.TextChoices):
    """How soon. The hours and days are data: DeadlineRule."""

    P0 = "P0", pgettext_lazy("deadline class", "P0 danger")
    P1 = "P1", pgettext_lazy("deadline class", "P1 urgent")
    P2 = "P2", pgettext_lazy("deadline class", "P2 ordinary")
    P3 = "P3", pgettext_lazy("deadline class", "P3 takes planning")


#: Urgent classes, where somebody goes and looks at once.
VISITED = frozenset({Due.P0, Due.P1})


class Service(models.TextChoices):
    """Whom to call at once when something is dangerous."""

    FIRE = "FIRE", pgettext_lazy("emergency", "Fire brigade")
    AMBULANCE = "AMBULANCE", pgettext_lazy("emergency", "Ambulance")
    POLICE = "POLICE", pgettext_lazy("emergency", "Police")
    GAS = "GAS", pgettext_lazy("emergency", "Gas company, repairs")
    POWER = "POWER", pgettext_lazy("emergency", "Power company, repairs")
    WATER = "WATER", pgettext_lazy("emergency", "Water company, repairs")
    HEATING = "HEATING", pgettext_lazy("emergency", "Heating company, repairs")


class Wish(models.TextChoices):
    """How the resident wants to be reached."""

    NONE = "NONE", _("I will look it up myself with the number")
    PHONE = "PHONE", _("Please call me")
    VISIT = "VISIT", _("Please come to my home and help")


class PhotoKind(models.TextChoices):
    PROBLEM = "PROBLEM", pgettext_lazy("photo", "What is wrong")
    BEFORE = "BEFORE", pgettext_lazy("photo", "Before the repair")
    AFTER = "AFTER", pgettext_lazy("photo", "After the repair")
    INSPECTION = "INSPECTION", pgettext_lazy("photo", "Re-inspection")


class AlarmStage(models.TextChoices):
    """How near a deadline is: the stages in the order in which they come."""

    DANGER = "DANGER", pgettext_lazy("alarm", "Danger reported")
    WARNED = "WARNED", pgettext_lazy("alarm", "80 % of the time is used")
    OVERDUE = "OVERDUE", pgettext_lazy("alarm", "Overdue: the county is told")
    ESCALATED = "ESCALATED", pgettext_lazy("alarm", "Long overdue: the city is told")


class Clock(models.TextChoices):
    CONTACT = "CONTACT", pgettext_lazy("clock", "first contact")
    SITE = "SITE", pgettext_lazy("clock", "visit on site")
    DONE = "DONE", pgettext_lazy("clock", "solution")
    PETITION = "PETITION", pgettext_lazy("clock", "petition office")


class WorkItem(models.TextChoices):
    """What part of the works a quality case is about; warranties differ (domain.md §2)."""

    WATERPROOFING = "WATERPROOFING", pgettext_lazy("work item", "Roof and wall waterproofing")
    HEATING = "HEATING", pgettext_lazy("work item", "Heating")
    PIPES = "PIPES", pgettext_lazy("work item", "Water and drain pipes")
    ELECTRICS = "ELECTRICS", pgettext_lazy("work item", "Wiring and lighting")
    FIT_OUT = "FIT_OUT", pgettext_lazy("work item", "Fit-out of common parts")
    OTHER = "OTHER", pgettext_lazy("work item", "Other works")


class Outcome(models.TextChoices):
    """What the discipline office found."""

    FOUNDED = "FOUNDED", pgettext_lazy("outcome", "Founded")
    UNFOUNDED = "UNFOUNDED", pgettext_lazy("outcome", "Not founded")
    PASSED_UP = "PASSED_UP", pgettext_lazy("outcome", "Passed to the authority in charge")


class LedgerState(models.TextChoices):
    """Of a file with the rows of another ledger."""

    MAPPING = "MAPPING", _("Waiting for its columns")
    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    CHECKED = "CHECKED", _("Checked, nothing written yet")
    IMPORTED = "IMPORTED", _("Imported")
    STOPPED = "STOPPED", _("Stopped")
    FAILED = "FAILED", _("The file can't be read")


#: The page that shows one of these asks again in a few seconds.
LEDGER_UNDER_WAY = frozenset({LedgerState.QUEUED, LedgerState.RUNNING})
#: Somebody can name the columns and have the file checked (again).
LEDGER_CHECKABLE = frozenset({LedgerState.MAPPING, LedgerState.CHECKED})
#: There is still something to stop. What was written by then stays.
LEDGER_STOPPABLE = frozenset({*LEDGER_UNDER_WAY, *LEDGER_CHECKABLE})


class LineOutcome(models.TextChoices):
    ADD = "ADD", pgettext_lazy("row of an import", "Add")
    CHANGE = "CHANGE", pgettext_lazy("row of an import", "Changed")
    SAME = "SAME", pgettext_lazy("row of an import", "Known already")
    SKIP = "SKIP", pgettext_lazy("row of an import", "Left out")
    REFUSE = "REFUSE", pgettext_lazy("row of an import", "Refused")
