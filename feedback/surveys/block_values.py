"""How blocks write lists down. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def item_list(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The items of a list, plain as in the library or wrapped as a StreamField keeps them."""
    listed = value.get(name) or []
    return [item["value"] if item.get("type") == "item" else item for item in listed]


def split_codes(text: str | Sequence[str]) -> list[str]:
    """`"A10, A11，A12"` → `["A10", "A11", "A12"]`; a list is taken as it is."""
    if not isinstance(text, str):
        return list(text)
    for separator in "，、;；":
        text = text.replace(separator, ",")
    return [part.strip() for part in text.split(",") if part.strip()]
