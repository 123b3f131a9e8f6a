"""What staff do with a complaint themselves: accept, reply, note, solve, refuse."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.permissions import (
    may_handle_openly,
    require_answer,
    require_arrive,
    require_contact,
    require_handle,
    require_handle_openly,
)
from feedback.complaints.routes import route_of
from feedback.complaints.services.changing import complaint_change, move, need, need_open, touch
from feedback.complaints.services.log import event_add, photos_add
from feedback.complaints.services.passing import pass_on
from feedback.complaints.states import IN_WORK, VISITED, Nature, Outcome, PhotoKind, State

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind
Photos = Sequence[ContentFile[bytes]]


def complaint_accept(
    *, complaint: Complaint, by: "User", now: datetime, reply: str = ""
) -> Complaint:
    """Take the case on. A `reply` is public and counts as the first contact.

    Where an automatic route leads from here, the case goes to its organisation at once.
    """
    with complaint_change(complaint, by, require_handle) as row:
        move(row, State.ACCEPTED, now=now, by=by, only_from=State.RECEIVED)
        row.accepted_at = now
        touch(row, now if reply.strip() else None)
        row.save(update_fields=["state", "accepted_at", "first_contact_at"])
        event_add(row, Kind.ACCEPTED, now=now, actor=by, text=reply, public=True)
        routed = None if row.category.is_restricted else route_of(row)
        if routed and routed.is_automatic and routed.organisation:
            # What led there, in words that stay true when the route is edited or removed.
            data = {"route": [routed.route.place.code, row.category.code]}
            pass_on(row, routed.organisation, now=now, by=by, data=data)
    return complaint


def complaint_refuse(
    *, complaint: Complaint, by: "User", nature: str, reason: str, now: datetime
) -> Complaint:
    """Not a complaint, or not ours. The reason is public; it leaves every rate."""
    need(reason, "reason")
    if nature == Nature.COMPLAINT or nature not in Nature.values:
        raise ValidationError({"nature": _("Please say why it is not taken up.")})
    with complaint_change(complaint, by, require_handle_openly) as row:
        move(row, State.REFUSED, now=now, by=by)
        row.nature = nature
        touch(row, now)
        row.save(update_fields=["state", "nature", "first_contact_at"])
        data = {"nature": str(nature)}
        event_add(row, Kind.REFUSED, now=now, actor=by, text=reason, public=True, data=data)
    return complaint


def complaint_reply(*, complaint: Complaint, by: "User", text: str, now: datetime) -> Complaint:
    """A public reply: the resident reads it with the number and the secret."""
    need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        touch(row, now)
        row.save(update_fields=["first_contact_at"])
        event_add(row, Kind.REPLIED, now=now, actor=by, text=text, public=True)
    return complaint


def complaint_contact(*, complaint: Complaint, by: "User", note: str, now: datetime) -> Complaint:
    """Somebody spoke with the resident by phone or at the door. The note stays internal."""
    need(note, "note")
    with complaint_change(complaint, by, require_handle) as row:
        need_open(row)
        touch(row, now)
        row.save(update_fields=["first_contact_at"])
        event_add(row, Kind.CONTACTED, now=now, actor=by, public=True)
        event_add(row, Kind.NOTED, now=now, actor=by, text=note)
    return complaint


def complaint_arrive(*, complaint: Complaint, by: "User", now: datetime) -> Complaint:
    """Somebody is on site, which the visit of a danger is due for. The first time counts.

    It is no contact with the resident: who speaks with them records that, too.
    """
    with complaint_change(complaint, by, require_arrive) as row:
        need_open(row)
        if row.due not in VISITED:
            raise ValidationError(_("Only urgent cases have a time to be on site."))
        if row.arrived_at is not None:
            raise ValidationError(_("Somebody was on site already."))
        row.arrived_at = now
        row.save(update_fields=["arrived_at"])
        event_add(
            row,
            Kind.ARRIVED,
            now=now,
            actor=by,
            organisation=by.organisation if not may_handle_openly(by, row) else None,
            public=True,
        )
    return complaint


def complaint_note(*, complaint: Complaint, by: "User", text: str, now: datetime) -> Complaint:
    """An internal note: staff of the place read it, nobody else."""
    need(text, "text")
    with complaint_change(complaint, by, require_handle) as row:
        event_add(row, Kind.NOTED, now=now, actor=by, text=text)
    return complaint


def complaint_answer(
    *,
    complaint: Complaint,
    by: "User",
    text: str,
    now: datetime,
    photos: Photos = (),
    photos_before: Photos = (),
) -> Complaint:
    """What the organisation it is assigned to says. Staff read it and decide what is published."""
    need(text, "text")
    with complaint_change(complaint, by, require_answer) as row:
        if row.state not in IN_WORK:
            raise ValidationError(_("This complaint is not being handled any more."))
        event_add(row, Kind.ANSWERED, now=now, actor=by, organisation=row.assigned_to, text=text)
        repair_photos_add(row, photos_before, photos, now=now, staff=by)
    return complaint


def complaint_resolve(
    *,
    complaint: Complaint,
    by: "User",
    text: str,
    now: datetime,
    photos: Photos = (),
    photos_before: Photos = (),
) -> Complaint:
    """The first closing: staff say what was done. The resident has the last word."""
    need(text, "text")
    with complaint_change(complaint, by, require_handle_openly) as row:
        due = row.due_at.isoformat()
        _resolve(row, by, now)
        event_add(
            row,
            Kind.RESOLVED,
            now=now,
            actor=by,
            organisation=row.assigned_to,
            text=text,
            public=True,
            # Opening again sets a new deadline; how near this one was stays here (gaming.py).
            data={"due": due},
        )
        repair_photos_add(row, photos_before, photos, now=now, staff=by)
    return complaint


def complaint_conclude(
    *, complaint: Complaint, by: "User", outcome: str, text: str, now: datetime
) -> Complaint:
    """The discipline office closes a restricted case: what it found, and what the reporter is
    told. The reporter alone can read it, with number and secret."""
    need(text, "text")
    if outcome not in Outcome.values:
        raise ValidationError({"outcome": _("Please say what was found.")})
    with complaint_change(complaint, by, require_handle) as row:
        if not row.category.is_restricted:
            raise ValidationError(_("Only a restricted case is closed with a finding."))
        _resolve(row, by, now)
        data = {"outcome": str(outcome)}
        event_add(row, Kind.RESOLVED, now=now, actor=by, text=text, public=True, data=data)
    return complaint


def _resolve(row: Complaint, by: "User", now: datetime) -> None:
    move(row, State.RESOLVED, now=now, by=by)
    row.resolved_at, row.resolved_by = now, by
    touch(row, now)
    row.save(update_fields=["state", "resolved_at", "resolved_by", "first_contact_at"])


def repair_photos_add(
    row: Complaint, before: Photos, after: Photos, *, now: datetime, staff: "User"
) -> None:
    photos_add(row, before, now=now, staff=staff, kind=PhotoKind.BEFORE)
    photos_add(row, after, now=now, staff=staff, kind=PhotoKind.AFTER)


def complaint_contact_show(*, complaint: Complaint, by: "User", now: datetime) -> str:
    """The phone number in full, for whoever handles the case, and for the company where the
    resident agreed; that they looked is in the log."""
    with transaction.atomic():
        require_contact(by, complaint)
        event_add(complaint, Kind.CONTACT_SHOWN, now=now, actor=by)
    return complaint.contact
