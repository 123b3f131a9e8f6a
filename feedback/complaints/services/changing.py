"""What every step on a case shares: lock it, check the right, move it by the table of states."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import after_waiting, deadlines
from feedback.complaints.models import Complaint, ComplaintEvent, DeadlineRule
from feedback.complaints.services.log import event_add
from feedback.complaints.states import OPEN, State, may_become
from portal.places.models import StaleMark
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.accounts.models import User


@contextmanager
def complaint_change(
    complaint: Complaint, by: "User", check: "Callable[[User, Complaint], None]"
) -> "Iterator[Complaint]":
    """The row locked and read again, the right checked, the tally marked as stale: one
    transaction. What was decided on an old page is decided on the row as it is now."""
    with transaction.atomic():
        locked = complaint_lock(complaint)
        check(by, locked)
        yield locked
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=locked.community)
    complaint.refresh_from_db()


def complaint_lock(complaint: Complaint) -> Complaint:
    return (
        Complaint.objects.select_for_update(of=("self",))
        .select_related("community", "category", "assigned_to", "escalated_to")
        .get(pk=complaint.pk)
    )


def move(
    row: Complaint,
    state: State,
    *,
    now: datetime,
    by: "User | None" = None,
    only_from: State | None = None,
) -> None:
    """To another state, where the table allows it (and from `only_from`, where the step begins
    there alone). Whoever acts on a case waits no longer."""
    if not may_become(row.state, state) or (only_from and row.state != only_from):
        raise ValidationError(
            _("This is not possible any more: the complaint is now “%(state)s”."),
            code="state",
            params={"state": row.get_state_display()},
        )
    clock_start(row, now=now, by=by)
    row.state = state


def clock_start(row: Complaint, *, now: datetime, by: "User | None" = None) -> bool:
    """End the waiting, if there is one: the working time it took is added to the deadline.

    Writes its own columns; whoever holds the lock of the row calls it. Returns whether it waited.
    """
    if row.waiting_since is None:
        return False
    since, old = row.waiting_since, row.due_at
    row.due_at, waited = after_waiting(old, since, now)
    row.waiting_since = None
    row.waited_minutes += waited // timedelta(minutes=1)
    row.save(update_fields=["due_at", "waiting_since", "waited_minutes"])
    data = {"from": old.isoformat(), "to": row.due_at.isoformat()}
    event_add(row, ComplaintEvent.Kind.RESUMED, now=now, actor=by, public=True, data=data)
    return True


def clock_restart(row: Complaint, now: datetime) -> None:
    """The clock of the class runs anew; the caller saves `CLOCK`."""
    row.due_at = deadlines(row.due, now, DeadlineRule.objects.by_class()).done
    row.is_extended, row.waited_minutes, row.promised_date = False, 0, None


#: The columns that `clock_restart` sets.
CLOCK = ("due_at", "is_extended", "waited_minutes", "promised_date")


def touch(row: Complaint, moment: datetime | None) -> None:
    """The first human contact happens once."""
    if row.first_contact_at is None:
        row.first_contact_at = moment


def need_open(row: Complaint) -> None:
    if row.state not in OPEN:
        raise ValidationError(_("This complaint is not being handled any more."))


def need(text: str, field: str) -> None:
    if not text.strip():
        raise ValidationError({field: _("Please write something here.")})
