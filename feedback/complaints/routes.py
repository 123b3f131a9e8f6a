"""Which organisation a case goes to: by the nearest place, a category before its group."""

from dataclasses import dataclass

from feedback.complaints.models import Complaint, Route
from feedback.complaints.permissions import organisations_for
from portal.accounts.models import Organisation
from portal.accounts.roles import Role
from portal.places.models import Place, StaffAssignment


@dataclass(frozen=True)
class Routed:
    """`organisation` is None where the staff handle it themselves, or where nobody answers there
    for the one the route names."""

    route: Route
    organisation: Organisation | None

    @property
    def is_automatic(self) -> bool:
        return self.route.is_automatic


def route_of(complaint: Complaint) -> Routed | None:
    """Where the routes lead from here; None where there is none, and for what no one else may see.
    At most four queries."""
    if complaint.category.is_restricted:
        return None
    route = Route.objects.for_case(complaint.community, complaint.category).first()
    if route is None:
        return None
    organisation = route.organisation or _holder(route.role, complaint.community)
    if organisation is not None:
        answers = organisations_for(complaint.community).filter(pk=organisation.pk)
        organisation = organisation if answers.exists() else None
    return Routed(route, organisation)


def _holder(role: str, community: Place) -> Organisation | None:
    """The organisation that holds `role` nearest to the community."""
    if role == Role.COMMUNITY_STAFF:
        return None
    assignment = (
        StaffAssignment.objects.filter(
            role=role, place__in=Place.objects.above(community), user__is_active=True
        )
        .select_related("organisation", "user__organisation")
        .order_by("-place__depth", "pk")
        .first()
    )
    return (assignment.organisation or assignment.user.organisation) if assignment else None
