"""Somebody is away: a deputy sees their worklist, or their open cases move to a colleague."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.models import Absence, Complaint, ComplaintEvent, ComplaintQuerySet
from feedback.complaints.permissions import (
    complaints_visible_to,
    has_work_in,
    may_end_absence,
    may_hand_over,
    may_record_absence,
    persons_for,
)
from feedback.complaints.services.log import event_add
from portal.places.models import Place

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Cases of one transaction.
BATCH = 200


def absence_add(
    *, by: "User", user: "User", deputy: "User", place: Place, from_date: date, to_date: date
) -> Absence:
    """From the first to the last day the deputy's worklist shows the user's cases in `place`.

    It gives no right: the deputy must have work there already. One's own absence is one's own to
    say; that of others is said by whoever assigns staff at the place.
    """
    if not may_record_absence(by, user, place):
        raise PermissionDenied
    problems: dict[str, str] = {}
    if user.pk == deputy.pk:
        problems["deputy"] = _("Nobody can stand in for themselves.")
    elif not has_work_in(deputy, place):
        problems["deputy"] = _("This person has no cases to handle at this place.")
    if to_date < from_date:
        problems["to_date"] = _("The last day lies before the first.")
    else:
        problems = _left_alone(user, deputy, place, from_date, to_date) | problems
    if problems:
        raise ValidationError(problems)
    told = {"user": user, "deputy": deputy, "place": place}
    told_days = {"from_date": from_date, "to_date": to_date}
    # Sent twice, it is one.
    known = Absence.objects.filter(**told, **told_days).first()
    return known or Absence.objects.create(**told, **told_days)


def _left_alone(
    user: "User", deputy: "User", place: Place, first: date, last: date
) -> dict[str, str]:
    """Nobody stands in for a deputy's own charges: what would leave cases to nobody, by field."""
    there = Absence.objects.near(place).within(first, last).order_by("from_date", "pk")
    problems = {}
    covered = there.filter(deputy=user).select_related("user").first()
    if covered:
        text = _(
            "Stands in for %(name)s from %(first)s to %(last)s. Somebody else must stand in for "
            "%(name)s first."
        )
        problems["user"] = text % {"name": covered.user, **_days(covered)}
    away = there.filter(user=deputy).first()
    if away:
        text = _("Is away, too, from %(first)s to %(last)s. Please choose somebody else.")
        problems["deputy"] = text % _days(away)
    return problems


def _days(absence: Absence) -> dict[str, str]:
    return {"first": absence.from_date.isoformat(), "last": absence.to_date.isoformat()}


def absence_remove(*, by: "User", absence: Absence) -> None:
    """Back earlier, or never gone. What the deputy did meanwhile is in the log of each case."""
    if not may_end_absence(by, absence):
        raise PermissionDenied
    absence.delete()


def movable(*, by: "User", person: "User", place: Place) -> ComplaintQuerySet:
    """The open cases of `person` in `place` that `by` may see."""
    return complaints_visible_to(by).open().in_place(place).filter(handler=person)


@transaction.atomic
def cases_move(
    *, by: "User", person: "User", to: "User", place: Place, now: datetime
) -> tuple[int, int]:
    """Hand every open case of `person` in `place` to `to`; each says so in its log.

    Returns (moved, left): a case stays where `to` has no right to handle it, or `by` none to hand
    it over.
    """
    if person.pk == to.pk:
        raise ValidationError({"to": _("These are one and the same person.")})
    keys = list(movable(by=by, person=person, place=place).values_list("pk", flat=True))
    known: dict[tuple[int, int | None, bool], bool] = {}
    moved = 0
    for start in range(0, len(keys), BATCH):
        rows = (
            Complaint.objects.select_for_update(of=("self",))
            .select_related("community", "category", "assigned_to")
            .filter(pk__in=keys[start : start + BATCH], handler=person)
            .order_by("pk")
        )
        for row in rows:
            key = (row.community_id, row.assigned_to_id, row.category.is_restricted)
            if key not in known:
                allowed = may_hand_over(by, row)
                known[key] = allowed and persons_for(row, by).filter(pk=to.pk).exists()
            if not known[key] or not row.is_open:
                continue
            row.handler = to
            row.save(update_fields=["handler"])
            data = {"person": to.pk, "name": str(to), "from": str(person)}
            event_add(row, ComplaintEvent.Kind.HANDED_OVER, now=now, actor=by, data=data)
            moved += 1
    return moved, len(keys) - moved
