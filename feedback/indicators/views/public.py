"""What anyone can see under /figures/: the same for everybody, small cells hidden."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.indicators import charts, explain, queries, stated
from feedback.indicators.definitions import Definition, Direction, definition
from feedback.indicators.hidden import PUBLIC_LEVELS
from feedback.indicators.models import Export, Measurement
from feedback.indicators.queries import PublicFigure
from feedback.indicators.suppression import SENSITIVE
from portal.places.models import Place, PlaceLevel, PlaceQuerySet

PARTS_A_PAGE = 40
BUNDLES_SHOWN = 20
#: How wide a picture is with its labels: on a phone they stay legible.
PICTURE = 340
#: Columns of a table of places.
COLUMNS = ("I38", "I40", "I33", "I28", "I29")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The counties side by side."""
    counties = list(Place.objects.counties().order_by("path"))
    cities = list(Place.objects.at_level(PlaceLevel.CITY).order_by("path"))
    table = queries.public_table([*cities, *counties], (*COLUMNS, "I09"))
    context = {
        "cities": cities,
        "rows": place_rows([*cities, *counties], table, (*COLUMNS, "I09")),
        "columns": [definition(code) for code in (*COLUMNS, "I09")],
        "chart": places_chart(definition("I38"), counties, table),
        "as_of": _as_of(table),
    }
    return render(request, "indicators/overview.html", context)


@require_safe
def place(request: HttpRequest, code: str) -> HttpResponse:
    """All figures of one place; below a city or county its parts."""
    found: Place = get_object_or_404(queries.public_places(), code=code)
    figures = queries.public_figures(found)
    page = Paginator(_parts(found), PARTS_A_PAGE).get_page(request.GET.get("page"))
    parts = list(page)
    table = queries.public_table(parts, COLUMNS)
    context = {
        "place": found,
        "crumbs": _crumbs(found),
        "figures": figures,
        "page": page,
        "parts": place_rows(parts, table, COLUMNS),
        "columns": [definition(code) for code in COLUMNS],
        "chart": places_chart(definition("I38"), parts, table) if parts else None,
        "as_of": max((figure.as_of for figure in figures), default=None),
    }
    return render(request, "indicators/place.html", context)


@require_safe
def indicator(request: HttpRequest, code: str, indicator: str) -> HttpResponse:
    """One figure of one place: what it means, how it came about, and how it went."""
    found: Place = get_object_or_404(queries.public_places(), code=code)
    try:
        known = definition(indicator)
    except KeyError:
        raise Http404 from None
    if indicator not in queries.PUBLIC:
        raise Http404
    figures = queries.public_history(found, indicator)
    context = {
        "place": found,
        "crumbs": [*_crumbs(found), (found.label, reverse("indicators:place", args=[code]))],
        "definition": known,
        "figure": figures[0] if figures else None,
        "with_numbers": _with_numbers(figures[0]) if figures else "",
        "chart": history_chart(known, figures),
    }
    return render(request, "indicators/indicator.html", context)


@require_safe
def open_data(request: HttpRequest) -> HttpResponse:
    """For spreadsheets and scripts: evidence bundles, and the addresses of the API."""
    bundles = Export.objects.public().select_related("place").order_by("-finished_at", "-pk")
    context = {
        "bundles": list(bundles[:BUNDLES_SHOWN]),
        "rate": settings.API_RATE.partition("/")[0],
        "crumbs": [_root()],
    }
    return render(request, "indicators/data.html", context)


@require_safe
def stated_figures(request: HttpRequest) -> HttpResponse:
    """Every figure the evaluation report states, and ours beside it."""
    context = {"groups": stated.compared(), "crumbs": [_root()]}
    return render(request, "indicators/stated.html", context)


def place_rows(
    places: list[Place], table: dict[int, list[PublicFigure]], codes: tuple[str, ...]
) -> list[tuple[Place, list[PublicFigure | None]]]:
    """Each place with its figures in the order of the columns."""
    rows = []
    for found in places:
        by_code = {figure.code: figure for figure in table.get(found.pk, [])}
        rows.append((found, [by_code.get(code) for code in codes]))
    return rows


def places_chart(
    known: Definition, places: list[Place], table: dict[int, list[PublicFigure]]
) -> charts.Chart:
    marks = []
    for found in places:
        figures = [figure for figure in table.get(found.pk, []) if figure.code == known.code]
        if figures:
            marks.append(_mark(found.label, figures[0]))
    marks.sort(key=lambda mark: (mark.value is None, -(mark.value or 0)))
    return charts.compared(
        str(known.name),
        marks,
        queries.unit_label(known.unit),
        lower_is_better=known.direction == Direction.DOWN,
        total=PICTURE,
    )


def history_chart(known: Definition, figures: list[PublicFigure]) -> charts.Chart:
    marks = [
        _mark(queries.period_label(known, figure.period_start, figure.period_end), figure)
        for figure in reversed(figures)
    ]
    return charts.history(
        str(known.name),
        marks,
        queries.unit_label(known.unit),
        lower_is_better=known.direction == Direction.DOWN,
        total=PICTURE,
    )


def _with_numbers(figure: PublicFigure) -> str:
    """The formula with its numbers; not where they would tell more than the value and `n` do, as
    the weighted sum of a county with a small community in it (domain.md §6.1.6)."""
    if figure.value is None or figure.is_of_events:
        return ""
    row = Measurement.objects.get(pk=figure.pk)
    if figure.code in SENSITIVE and not row.denominator == row.n == figure.n:
        return ""
    return explain.with_numbers(row)


def _mark(label: str, figure: PublicFigure) -> charts.Mark:
    return charts.Mark(label, figure.value, figure.low, figure.high, figure.target, figure.note)


def _parts(found: Place) -> PlaceQuerySet:
    """The counties of a city, the communities of a county; none of a community."""
    below = Place.objects.under(found).exclude(pk=found.pk).order_by("path")
    return below.counties() if found.level_id == PlaceLevel.CITY else below.communities()


def _as_of(table: dict[int, list[PublicFigure]]) -> object:
    return max((figure.as_of for figures in table.values() for figure in figures), default=None)


def _root() -> tuple[str, str]:
    return _("Published figures"), reverse("indicators:overview")


def _crumbs(found: Place) -> list[tuple[str, str]]:
    above = Place.objects.above(found).exclude(pk=found.pk).filter(level__in=PUBLIC_LEVELS)
    links = [(one.label, reverse("indicators:place", args=[one.code])) for one in above]
    return [_root(), *links]
