"""Pictures beside the tables: Vega-Lite specifications rendered to SVG on the server."""

from functools import lru_cache
from typing import Any

import vl_convert
from django.utils.safestring import SafeString, mark_safe

from portal.common.canonical import canonical_json

FONT = "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"


def chart_svg(spec: dict[str, Any]) -> SafeString:
    """Inline SVG of a Vega-Lite specification. Equal specifications are rendered once a process.

    The caller puts a table with the same numbers beside it; the picture itself is aria-hidden.
    """
    return mark_safe(_render(canonical_json(spec).decode()))


@lru_cache(maxsize=256)
def _render(spec: str) -> str:
    config = {"font": FONT, "view": {"stroke": None}, "axis": {"labelFontSize": 13}}
    svg: str = vl_convert.vegalite_to_svg(spec, config=config)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def chart_png(svg: str) -> bytes:
    """A picture of `chart_svg` for files that take no SVG, at twice its size.

    Chinese letters need a Chinese font on this machine.
    """
    png: bytes = vl_convert.svg_to_png(svg, scale=2)
    return png
