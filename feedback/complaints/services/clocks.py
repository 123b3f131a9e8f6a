"""What moves a deadline: waiting for the resident, one extension, a promise, another category."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import deadlines, extended, office_closes
from feedback.complaints.models import Category, Complaint, ComplaintEvent, DeadlineRule
from feedback.complaints.permissions import require_handle, require_handle_openly
from feedback.complaints.services.alarms import alarms_raise
from feedback.complaints.services.changing import (
    clock_start,
    complaint_change,
    need,
    need_open,
    touch,
)
from feedback.complaints.services.filing import due_class
from feedback.complaints.services.log import event_add
from feedback.complaints.states import IN_WORK, Due

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind


def complaint_wait(*, complaint: Complaint, by: "User", text: str, now: datetime) -> Complaint:
    """Ask the resident for something only they can give; the clock stands still until then.

    `text` says what is needed; the resident reads it. Never where there is danger.
    """
    need(text, "text")
    with complaint_change(complaint, by, require_handle_openly) as row:
        if row.state not in IN_WORK:
            raise ValidationError(_("Only a case that is being handled can wait."))
        if row.due == Due.P0:
            raise ValidationError(_("Where there is danger the clock does not stop."))
        if row.waiting_since is not None:
            raise ValidationError(_("It is waiting for the resident already."))
        row.waiting_since = now
        touch(row, now)
        row.save(update_fields=["waiting_since", "first_contact_at"])
        event_add(row, Kind.WAITING, now=now, actor=by, text=text, public=True)
    return complaint


def complaint_resume(*, complaint: Complaint, by: "User", now: datetime) -> Complaint:
    """What was needed has come: the clock runs again."""
    with complaint_change(complaint, by, require_handle) as row:
        if not clock_start(row, now=now, by=by):
            raise ValidationError(_("It is not waiting for the resident."))
    return complaint


def complaint_extend(
    *, complaint: Complaint, by: "User", workdays: int, reason: str, now: datetime
) -> Complaint:
    """Once, by 1–10 working days; the reason is public."""
    need(reason, "reason")
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
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
        data = {"from": old.isoformat(), "to": row.due_at.isoformat()}
        event_add(row, Kind.EXTENDED, now=now, actor=by, text=reason, public=True, data=data)
    return complaint


def complaint_promise(
    *, complaint: Complaint, by: "User", day: date, text: str, now: datetime
) -> Complaint:
    """Made safe, and a repair date promised: for roofs and heating that is what was due."""
    need(text, "text")
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
        if not row.category.due_by_promise:
            raise ValidationError(_("For this category the repair itself is due, not a date."))
        if day < now.date():
            raise ValidationError({"day": _("The promised date has passed already.")})
        clock_start(row, now=now, by=by)
        old = row.due_at
        row.promised_date = day
        row.due_at = office_closes(day)
        touch(row, now)
        row.save(update_fields=["promised_date", "due_at", "first_contact_at"])
        data = {"from": old.isoformat(), "day": day.isoformat()}
        event_add(row, Kind.PROMISED, now=now, actor=by, text=text, public=True, data=data)
    return complaint


def complaint_reclassify(
    *, complaint: Complaint, by: "User", category: Category, danger: bool, now: datetime
) -> Complaint:
    """Another category, or a danger seen: deadlines run anew from the filing."""
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
        if category.is_restricted:
            raise ValidationError({"category": _("This kind of report is not taken here.")})
        clock_start(row, now=now, by=by)
        old = row.category_id
        row.category, row.is_danger = category, danger and bool(category.danger_zh)
        row.due = due_class(category, danger)
        limits = deadlines(row.due, row.filed_at, DeadlineRule.objects.by_class())
        row.contact_due_at, row.site_due_at = limits.contact, limits.site
        row.due_at, row.is_extended, row.promised_date = limits.done, False, None
        row.waited_minutes = 0
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
                "waited_minutes",
            ]
        )
        data: dict[str, Any] = {"from": old, "to": category.pk, "danger": row.is_danger}
        event_add(row, Kind.RECLASSIFIED, now=now, actor=by, public=True, data=data)
        if row.due == Due.P0:
            alarms_raise(row, now=now)
    return complaint
