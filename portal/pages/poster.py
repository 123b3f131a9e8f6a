"""Posters, and QR codes as pictures inside a page: nothing is fetched, and they print sharp."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import segno
from django.db.models import TextChoices
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from portal.places.models import Building, Place
from portal.places.signs import building_sign


class Size(TextChoices):
    A4 = "A4", _("A4, for one stairwell door")
    A3 = "A3", _("A3, for the entrance or the notice board")


@dataclass(frozen=True)
class Poster:
    building: Building
    address: str
    qr: SafeString


@lru_cache(maxsize=512)
def qr_svg(address: str) -> SafeString:
    """`address` as inline SVG that a stylesheet sizes; readable with a quarter of it damaged."""
    code = segno.make(address, micro=False, error="q")
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))


def posters_for(buildings: Iterable[Building], base: str) -> list[Poster]:
    """One for each building, with the address that says which one: `{base}/b/{sign}/`."""
    addresses = [(building, f"{base}/b/{building_sign(building)}/") for building in buildings]
    return [Poster(building, address, qr_svg(address)) for building, address in addresses]


def buildings_in_order(place: Place) -> list[Building]:
    """Building 2 before building 10, as they stand along the road."""
    return sorted(
        place.buildings.all(), key=lambda building: (_natural(building.name), building.pk)
    )


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
