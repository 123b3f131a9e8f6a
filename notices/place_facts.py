"""What the register and the record know about a place, for the blanks of a template."""

from decimal import Decimal

from django.db.models import Q

from portal.accounts.roles import Role
from portal.places.models import Building, Household, Place, StaffAssignment
from portal.projects.models import ProjectCommunity, RenovationProject


def facts_of(place: Place) -> dict[str, str]:
    """Blank → text, for the blanks of `notices.blanks`; empty where nothing is known."""
    county = Place.objects.above(place).counties().first()
    area = sum(_areas(place), Decimal(0))
    return {
        "地点": place.name,
        "县区": county.name if county else "",
        "小区数": str(Place.objects.under(place).communities().count()),
        "楼栋数": str(Building.objects.filter(place__path__startswith=place.path).count()),
        "户数": str(_homes(place)),
        "面积": f"{area:.2f}" if area else "",
        "项目": _project(place),
        "施工单位": _contractor(place),
        "电话": place.phone or (county.phone if county else ""),
    }


def _homes(place: Place) -> int:
    here = Q(building__place__path__startswith=place.path)
    return Household.objects.filter(here, valid_to=None).count()


def _areas(place: Place) -> list[Decimal]:
    """Added up here: SQLite keeps decimals as floating-point numbers."""
    return list(ProjectCommunity.objects.in_place(place).values_list("area", flat=True))


def _project(place: Place) -> str:
    """The one project of the place; several have no name in common."""
    names = RenovationProject.objects.in_place(place).values_list("name", flat=True)[:2]
    return names[0] if len(names) == 1 else ""


def _contractor(place: Place) -> str:
    """The organisation that builds there: the one assigned nearest to the place."""
    assigned = StaffAssignment.objects.filter(
        role=Role.CONTRACTOR, place__in=Place.objects.above(place), organisation__isnull=False
    )
    nearest = assigned.select_related("organisation").order_by("-place__path", "pk").first()
    return nearest.organisation.name if nearest and nearest.organisation else ""
