"""The text of a notice: as HTML with few queries however much is in it, and as plain sentences."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import StreamValue
from wagtail.rich_text import expand_db_html

from notices.links import Roots, page_links_expand

#: Stands between two texts while the links of all are looked up together; no editor writes it.
BETWEEN = "<!--between-->"
#: The same as in notices/blocks/figure.html.
PICTURE = "width-1200"


def body_html(body: StreamValue, roots: Roots) -> list[SafeString]:
    """Each block of `body`, in order."""
    texts = [block.value.source for block in body if block.block_type == "paragraph"]
    expanded = iter(_expanded(texts, roots))
    return [
        next(expanded) if block.block_type == "paragraph" else mark_safe(block.render())
        for block in body
    ]


def _expanded(texts: list[str], roots: Roots) -> list[SafeString]:
    if not texts:
        return []
    whole = expand_db_html(page_links_expand(BETWEEN.join(texts), roots))
    parts = whole.split(BETWEEN)
    if len(parts) != len(texts):
        parts = [expand_db_html(text) for text in texts]
    return [mark_safe(part) for part in parts]


def first_picture(body: StreamValue) -> Any:
    """The first picture as the page shows it (a rendition), or None. It is at hand already."""
    images = (block.value["image"] for block in body if block.block_type == "image")
    image = next((one for one in images if one is not None), None)
    return image.get_rendition(PICTURE) if image is not None else None


def sentences(blocks: Iterable[dict[str, Any]]) -> list[str]:
    """The text of `blocks` (a StreamField as it is stored), sentence by sentence."""
    found = (part.strip() for text in _texts(blocks) for part in _ENDS.split(text))
    return [part for part in found if part]


_ENDS = re.compile(r"(?<=[。！？；!?;])|\n+")
_BREAKS = re.compile(r"</(?:p|li|h\d)>|<br\s*/?>", re.IGNORECASE)


def _texts(blocks: Iterable[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        kind, value = block.get("type"), block.get("value")
        if kind == "paragraph":
            yield unescape(strip_tags(_BREAKS.sub("\n", str(value))))
        elif kind == "heading":
            yield str(value)
        elif kind == "image" and isinstance(value, dict):
            yield str(value.get("caption") or "")
        elif kind == "table" and isinstance(value, dict):
            for row in value.get("rows", []):
                yield " ".join(str(cell) for cell in row.get("values", []) if cell)
