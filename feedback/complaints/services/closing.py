"""The second closing: the resident says whether it is solved, on the portal or on the phone.

Not solved, or partly, opens the case again once and passes it up a level; the second answer closes
it, whatever it says. Silence closes it as unconfirmed, which is never satisfied.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.complaints.deadlines import LOCAL, answer_until
from feedback.complaints.models import MAX_CALLS, Callback, Complaint, ComplaintEvent
from feedback.complaints.permissions import has_handled, level_above, require_handle
from feedback.complaints.services.alarms import case_tell
from feedback.complaints.services.changing import CLOCK, clock_restart, complaint_change
from feedback.complaints.services.log import event_add
from feedback.complaints.states import ANSWERABLE, Clock, Due, State, Verdict, Wish
from portal.places.models import StaleMark
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from feedback.complaints.models import ComplaintQuerySet
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind
MAX_REMARK = 500
#: Cases of one transaction of the nightly closing.
BATCH = 200


def complaint_confirm(
    *,
    complaint: Complaint,
    verdict: str,
    now: datetime,
    rating: int | None = None,
    text: str = "",
) -> Complaint:
    """The resident, who showed number and secret, answers. Not solved, or partly, opens it again.

    Raises ValidationError where there is nothing to answer yet or the answer makes no sense.
    """
    with transaction.atomic():
        row = (
            Complaint.objects.select_for_update(of=("self",))
            .select_related("community", "escalated_to")
            .get(pk=complaint.pk)
        )
        _answer(row, verdict, rating, text, now=now, by=None)
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=row.community)
    complaint.refresh_from_db()
    return complaint


def complaint_callback(
    *,
    complaint: Complaint,
    by: "User",
    answered: bool,
    now: datetime,
    verdict: str = "",
    rating: int | None = None,
    text: str = "",
) -> Callback:
    """A call to ask whether it is solved. Unanswered attempts are kept too, up to three.

    Raises PermissionDenied when the caller is one who handled it.
    """
    with complaint_change(complaint, by, require_handle) as row:
        if has_handled(by, row):
            raise PermissionDenied("The caller is not the handler")
        if row.state not in ANSWERABLE:
            raise ValidationError(_("There is nothing to ask about yet."))
        attempt = row.callbacks.count() + 1
        since = row.callbacks.filter(called_at__gte=row.resolved_at).count()
        if since >= MAX_CALLS:
            raise ValidationError(_("Three calls were made already."))
        callback = Callback.objects.create(
            complaint=row, caller=by, called_at=now, answered=answered, attempt=attempt
        )
        event_add(row, Kind.CALLED_BACK, now=now, actor=by, data={"answered": answered})
        if answered:
            _answer(row, verdict, rating, text, now=now, by=by)
    return callback


def _answer(
    row: Complaint,
    verdict: str,
    rating: int | None,
    text: str,
    *,
    now: datetime,
    by: "User | None",
) -> None:
    if row.state not in ANSWERABLE:
        raise ValidationError(_("Your answer has been received, or nothing was reported yet."))
    problems: dict[str, str] = {}
    if verdict not in Verdict.values:
        problems["verdict"] = _("Please say whether it is solved.")
    if rating is not None and not 1 <= rating <= 5:
        problems["rating"] = _("Please choose 1 to 5.")
    if len(text) > MAX_REMARK:
        problems["text"] = _("Please write no more than 500 characters.")
    if problems:
        raise ValidationError(problems)
    row.verdict, row.rating, row.verdict_at = verdict, rating, now
    row.verdict_by_callback = by is not None
    data = {"verdict": str(verdict), "rating": rating}
    event_add(row, Kind.CONFIRMED, now=now, actor=by, text=text, public=True, data=data)
    if verdict != Verdict.SOLVED and row.reopened_at is None:
        _reopen(row, now=now, by=by)
    else:
        row.state = State.CLOSED
    row.save(
        update_fields=[
            "verdict",
            "rating",
            "verdict_at",
            "verdict_by_callback",
            "state",
            "resolved_at",
            *CLOCK,
            "reopened_at",
            "escalated_to",
            "handler",
        ]
    )


def _reopen(row: Complaint, *, now: datetime, by: "User | None") -> None:
    """Open again, once; the level above leads from here on, whoever it is there."""
    row.state, row.resolved_at, row.reopened_at = State.REOPENED, None, now
    # The clock of the class runs anew from the resident's answer.
    data = {"due": row.due_at.isoformat()}
    clock_restart(row, now)
    event_add(row, Kind.REOPENED, now=now, actor=by, public=True, data=data)
    # A restricted case stays with the office that alone may read it.
    above = None if row.is_sealed else level_above(row.escalated_to or row.community)
    if above is not None:
        row.escalated_to, row.handler = above, None
        data = {"place": above.code, "name": above.name}
        event_add(row, Kind.ESCALATED, now=now, actor=by, public=True, data=data)
        case_tell(
            row,
            place=above,
            stage=gettext_lazy("Opened again by the resident"),
            what=Clock.DONE.label,
            due_at=row.due_at,
            dedupe_key=f"complaint-{row.pk}-reopened",
            urgent=row.due == Due.P0,
            now=now,
        )


def complaints_close_silent(*, now: datetime) -> int:
    """Close what was reported as solved and met with silence for the set working days.

    Returns how many. Twice is safe: a case is closed once, and a resident who answers meanwhile
    was there first (the row is locked and read again).
    """
    closed = 0
    silent = _silent(now).order_by("resolved_at", "pk").values_list("pk", flat=True)
    while keys := list(silent[:BATCH]):
        with transaction.atomic():
            rows = list(
                _silent(now)
                .filter(pk__in=keys)
                .select_for_update(of=("self",), skip_locked=True)
                .select_related("community")
            )
            for row in rows:
                row.state = State.UNCONFIRMED
                row.save(update_fields=["state"])
                event_add(row, Kind.UNCONFIRMED, now=now, public=True)
            for community in {row.community_id: row.community for row in rows}.values():
                stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=community)
        closed += len(rows)
        if len(rows) < len(keys):
            break
    return closed


def _silent(now: datetime) -> "ComplaintQuerySet":
    """Whoever wished to be called (or visited) was not silent before somebody tried to; a
    restricted case is never called about."""
    tried = Callback.objects.filter(
        complaint=OuterRef("pk"), called_at__gte=OuterRef("resolved_at")
    )
    asked = Q(contact_wish=Wish.NONE) | Q(category__is_restricted=True) | Exists(tried)
    over = Complaint.objects.filter(state=State.RESOLVED, resolved_at__lt=silent_before(now))
    return over.filter(asked)


def silent_before(now: datetime) -> datetime:
    """Reported as solved before this local midnight, the time to answer is over at `now`."""
    day = now.astimezone(LOCAL).date()
    while answer_until(day, settings.COMPLAINT_SILENCE_WORKDAYS) > now:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time.min, LOCAL)
