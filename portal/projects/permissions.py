"""Who sees and who changes the renovation record."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404

from portal.accounts.roles import Action
from portal.places.permissions import can, places_visible, places_with
from portal.projects.models import ProjectQuerySet, RenovationProject

if TYPE_CHECKING:
    from portal.accounts.models import User


def projects_visible(user: "User") -> ProjectQuerySet:
    """The projects of the places where `user` may see projects, those of single communities too."""
    return RenovationProject.objects.in_places(places_with(user, Action.PROJECT_VIEW))


def project_or_404(user: "User", action: Action, pk: int) -> RenovationProject:
    """A project for somebody who may do `action` with it.

    It is seen from its county and from each of its communities, and changed from its county only.
    Raises Http404 outside the user's places and PermissionDenied inside them without the right.
    """
    projects = RenovationProject.objects.select_related("county")
    project = projects.in_places(places_visible(user)).filter(pk=pk).first()
    if project is None:
        raise Http404
    if action == Action.PROJECT_VIEW:
        allowed = projects_visible(user).filter(pk=pk).exists()
    else:
        allowed = can(user, action, project.county)
    if not allowed:
        raise PermissionDenied(str(action.label))
    return project
