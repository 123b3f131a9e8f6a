"""The page tree follows the register: every county and every community has its page."""

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from portal.pages.models import CommunityPage, CountyPage, HomePage
from portal.places.models import Place

BATCH = 500


def pages_ensure() -> int:
    """Make the pages that counties and communities lack, and let titles follow names.

    Returns how many pages were made or renamed; where nothing changed it costs six queries. A
    community without a county above it gets no page. Each page is a transaction of its own, so
    that a large register never holds the tables for long.
    """
    home = HomePage.objects.order_by("pk").first()
    if home is None:
        return 0
    return _counties_add(home) + _communities_add() + _titles_follow()


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


def _communities_add() -> int:
    added, last = 0, ""
    counties = {page.place.path: page for page in CountyPage.objects.select_related("place")}
    missing = Place.objects.communities().filter(community_page=None).order_by("path")
    while batch := list(missing.filter(path__gt=last)[:BATCH]):
        for place in batch:
            county = _county_of(place, counties)
            if county:
                page = CommunityPage(title=place.name, slug=slugify(place.code), place=place)
                _page_add(county, page)
                added += 1
        last = batch[-1].path
    return added


def _county_of(place: Place, counties: dict[str, CountyPage]) -> CountyPage | None:
    ends = range(len(place.path), 0, -Place.steplen)
    return next((counties[place.path[:end]] for end in ends if place.path[:end] in counties), None)


@transaction.atomic
def _page_add(parent: HomePage | CountyPage, page: CountyPage | CommunityPage) -> None:
    # The number of children decides the next path, and someone else may have added one.
    parent.refresh_from_db()
    parent.add_child(instance=page)


def _titles_follow() -> int:
    """`save` and not an update, so that the search index follows too."""
    renamed = 0
    for model in (CountyPage, CommunityPage):
        for page in model.objects.exclude(title=F("place__name")).select_related("place"):
            page.title = page.draft_title = page.place.name
            page.save()
            renamed += 1
    return renamed
