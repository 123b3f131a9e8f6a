"""How much time is left, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.complaints.deadlines import office_closes
from feedback.complaints.models import Complaint, Petition
from feedback.complaints.states import OPEN, Clock


@dataclass(frozen=True)
class Due:
    """What is due next on an open case, when, and how near that is ("bad", "warn" or "")."""

    what: str
    at: datetime
    left: str
    tone: str


def next_due(complaint: Complaint, now: datetime) -> Due | None:
    """The clock that runs out first, as `Complaint.next_due_at`; None when nothing is due,
    and for a restricted case: the discipline office follows rules of its own."""
    if complaint.is_sealed:
        return None
    if complaint.state not in OPEN or complaint.waiting_since is not None:
        return None
    clocks = [(complaint.due_at, _("solution"))]
    if complaint.owes_visit and complaint.site_due_at is not None:
        clocks.append((complaint.site_due_at, str(Clock.SITE.label)))
    if complaint.first_contact_at is None:
        clocks.append((complaint.contact_due_at, _("first contact")))
    at, what = min(clocks, key=lambda clock: clock[0])
    return _due(what, at, now)


def petition_due(petition: Petition, now: datetime) -> Due:
    """By when the petition office accepts, then decides."""
    accepted = petition.accepted_date is not None
    what = pgettext("petition", "decision") if accepted else pgettext("petition", "acceptance")
    return _due(what, petition_due_at(petition), now)


def petition_due_at(petition: Petition) -> datetime:
    return office_closes(petition.finish_due_date or petition.accept_due_date)


def _due(what: str, at: datetime, now: datetime) -> Due:
    late = at < now
    same_day = timezone.localdate(at) == timezone.localdate(now)
    amount = _amount(abs(at - now))
    left = _("%(time)s late") if late else _("%(time)s left")
    return Due(what, at, left % {"time": amount}, "bad" if late else "warn" if same_day else "")


def _amount(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    if minutes < 48 * 60:
        return _("%(count)s h") % {"count": minutes // 60}
    return _("%(count)s days") % {"count": minutes // 1440}
