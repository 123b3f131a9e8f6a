"""What anyone reads of complaints: the board, chosen cases, what was done, the supervisors' log.

The same for everybody and kept by the page cache; nothing here asks who is looking.
"""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from feedback.complaints.board import Board, board_of, period_of, periods
from feedback.complaints.board_chart import board_chart
from feedback.complaints.models import (
    PublishedCase,
    SupervisionVisit,
    Supervisor,
    VisitPhoto,
    WeDid,
)
from portal.intake.serving import photo_response
from portal.places.models import Place, PlaceLevel, PlaceQuerySet

PER_PAGE = 20
#: Levels that have a board; what lies between them is in the list of its county.
LEVELS = (PlaceLevel.CITY, PlaceLevel.COUNTY, PlaceLevel.COMMUNITY)


@require_safe
def board_start(request: HttpRequest) -> HttpResponse:
    """The board of the city; where there are several, of the first."""
    city = _places().at_level(PlaceLevel.CITY).first() or _places().first()
    if city is None:
        raise Http404
    return redirect("complaints:board", city.code)


@require_safe
def board(request: HttpRequest, code: str) -> HttpResponse:
    place, today = _place(code), timezone.localdate()
    chosen = request.GET.get("period", "")
    found = board_of(place, period_of(chosen, today), today)
    if not chosen and found.received == 0 and found.months:
        # Early in a year there is nothing yet.
        found = board_of(place, period_of(max(found.months)[:4], today), today)
    tiles = _tiles(found)
    context = {
        "place": place,
        "crumbs": _crumbs(place),
        "board": found,
        "tiles": tiles,
        "has_hidden": any(count is None for _label, count in tiles),
        "summary": _summary(found),
        "chart": board_chart(found),
        "parts": found.parts,
        "periods": _choices(found, today),
        "pages": _pages(place),
    }
    return render(request, "complaints/board.html", context)


@require_safe
def cases(request: HttpRequest, code: str) -> HttpResponse:
    """Cases whose residents agreed, masked."""
    place = _place(code)
    rows = PublishedCase.objects.in_place(place).public().for_list()
    return _listed(request, "published_cases", place, rows)


@require_safe
def we_did(request: HttpRequest, code: str) -> HttpResponse:
    place = _place(code)
    return _listed(request, "we_did", place, WeDid.objects.in_place(place).public().for_list())


@require_safe
def supervision(request: HttpRequest, code: str) -> HttpResponse:
    place = _place(code)
    serving = Supervisor.objects.in_place(place).serving_on(timezone.localdate())
    numbers = serving.aggregate(all=Count("pk"), communities=Count("community", distinct=True))
    named = serving.filter(shows_alias=True).select_related("community").order_by("pk")
    context = {"numbers": numbers, "named": list(named[:30]) if place.is_community else []}
    rows = SupervisionVisit.objects.in_place(place).for_list()
    return _listed(request, "supervision", place, rows, **context)


@require_safe
def case_photo(request: HttpRequest, token: str, which: str) -> HttpResponseBase:
    """The photo before or after of a case that is public now."""
    case = get_object_or_404(PublishedCase.objects.public().for_list(), token=token)
    photo = {"before": case.before, "after": case.after}.get(which)
    if photo is None:
        raise Http404
    return photo_response(photo.file, public=True)


@require_safe
def we_did_photo(request: HttpRequest, token: str) -> HttpResponseBase:
    entry = get_object_or_404(WeDid.objects.public().exclude(photo=""), token=token)
    return photo_response(entry.photo, public=True)


@require_safe
def visit_photo(request: HttpRequest, token: str) -> HttpResponseBase:
    return photo_response(get_object_or_404(VisitPhoto, token=token).file, public=True)


def _listed(
    request: HttpRequest, template: str, place: Place, rows: QuerySet[Any], **context: Any
) -> HttpResponse:
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    crumbs = [
        *_crumbs(place),
        (_board_title(place), reverse("complaints:board", args=[place.code])),
    ]
    known = {"place": place, "page": page, "crumbs": crumbs, **context}
    return render(request, f"complaints/{template}.html", known)


def _places() -> PlaceQuerySet:
    return Place.objects.filter(level__in=LEVELS).order_by("path")


def _place(code: str) -> Place:
    found: Place = get_object_or_404(_places(), code=code)
    return found


def _crumbs(place: Place) -> list[tuple[str, str]]:
    """Home, then the boards above this one."""
    above = Place.objects.above(place).exclude(pk=place.pk).filter(level__in=LEVELS)
    links = [(_board_title(one), reverse("complaints:board", args=[one.code])) for one in above]
    return [(_("Home"), reverse("wagtail_serve", args=[""])), *links]


def _board_title(place: Place) -> str:
    return _("Complaints in %(place)s") % {"place": place.label}


def _tiles(board: Board) -> list[tuple[str, int | None]]:
    return [
        (pgettext("complaints", "received"), board.received),
        (pgettext("complaints", "being handled"), board.open),
        (pgettext("complaints", "handled, says the staff"), board.handled),
        (pgettext("complaints", "resolved, says the resident"), board.confirmed),
        (pgettext("complaints", "closed without an answer"), board.unconfirmed),
    ]


def _summary(board: Board) -> list[str]:
    """The board in sentences, for who reads no tiles and charts."""
    told = []
    if board.median_days is not None:
        told.append(
            _("Days until half of the cases were solved: %(days)s.") % {"days": board.median_days}
        )
    if board.on_time is not None:
        told.append(
            _("%(share)s %% were done in time; open ones that are overdue count as late.")
            % {"share": board.on_time}
        )
    if board.by_staff is not None:
        told.append(
            _("%(share)s %% of the residents' answers were taken by staff on the phone.")
            % {"share": board.by_staff}
        )
    frequent = [line for line in board.categories if line.received]
    if frequent:
        told.append(
            _("Most often it was about: %(names)s.")
            % {"names": _list([line.label for line in frequent[:3]])}
        )
    return told


def _list(names: list[str]) -> str:
    return pgettext("between the parts of a list", ", ").join(names)


def _choices(found: Board, today: date) -> list[dict[str, Any]]:
    """This year, and every year in which something was filed."""
    return [
        {
            "text": period.label,
            "url": f"?period={period.key}",
            "count": None,
            "current": period.key == found.period.key,
        }
        for period in periods(found.months, today)
    ]


def _pages(place: Place) -> list[tuple[str, str, int, Any]]:
    """(title, address, how many, the newest) of the lists beside the board. Three queries."""
    cases = PublishedCase.objects.in_place(place).filter(removed_at=None)
    done = WeDid.objects.in_place(place).filter(removed_at=None)
    visits = SupervisionVisit.objects.in_place(place)
    found = [
        (_("You said, we did"), "complaints:we_did", done, "done_date"),
        (_("Cases that may be read"), "complaints:published", cases, "published_at"),
        (_("Resident supervisors"), "complaints:supervision", visits, "visit_date"),
    ]
    return [
        (title, reverse(name, args=[place.code]), *_numbers(rows, field))
        for title, name, rows, field in found
    ]


def _numbers(rows: QuerySet[Any], field: str) -> tuple[int, Any]:
    numbers = rows.order_by().aggregate(count=Count("pk"), last=Max(field))
    return numbers["count"], numbers["last"]
