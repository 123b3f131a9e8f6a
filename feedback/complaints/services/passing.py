"""Who does it: an organisation, a person, or the petition office with its own clock."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Complaint, ComplaintEvent, Petition
from feedback.complaints.permissions import (
    organisations_for,
    persons_for,
    require_hand_over,
    require_handle,
    require_handle_openly,
)
from feedback.complaints.services.changing import complaint_change, move, need, need_open
from feedback.complaints.services.log import event_add
from feedback.complaints.states import IN_WORK, State
from portal.accounts.models import Organisation
from portal.common.workdays import add_calendar_days

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind
#: Calendar days of the petition procedure (domain.md §2).
ACCEPT_DAYS, FINISH_DAYS, MORE_DAYS = 15, 60, 30


def complaint_assign(
    *,
    complaint: Complaint,
    by: "User",
    organisation: Organisation,
    now: datetime,
    note: str = "",
) -> Complaint:
    """Pass the case to the organisation that must act. The resident sees its name, not the note."""
    with complaint_change(complaint, by, require_handle_openly) as row:
        pass_on(row, organisation, now=now, by=by)
        if note.strip():
            event_add(row, Kind.NOTED, now=now, actor=by, text=note)
    return complaint


def pass_on(
    row: Complaint,
    organisation: Organisation,
    *,
    now: datetime,
    by: "User",
    data: dict[str, Any] | None = None,
) -> None:
    """What assigning writes on a row that the caller has locked."""
    if not organisations_for(row.community).filter(pk=organisation.pk).exists():
        raise ValidationError(
            {"organisation": _("This organisation does not work for the community.")}
        )
    if row.state not in IN_WORK:
        raise ValidationError(_("Only a case that is being handled can be passed on."))
    move(row, State.ASSIGNED, now=now, by=by)
    row.assigned_to, row.handler = organisation, None
    row.save(update_fields=["state", "assigned_to", "handler"])
    event_add(
        row, Kind.ASSIGNED, now=now, actor=by, organisation=organisation, public=True, data=data
    )


def complaint_take_back(*, complaint: Complaint, by: "User", now: datetime) -> Complaint:
    """The staff handle it themselves again; the organisation sees it no longer."""
    with complaint_change(complaint, by, require_handle) as row:
        move(row, State.ACCEPTED, now=now, by=by, only_from=State.ASSIGNED)
        before, row.assigned_to, row.handler = row.assigned_to, None, None
        row.save(update_fields=["state", "assigned_to", "handler"])
        event_add(row, Kind.TAKEN_BACK, now=now, actor=by, organisation=before)
    return complaint


def complaint_hand_over(
    *, complaint: Complaint, by: "User", person: "User", now: datetime, note: str = ""
) -> Complaint:
    """Give the case to one person: a colleague, or somebody of the company it is with."""
    with complaint_change(complaint, by, require_hand_over) as row:
        need_open(row)
        if not persons_for(row, by).filter(pk=person.pk).exists():
            raise ValidationError({"person": _("This person can't handle the case.")})
        row.handler = person
        row.save(update_fields=["handler"])
        data = {"person": person.pk, "name": str(person)}
        event_add(row, Kind.HANDED_OVER, now=now, actor=by, text=note, data=data)
    return complaint


def complaint_transfer(
    *, complaint: Complaint, by: "User", office: str, reason: str, now: datetime
) -> Complaint:
    """To the petition office, explicitly and with a reason the resident reads; its calendar clock
    begins. Never automatic."""
    need(office, "office")
    need(reason, "reason")
    today = now.astimezone(LOCAL).date()
    with complaint_change(complaint, by, require_handle_openly) as row:
        came_from = row.state
        move(row, State.TRANSFERRED, now=now, by=by)
        row.save(update_fields=["state"])
        Petition.objects.update_or_create(
            complaint=row,
            defaults={
                "office": office.strip(),
                "came_from": came_from,
                "transferred_date": today,
                "transferred_by": by,
                "accept_due_date": add_calendar_days(today, ACCEPT_DAYS),
            },
        )
        data = {"office": office.strip()}
        event_add(row, Kind.TRANSFERRED, now=now, actor=by, text=reason, public=True, data=data)
    return complaint


def petition_accept(*, complaint: Complaint, by: "User", day: date, now: datetime) -> Petition:
    """The petition office has accepted it on `day`: sixty days from then."""
    with complaint_change(complaint, by, require_handle_openly) as row:
        petition = _petition(row)
        if petition.accepted_date is not None:
            raise ValidationError(_("It has been accepted already."))
        if not petition.transferred_date <= day <= now.astimezone(LOCAL).date():
            raise ValidationError({"day": _("A day between the transfer and today, please.")})
        petition.accepted_date = day
        petition.finish_due_date = add_calendar_days(day, FINISH_DAYS)
        petition.save(update_fields=["accepted_date", "finish_due_date"])
        data = {"step": "accepted", "day": day.isoformat()}
        event_add(row, Kind.PETITION, now=now, actor=by, public=True, data=data)
    return petition


def petition_extend(
    *, complaint: Complaint, by: "User", days: int, reason: str, now: datetime
) -> Petition:
    """Once, by 1–30 calendar days."""
    need(reason, "reason")
    if not 1 <= days <= MORE_DAYS:
        raise ValidationError({"days": _("At most 30 days can be added.")})
    with complaint_change(complaint, by, require_handle_openly) as row:
        petition = _petition(row)
        if petition.accepted_date is None or petition.extended_days:
            raise ValidationError(_("Time is added once, after it was accepted."))
        petition.extended_days = days
        petition.finish_due_date = add_calendar_days(petition.accepted_date, FINISH_DAYS + days)
        petition.save(update_fields=["extended_days", "finish_due_date"])
        data = {"step": "extended", "day": petition.finish_due_date.isoformat()}
        event_add(row, Kind.PETITION, now=now, actor=by, text=reason, public=True, data=data)
    return petition


def petition_finish(
    *, complaint: Complaint, by: "User", day: date, result: str, now: datetime
) -> Petition:
    """The petition office has decided; the result is what the resident reads."""
    need(result, "result")
    with complaint_change(complaint, by, require_handle_openly) as row:
        petition = _petition(row)
        if petition.accepted_date is None:
            raise ValidationError(_("It has not been accepted yet."))
        if not petition.accepted_date <= day <= now.astimezone(LOCAL).date():
            raise ValidationError({"day": _("A day between the acceptance and today, please.")})
        petition.finished_date = day
        petition.save(update_fields=["finished_date"])
        data = {"step": "finished", "day": day.isoformat()}
        event_add(row, Kind.PETITION, now=now, actor=by, text=result, public=True, data=data)
    return petition


def petition_return(*, complaint: Complaint, by: "User", reason: str, now: datetime) -> Complaint:
    """Not accepted: the case comes back, and its own deadline stands as it stood."""
    need(reason, "reason")
    with complaint_change(complaint, by, require_handle_openly) as row:
        petition = _petition(row)
        if petition.accepted_date is not None:
            raise ValidationError(_("It has been accepted already."))
        move(row, State.ACCEPTED, now=now, by=by, only_from=State.TRANSFERRED)
        row.assigned_to = None
        row.save(update_fields=["state", "assigned_to"])
        petition.delete()
        data = {"step": "returned"}
        event_add(row, Kind.PETITION, now=now, actor=by, text=reason, public=True, data=data)
    return complaint


def _petition(row: Complaint) -> Petition:
    """The open petition of a case. Raises ValidationError where there is none."""
    petition = Petition.objects.filter(complaint=row, finished_date=None).first()
    if petition is None or row.state != State.TRANSFERRED:
        raise ValidationError(_("This case is not with the petition office."))
    return petition
