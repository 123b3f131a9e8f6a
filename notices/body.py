"""The text of a notice as HTML. The queries do not grow with its links and pictures."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.blocks import StreamValue
from wagtail.rich_text import expand_db_html

#: Stands between two texts while the links of all are looked up together; no editor writes it.
BETWEEN = "<!--between-->"


def body_html(body: StreamValue) -> list[SafeString]:
    """Each block of `body`, in order."""
    texts = [block.value.source for block in body if block.block_type == "paragraph"]
    expanded = iter(_expanded(texts))
    return [
        next(expanded) if block.block_type == "paragraph" else format_html("{}", block)
        for block in body
    ]


def _expanded(texts: list[str]) -> list[SafeString]:
    if not texts:
        return []
    parts = expand_db_html(BETWEEN.join(texts)).split(BETWEEN)
    if len(parts) != len(texts):
        parts = [expand_db_html(text) for text in texts]
    return [mark_safe(part) for part in parts]
