"""Where a place's page is, and which communities somebody means."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from wagtail.models import Page

from portal.pages.models import PAGES, CommunityPage, CommunityPageQuerySet
from portal.places.models import Place, PlaceLevel

#: Parts of the tree whose name may stand for all communities in them; more matches than this say
#: that the word is too common to mean a place.
MAX_PARTS = 50


def page_for(place: Place) -> Page | None:
    """The page of a place; None for levels without pages, or where there is none yet."""
    model = PAGES.get(place.level_id)
    return model.objects.filter(place=place).select_related("place").first() if model else None


def normalise_search(text: str) -> str:
    """What somebody typed, without the differences that keyboards make; at most 60 characters."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()[:60]


def communities_found(text: str) -> CommunityPageQuerySet:
    """Communities by name, English name, pinyin, its initials, or the part of town they lie in."""
    words = normalise_search(text).split()
    pages = CommunityPage.objects.for_list()
    if not words:
        return pages.none()
    for word in words:
        pages = pages.filter(_named("place__", word) | _in_parts(word))
    return pages


def _named(prefix: str, word: str) -> Q:
    latin = word.lower().replace("'", "")
    named = Q(**{f"{prefix}name__icontains": word}) | Q(**{f"{prefix}name_en__icontains": word})
    if latin.isascii() and latin.isalpha():
        named |= Q(**{f"{prefix}initials__startswith": latin})
        named |= Q(**{f"{prefix}pinyin__startswith": latin})
    return named


def _in_parts(word: str) -> Q:
    """Everything below a county, sub-district or committee of this name."""
    levels = [PlaceLevel.COUNTY, PlaceLevel.SUBDISTRICT, PlaceLevel.COMMITTEE]
    named = Place.objects.filter(_named("", word), level__in=levels).order_by("path")
    parts = Q(pk__in=[])
    for path in named.values_list("path", flat=True)[:MAX_PARTS]:
        parts |= Q(place__path__startswith=path)
    return parts


@dataclass(frozen=True)
class Listed:
    """A community as lists show it: where it is, under its name."""

    page: CommunityPage
    parts: list[Place]
    within: Place | None = None

    @property
    def title(self) -> str:
        return self.page.place.label

    @property
    def where(self) -> str:
        """From the county down."""
        return " · ".join(part.label for part in self.parts)

    @property
    def part(self) -> str:
        """Below `within`, or below the county."""
        depth = self.within.depth if self.within else self.parts[0].depth if self.parts else 0
        below = [part.label for part in self.parts if part.depth > depth]
        return " · ".join(below) or self.page.place.address


def listed(pages: Iterable[CommunityPage], within: Place | None = None) -> list[Listed]:
    """With the county and what lies between. One query more, however many pages."""
    pages = list(pages)
    above = parts_above([page.place for page in pages])
    return [Listed(page, above[page.place_id], within) for page in pages]


def parts_above(places: Iterable[Place]) -> dict[int, list[Place]]:
    """Place pk → what lies above it from the county down, without the place itself. One query."""
    places = list(places)
    step = Place.steplen
    paths = {place.path[:end] for place in places for end in range(step, len(place.path), step)}
    levels = [PlaceLevel.PROVINCE, PlaceLevel.CITY]
    known = {
        part.path: part for part in Place.objects.filter(path__in=paths).exclude(level__in=levels)
    }
    return {
        place.pk: [
            known[place.path[:end]]
            for end in range(step, len(place.path), step)
            if place.path[:end] in known
        ]
        for place in places
    }
