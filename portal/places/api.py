"""Places, as anyone may read them."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from portal.common.api import PageNumber, page_of
from portal.places.models import Place

router = Router(tags=["places"])


class PlaceOut(Schema):
    code: str
    name: str
    name_en: str
    level: str
    #: Code of the place above; empty for the highest.
    parent: str
    address: str
    phone: str


class PlacePage(Schema):
    count: int
    page: int
    pages: int
    items: list[PlaceOut]


@router.get("", response=PlacePage, summary="Places of the tree, the higher ones first")
def places(
    request: HttpRequest,
    level: str = "",
    under: str = "",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """All places, those of one `level` (CITY, COUNTY, COMMUNITY …), or those at and below the place
    with the code `under`."""
    found = Place.objects.order_by("path")
    if under:
        found = found.under(get_object_or_404(Place, code=under))
    if level:
        found = found.at_level(level)
    parents = _Parents()
    result = page_of(found, page, lambda place: _shown(place, parents))
    return parents.fill(result)


@router.get("/{code}", response=PlaceOut, summary="One place")
def place(request: HttpRequest, code: str) -> dict[str, Any]:
    found = get_object_or_404(Place, code=code)
    parents = _Parents()
    row = _shown(found, parents)
    return dict(parents.fill({"items": [row]})["items"][0])


class _Parents:
    """Codes of the places above those of a page, read with one query."""

    def __init__(self) -> None:
        self.paths: set[str] = set()

    def fill(self, result: dict[str, Any]) -> dict[str, Any]:
        rows = Place.objects.filter(path__in=self.paths).values_list("path", "code")
        codes = dict(rows.order_by("path"))
        for row in result["items"]:
            row["parent"] = codes.get(row["parent"], "")
        return result


def _shown(place: Place, parents: _Parents) -> dict[str, Any]:
    above = place.path[: -Place.steplen]
    parents.paths.add(above)
    return {
        "code": place.code,
        "name": place.name,
        "name_en": place.name_en,
        "level": place.level_id,
        "parent": above,
        "address": place.address,
        "phone": place.phone,
    }
