"""The board's picture: how often each category was reported. The table beside it says the same."""

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.complaints.board import Board, Line
from portal.common.charts import chart_svg

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
MOST_BARS = 12
WIDTH, ROW_HEIGHT = 190, 30


@dataclass(frozen=True)
class BoardChart:
    title: str
    svg: SafeString
    headers: list[str]
    rows: list[list[str]]


def board_chart(board: Board) -> BoardChart | None:
    """None where there is nothing to compare."""
    if not board.categories:
        return None
    told = [line for line in board.categories if line.received is not None]
    return BoardChart(
        title=_("What was reported"),
        svg=chart_svg(_bars(told[:MOST_BARS])) if told else SafeString(),
        headers=[
            pgettext("complaint", "Category"),
            pgettext("complaints", "Received"),
            _("Days until half were solved"),
            _("In time"),
        ],
        rows=[
            [line.label, cell(line.received), cell(line.median_days), cell(line.on_time, " %")]
            for line in board.categories
        ],
    )


def cell(number: int | None, unit: str = "") -> str:
    return "–" if number is None else f"{number}{unit}"


def _bars(lines: list[Line]) -> dict[str, Any]:
    values = [{"label": line.label, "count": line.received or 0} for line in lines]
    names = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 150, "ticks": False, "domain": False, "labelPadding": 8},
    }
    bar = {
        "mark": {"type": "bar", "color": "#14524b", "height": 16},
        "encoding": {
            "y": names,
            "x": {
                "field": "count",
                "type": "quantitative",
                "title": None,
                "axis": None,
                "scale": {"domainMin": 0},
            },
        },
    }
    number = {
        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 13, "color": "#1e2422"},
        "encoding": {
            "y": names,
            "x": {"field": "count", "type": "quantitative"},
            "text": {"field": "count"},
        },
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": values},
        "width": WIDTH,
        "height": ROW_HEIGHT * len(lines),
        "layer": [bar, number],
        "background": None,
    }
