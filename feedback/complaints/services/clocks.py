"""What moves a deadline: waiting for the resident, one extension, a promise, another category."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import (
    MAX_EXTENSION,
    deadlines,
    extended,
    office_closes,
    promise_until,
)
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
    """Made safe, and a repair date promised: for roofs and heating that is what was due.

    At most `MAX_PROMISE` working days away. Another date than the one promised is the one extension
    of the case, by 10 working days at most.
    """
    need(text, "text")
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
        if not row.category.due_by_promise:
            raise ValidationError(_("For this category the repair itself is due, not a date."))
        if day < timezone.localdate(now):
            raise ValidationError({"day": _("The promised date has passed already.")})
        again = day != row.promised_date and _is_promised(row)
        if again and row.is_extended:
            raise ValidationError(_("The deadline has been extended once already."))
        last = extended(row.due_at, MAX_EXTENSION) if again else promise_until(now)
        if day != row.promised_date and day > last.date():
            text = _("The promised date can be %(day)s at the latest.")
            raise ValidationError({"day": text % {"day": f"{last:%Y-%m-%d}"}})
        clock_start(row, now=now, by=by)
        old = row.due_at
        row.promised_date = day
        row.due_at = office_closes(day)
        row.is_extended = row.is_extended or again
        touch(row, now)
        row.save(update_fields=["promised_date", "due_at", "is_extended", "first_contact_at"])
        data = {"from": old.isoformat(), "day": day.isoformat()}
        event_add(row, Kind.PROMISED, now=now, actor=by, text=text, public=True, data=data)
    return complaint


def _is_promised(row: Complaint) -> bool:
    """Whether a date was promised before, in whatever category the case was then."""
    began = row.reopened_at or row.filed_at
    return row.events.filter(kind=Kind.PROMISED, at__gte=began).exists()


def complaint_reclassify(
    *, complaint: Complaint, by: "User", category: Category, danger: bool, now: datetime
) -> Complaint:
    """Another category, or a danger seen: deadlines run anew from the filing. The one extension of
    a case stays used."""
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
        if category.is_restricted:
            raise ValidationError({"category": _("This kind of report is not taken here.")})
        old, in_danger = row.category_id, danger and bool(category.danger_zh)
        if category.pk == old and in_danger == row.is_danger:
            raise ValidationError({"category": _("It is in this category already.")})
        clock_start(row, now=now, by=by)
        row.category, row.is_danger = category, in_danger
        before = {
            "due": row.due_at.isoformat(),
            "contact_due": row.contact_due_at.isoformat(),
        }
        row.due = due_class(category, danger)
        limits = deadlines(row.due, row.filed_at, DeadlineRule.objects.by_class())
        row.contact_due_at, row.site_due_at = limits.contact, limits.site
        row.due_at, row.promised_date = limits.done, None
        row.waited_minutes = 0
        row.save(
            update_fields=[
                "category",
                "is_danger",
                "due",
                "contact_due_at",
                "site_due_at",
                "due_at",
                "promised_date",
                "waited_minutes",
            ]
        )
        data: dict[str, Any] = {"from": old, "to": category.pk, "danger": row.is_danger}
        data |= before
        event_add(row, Kind.RECLASSIFIED, now=now, actor=by, public=True, data=data)
        if row.due == Due.P0:
            alarms_raise(row, now=now)
    return complaint
