"""The figures of a place in words for residents: what was reached, and what was promised."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.indicators.queries import PublicFigure
from feedback.indicators.states import Status
from portal.places.models import Place

COMMUNITY_CARDS = ("I38", "I40", "I33", "I28")
COUNTY_CARDS = ("I38", "I33", "I28", "I29")
COUNTED_IN_HOUSEHOLDS = frozenset({"I38", "I39", "I40"})


@dataclass(frozen=True)
class FigureCard:
    """As components/figure_card.html shows it."""

    name: str
    value: str
    unit: str
    note: str
    meta: str
    tag: str
    tone: str
    url: str


@dataclass(frozen=True)
class Figures:
    cards: list[FigureCard]
    as_of: date | None
    url: str


@dataclass(frozen=True)
class Promise:
    """A row of the table of targets."""

    name: str
    target: str
    value: str
    tag: str
    tone: str


def figures_of(
    place: Place, figures: Iterable[PublicFigure], codes: tuple[str, ...], today: date
) -> Figures:
    """Those of `codes`, in that order.

    Their date is that of the latest, or today while its period still runs.
    """
    by_code = {figure.code: figure for figure in figures}
    chosen = [by_code[code] for code in codes if code in by_code]
    as_of = max((min(figure.as_of, today) for figure in chosen), default=None)
    url = reverse("indicators:place", args=[place.code])
    return Figures([_card(place, figure, today) for figure in chosen], as_of, url)


def promises_of(figures: Iterable[PublicFigure], today: date) -> list[Promise]:
    return [
        Promise(
            figure.name,
            _with_unit(figure.target, figure.unit),
            _with_unit(figure.value, figure.unit) if figure.value is not None else "–",
            *_standing(figure, today),
        )
        for figure in figures
        if figure.target is not None
    ]


def _card(place: Place, figure: PublicFigure, today: date) -> FigureCard:
    known, is_open = figure.value is not None, figure.status == Status.PROVISIONAL
    is_judged = known and (figure.target is not None or is_open)
    tag, tone = _standing(figure, today) if is_judged else ("", "")
    # The tag says already that an open figure is provisional.
    note = "" if known and is_open else figure.note
    return FigureCard(
        name=figure.name,
        value=str(figure.value) if known else "",
        unit=figure.unit,
        note=" ".join(filter(None, [_answered(figure), note])),
        meta=" ".join(filter(None, [_wave(figure), _interval(figure) if known else ""])),
        tag=tag,
        tone=tone,
        url=reverse("indicators:indicator", args=[place.code, figure.code]),
    )


def _standing(figure: PublicFigure, today: date) -> tuple[str, str]:
    """Where the figure stands against its target: a word and its colour.

    What can still change is not judged: answers that are on their way must not look like a miss.
    """
    if figure.status == Status.PROVISIONAL:
        if figure.code in COUNTED_IN_HOUSEHOLDS and today <= figure.period_end:
            return _("Survey still running"), "info"
        return _("Provisional"), "info"
    if figure.attainment is None:
        return pgettext("target", "Not known yet"), ""
    if figure.attainment >= 100:
        return pgettext("target", "Reached"), "good"
    return pgettext("target", "Not reached"), "bad"


def _answered(figure: PublicFigure) -> str:
    if figure.code not in COUNTED_IN_HOUSEHOLDS or figure.n is None:
        return ""
    return _("%(count)s of %(all)s households answered.") % {
        "count": figure.n,
        "all": figure.population,
    }


def _wave(figure: PublicFigure) -> str:
    """When the survey asked; figures of other sources name no wave."""
    if figure.code not in COUNTED_IN_HOUSEHOLDS:
        return ""
    return _("Asked from %(start)s to %(end)s.") % {
        "start": date_format(figure.period_start, "DATE_FORMAT"),
        "end": date_format(figure.period_end, "DATE_FORMAT"),
    }


def _interval(figure: PublicFigure) -> str:
    if not figure.has_interval:
        return ""
    return _("Lies between %(low)s and %(high)s with 95 %% confidence.") % {
        "low": _with_unit(figure.low, figure.unit),
        "high": _with_unit(figure.high, figure.unit),
    }


def _with_unit(value: Decimal | None, unit: str) -> str:
    return f"{value} {unit}".strip() if unit else str(value)
