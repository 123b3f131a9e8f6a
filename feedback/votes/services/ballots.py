"""The life of a ballot: prepared, announced in time, counted, its result drafted as a notice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.votes.counting import count, frozen, may_count
from feedback.votes.models import Ballot, BallotEvent
from feedback.votes.permissions import require_keep
from feedback.votes.result_notice import ANNOUNCED, VOTE_NOTICE, result_page
from feedback.votes.states import ENTRY_DAYS, LEAD_DAYS, State, may_become
from notices.models import NoticePage, NoticeVariant
from notices.services import notice_start
from portal.accounts.roles import Action
from portal.common.canonical import sha256_hex
from portal.common.generation import generation_bump
from portal.places.models import Place
from portal.places.page_policy import pages_of_place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = BallotEvent.Kind
#: What may be written into a ballot while it is prepared.
FIELDS = ("title", "matter", "text", "opens_at", "closes_at", "is_online", "notice")


@contextmanager
def ballot_change(ballot: Ballot, by: "User | None") -> Iterator[Ballot]:
    """The row locked and read again and the right checked, in one transaction.

    Without a user it is the clock that acts.
    """
    with transaction.atomic():
        locked = Ballot.objects.select_for_update(of=("self",)).select_related("place", "notice")
        row = locked.get(pk=ballot.pk)
        if by is not None:
            require_keep(by, row)
        yield row
        generation_bump()
    ballot.refresh_from_db()


@transaction.atomic
def ballot_create(*, place: Place, by: "User", now: datetime, **fields: Any) -> Ballot:
    """Prepare a vote of the owners of `place`, which must be a community.

    `fields` are those of FIELDS. Raises ValidationError and PermissionDenied.
    """
    require(by, Action.VOTE_KEEP, place)
    if not place.is_community:
        raise ValidationError({"place": _("Owners vote in a community.")})
    ballot = Ballot(place=place, created_by=by, **fields)
    _check(ballot)
    ballot.save()
    _event(ballot, Kind.CREATED, by, now)
    return ballot


def ballot_update(*, ballot: Ballot, by: "User", now: datetime, **fields: Any) -> Ballot:
    """Change a vote that is still prepared. What was announced is not changed any more."""
    with ballot_change(ballot, by) as row:
        _need_state(row, State.DRAFT, _("What was announced is not changed any more."))
        for name in FIELDS:
            if name in fields:
                setattr(row, name, fields[name])
        _check(row)
        row.save()
        _event(row, Kind.CHANGED, by, now)
    return ballot


def ballot_announce(*, ballot: Ballot, by: "User", now: datetime) -> Ballot:
    """Make it known: the list of voters and the question are fixed from here on.

    The notice must be public, of this community (or of a place above it), and have been so
    LEAD_DAYS before the first vote; the day it was published is not counted (Art. 201).
    """
    with ballot_change(ballot, by) as row:
        _move(row, State.ANNOUNCED)
        _check_notice(row, now)
        if not row.homes.exists():
            raise ValidationError(_("Make the list of those entitled to vote first."))
        row.announced_at = now
        row.save(update_fields=["state", "announced_at"])
        _event(row, Kind.ANNOUNCED, by, now)
    return ballot


def ballot_cancel(*, ballot: Ballot, by: "User", reason: str, now: datetime) -> Ballot:
    """Call it off. The reason is public."""
    if not reason.strip():
        raise ValidationError({"reason": _("Please say why.")})
    with ballot_change(ballot, by) as row:
        _move(row, State.CANCELLED)
        row.save(update_fields=["state"])
        _event(row, Kind.CANCELLED, by, now, reason.strip())
    return ballot


def ballot_close(*, ballot: Ballot, by: "User | None", now: datetime) -> Ballot:
    """Count and freeze the result, once the time to vote is over or everybody has voted."""
    with ballot_change(ballot, by) as row:
        _move(row, State.CLOSED)
        if not may_count(row, now):
            until = date_format(timezone.localtime(row.closes_at), "DATETIME_FORMAT")
            raise ValidationError(_("Owners can vote until %(until)s.") % {"until": until})
        row.result = frozen(count(row))
        row.result_hash = sha256_hex({"ballot": row.pk, "matter": row.matter, **row.result})
        row.closed_at = now
        row.save(update_fields=["state", "result", "result_hash", "closed_at"])
        _event(row, Kind.CLOSED, by, now)
    return ballot


def ballots_close_due(*, now: datetime) -> int:
    """Count what nobody has counted ENTRY_DAYS after its end, and draft its result notice: a day is
    left to publish it in time. Safe to run twice."""
    ended = now - timedelta(days=ENTRY_DAYS)
    due = Ballot.objects.filter(state=State.ANNOUNCED, closes_at__lte=ended).order_by("pk")
    done = 0
    for ballot in due:
        try:
            ballot_close(ballot=ballot, by=None, now=now)
            result_draft(ballot=ballot, by=None, now=now)
        except ValidationError:
            continue  # somebody counted it or called it off between the two looks
        done += 1
    return done


def notice_draft(*, ballot: Ballot, by: "User", now: datetime) -> NoticePage:
    """The notice of a vote that is prepared, as a draft (N07) with its question and times.

    The notice that is chosen already is returned as it is. Raises PermissionDenied and
    ValidationError.
    """
    with ballot_change(ballot, by) as row:
        _need_state(row, State.DRAFT, _("What was announced is not changed any more."))
        if row.notice is not None:
            return row.notice
        parents = pages_of_place(row.place)
        if not parents:
            raise ValidationError(_("This place has no page yet."))
        variant = NoticeVariant.objects.select_related("notice_type").get(
            notice_type__code=VOTE_NOTICE, code=ANNOUNCED
        )
        page = notice_start(
            parent=parents[0],
            notice_type=variant.notice_type,
            variant=variant,
            user=by,
            now=now,
        )
        page.title = f"{page.title}：{row.title}"[:255]
        page.event_starts_at, page.event_ends_at = row.opens_at, row.closes_at
        page.extra = {**page.extra, "matters": row.text or row.title}
        page.save_revision(user=by, clean=False)
        row.notice = page
        row.save(update_fields=["notice"])
        _event(row, Kind.PREPARED, by, now)
    return page


def result_draft(*, ballot: Ballot, by: "User | None", now: datetime) -> NoticePage:
    """The result as a draft of a notice (N07), below the page of the vote's own notice.

    The draft that is there already is returned as it is. Without a user it is the clock's.
    """
    with ballot_change(ballot, by) as row:
        if by is not None:
            require(by, Action.PAGE_EDIT, row.place)
        _need_state(row, State.CLOSED, _("The result is drafted after the count."))
        if row.result_notice is not None:
            return row.result_notice
        if row.notice is None:
            raise ValidationError(_("The vote has no notice."))
        page = result_page(row)
        row.notice.get_parent().add_child(instance=page)
        page.save_revision(user=by)
        row.result_notice = page
        row.save(update_fields=["result_notice"])
        _event(row, Kind.DRAFTED, by, now)
    return page


def _check(ballot: Ballot) -> None:
    ballot.full_clean(exclude=["created_by", "result", "place"])


def _check_notice(ballot: Ballot, now: datetime) -> None:
    notice = ballot.notice
    if notice is None or not notice.live or notice.first_published_at is None:
        raise ValidationError({"notice": _("The notice of the vote must be public first.")})
    if not ballot.place.path.startswith(notice.place.path):
        raise ValidationError({"notice": _("This notice belongs to another place.")})
    posted = timezone.localdate(notice.first_published_at)
    earliest = posted + timedelta(days=LEAD_DAYS)
    if timezone.localdate(ballot.opens_at) < earliest:
        text = _("Votes are taken %(days)s days after the notice at the earliest: from %(day)s.")
        values = {"days": LEAD_DAYS, "day": date_format(earliest, "DATE_FORMAT")}
        raise ValidationError({"opens_at": text % values})
    if ballot.opens_at <= now:
        raise ValidationError({"opens_at": _("The vote must begin in the future.")})


def _need_state(ballot: Ballot, state: State, text: str) -> None:
    if ballot.state != state:
        raise ValidationError(text)


def _move(ballot: Ballot, following: State) -> None:
    if not may_become(ballot.state, following):
        raise ValidationError(_("This is not possible any more; please load the page again."))
    ballot.state = following


def _event(ballot: Ballot, kind: str, by: "User | None", now: datetime, text: str = "") -> None:
    BallotEvent.objects.create(ballot=ballot, kind=kind, at=now, actor=by, text=text)
