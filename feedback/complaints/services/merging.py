"""Two reports of one matter become one case; one report of two matters becomes two."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.deadlines import LOCAL, deadlines
from feedback.complaints.models import Category, Complaint, ComplaintEvent, DeadlineRule
from feedback.complaints.numbers import number_candidates
from feedback.complaints.permissions import require_handle_openly
from feedback.complaints.services.changing import complaint_change, complaint_lock, move, need
from feedback.complaints.services.filing import MAX_TEXT, due_class
from feedback.complaints.services.log import event_add
from feedback.complaints.states import IN_WORK, OPEN, Nature, State
from portal.common.keys import current_key, keyed_digest

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind


def complaint_merge(
    *, complaint: Complaint, by: "User", main: Complaint, now: datetime
) -> Complaint:
    """`complaint` reports what `main` is about already: it points there and is one event with it.

    Its signatories move to `main`; both residents go on tracking with their own number and secret.
    """
    with transaction.atomic():
        _lock_in_order(complaint, main)
        with complaint_change(complaint, by, require_handle_openly) as row:
            with complaint_change(main, by, require_handle_openly) as target:
                _check_merge(row, target)
                target.signatories += row.signatories
                target.save(update_fields=["signatories"])
                data = {"number": row.number}
                event_add(target, Kind.MERGED_IN, now=now, actor=by, data=data)
            move(row, State.MERGED, now=now, by=by)
            # What was joined to this one follows it, so that a chain has one end.
            row.duplicates.update(merged_into=target)
            row.merged_into, row.nature = target, Nature.DUPLICATE
            row.assigned_to = row.handler = None
            row.save(update_fields=["state", "merged_into", "nature", "assigned_to", "handler"])
            data = {"number": target.number}
            event_add(row, Kind.MERGED, now=now, actor=by, public=True, data=data)
    return complaint


def _lock_in_order(*complaints: Complaint) -> None:
    """Always the smaller key first, so that two merges can't wait for each other."""
    for complaint in sorted(complaints, key=lambda one: one.pk):
        complaint_lock(complaint)


def _check_merge(row: Complaint, main: Complaint) -> None:
    if row.pk == main.pk:
        raise ValidationError({"main": _("A report can't be joined to itself.")})
    if row.community_id != main.community_id:
        raise ValidationError({"main": _("That report is about another community.")})
    if main.state not in OPEN:
        raise ValidationError({"main": _("That case is not open any more.")})


def complaint_split(
    *,
    complaint: Complaint,
    by: "User",
    category: Category,
    text: str,
    now: datetime,
    danger: bool = False,
) -> Complaint:
    """A second matter in one report becomes a case of its own. Returns the new case.

    Its clock runs from the original filing, since the resident has waited since then. It is
    tracked with its own number and the secret of the first.
    """
    need(text, "text")
    if len(text) > MAX_TEXT:
        raise ValidationError({"text": _("Please write no more than 2000 characters.")})
    if category.is_restricted or not category.is_active:
        raise ValidationError({"category": _("This kind of report is not taken here.")})
    with complaint_change(complaint, by, require_handle_openly) as row:
        if row.state not in IN_WORK:
            raise ValidationError(_("Only a case that is being handled can be split."))
        if category.pk == row.category_id:
            raise ValidationError({"category": _("The second matter has another category.")})
        new = _second_case(row, category, text, danger, now)
        data = {"number": new.number, "category": category.pk}
        event_add(row, Kind.SPLIT, now=now, actor=by, public=True, data=data)
        event_add(new, Kind.FILED, now=row.filed_at, public=True, data={"from": row.number})
        event_add(new, Kind.ACCEPTED, now=now, actor=by, public=True)
    return new


def _second_case(
    row: Complaint, category: Category, text: str, danger: bool, now: datetime
) -> Complaint:
    due = due_class(category, danger)
    limits = deadlines(due, row.filed_at, DeadlineRule.objects.by_class())
    return Complaint.objects.create(
        number=_free_number(row, category),
        community=row.community,
        building=row.building,
        household=row.household,
        category=category,
        is_danger=danger and bool(category.danger_zh),
        due=due,
        channel=row.channel,
        text=text.strip(),
        signatories=row.signatories,
        contact_wish=row.contact_wish,
        contact=row.contact,
        contact_index=row.contact_index,
        contact_shared=row.contact_shared,
        privacy_version=row.privacy_version,
        state=State.ACCEPTED,
        filed_at=row.filed_at,
        contact_due_at=limits.contact,
        site_due_at=limits.site,
        due_at=limits.done,
        accepted_at=now,
        first_contact_at=row.first_contact_at,
        split_from=row.split_from or row,
    )


def _free_number(row: Complaint, category: Category) -> str:
    seed = keyed_digest(
        current_key("RECEIPT_KEY")[1], "complaint-split", f"{row.number}:{category.code}"
    ).hex()
    for number in number_candidates(row.filed_at.astimezone(LOCAL).date(), seed):
        if not Complaint.objects.filter(number=number).exists():
            return number
    raise RuntimeError("No free complaint number is left for the day")
