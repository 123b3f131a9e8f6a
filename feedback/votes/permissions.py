"""Who keeps an owners' vote: staff of its community or above it, with the right to."""

from typing import TYPE_CHECKING

from feedback.votes.models import Ballot, BallotQuerySet
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import PlaceQuerySet
from portal.places.permissions import can, can_somewhere, places_with, require

if TYPE_CHECKING:
    from portal.accounts.models import User


def may_keep_any(user: "User") -> bool:
    return can_somewhere(user, Action.VOTE_KEEP)


def may_keep(user: "User", ballot: Ballot) -> bool:
    return can(user, Action.VOTE_KEEP, ballot.place)


def may_draft(user: "User", ballot: Ballot) -> bool:
    """Whether `user` may write the notice of the result."""
    return can(user, Action.PAGE_EDIT, ballot.place)


def require_keep(user: "User", ballot: Ballot) -> None:
    """Raises PermissionDenied."""
    require(user, Action.VOTE_KEEP, ballot.place)


def communities_for(user: "User") -> PlaceQuerySet:
    """The communities whose votes `user` may keep."""
    return places_with(user, Action.VOTE_KEEP).communities()


def ballots_for(user: "User") -> BallotQuerySet:
    return Ballot.objects.filter(
        place__in=places_with(user, Action.VOTE_KEEP).order_by().values("pk")
    )


def ballot_or_404(user: "User", pk: int) -> Ballot:
    """Raises Http404 outside the places of `user`, PermissionDenied without the right inside."""
    ballots = Ballot.objects.select_related("place", "notice", "result_notice")
    return get_visible_or_404(ballots, user, Action.VOTE_KEEP, pk=pk)
