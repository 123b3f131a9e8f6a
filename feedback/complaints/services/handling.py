"""What staff do with a complaint: accept, pass on, reply, extend, promise, solve."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import deadlines, extended, office_closes
from feedback.complaints.models import Category, Complaint, ComplaintEvent
from feedback.complaints.permissions import organisations_for, require_answer, require_handle
from feedback.complaints.services.filing import due_class
from feedback.complaints.services.log import event_add, photos_add
from feedback.complaints.states import IN_WORK, OPEN, Nature, State, may_become
from portal.accounts.models import Organisation
from portal.places.models import StaleMark
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.accounts.models import User

Kind = ComplaintEvent.Kind
Photos = Sequence[ContentFile[bytes]]


@contextmanager
def complaint_change(
    complaint: Complaint, by: "User", check: "Callable[[User, Complaint], None]"
) -> "Iterator[Complaint]":
    """The row locked and read again, the right checked, the tally marked as stale: one
    transaction. What was decided on an old page is decided on the row as it is now."""
    with transaction.atomic():
        locked = (
            Complaint.objects.select_for_update(of=("self",))
            .select_related("community", "category", "assigned_to", "escalated_to")
            .get(pk=complaint.pk)
        )
        check(by, locked)
        yield locked
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=locked.community)
    complaint.refresh_from_db()


def complaint_accept(
    *, complaint: Complaint, by: "User", now: datetime, reply: str = ""
) -> Complaint:
    """Take the case on. A `reply` is public and counts as the first contact."""
    with complaint_change(complaint, by, require_handle) as row:
        _move(row, State.ACCEPTED)
        row.accepted_at = now
        _touch(row, now if reply.strip() else None)
        row.save(update_fields=["state", "accepted_at", "first_contact_at"])
        event_add(row, Kind.ACCEPTED, now=now, actor=by, text=reply, public=True)
    return complaint


def complaint_refuse(
    *, complaint: Complaint, by: "User", nature: str, reason: str, now: datetime
) -> Complaint:
    """Not a complaint, or not ours. The reason is public; it leaves every rate."""
    _need(reason, "reason")
    if nature == Nature.COMPLAINT or nature not in Nature.values:
        raise ValidationError({"nature": _("Please say why it is not taken up.")})
    with complaint_change(complaint, by, require_handle) as row:
        _move(row, State.REFUSED)
        row.nature = nature
        _touch(row, now)
        row.save(update_fields=["state", "nature", "first_contact_at"])
        event_add(
            row,
            Kind.REFUSED,
            now=now,
            actor=by,
            text=reason,
            public=True,
            data={"nature": str(nature)},
        )
    return complaint


def complaint_assign(
    *,
    complaint: Complaint,
    by: "User",
    organisation: Organisation,
    now: datetime,
    note: str = "",
) -> Complaint:
    """Pass the case to the organisation that must act. The resident sees its name, not the note."""
    with complaint_change(complaint, by, require_handle) as row:
        if not organisations_for(row.community).filter(pk=organisation.pk).exists():
            raise ValidationError(
                {"organisation": _("This organisation does not work for the community.")}
            )
        _move(row, State.ASSIGNED)
        row.assigned_to = organisation
        row.save(update_fields=["state", "assigned_to"])
        event_add(row, Kind.ASSIGNED, now=now, actor=by, organisation=organisation, public=True)
        if note.strip():
            event_add(row, Kind.NOTED, now=now, actor=by, text=note)
    return complaint


def complaint_take_back(*, complaint: Complaint, by: "User", now: datetime) -> Complaint:
    """The staff handle it themselves again; the organisation sees it no longer."""
    with complaint_change(complaint, by, require_handle) as row:
        _move(row, State.ACCEPTED)
        before, row.assigned_to = row.assigned_to, None
        row.save(update_fields=["state", "assigned_to"])
        event_add(row, Kind.TAKEN_BACK, now=now, actor=by, organisation=before)
    return complaint


def complaint_reply(*, complaint: Complaint, by: "User", text: str, now: datetime) -> Complaint:
    """A public reply: the resident reads it with the number and the secret."""
    _need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        _touch(row, now)
        row.save(update_fields=["first_contact_at"])
        event_add(row, Kind.REPLIED, now=now, actor=by, text=text, public=True)
    return complaint


def complaint_contact(*, complaint: Complaint, by: "User", note: str, now: datetime) -> Complaint:
    """Somebody spoke with the resident by phone or at the door. The note stays internal."""
    _need(note, "note")
    with complaint_change(complaint, by, require_handle) as row:
        _touch(row, now)
        row.save(update_fields=["first_contact_at"])
        event_add(row, Kind.CONTACTED, now=now, actor=by, public=True)
        event_add(row, Kind.NOTED, now=now, actor=by, text=note)
    return complaint


def complaint_note(*, complaint: Complaint, by: "User", text: str, now: datetime) -> Complaint:
    """An internal note: staff of the place read it, nobody else."""
    _need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        event_add(row, Kind.NOTED, now=now, actor=by, text=text)
    return complaint


def complaint_answer(
    *, complaint: Complaint, by: "User", text: str, now: datetime, photos: Photos = ()
) -> Complaint:
    """What the organisation it is assigned to says. Staff read it and decide what is published."""
    _need(text, "text")
    with complaint_change(complaint, by, require_answer) as row:
        if row.state not in IN_WORK:
            raise ValidationError(_("This complaint is not being handled any more."))
        event_add(row, Kind.ANSWERED, now=now, actor=by, organisation=row.assigned_to, text=text)
        photos_add(row, photos, now=now, staff=by)
    return complaint


def complaint_extend(
    *, complaint: Complaint, by: "User", workdays: int, reason: str, now: datetime
) -> Complaint:
    """Once, by 1–10 working days; the reason is public."""
    _need(reason, "reason")
    with complaint_change(complaint, by, require_handle) as row:
        _need_open(row)
        if row.is_extended:
            raise ValidationError(_("The deadline has been extended once already."))
        old = row.due_at
        try:
            row.due_at = extended(old, workdays)
        except ValueError:
            raise ValidationError(
                {"workdays": _("An extension is 1 to 10 working days.")}
            ) from None
        row.is_extended = True
        row.save(update_fields=["due_at", "is_extended"])
        event_add(
            row,
            Kind.EXTENDED,
            now=now,
            actor=by,
            text=reason,
            public=True,
            data={"from": old.isoformat(), "to": row.due_at.isoformat()},
        )
    return complaint


def complaint_promise(
    *, complaint: Complaint, by: "User", day: date, text: str, now: datetime
) -> Complaint:
    """Made safe, and a repair date promised: for roofs and heating that is what was due."""
    _need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        _need_open(row)
        if not row.category.due_by_promise:
            raise ValidationError(_("For this category the repair itself is due, not a date."))
        if day < now.date():
            raise ValidationError({"day": _("The promised date has passed already.")})
        old = row.due_at
        row.promised_date = day
        row.due_at = office_closes(day)
        _touch(row, now)
        row.save(update_fields=["promised_date", "due_at", "first_contact_at"])
        event_add(
            row,
            Kind.PROMISED,
            now=now,
            actor=by,
            text=text,
            public=True,
            data={"from": old.isoformat(), "day": day.isoformat()},
        )
    return complaint


def complaint_reclassify(
    *, complaint: Complaint, by: "User", category: Category, danger: bool, now: datetime
) -> Complaint:
    """Another category, or a danger seen: deadlines run anew from the filing."""
    with complaint_change(complaint, by, require_handle) as row:
        _need_open(row)
        if category.is_restricted:
            raise ValidationError({"category": _("This kind of report is not taken here.")})
        old = row.category_id
        row.category, row.is_danger = category, danger and bool(category.danger_zh)
        row.due = due_class(category, danger)
        limits = deadlines(row.due, row.filed_at)
        row.contact_due_at, row.site_due_at = limits.contact, limits.site
        row.due_at, row.is_extended, row.promised_date = limits.done, False, None
        row.save(
            update_fields=[
                "category",
                "is_danger",
                "due",
                "contact_due_at",
                "site_due_at",
                "due_at",
                "is_extended",
                "promised_date",
            ]
        )
        data: dict[str, Any] = {"from": old, "to": category.pk, "danger": row.is_danger}
        event_add(row, Kind.RECLASSIFIED, now=now, actor=by, public=True, data=data)
    return complaint


def complaint_resolve(
    *, complaint: Complaint, by: "User", text: str, now: datetime, photos: Photos = ()
) -> Complaint:
    """The first closing: staff say what was done. The resident has the last word."""
    _need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        _move(row, State.RESOLVED)
        row.resolved_at, row.resolved_by = now, by
        _touch(row, now)
        row.save(update_fields=["state", "resolved_at", "resolved_by", "first_contact_at"])
        event_add(
            row,
            Kind.RESOLVED,
            now=now,
            actor=by,
            organisation=row.assigned_to,
            text=text,
            public=True,
        )
        photos_add(row, photos, now=now, staff=by)
    return complaint


def complaint_contact_show(*, complaint: Complaint, by: "User", now: datetime) -> str:
    """The phone number in full, for whoever handles the case; that they looked is in the log."""
    with transaction.atomic():
        require_handle(by, complaint)
        event_add(complaint, Kind.CONTACT_SHOWN, now=now, actor=by)
    return complaint.contact


def _move(row: Complaint, state: State) -> None:
    if not may_become(row.state, state):
        raise ValidationError(
            _("This is not possible any more: the complaint is now “%(state)s”."),
            code="state",
            params={"state": row.get_state_display()},
        )
    row.state = state


def _touch(row: Complaint, moment: datetime | None) -> None:
    """The first human contact happens once."""
    if row.first_contact_at is None:
        row.first_contact_at = moment


def _need_open(row: Complaint) -> None:
    if row.state not in OPEN:
        raise ValidationError(_("This complaint is not being handled any more."))


def _need(text: str, field: str) -> None:
    if not text.strip():
        raise ValidationError({field: _("Please write something here.")})
