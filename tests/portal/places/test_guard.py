import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.models import Building, Household, Place

pytestmark = pytest.mark.django_db


def test_outside_ones_places_an_object_is_not_there(neighbourhood, outsider):
    with pytest.raises(Http404):
        get_visible_or_404(
            Building.objects.all(), outsider, Action.REGISTER_VIEW, pk=neighbourhood.building.pk
        )


def test_inside_without_the_right_it_is_forbidden(neighbourhood, approver):
    household = neighbourhood.households[0]
    with pytest.raises(PermissionDenied):
        get_visible_or_404(
            Household.objects.all(),
            approver,
            Action.REGISTER_VIEW,
            place_lookup="building__place",
            pk=household.pk,
        )


def test_with_the_right_it_is_given(neighbourhood, reviewer):
    found = get_visible_or_404(
        Place.objects.all(), reviewer, Action.REGISTER_EDIT, place_lookup="pk", code="PC001"
    )
    assert found == neighbourhood.community


def test_a_missing_object_is_not_there_either(neighbourhood, reviewer):
    with pytest.raises(Http404):
        get_visible_or_404(Building.objects.all(), reviewer, Action.REGISTER_VIEW, pk=987654)
