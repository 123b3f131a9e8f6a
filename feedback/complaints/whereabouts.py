"""Where a complaint is about: from the poster's sign, the household code, or chosen by hand."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from feedback.complaints.kept import Community
from portal.places.models import Building, Place
from portal.places.signs import building_sign, building_signed


@dataclass(frozen=True)
class Whereabouts:
    """`sign` is the building of a poster; it stays in the address, for the next page to know."""

    community: Place
    building: Building | None = None
    sign: str = ""
    view: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """What the address says: `?at=` of a poster comes before `?place=`."""
        view = request.GET.get("view", "")[:10]
        sign = request.GET.get("at", "")
        building = building_signed(sign) if sign else None
        if building is not None and building.place.is_community:
            return cls(building.place, building, sign, view)
        code = request.GET.get("place", "")
        found = Community.of(code) if code else None
        return cls(found.place, view=view) if found else None

    @classmethod
    def at_home(cls, building: Building, view: str = "") -> Self:
        return cls(building.place, building, building_sign(building), view)

    def address(self, category: str = "") -> str:
        """The form about `category` here; without one, the page to choose it."""
        where = {"at": self.sign} if self.sign else {"place": self.community.code}
        given = where | {"category": category, "view": self.view}
        parts = {name: value for name, value in given.items() if value}
        return f"{reverse('complaints:file')}?{urlencode(parts)}"
