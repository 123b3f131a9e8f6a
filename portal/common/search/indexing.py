"""An object as the index sees it: every text in its search fields cut into words."""

from copy import copy
from typing import Any

from modelsearch.index import AutocompleteField, RelatedFields, SearchField

from portal.common.search.words import index_text


class SegmentedObject:
    """Stands in for `obj` while the backend reads its search fields."""

    def __init__(self, obj: Any) -> None:
        self.obj = obj
        self.pk = obj.pk

    def get_search_fields(self) -> list[Any]:
        return [_segmented_field(field) for field in self.obj.get_search_fields()]


def _segmented_field(field: Any) -> Any:
    """A copy of `field` whose value is cut."""
    wrapped = copy(field)
    if isinstance(field, RelatedFields):
        wrapped.fields = [_segmented_field(inner) for inner in field.fields]
        wrapped.get_value = lambda owner: field.get_value(_own(owner))
    elif isinstance(field, SearchField | AutocompleteField):
        wrapped.get_value = lambda owner: _cut(field.get_value(_own(owner)))
    return wrapped


def _own(owner: Any) -> Any:
    return owner.obj if isinstance(owner, SegmentedObject) else owner


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return index_text(value)
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return value
