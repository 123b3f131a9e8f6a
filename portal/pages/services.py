"""The page tree follows the register: every county, sub-district and community has its page."""

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from portal.pages.models import PAGES, CountyPage, HomePage, PlacePage
from portal.places.models import Place

BATCH = 500


def pages_ensure() -> int:
    """Make the pages that places lack, and let titles follow names.

    Returns how many pages were made or renamed; where nothing changed it costs nine queries. What
    has no county above it gets no page. Each page is a transaction of its own, so that a large
    register never holds the tables for long.
    """
    home = HomePage.objects.order_by("pk").first()
    if home is None:
        return 0
    return _counties_add(home) + _below_add() + _titles_follow()


def _counties_add(home: HomePage) -> int:
    added = 0
    taken = set(CountyPage.objects.values_list("slug", flat=True))
    for place in Place.objects.counties().filter(county_page=None).order_by("path"):
        slug = slugify(place.name_en)
        if not slug or slug in taken:
            slug = slugify(place.code)
        taken.add(slug)
        _page_add(home, CountyPage(title=place.name, slug=slug, place=place))
        added += 1
    return added


def _below_add() -> int:
    counties = {page.place.path: page for page in CountyPage.objects.select_related("place")}
    below = [(level, model) for level, model in PAGES.items() if model is not CountyPage]
    return sum(_level_add(level, model, counties) for level, model in below)


def _level_add(level: str, model: type[PlacePage], counties: dict[str, CountyPage]) -> int:
    added, last = 0, ""
    missing = Place.objects.at_level(level).exclude(pk__in=model.objects.values("place"))
    while batch := list(missing.filter(path__gt=last).order_by("path")[:BATCH]):
        for place in batch:
            county = _county_of(place, counties)
            if county:
                _page_add(county, model(title=place.name, slug=slugify(place.code), place=place))
                added += 1
        last = batch[-1].path
    return added


def _county_of(place: Place, counties: dict[str, CountyPage]) -> CountyPage | None:
    ends = range(len(place.path), 0, -Place.steplen)
    return next((counties[place.path[:end]] for end in ends if place.path[:end] in counties), None)


@transaction.atomic
def _page_add(parent: HomePage | CountyPage, page: PlacePage) -> None:
    # The number of children decides the next path, and someone else may have added one.
    parent.refresh_from_db()
    parent.add_child(instance=page)


def _titles_follow() -> int:
    """`save` and not an update, so that the search index follows too."""
    renamed = 0
    for model in PAGES.values():
        for page in model.objects.exclude(title=F("place__name")).select_related("place"):
            page.title = page.draft_title = page.place.name
            page.save()
            renamed += 1
    return renamed
