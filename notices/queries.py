"""What other screens ask about notices."""

from datetime import datetime

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce, ExtractYear, TruncDate
from django.utils import timezone

from notices.links import site_roots
from notices.models import (
    NoticePage,
    NoticeQuerySet,
    NoticeRemoval,
    NoticeType,
    PublishFailure,
)
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.prepared import Prepared
from portal.places.models import Place
from portal.places.permissions import places_with


def notices_for(place: Place) -> NoticeQuerySet:
    """The public notices a reader at `place` should see, newest first.

    A community shows its own and those of the places above it that are for it; a county and above,
    everything below as well.
    """
    live: NoticeQuerySet = NoticePage.objects.live()
    found = live.for_place(place)
    if not place.is_community:
        found |= live.under(place)
    return found.for_list().newest_first()


def all_notices() -> NoticeQuerySet:
    """Every public notice, newest first."""
    live: NoticeQuerySet = NoticePage.objects.live()
    return live.for_list().newest_first()


_at_address: Prepared[NoticePage] = Prepared(
    lambda slug, url_path: (
        NoticePage.objects.live().for_page().filter(slug=slug, url_path=url_path)
    ),
    "a-slug",
    "/a-path/",
)


def notice_at(path: str) -> NoticePage | None:
    """The public notice at `path`, without slashes at its start; in one query.

    None, too, where there are several sites: then the address alone does not say which page.
    """
    roots = site_roots()
    if len(roots) != 1:
        return None
    slug = path.rstrip("/").rpartition("/")[2]
    found = _at_address.first(slug, f"{roots[0].root_path}{path}")
    if found is not None:
        found._wagtail_cached_site_root_paths = roots
    return found


def next_cut(place: Place, now: datetime) -> NoticePage | None:
    """The cut of water, power, gas or heat at `place` that is under way or comes next."""
    cuts = NoticePage.objects.live().for_place(place).filter(notice_type__code=NoticeType.CUT)
    ends = Coalesce("event_ends_at", "event_starts_at")
    coming = cuts.annotate(ends_at=ends).filter(ends_at__gte=now)
    found: NoticePage | None = coming.for_list().order_by("event_starts_at", "pk").first()
    return found


def searched(notices: NoticeQuerySet, text: str) -> NoticeQuerySet:
    """Those of `notices` that speak of `text`, in their own order."""
    live: NoticeQuerySet = NoticePage.objects.live()
    results = live.search(text, order_by_relevance=False)
    return notices.filter(pk__in=results.get_queryset().order_by().values("pk"))


def years(notices: NoticeQuerySet) -> dict[int, int]:
    """Year in which publicity began → number of `notices`, the latest year first."""
    year = ExtractYear("publicity_start")
    found = notices.order_by().select_related(None).exclude(publicity_start=None)
    counts = found.annotate(year=year).values_list("year").annotate(number=Count("pk"))
    return dict(sorted(counts, reverse=True))


def failures_visible(user: User) -> QuerySet[PublishFailure]:
    """Failed publications at the places where `user` may publish; all of them for a superuser."""
    failures = PublishFailure.objects.order_by("-failed_at", "-pk")
    if user.is_superuser:
        return failures
    return failures.filter(place__in=places_with(user, Action.PAGE_PUBLISH).values("pk"))


def removals_visible(user: User, *, early: bool = False) -> QuerySet[NoticeRemoval]:
    """What was removed at the places where `user` sees figures, the latest first.

    `early`: only what was still to be posted on the day it went.
    """
    places = places_with(user, Action.FIGURES_VIEW).order_by().values("pk")
    found = NoticeRemoval.objects.filter(place__in=places)
    if early:
        day = TruncDate("removed_at", tzinfo=timezone.get_default_timezone())
        found = found.annotate(removed_on=day).filter(
            published_at__isnull=False, publicity_end__gte=F("removed_on")
        )
    return found.select_related("place", "to_place", "notice_type", "user").order_by(
        "-removed_at", "-pk"
    )


def removals_at(place: Place) -> QuerySet[NoticeRemoval]:
    """What residents are told was removed at `place` or below it, the latest first."""
    found = NoticeRemoval.objects.filter(
        place__path__startswith=place.path, published_at__isnull=False
    )
    return found.select_related("place", "to_place", "notice_type").order_by("-removed_at", "-pk")
