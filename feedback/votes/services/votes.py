"""Casting a vote: on paper through staff, or online with household code and owner's name."""

import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.votes.models import Ballot, BallotEvent, Vote, Voter
from feedback.votes.permissions import require_keep
from feedback.votes.states import Channel, Choice, State
from portal.intake import receipts
from portal.places.models import Household

if TYPE_CHECKING:
    from portal.accounts.models import User


class AlreadyVoted(ValidationError):
    """One vote a voter. `by_same_key`: it is this very submission that came before."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "A vote is recorded for this owner already. If it was not you, or you want to "
                "correct it, please ask the committee before the vote ends."
            )
        )


class NotOwner(ValidationError):
    """One message for a home without a voter and a wrong name, so that neither is told."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Home and name do not stand together on the list of owners. Only owners vote. "
                "Please write the name as on the property certificate, or vote on paper."
            )
        )


@dataclass(frozen=True)
class Cast:
    """`repeated`: the very same submission had come before; nothing changed."""

    vote: Vote
    receipt: str
    repeated: bool = False


def vote_record(
    *,
    voter: Voter,
    choice: Choice,
    by: "User",
    now: datetime,
    proxy: str = "",
) -> Vote:
    """Enter a vote from its signed paper. `proxy` is who signed for the owner, if anybody did.

    Raises ValidationError outside the window and where a vote is recorded, and PermissionDenied.
    """
    ballot = voter.ballot
    require_keep(by, ballot)
    with transaction.atomic():
        # Papers handed in before the end may be entered until the count.
        if ballot.state != State.ANNOUNCED or now < ballot.opens_at:
            raise ValidationError(_("The vote is not open."))
        return _store(voter, choice, Channel.PAPER, now, by=by, proxy=proxy)


def vote_cast(
    *,
    ballot: Ballot,
    household: Household,
    name: str,
    choice: Choice,
    key: str,
    now: datetime,
    proxy: str = "",
) -> Cast:
    """The vote of the owner of `household`, who gives the name that stands on the list.

    The same `key` again with the same vote changes nothing and shows the same receipt. Raises
    NotOwner, AlreadyVoted and other ValidationErrors.
    """
    if not ballot.is_online or not ballot.takes_votes(now):
        raise ValidationError(_("Votes are not taken online now."))
    voter = _voter_of(ballot, household, name)
    hashes = receipts.receipt_hashes(key)
    before = Vote.objects.filter(receipt_hash__in=hashes, voter=voter).first()
    if before is not None:
        if before.choice != choice:
            raise AlreadyVoted
        return Cast(before, _receipt_of(before, key), repeated=True)
    try:
        with transaction.atomic():
            vote = _store(voter, choice, Channel.ONLINE, now, proxy=proxy, hashed=hashes[0])
    except IntegrityError as error:
        raise AlreadyVoted from error
    return Cast(vote, receipts.receipt(key))


def vote_correct(
    *, vote: Vote, choice: Choice, reason: str, by: "User", now: datetime, proxy: str = ""
) -> Vote:
    """Replace a vote that was entered wrongly. The old one is kept; the reason is in the log."""
    if not reason.strip():
        raise ValidationError({"reason": _("Please say why.")})
    ballot = vote.voter.ballot
    require_keep(by, ballot)
    with transaction.atomic():
        if Ballot.objects.select_for_update().get(pk=ballot.pk).state != State.ANNOUNCED:
            raise ValidationError(_("After the count no vote is changed."))
        superseded = Vote.objects.filter(pk=vote.pk, superseded_at=None)
        if not superseded.update(superseded_at=now):
            raise ValidationError(_("This is not possible any more; please load the page again."))
        new = _store(vote.voter, choice, Channel.PAPER, now, by=by, proxy=proxy)
        BallotEvent.objects.create(
            ballot=ballot,
            kind=BallotEvent.Kind.CORRECTED,
            at=now,
            actor=by,
            text=f"#{vote.voter.number}: {reason.strip()}",
        )
    return new


def _store(
    voter: Voter,
    choice: Choice,
    channel: Channel,
    now: datetime,
    *,
    by: "User | None" = None,
    proxy: str = "",
    hashed: str | None = None,
) -> Vote:
    # Held until the end of the transaction, so that no vote comes in behind the count.
    ballot = Ballot.objects.select_for_update().get(pk=voter.ballot_id)
    if ballot.state != State.ANNOUNCED:
        raise ValidationError(_("The vote is not open."))
    if voter.votes.filter(superseded_at=None).exists():
        raise AlreadyVoted
    return Vote.objects.create(
        voter=voter,
        choice=choice,
        channel=channel,
        cast_at=now,
        entered_by=by,
        proxy=proxy.strip()[:60],
        receipt_hash=hashed,
    )


def _voter_of(ballot: Ballot, household: Household, name: str) -> Voter:
    voter = ballot.voters.filter(homes__household=household).first()
    known = plain_name(voter.name) if voter else ""
    # Compared whatever was found, so that time tells nothing.
    same = hmac.compare_digest(known.encode(), plain_name(name).encode())
    if voter is None or not known or not same:
        raise NotOwner
    return voter


def plain_name(name: str) -> str:
    """A name without spaces and with plain signs, as two people may write it."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _receipt_of(vote: Vote, key: str) -> str:
    texts = receipts.receipts(key)
    return next(text for text in texts if receipts.receipt_hash(text) == vote.receipt_hash)
