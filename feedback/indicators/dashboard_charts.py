"""Pictures of the dashboards: ranks with intervals, the funnel, complaints by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.indicators.charts import (
    MISSED,
    SCHEMA,
    TARGET,
    VALUE,
    Chart,
    Mark,
    compared,
    cut_short,
)
from feedback.indicators.naming import Name, named
from feedback.indicators.ranking import Ranked, funnel_limits, ranked
from portal.common.charts import chart_svg

WIDTH, HEIGHT = 520, 300
#: How wide ranks are with the names of the places.
TOTAL = 440
#: How high the name of a dot is, in pixels.
FONT = 12
GREY, SHADE = "#5c6662", "#f0e2c4"
#: So many points the limits of a funnel are drawn with.
STEPS = 40


@dataclass(frozen=True)
class Sample:
    """`top` of `n` answers of a place were content."""

    label: str
    top: int
    n: int

    @property
    def share(self) -> float:
        return self.top / self.n


@dataclass(frozen=True)
class MonthRate:
    """`events` of a month among so many households."""

    month: date
    events: int
    households: int

    @property
    def rate(self) -> float | None:
        """Per 1,000 households in the month."""
        return 1000 * self.events / self.households if self.households else None


def ranking(title: str, marks: Sequence[Mark], unit: str, *, lower_is_better: bool) -> Chart:
    """The places from best to last; those whose intervals overlap are tied."""
    told = [mark for mark in marks if mark.value is not None]
    told.sort(key=lambda mark: mark.value or Decimal(0), reverse=not lower_is_better)
    ranks = ranked([_ends(mark) for mark in told], lower_is_better=lower_is_better)
    chart = compared(title, told, unit, lower_is_better=lower_is_better, total=TOTAL)
    left = [mark for mark in marks if mark.value is None]
    rows = [[rank_text(rank), *row] for rank, row in zip(ranks, chart.rows, strict=True)] + [
        ["–", mark.label, "–", "", "", mark.note] for mark in left
    ]
    return Chart(
        title=chart.title,
        summary=_order(told, ranks, len(left)),
        svg=chart.svg,
        headers=[pgettext("among places", "Rank"), *chart.headers],
        rows=rows,
    )


def rank_text(rank: Ranked) -> str:
    return f"{rank.first}–{rank.last}" if rank.is_tied else f"{rank.first}"


def _ends(mark: Mark) -> tuple[Decimal, Decimal]:
    value = mark.value or Decimal(0)
    return (
        value if mark.low is None else mark.low,
        value if mark.high is None else mark.high,
    )


def _order(told: Sequence[Mark], ranks: Sequence[Ranked], missing: int) -> str:
    if not told:
        return _("No place has a figure to compare yet.")
    texts = []
    half = len(told) // 2
    best = [told[rank.index].label for rank in ranks if rank.last <= half]
    last = [told[rank.index].label for rank in ranks if rank.first > len(told) - half]
    if best:
        texts.append(_("Certainly in the better half: %(places)s.") % {"places": _listed(best)})
    if last:
        texts.append(_("Certainly in the worse half: %(places)s.") % {"places": _listed(last)})
    if not texts and len(told) > 1:
        texts.append(_("None is certainly in the better or the worse half."))
    if cut_short(told):
        texts.append(cut_short(told))
    if missing:
        texts.append(_("Without a rank: %(missing)s.") % {"missing": missing})
    return " ".join(texts)


def _listed(names: Sequence[str], most: int = 5) -> str:
    shown = _(", ").join(names[:most])
    more = len(names) - most
    if more <= 0:
        return shown
    return _("%(names)s and %(more)s more") % {"names": shown, "more": more}


def funnel(title: str, samples: Sequence[Sample]) -> Chart | None:
    """Every place by how many answered and how many of them are content, with the limits that
    chance alone keeps to. None with fewer than three places."""
    samples = sorted((one for one in samples if one.n), key=lambda one: (-one.n, one.label))
    if len(samples) < 3:
        return None
    share = sum(one.top for one in samples) / sum(one.n for one in samples)
    rows, dots, high, low = [], [], [], []
    for one in samples:
        limits = funnel_limits(share, one.n)
        where = _where(one.share, limits)
        if one.share > limits[3]:
            high.append(one.label)
        if one.share < limits[0]:
            low.append(one.label)
        outside = not limits[0] <= one.share <= limits[3]
        dots.append(
            {
                "n": one.n,
                "value": 100 * one.share,
                "colour": MISSED if outside else VALUE,
                "name": one.label if outside else "",
            }
        )
        rows.append(
            [
                one.label,
                f"{one.n}",
                f"{100 * one.share:.2f}",
                f"{100 * limits[1]:.2f}–{100 * limits[2]:.2f}",
                f"{100 * limits[0]:.2f}–{100 * limits[3]:.2f}",
                where,
            ]
        )
    return Chart(
        title=title,
        summary=_funnel_summary(share, high, low),
        svg=chart_svg(_funnel_spec(dots, share, samples[-1].n, samples[0].n)),
        headers=[
            _("Place"),
            _("Answers"),
            _("Value") + " (%)",
            _("95 % limits"),
            _("99.8 % limits"),
            _("Remark"),
        ],
        rows=rows,
    )


def _where(share: float, limits: tuple[float, float, float, float]) -> str:
    if share > limits[3]:
        return _("Above what chance explains")
    if share < limits[0]:
        return _("Below what chance explains")
    if not limits[1] <= share <= limits[2]:
        return _("Near the limit")
    return _("As chance would have it")


def _funnel_summary(share: float, high: Sequence[str], low: Sequence[str]) -> str:
    texts = [_("All together: %(share).2f %%.") % {"share": 100 * share}]
    if low:
        texts.append(_("Below what chance explains: %(places)s.") % {"places": _listed(low)})
    if high:
        texts.append(_("Above what chance explains: %(places)s.") % {"places": _listed(high)})
    if not low and not high:
        texts.append(_("No place differs from the others by more than chance explains."))
    return " ".join(texts)


def _funnel_spec(dots: list[dict[str, Any]], share: float, least: int, most: int) -> dict[str, Any]:
    lines = []
    for step in range(STEPS + 1):
        n = max(1, round(least + (most - least) * step / STEPS))
        low998, low95, high95, high998 = (100 * one for one in funnel_limits(share, n))
        lines.append({"n": n, "a": low998, "b": low95, "c": high95, "d": high998})
    lowest = min(min(dot["value"] for dot in dots), min(line["a"] for line in lines))
    # The ends are known, so that it is known where a dot is drawn.
    bottom, end = max(0, 10 * (lowest // 10)), most + max(1, most // 20)
    y = {"type": "quantitative", "scale": {"domain": [bottom, 100], "nice": False}, "title": "%"}
    x = {
        "field": "n",
        "type": "quantitative",
        "title": _("Answers"),
        "scale": {"domain": [0, end], "nice": False},
    }
    band = [
        {
            "mark": {"type": "line", "color": colour, "strokeDash": dash},
            "encoding": {"x": x, "y": {**y, "field": name}},
        }
        for name, colour, dash in (
            ("a", TARGET, [2, 3]),
            ("b", GREY, [6, 3]),
            ("c", GREY, [6, 3]),
            ("d", TARGET, [2, 3]),
        )
    ]
    drawn = [
        (WIDTH * dot["n"] / end, HEIGHT * (100 - dot["value"]) / (100 - bottom)) for dot in dots
    ]
    names = [(dot["name"], at) for dot, at in zip(dots, drawn, strict=True) if dot["name"]]
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": HEIGHT,
        "background": "transparent",
        "layer": [
            {"data": {"values": lines}, "layer": band},
            {
                "data": {"values": [{"value": 100 * share}]},
                "mark": {"type": "rule", "color": GREY},
                "encoding": {"y": {**y, "field": "value"}},
            },
            {
                "data": {"values": dots},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {
                    "x": x,
                    "y": {**y, "field": "value"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
            *_names(named(names, drawn, (WIDTH, HEIGHT), FONT)),
        ],
    }


def _names(found: Sequence[Name]) -> list[dict[str, Any]]:
    """The layers of the names and of the lines that lead to them, in pixels."""
    texts = [{"text": one.text, "x": one.x, "y": one.y} for one in found]
    lines = [
        {"x": one.dot[0], "y": one.dot[1], "x2": one.end[0], "y2": one.end[1]}
        for one in found
        if one.end
    ]
    at = {
        axis: {"field": axis, "type": "quantitative", "scale": None, "axis": None}
        for axis in ("x", "y")
    }
    layers: list[dict[str, Any]] = []
    if lines:
        ends = {axis: {"field": axis} for axis in ("x2", "y2")}
        layers.append(
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "color": MISSED},
                "encoding": {**at, **ends},
            }
        )
    if texts:
        text = {**at, "text": {"field": "text", "type": "nominal"}}
        # What is white around the letters keeps the lines of the funnel away from them.
        for look in ({"stroke": "white", "strokeWidth": 4, "strokeJoin": "round"}, {}):
            layers.append(
                {
                    "data": {"values": texts},
                    "mark": {"type": "text", "fontSize": FONT, **look},
                    "encoding": text,
                }
            )
    return layers


def months(title: str, rates: Sequence[MonthRate], works: tuple[date, date] | None) -> Chart | None:
    """Complaints per 1,000 households by month, with the time of the works behind them."""
    told = [one for one in rates if one.rate is not None]
    if len(told) < 2:
        return None
    inside = [bool(works and works[0] <= one.month <= works[1]) for one in told]
    return Chart(
        title=title,
        summary=_months_summary(told, inside),
        svg=chart_svg(_months_spec(told, inside)),
        headers=[
            _("Month"),
            _("Events"),
            _("Households"),
            _("Per 1,000 households"),
            _("Remark"),
        ],
        rows=[
            [
                f"{one.month:%Y-%m}",
                f"{one.events}",
                f"{one.households}",
                f"{one.rate:.2f}",
                _("Under construction") if during else "",
            ]
            for one, during in zip(told, inside, strict=True)
        ],
    )


def _months_summary(told: Sequence[MonthRate], inside: Sequence[bool]) -> str:
    worst = max(told, key=lambda one: one.rate or 0)
    if not worst.events:
        return _("No complaint in these months.")
    text = _("Most in %(month)s: %(rate).2f per 1,000 households.") % {
        "month": f"{worst.month:%Y-%m}",
        "rate": worst.rate or 0,
    }
    if not any(inside):
        return text
    first = inside.index(True)
    last = len(inside) - 1 - inside[::-1].index(True)
    return _("%(text)s Shaded: under construction from %(first)s to %(last)s.") % {
        "text": text,
        "first": f"{told[first].month:%Y-%m}",
        "last": f"{told[last].month:%Y-%m}",
    }


def _months_spec(told: Sequence[MonthRate], inside: Sequence[bool]) -> dict[str, Any]:
    values = [
        {"label": f"{one.month:%Y-%m}", "value": one.rate, "works": during}
        for one, during in zip(told, inside, strict=True)
    ]
    step = ceil(len(values) / 8)
    x = {
        "field": "label",
        "type": "ordinal",
        "sort": None,
        # Otherwise the months of the works, whose layer is drawn first, would come first.
        "scale": {"domain": [one["label"] for one in values]},
        "title": None,
        "axis": {
            "labelAngle": -40,
            "values": [one["label"] for index, one in enumerate(values) if index % step == 0],
        },
    }
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": 180,
        "background": "transparent",
        "data": {"values": values},
        "encoding": {"x": x},
        "layer": [
            {
                "mark": {"type": "bar", "color": SHADE, "width": {"band": 1.3}},
                "transform": [{"filter": "datum.works"}],
                "encoding": {"y": {"value": 0}, "y2": {"value": 180}},
            },
            {
                "mark": {"type": "bar", "color": VALUE, "width": {"band": 0.7}},
                "encoding": {
                    "y": {
                        "field": "value",
                        "type": "quantitative",
                        "title": _("Per 1,000 households"),
                    }
                },
            },
        ],
    }
