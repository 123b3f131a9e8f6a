"""Charts of figures: a value with its interval, and the target it is held against.

Every chart has a table with the same numbers and a sentence that says what it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.common.charts import chart_svg

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
VALUE, MISSED, INTERVAL, TARGET = "#14524b", "#8a5300", "#7fb0a8", "#a12d2d"
WIDTH = 290
ROW_HEIGHT = 30
MOST_ROWS = 40


@dataclass(frozen=True)
class Mark:
    """One row of a chart: a place or a period, its value and what is around it."""

    label: str
    value: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    target: Decimal | None = None
    note: str = ""


@dataclass(frozen=True)
class Chart:
    title: str
    summary: str
    svg: SafeString
    headers: list[str]
    rows: list[list[str]]


def compared(
    title: str, marks: Sequence[Mark], unit: str, *, lower_is_better: bool, total: int = 0
) -> Chart:
    """Places one under the other, each with its interval and its target. `total` is how wide the
    picture is with its labels; without it, it is as wide as they need."""
    told = [mark for mark in marks if mark.value is not None]
    texts = [_summary(told, len(marks), unit, lower_is_better=lower_is_better), cut_short(told)]
    drawn = both_ends(told)
    return Chart(
        title=title,
        summary=" ".join(filter(None, texts)),
        svg=chart_svg(_dots(drawn, unit, lower_is_better=lower_is_better) | _across(total))
        if drawn
        else SafeString(),
        headers=_headers(unit),
        rows=[_row(mark) for mark in marks],
    )


def both_ends(marks: Sequence[Mark]) -> Sequence[Mark]:
    """What a picture has room for: of a long list its beginning and its end, as those are asked
    for."""
    half = MOST_ROWS // 2
    return marks if len(marks) <= MOST_ROWS else [*marks[:half], *marks[-half:]]


def cut_short(marks: Sequence[Mark]) -> str:
    if len(marks) <= MOST_ROWS:
        return ""
    text = _("The picture shows the first %(half)s and the last %(half)s, the table all of them.")
    return text % {"half": MOST_ROWS // 2}


def levels(title: str, sums: Sequence[tuple[str, Decimal, Decimal]]) -> Chart:
    """Levels of a score one under the other: (name, points, points there could be)."""
    marks = [
        Mark(name, (100 * points / most).quantize(Decimal("0.01")), target=Decimal(100))
        for name, points, most in sums
        if most
    ]
    lost = sorted(sums, key=lambda one: one[1] - one[2])[:1]
    summary = ""
    if lost and lost[0][2] > lost[0][1]:
        summary = _("Most points are lost in %(level)s: %(lost)s.") % {
            "level": lost[0][0],
            "lost": lost[0][2] - lost[0][1],
        }
    return Chart(
        title=title,
        summary=summary,
        svg=chart_svg(_dots(marks, "%", lower_is_better=False, room=220))
        if marks
        else SafeString(),
        headers=[_("Level"), _("Points"), _("Out of"), "%"],
        rows=[
            [name, f"{points:.2f}", f"{most:.2f}", f"{100 * points / most:.2f}" if most else "–"]
            for name, points, most in sums
        ],
    )


def history(
    title: str,
    marks: Sequence[Mark],
    unit: str,
    *,
    lower_is_better: bool,
    height: int = 200,
    total: int = 0,
) -> Chart:
    """Periods from left to right, oldest first. `total` as of `compared`."""
    told = [mark for mark in marks if mark.value is not None]
    return Chart(
        title=title,
        summary=_trend(told, unit),
        svg=chart_svg(
            _over_time(told, unit, height, lower_is_better=lower_is_better) | _across(total)
        )
        if told
        else SafeString(),
        headers=[_("Period"), *_headers(unit)[1:]],
        rows=[_row(mark) for mark in marks],
    )


def _over_time(
    told: Sequence[Mark], unit: str, height: int, *, lower_is_better: bool
) -> dict[str, Any]:
    """One period is no line, but it has an interval and a target all the same."""
    if len(told) == 1:
        return _dots(told, unit, lower_is_better=lower_is_better)
    return _line(told, unit, height)


def _across(total: int) -> dict[str, Any]:
    if not total:
        return {}
    return {"width": total, "autosize": {"type": "fit-x", "contains": "padding"}}


def _headers(unit: str) -> list[str]:
    value = _("Value")
    return [
        _("Place"),
        f"{value} ({unit})",
        _("95 % interval"),
        pgettext("of an indicator", "Target"),
        _("Remark"),
    ]


def _row(mark: Mark) -> list[str]:
    interval = ""
    if mark.low is not None and mark.high is not None and mark.low != mark.high:
        interval = f"{mark.low}–{mark.high}"
    value = "–" if mark.value is None else f"{mark.value}"
    return [mark.label, value, interval, "" if mark.target is None else f"{mark.target}", mark.note]


def _met(mark: Mark, *, lower_is_better: bool) -> bool | None:
    if mark.value is None or mark.target is None:
        return None
    return mark.value <= mark.target if lower_is_better else mark.value >= mark.target


def _summary(told: Sequence[Mark], total: int, unit: str, *, lower_is_better: bool) -> str:
    if not told:
        return _("No place has a figure to compare yet.")
    ordered = sorted(told, key=lambda mark: mark.value or Decimal(0), reverse=not lower_is_better)
    best, worst = ordered[0], ordered[-1]
    met = sum(1 for mark in told if _met(mark, lower_is_better=lower_is_better))
    held = sum(1 for mark in told if mark.target is not None)
    if len(told) == 1:
        return _("%(place)s: %(value)s %(unit)s.") % {
            "place": best.label,
            "value": best.value,
            "unit": unit,
        }
    text = _(
        "Best: %(best)s with %(high)s %(unit)s; last: %(worst)s with %(low)s %(unit)s. "
        "%(met)s of %(held)s reach their target."
    ) % {
        "best": best.label,
        "high": best.value,
        "worst": worst.label,
        "low": worst.value,
        "unit": unit,
        "met": met,
        "held": held,
    }
    missing = total - len(told)
    if not missing:
        return text
    return _("%(text)s Without a figure: %(missing)s.") % {"text": text, "missing": missing}


def _trend(told: Sequence[Mark], unit: str) -> str:
    if len(told) < 2:
        return _("There is only one period so far.") if told else _("There is no period so far.")
    first, last = told[0], told[-1]
    if all(mark.value == first.value for mark in told):
        return _("%(value)s %(unit)s all the time, from %(start)s to %(end)s.") % {
            "value": first.value,
            "unit": unit,
            "start": first.label,
            "end": last.label,
        }
    return _("From %(first)s %(unit)s (%(start)s) to %(last)s %(unit)s (%(end)s).") % {
        "first": first.value,
        "last": last.value,
        "unit": unit,
        "start": first.label,
        "end": last.label,
    }


def _values(marks: Sequence[Mark], *, lower_is_better: bool) -> list[dict[str, Any]]:
    values = []
    for mark in marks:
        exact = mark.low is None or mark.high is None
        values.append(
            {
                "label": mark.label,
                "value": float(mark.value or 0),
                "low": float((mark.value if exact else mark.low) or 0),
                "high": float((mark.value if exact else mark.high) or 0),
                "target": None if mark.target is None else float(mark.target),
                "colour": MISSED if _met(mark, lower_is_better=lower_is_better) is False else VALUE,
            }
        )
    return values


def _scale(values: Sequence[dict[str, Any]], unit: str) -> dict[str, Any]:
    """Percentages from 0 to 100, so that small differences do not look large."""
    inside = all(row["low"] >= 0 and row["high"] <= 100 for row in values)
    return {"domain": [0, 100]} if unit == "%" and inside else {"zero": True}


def _dots(
    marks: Sequence[Mark], unit: str, *, lower_is_better: bool, room: int = 160
) -> dict[str, Any]:
    """`room` is for the names: what is longer is cut."""
    values = _values(marks, lower_is_better=lower_is_better)
    axis = {"tickCount": 5}
    x = {"type": "quantitative", "scale": _scale(values, unit), "title": unit, "axis": axis}
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": {"step": ROW_HEIGHT},
        "background": "transparent",
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": None,
                "title": None,
                "axis": {"labelLimit": room, "domain": False, "ticks": False},
            }
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 5, "strokeCap": "round", "color": INTERVAL},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "tick", "thickness": 3, "size": 20, "color": TARGET},
                "transform": [{"filter": "datum.target !== null"}],
                "encoding": {"x": {**x, "field": "target"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {
                    "x": {**x, "field": "value"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
        ],
    }


def _line(marks: Sequence[Mark], unit: str, height: int) -> dict[str, Any]:
    values = _values(marks, lower_is_better=False)
    y = {"type": "quantitative", "scale": _scale(values, unit), "title": unit}
    step = ceil(len(values) / 8)
    shown = [row["label"] for index, row in enumerate(values) if index % step == 0]
    # Three years of months would be one thick line of dots.
    dot = 50 if len(values) <= 16 else 12
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": height,
        "background": "transparent",
        "data": {"values": values},
        "encoding": {
            "x": {
                "field": "label",
                "type": "ordinal",
                "sort": None,
                "title": None,
                "axis": {"labelAngle": -40, "values": shown},
            }
        },
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 4, "color": INTERVAL},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "mark": {"type": "line", "strokeDash": [5, 4], "color": TARGET},
                "transform": [{"filter": "datum.target !== null"}],
                "encoding": {"y": {**y, "field": "target"}},
            },
            {
                "mark": {"type": "line", "color": VALUE, "point": {"size": dot, "color": VALUE}},
                "encoding": {"y": {**y, "field": "value"}},
            },
        ],
    }
