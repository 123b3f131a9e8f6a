"""What every filing reads and hardly anybody changes: a process keeps it (portal.common.parts).

Services that change it make it an old one at once. Rows of here are shared: nobody may change them.
"""

from dataclasses import dataclass
from typing import Self

from feedback.complaints.deadlines import Rules
from feedback.complaints.models import Category, DeadlineRule
from portal.common.parts import part
from portal.places.models import Building, Place


@dataclass(frozen=True)
class Community:
    """A community with its buildings by primary key, in the order of their names."""

    place: Place
    buildings: dict[int, Building]

    @classmethod
    def of(cls, code: str) -> Self | None:
        """None where there is no community of this code."""
        return part(("community", code), lambda: cls._read(code))

    @classmethod
    def _read(cls, code: str) -> Self | None:
        place = Place.objects.communities().filter(code=code).first()
        return cls(place, buildings_of(place)) if place else None


def buildings_of(place: Place) -> dict[int, Building]:
    return part(
        ("buildings", place.pk),
        lambda: {
            one.pk: one for one in Building.objects.filter(place=place).order_by("name", "pk")
        },
    )


def category_for_residents(code: str) -> Category | None:
    return _categories().get(code)


def _categories() -> dict[str, Category]:
    return part(
        ("complaint categories",),
        lambda: {category.pk: category for category in Category.objects.for_residents()},
    )


def deadline_rules() -> Rules:
    return part(("complaint deadlines",), DeadlineRule.objects.by_class)
