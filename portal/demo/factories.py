"""Factories that the demonstration data and the tests share."""

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.places.models import Building, Household, Place, PlaceLevel, StaffAssignment

# --- places ---


def place(level: str, parent: Place | None = None, **fields: Any) -> Place:
    """A new place at `level` below `parent` (a root where there is none)."""
    fields["level"] = PlaceLevel.objects.get(code=level)
    return parent.add_child(**fields) if parent else Place.add_root(**fields)


class BuildingFactory(DjangoModelFactory):
    class Meta:
        model = Building

    name = factory.Sequence(lambda n: f"{n + 1}号楼")
    units = 3
    floors = 6
    built_year = 1992


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = Household

    unit = "1"
    room = factory.Sequence(lambda n: f"{101 + n}")
    register_number = factory.Sequence(lambda n: n + 1)
    floor_area = Decimal("76.50")
    tenure = Household.Tenure.OWNED
    occupancy = Household.Occupancy.OCCUPIED
    valid_from = date(2000, 1, 1)


# --- accounts ---


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"单位{n + 1}")
    kind = Organisation.Kind.CONTRACTOR


def staff(username: str, role: Role, at: Place, **fields: Any) -> User:
    """An active member of staff with one assignment; the password is not usable until set."""
    user = User.objects.create_user(username, **fields)
    organisation = user.organisation
    if role in {Role.CONTRACTOR, Role.PROPERTY_COMPANY} and organisation is None:
        organisation = OrganisationFactory()
    StaffAssignment.objects.create(user=user, role=role, place=at, organisation=organisation)
    return user
