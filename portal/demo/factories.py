"""Factories that the demonstration data and the tests share."""

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.places.models import Building, Household, Place, PlaceLevel, StaffAssignment
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
    StatedFigure,
)
from portal.projects.states import FundSource, SizeClass, TakeoverKind

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


# --- projects ---


class RenovationProjectFactory(DjangoModelFactory):
    class Meta:
        model = RenovationProject

    code = factory.Sequence(lambda n: f"P{n + 1:03d}")
    name = factory.Sequence(lambda n: f"老旧小区改造项目{n + 1}")
    size_class = SizeClass.SMALL_MEDIUM
    investment = Decimal("10000000.00")
    budget = Decimal("10000000.00")
    contract_total = Decimal("9500000.00")
    completed_date = date(2021, 6, 30)


class ProjectCommunityFactory(DjangoModelFactory):
    class Meta:
        model = ProjectCommunity

    start_date = date(2020, 9, 1)
    completed_date = date(2021, 6, 30)
    area = Decimal("19615.87")


class FundReceiptFactory(DjangoModelFactory):
    class Meta:
        model = FundReceipt

    entry_date = date(2020, 8, 26)
    source = FundSource.CENTRAL
    amount = Decimal("1000000.00")
    document = "同财建〔2020〕130号"


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    entry_date = date(2020, 12, 15)
    source = FundSource.CENTRAL
    amount = Decimal("500000.00")


class PropertyTakeoverFactory(DjangoModelFactory):
    class Meta:
        model = PropertyTakeover

    kind = TakeoverKind.CONTRACT
    from_date = date(2021, 7, 1)


class StatedFigureFactory(DjangoModelFactory):
    class Meta:
        model = StatedFigure

    key = factory.Sequence(lambda n: f"figure-{n + 1}")
    name_zh = "综合得分"
    name_en = "Overall score"
    value = Decimal("79.50")
    stated_date = date(2022, 2, 28)
    source_zh = "绩效评价报告"
