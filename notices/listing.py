"""A list of notices with its filters: what is chosen, and how many each choice would show."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page as PaginatorPage
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.body import sentences
from notices.forms import FilterForm
from notices.links import share_roots
from notices.models import NoticePage, NoticeQuerySet, NoticeType
from notices.queries import searched, years
from notices.reading import TONES, chinese
from notices.states import Publicity
from portal.common.search.marking import marked, pattern_of, snippet
from portal.places.models import Place

PER_PAGE = 20


@dataclass(frozen=True)
class Choice:
    text: str
    url: str
    count: int | None
    current: bool


@dataclass(frozen=True)
class Filter:
    label: str
    choices: list[Choice]


@dataclass(frozen=True)
class Row:
    title: str
    url: str
    meta: str
    tag: str
    tone: str
    text: str = ""


@dataclass(frozen=True)
class Listing:
    page: PaginatorPage  # type: ignore[type-arg]
    rows: list[Row]
    states: Filter | None
    more: list[Filter]
    asked: dict[str, Any]
    total: int

    @property
    def is_filtered(self) -> bool:
        return any(self.asked.values())

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the filters that a phone folds away is in use."""
        return bool(self.asked["type"] or self.asked["year"])


def listing(request: HttpRequest, notices: NoticeQuerySet, today: date) -> Listing:
    """One page of `notices` as the address asks for them. A constant number of queries."""
    types = list(NoticeType.objects.order_by("code"))
    asked = FilterForm(request.GET).asked(types)
    found = searched(notices, asked["q"]) if asked["q"] else notices
    shown = _narrowed(found, asked, today)
    if asked["q"]:
        # What is found is shown with the words around it, so the text is read with the rest.
        shown = shown.defer(None)
    words = pattern_of(asked["q"]) if asked["q"] else None
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    share_roots(page)
    return Listing(
        page=page,
        rows=[row(notice, today, words) for notice in page],
        states=_offered(_states(request, found, asked, today)),
        more=[one for one in _more(request, found, asked, today, types) if _offered(one)],
        asked=asked,
        total=page.paginator.count,
    )


def row(notice: NoticePage, today: date, words: re.Pattern[str] | None = None) -> Row:
    """A notice as one line of a list; with the words of a search marked, where there was one."""
    state = notice.publicity(today)
    kind = notice.notice_type.label if notice.notice_type else ""
    parts = [notice.place.label, kind, period_text(notice)]
    return Row(
        title=chinese(marked(notice.title, words) if words else notice.title),
        text=chinese(snippet(sentences(notice.body.raw_data), words)) if words else "",
        # Without the request: with it, Wagtail asks for the site, and answers the same.
        url=notice.get_url() or "",
        meta=" · ".join(part for part in parts if part),
        tag=str(state.label),
        tone=TONES[state],
    )


def crumbs(place: Place | None) -> list[tuple[str, str]]:
    """The way to a list: home, and the place's page where it has one by its code."""
    home = (_("Home"), reverse("wagtail_serve", args=[""]))
    if place is None or not place.has_page:
        return [home]
    return [home, (place.label, reverse("pages:community", args=[place.code]))]


def period_text(notice: NoticePage) -> str:
    if not notice.publicity_start:
        return ""
    start = date_format(notice.publicity_start, "DATE_FORMAT")
    if not notice.publicity_end or notice.publicity_end == notice.publicity_start:
        return start
    end = date_format(notice.publicity_end, "DATE_FORMAT")
    return _("%(start)s to %(end)s") % {"start": start, "end": end}


def _narrowed(
    notices: NoticeQuerySet, asked: dict[str, Any], today: date, without: str = ""
) -> NoticeQuerySet:
    """`notices` by every filter asked for, but the one called `without`."""
    if asked["type"] and without != "type":
        notices = notices.filter(notice_type=asked["type"])
    if asked["year"] and without != "year":
        notices = notices.in_year(asked["year"])
    if asked["state"] and without != "state":
        notices = notices.in_state(asked["state"], today)
    return notices


def _offered(one: Filter) -> Filter | None:
    """A filter with one way to choose narrows nothing, unless it is in use."""
    return one if len(one.choices) > 2 or not one.choices[0].current else None


def _states(
    request: HttpRequest, found: NoticeQuerySet, asked: dict[str, Any], today: date
) -> Filter:
    narrowed = _narrowed(found.order_by(), asked, today, "state")
    return Filter(_("Publicity"), _state_choices(request, narrowed, asked, today))


def _more(
    request: HttpRequest,
    found: NoticeQuerySet,
    asked: dict[str, Any],
    today: date,
    types: list[NoticeType],
) -> list[Filter]:
    found = found.order_by()
    by_type = _type_choices(request, _narrowed(found, asked, today, "type"), asked, types)
    by_year = _year_choices(request, _narrowed(found, asked, today, "year"), asked)
    return [Filter(_("Type of notice"), by_type), Filter(_("Year"), by_year)]


def _state_choices(
    request: HttpRequest, found: NoticeQuerySet, asked: dict[str, Any], today: date
) -> list[Choice]:
    counts = found.aggregate(
        OPEN=Count("pk", filter=Q(publicity_start__lte=today, publicity_end__gte=today)),
        UPCOMING=Count("pk", filter=Q(publicity_start__gt=today)),
        ENDED=Count("pk", filter=Q(publicity_end__lt=today)),
    )
    current = asked["state"]
    choices = [
        Choice(
            str(state.label),
            _url(request, state=state.value),
            counts[state.value],
            state == current,
        )
        for state in (Publicity.OPEN, Publicity.UPCOMING, Publicity.ENDED)
        if counts[state.value] or state == current
    ]
    return [Choice(_("All"), _url(request, state=None), None, current is None), *choices]


def _type_choices(
    request: HttpRequest, found: NoticeQuerySet, asked: dict[str, Any], types: list[NoticeType]
) -> list[Choice]:
    counts = dict(
        found.select_related(None).values_list("notice_type").annotate(number=Count("pk"))
    )
    current: NoticeType | None = asked["type"]
    choices = [
        Choice(kind.label, _url(request, type=kind.code), counts.get(kind.pk, 0), kind == current)
        for kind in types
        if counts.get(kind.pk) or kind == current
    ]
    return [Choice(_("All"), _url(request, type=None), None, current is None), *choices]


def _year_choices(
    request: HttpRequest, found: NoticeQuerySet, asked: dict[str, Any]
) -> list[Choice]:
    current = asked["year"]
    known = years(found)
    choices = [
        Choice(str(year), _url(request, year=year), count, year == current)
        for year, count in known.items()
    ]
    if current and current not in known:
        choices.append(Choice(str(current), _url(request, year=current), 0, True))
    return [Choice(_("All"), _url(request, year=None), None, current is None), *choices]


def _url(request: HttpRequest, **change: Any) -> str:
    """The address of the list with one part changed, from its first page."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in change.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else request.path
