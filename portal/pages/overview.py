"""What the home, county and community pages put together from the packages below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Substr
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.complaints.board import board_of, period_of
from feedback.complaints.models import WeDid
from feedback.indicators.queries import public_figures
from feedback.plans.queries import SHOWN, promises_for
from feedback.plans.shown import ActionCard, card_shown
from feedback.surveys.models import Survey
from feedback.surveys.queries import ClosedSurvey, SurveyCard, closed_surveys, open_surveys
from feedback.votes.models import Ballot
from notices.models import NoticePage, NoticeQuerySet
from notices.queries import all_notices, next_cut, notices_for
from portal.pages.figures import (
    COMMUNITY_CARDS,
    COUNTY_CARDS,
    Figures,
    Promise,
    figures_of,
    promises_of,
)
from portal.pages.models import (
    CommunityPage,
    CommunityPageQuerySet,
    CountyPage,
    SubdistrictPage,
)
from portal.pages.queries import Listed, listed
from portal.places.counts import household_count
from portal.places.models import Place, PlaceLevel

NOTICES_SHOWN = 5
WE_DID_SHOWN = 3
RESULTS_SHOWN = 3
COMMUNITIES_A_PAGE = 40
CUT_ICONS = {"WATER": "water", "HEAT": "heat", "GAS": "gas", "POWER": "power"}
#: Levels that say where a community is.
PARTS = frozenset({PlaceLevel.COUNTY, PlaceLevel.SUBDISTRICT, PlaceLevel.COMMITTEE})


@dataclass(frozen=True)
class CountyCard:
    page: CountyPage
    communities: int

    @property
    def title(self) -> str:
        return self.page.place.label


@dataclass(frozen=True)
class HomeOverview:
    counties: list[CountyCard]
    surveys: list[Survey]
    notices: list[NoticePage]


@dataclass(frozen=True)
class Choice:
    """One choice of components/filter.html."""

    text: str
    url: str
    count: int
    current: bool
    place: Place | None = None


@dataclass(frozen=True)
class CountyOverview:
    parts: list[Choice]
    page: "Page[CommunityPage]"
    communities: list[Listed]
    figures: Figures
    notices: list[NoticePage]


@dataclass(frozen=True)
class SubdistrictOverview:
    crumbs: list[tuple[str, str]]
    page: "Page[CommunityPage]"
    communities: list[Listed]
    notices: list[NoticePage]


@dataclass(frozen=True)
class NextCut:
    notice: NoticePage
    what: str
    when: str
    icon: str


@dataclass(frozen=True)
class ComplaintTiles:
    """Counts of this year; None where a count is not shown."""

    since: date
    received: int | None
    board_url: str
    we_did: list[tuple[WeDid, str]]
    tiles: list[tuple[str, int | None]]

    @property
    def has_hidden(self) -> bool:
        return any(count is None for _label, count in self.tiles)


@dataclass(frozen=True)
class CommunityOverview:
    crumbs: list[tuple[str, str]]
    facts: list[tuple[str, object]]
    phone: str
    cut: NextCut | None
    surveys: list[SurveyCard]
    results: list[ClosedSurvey]
    notices: list[NoticePage]
    notices_url: str
    figures: Figures
    promises: list[Promise]
    complaints: ComplaintTiles
    file_url: str
    track_url: str
    votes: list[Ballot]
    votes_url: str
    actions: list[ActionCard]
    actions_url: str


def county_cards() -> list[CountyCard]:
    """Every county with how many of its communities have a page. Two queries."""
    counties = list(CountyPage.objects.live().select_related("place").order_by("path"))
    length = len(counties[0].path) if counties else 0
    counted = _counted(CommunityPage.objects.live(), "path", length)
    return [CountyCard(county, counted.get(county.path, 0)) for county in counties]


def home_overview(*, now: datetime) -> HomeOverview:
    surveys = Survey.objects.answerable(now).defer("questions").order_by("closes_at", "pk")
    return HomeOverview(
        counties=county_cards(),
        surveys=list(surveys[:3]),
        notices=latest_notices(all_notices(), timezone.localdate(now)),
    )


def county_overview(county: CountyPage, *, query: QueryDict, now: datetime) -> CountyOverview:
    """`query` may hold `part` (code of a sub-district) and `page`; unknown ones show everything."""
    today = timezone.localdate(now)
    pages = CommunityPage.objects.for_list().under(county.place)
    parts = _parts(county, pages, query.get("part", ""))
    chosen = next((part for part in parts if part.current and part.place), None)
    if chosen and chosen.place:
        pages = pages.under(chosen.place)
    page = Paginator(pages, COMMUNITIES_A_PAGE).get_page(query.get("page"))
    return CountyOverview(
        parts=parts if len(parts) > 2 else [],
        page=page,
        communities=listed(page),
        figures=figures_of(county.place, public_figures(county.place), COUNTY_CARDS, today),
        notices=latest_notices(notices_for(county.place), today),
    )


def subdistrict_overview(
    subdistrict: SubdistrictPage, *, query: QueryDict, now: datetime
) -> SubdistrictOverview:
    """`query` may hold `page`. No figures: published at this level, too, they would give away what
    is hidden in a community."""
    place = subdistrict.place
    page = Paginator(CommunityPage.objects.for_list().under(place), COMMUNITIES_A_PAGE)
    shown = page.get_page(query.get("page"))
    return SubdistrictOverview(
        crumbs=_crumbs(subdistrict, []),
        page=shown,
        communities=listed(shown, within=place),
        notices=latest_notices(notices_for(place), timezone.localdate(now)),
    )


def community_overview(page: CommunityPage, *, now: datetime) -> CommunityOverview:
    place = page.place
    above = list(Place.objects.above(place).select_related("subdistrict_page"))
    figures, today = public_figures(place), timezone.localdate(now)
    return CommunityOverview(
        crumbs=_crumbs(page, above),
        facts=_facts(place, above, today),
        phone=next((part.phone for part in reversed(above) if part.phone), ""),
        cut=upcoming_cut(place, now),
        surveys=open_surveys(place, now),
        results=closed_surveys(place, RESULTS_SHOWN),
        notices=latest_notices(notices_for(place), today),
        notices_url=reverse("notices:place", args=[place.code]),
        figures=figures_of(place, figures, COMMUNITY_CARDS, today),
        promises=promises_of(figures, today),
        complaints=_complaint_tiles(place, above, now),
        file_url=f"{reverse('complaints:file')}?place={place.code}",
        track_url=reverse("complaints:track"),
        votes=list(Ballot.objects.filter(place=place).running(now).newest_first()[:3]),
        votes_url=f"{reverse('votes:list')}?place={place.code}",
        actions=[card_shown(action, today) for action in promises_for(place)[:SHOWN]],
        actions_url=f"{reverse('plans:list')}?place={place.code}",
    )


def _crumbs(page: CommunityPage | SubdistrictPage, above: Sequence[Place]) -> list[tuple[str, str]]:
    """Home, the county, and the sub-district where one is among `above` and has its page yet."""
    county = CountyPage.objects.ancestor_of(page).select_related("place").first()
    crumbs = [(_("Home"), reverse("wagtail_serve", args=[""]))]
    if county:
        crumbs.append((county.place.label, county.get_url()))
    for part in above:
        if (own := getattr(part, "subdistrict_page", None)) and own.live:
            crumbs.append((part.label, reverse("pages:community", args=[part.code])))
    return crumbs


def upcoming_cut(place: Place, now: datetime) -> NextCut | None:
    notice = next_cut(place, now)
    if notice is None or notice.event_starts_at is None:
        return None
    kind = notice.variant or notice.notice_type
    code = notice.variant.code if notice.variant else ""
    return NextCut(
        notice=notice,
        what=kind.label if kind else "",
        when=span(notice.event_starts_at, notice.event_ends_at),
        icon=CUT_ICONS.get(code.partition("_")[0], "clock"),
    )


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """ "11月25日 09:00–17:00"; the second day is named where there is one."""
    start = timezone.localtime(starts_at)
    text = f"{date_format(start, 'MONTH_DAY_FORMAT')} {date_format(start, 'TIME_FORMAT')}"
    if ends_at is None:
        return text
    end = timezone.localtime(ends_at)
    day = "" if end.date() == start.date() else f"{date_format(end, 'MONTH_DAY_FORMAT')} "
    return f"{text} – {day}{date_format(end, 'TIME_FORMAT')}"


def _complaint_tiles(place: Place, above: list[Place], now: datetime) -> ComplaintTiles:
    today = timezone.localdate(now)
    county = next((part for part in above if part.level_id == PlaceLevel.COUNTY), None)
    board = board_of(place, period_of("", today), today, county=county)
    tiles = [
        (pgettext("complaints", "received"), board.received),
        (pgettext("complaints", "being handled"), board.open),
        (pgettext("complaints", "handled, says the staff"), board.handled),
        (pgettext("complaints", "resolved, says the resident"), board.confirmed),
    ]
    return ComplaintTiles(
        since=date.fromisoformat(f"{board.period.first}-01"),
        received=board.received,
        board_url=reverse("complaints:board", args=[place.code]),
        we_did=_we_did(place),
        tiles=tiles,
    )


def _we_did(place: Place) -> list[tuple[WeDid, str]]:
    """What was done last, each with the address of the survey that asked for it, once sealed."""
    entries = list(WeDid.objects.in_place(place).public().for_list()[:WE_DID_SHOWN])
    keys = [entry.survey_key for entry in entries if entry.survey_key]
    sealed = Survey.objects.filter(slug__in=keys, sealed_at__isnull=False)
    known = set(sealed.values_list("slug", flat=True)) if keys else set()
    return [
        (entry, reverse("surveys:sealed", args=[key]) if (key := entry.survey_key) in known else "")
        for entry in entries
    ]


def _facts(place: Place, above: list[Place], today: date) -> list[tuple[str, object]]:
    where = [part.label for part in above if part.level_id in PARTS]
    buildings = place.buildings.aggregate(count=Count("pk"), first=Min("built_year"))
    return [
        (_("Where"), " · ".join(where)),
        (_("Buildings"), buildings["count"]),
        (_("Households"), household_count(place, today)),
        (_("Built in"), buildings["first"]),
    ]


def latest_notices(notices: NoticeQuerySet, today: date) -> list[NoticePage]:
    """The few shown beside other things: those whose publicity runs, then the rest."""
    return list(notices.running_first(today)[:NOTICES_SHOWN])


def committee_phone(place: Place) -> str:
    """The number residents of `place` call: its own, or the nearest above it that has one."""
    above = Place.objects.above(place).exclude(phone="").order_by("-path")
    return above.values_list("phone", flat=True).first() or ""


def _parts(county: CountyPage, pages: CommunityPageQuerySet, code: str) -> list[Choice]:
    """What lies right below the county, with how many communities each has; all of it first."""
    depth = len(county.place.path) + Place.steplen
    counted = _counted(pages, "place__path", depth)
    places = Place.objects.filter(path__in=counted).exclude(level=PlaceLevel.COMMUNITY)
    places = places.select_related("subdistrict_page")
    found = [
        Choice(part.label, f"?part={part.code}", counted[part.path], part.code == code, part)
        for part in places.order_by("path")
    ]
    is_all = not any(part.current for part in found)
    return [Choice(_("All communities"), "?", sum(counted.values()), is_all), *found]


def _counted(pages: QuerySet[CommunityPage], field: str, length: int) -> dict[str, int]:
    """Start of `field`, so long → how many pages share it."""
    grouped = pages.order_by().annotate(start=Substr(field, 1, length)).values_list("start")
    return dict(grouped.annotate(pages=Count("pk")))
