"""The text of a notice as HTML. The queries do not grow with its links and pictures."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import StreamValue
from wagtail.rich_text import expand_db_html

from notices.links import Roots, page_links_expand

#: Stands between two texts while the links of all are looked up together; no editor writes it.
BETWEEN = "<!--between-->"


def body_html(body: StreamValue, roots: Roots) -> list[SafeString]:
    """Each block of `body`, in order."""
    texts = [block.value.source for block in body if block.block_type == "paragraph"]
    expanded = iter(_expanded(texts, roots))
    return [
        next(expanded) if block.block_type == "paragraph" else format_html("{}", block)
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
