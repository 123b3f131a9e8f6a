from typing import Any

from django.forms import ModelChoiceField
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from portal.accounts.roles import Action
from portal.places.permissions import places_with


class PlaceChoiceMixin:
    """A `place` that has to be given, among those where the user may add pictures and files."""

    fields: dict[str, Any]
    initial: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        user = kwargs.get("user")
        super().__init__(*args, **kwargs)
        field = self.fields.get("place")
        if user is None or not isinstance(field, ModelChoiceField):
            return
        field.queryset = places_with(user, Action.MEDIA_EDIT)
        field.required = True
        topmost = field.queryset.order_by("path").first()
        if topmost and not self.initial.get("place"):
            self.initial["place"] = topmost.pk


class PlaceImageForm(PlaceChoiceMixin, BaseImageForm):
    pass


class PlaceDocumentForm(PlaceChoiceMixin, BaseDocumentForm):
    pass
