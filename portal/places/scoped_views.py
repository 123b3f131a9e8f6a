"""Wagtail's generic views, scoped by assignment and saving through a service."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.forms import BaseForm
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views import generic

from portal.places.models import Place
from portal.places.permissions import places_visible


class ScopedFilterSet(WagtailFilterSet):
    """Offers, for every filter by place, the places that exist for the reader."""

    #: Filter name → path from the filtered model to the place ("" for a Place itself).
    scoped: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = places_visible(self.request.user).order_by().values("pk")
        for name, lookup in self.scoped.items():
            choice = self.filters[name]
            choice.queryset = choice.queryset.filter(**{f"{lookup or 'pk'}__in": places})


class ScopedIndexView(generic.IndexView):
    """Lists what the model's policy lets the reader see."""

    def get_base_queryset(self) -> QuerySet[Any]:
        policy = self.permission_policy
        return policy.instances_user_has_any_permission_for(
            self.request.user, self.any_permission_required
        )

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By the asked column, then by primary key, so that pages don't overlap."""
        return super().order_queryset(queryset).order_by(*self._order(), "pk")

    def _order(self) -> list[str]:
        return [self.ordering] if isinstance(self.ordering, str) else list(self.ordering or [])

    def get_copy_url(self, instance: Any) -> str | None:
        return None


class ServiceSaveMixin:
    """The view's `service` does the writing; what it refuses stands at the fields."""

    request: Any
    form: Any

    def service(self, form: BaseForm) -> Any:
        """Write what the form says and return the instance. May raise ValidationError."""
        raise NotImplementedError

    def is_valid(self, form: BaseForm) -> bool:
        if not super().is_valid(form):  # type: ignore[misc]
            return False
        try:
            with transaction.atomic():
                self.saved = self.service(form)
        except ValidationError as error:
            _add_errors(form, error)
            return bool(super().is_valid(form))  # type: ignore[misc]
        return True

    def save_instance(self) -> Any:
        return self.saved


class ServiceCreateView(ServiceSaveMixin, generic.CreateView):
    pass


class ServiceEditView(ServiceSaveMixin, generic.EditView):
    pass


def _add_errors(form: BaseForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        field = name if name in form.fields else None
        form.add_error(field if name != NON_FIELD_ERRORS else None, errors)


def place_name(place: Place | None) -> str:
    return place.label if place else ""
