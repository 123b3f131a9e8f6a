"""Indicators, figures and targets, with the same small cells hidden as on the pages."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from ninja import Router, Schema

from feedback.indicators import queries, services
from feedback.indicators.definitions import Definition, current
from feedback.indicators.models import Export, TargetVersion
from feedback.indicators.queries import PublicFigure
from portal.common.api import PAGE_SIZE, PageNumber, page_of
from portal.places.models import Place

indicator_router = Router(tags=["indicators"])
measurement_router = Router(tags=["measurements"])
target_router = Router(tags=["targets"])
bundle_router = Router(tags=["bundles"])
Language = Literal["zh-hans", "en"]
#: So many places a page of figures, so that the figures of a page are about a hundred.
PLACES_A_PAGE = 10


class IndicatorOut(Schema):
    code: str
    version: str
    name_zh: str
    name_en: str
    level1_zh: str
    level1_en: str
    level2_zh: str
    level2_en: str
    unit: str
    #: UP: more is better. DOWN: less is better.
    direction: str
    target: Decimal | None
    weight: Decimal
    period: str
    formula_zh: str
    formula_en: str
    basis_zh: str
    basis_en: str
    #: Whether its figures are published here; others are kept for those who evaluate.
    is_published: bool


class IndicatorPage(Schema):
    count: int
    page: int
    pages: int
    items: list[IndicatorOut]


class MeasurementOut(Schema):
    place: str
    indicator: str
    period_start: date
    period_end: date
    value: Decimal | None
    unit: str
    low: Decimal | None
    high: Decimal | None
    n: int | None
    population: int | None
    target: Decimal | None
    attainment: Decimal | None
    status: str
    #: Why a value is not told, in the language asked for.
    note: str


class MeasurementPage(Schema):
    count: int
    page: int
    pages: int
    items: list[MeasurementOut]


class TargetOut(Schema):
    place: str
    indicator: str
    variant: str
    year: int
    project: str | None
    operator: str
    value: Decimal | None
    upper: Decimal | None
    wording: str
    is_locked: bool


class TargetPage(Schema):
    count: int
    page: int
    pages: int
    items: list[TargetOut]


@indicator_router.get("", response=IndicatorPage, summary="What is measured, and how")
def indicators(request: HttpRequest, page: PageNumber = 1) -> dict[str, Any]:
    return page_of(list(current()), page, _indicator)


@measurement_router.get("", response=MeasurementPage, summary="The latest figures of places")
def measurements(
    request: HttpRequest,
    under: str = "",
    place: str = "",
    indicator: str = "",
    language: Language = "zh-hans",
    page: PageNumber = 1,
) -> dict[str, Any]:
    """Of the place with the code `place`, or of all places at and below `under`, ten places a page
    (`count` and `pages` count places). Small cells have no value, and a note says so."""
    codes = (_published(indicator),) if indicator else queries.PUBLIC
    found = queries.public_places()
    if place:
        found = found.filter(pk=get_object_or_404(queries.public_places(), code=place).pk)
    elif under:
        found = found.under(get_object_or_404(Place, code=under))
    size = PLACES_A_PAGE if len(codes) > 1 else PAGE_SIZE
    count = found.count()
    places = list(found[(page - 1) * size : page * size])
    with override(language):
        table = queries.public_table(places, codes)
        items = [_figure(one, figure) for one in places for figure in table.get(one.pk, [])]
    pages = max(1, -(-count // size))
    return {"count": count, "page": page, "pages": pages, "items": items}


@measurement_router.get(
    "/history", response=MeasurementPage, summary="One figure of one place over time"
)
def history(
    request: HttpRequest, place: str, indicator: str, language: Language = "zh-hans"
) -> dict[str, Any]:
    """The last 24 periods, the latest first."""
    found: Place = get_object_or_404(queries.public_places(), code=place)
    with override(language):
        figures = queries.public_history(found, _published(indicator))
        items = [_figure(found, figure) for figure in figures]
    return {"count": len(items), "page": 1, "pages": 1, "items": items}


@target_router.get("", response=TargetPage, summary="Approved targets")
def targets(
    request: HttpRequest, under: str = "", year: int | None = None, page: PageNumber = 1
) -> dict[str, Any]:
    """Those in force, of all places or of those at and below the place with the code `under`."""
    found = TargetVersion.objects.approved().select_related("target__place", "target__project")
    if under:
        path = get_object_or_404(Place, code=under).path
        found = found.filter(target__place__path__startswith=path)
    if year is not None:
        found = found.filter(target__year=year)
    ordered = found.order_by("target__place__path", "target__year", "target__indicator", "pk")
    return page_of(ordered, page, _target)


def _published(code: str) -> str:
    if code not in queries.PUBLIC:
        raise Http404
    return code


def _indicator(known: Definition) -> dict[str, Any]:
    return {
        "code": known.code,
        "version": known.version,
        "name_zh": known.name.zh,
        "name_en": known.name.en,
        "level1_zh": known.level1.zh,
        "level1_en": known.level1.en,
        "level2_zh": known.level2.zh,
        "level2_en": known.level2.en,
        "unit": known.unit,
        "direction": known.direction.value,
        "target": known.target,
        "weight": known.weight,
        "period": known.period,
        "formula_zh": known.formula.zh,
        "formula_en": known.formula.en,
        "basis_zh": known.basis.zh,
        "basis_en": known.basis.en,
        "is_published": known.code in queries.PUBLIC,
    }


def _figure(place: Place, figure: PublicFigure) -> dict[str, Any]:
    return {
        "place": place.code,
        "indicator": figure.code,
        "period_start": figure.period_start,
        "period_end": figure.period_end,
        "value": figure.value,
        "unit": figure.unit,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
        "population": figure.population,
        "target": figure.target,
        "attainment": figure.attainment,
        "status": figure.status,
        "note": figure.note,
    }


def _target(version: TargetVersion) -> dict[str, Any]:
    target = version.target
    return {
        "place": target.place.code,
        "indicator": target.indicator,
        "variant": target.variant,
        "year": target.year,
        "project": target.project.code if target.project else None,
        "operator": version.operator,
        "value": version.value,
        "upper": version.upper,
        "wording": version.wording,
        "is_locked": target.is_locked,
    }


class BundleOut(Schema):
    id: int
    place: str
    year: int
    created: datetime
    figures: int
    bytes: int
    sha256: str
    #: Where the zip is.
    file: str


class BundlePage(Schema):
    count: int
    page: int
    pages: int
    items: list[BundleOut]


@bundle_router.get("", response=BundlePage, summary="Evidence bundles that recompute themselves")
def bundles(
    request: HttpRequest, place: str = "", year: int | None = None, page: PageNumber = 1
) -> dict[str, Any]:
    """The latest first. Each is a Data Package with the program `recompute.py`."""
    found = Export.objects.public().select_related("place").order_by("-finished_at", "-pk")
    if place:
        found = found.filter(place=get_object_or_404(queries.public_places(), code=place))
    if year is not None:
        found = found.filter(year=year)
    return page_of(found, page, _bundle)


@bundle_router.get(
    "/{key}/file",
    response={200: None, 404: None},
    summary="The zip of a bundle",
    url_name="bundle_file",
)
def bundle_file(request: HttpRequest, key: int) -> FileResponse:
    export = get_object_or_404(Export.objects.public().select_related("place"), pk=key)
    try:
        file = services.export_open(actor=None, export=export, now=timezone.now())
    except ValidationError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=export.file_name)
    response["Content-Type"] = "application/zip"
    return response


def _bundle(export: Export) -> dict[str, Any]:
    return {
        "id": export.pk,
        "place": export.place.code,
        "year": export.year,
        "created": export.finished_at,
        "figures": export.rows,
        "bytes": export.size,
        "sha256": export.sha256,
        "file": reverse("api:bundle_file", args=[export.pk]),
    }
