"""Posters of a community and of its buildings, each with its QR code."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.common.qr import qr_svg
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
