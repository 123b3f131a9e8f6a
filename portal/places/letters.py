"""Letters to households, a page of A4 each: their code in groups of four and as a QR picture.

The QR holds the code behind `#`: a browser keeps that to itself, so no server's log has it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from portal.places.codes import format_code, household_code
from portal.places.models import Building, Household

_UNREACHABLE = frozenset({"localhost", "127.0.0.1", "::1", ""})


@dataclass(frozen=True)
class Letter:
    household: Household
    groups: list[str]
    qr: SafeString


def households_of(building: Building, today: date) -> QuerySet[Household]:
    homes = Household.objects.filter(building=building).on(today)
    return homes.select_related("building__place").order_by("unit", "room", "pk")


def letters_for(households: Iterable[Household], base: str) -> Iterator[Letter]:
    for household in households:
        code = household_code(household)
        yield Letter(household, format_code(code).split(), _qr(f"{base}/h/#{code}"))


def base_address(request: HttpRequest) -> str:
    """Where the portal is, as residents reach it: BASE_URL, or, while that is this machine only,
    the address the clerk has in the browser."""
    base: str = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
    if (urlsplit(base).hostname or "") in _UNREACHABLE:
        base = request.build_absolute_uri("/").rstrip("/")
    return base


def _qr(address: str) -> SafeString:
    """Inline SVG that the style sheet sizes; it still reads with a quarter of it damaged."""
    picture = segno.make(address, micro=False, error="q")
    return mark_safe(picture.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))
