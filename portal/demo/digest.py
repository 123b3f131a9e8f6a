"""One fingerprint over everything that was seeded, the same for the same seed and day.

A row counts with its content, not with its key: a key is replaced by the row's place in its table,
and rows are hashed as a set where nothing points at them (the order of anonymous answers is drawn
anew when a survey is sealed). Left out is what may differ by nature: passwords, secrets, search
indexes, histories of pages, and the moment something was computed or written.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from wagtail.fields import StreamField

from portal.common.canonical import canonical_json

APPS = (
    "accounts",
    "places",
    "projects",
    "notices",
    "outbox",
    "surveys",
    "complaints",
    "votes",
    "plans",
    "indicators",
    "pages",
)
WITHOUT_FIELDS = frozenset(
    {
        "password",
        "last_login",
        "date_joined",
        "computed_at",
        "created_at",
        "updated_at",
        "rebuilt_at",
        "first_published_at",
        "last_published_at",
        "latest_revision_created_at",
        "translation_key",
        "latest_revision",
        "live_revision",
        "frozen_at",
        # Where the storage put it.
        "file",
        "photo",
        "secret_hash",
        "receipt_hash",
        "token",
        "thumbnail",
        "doomed",
        "result_hash",
        # Over what was sent, with the keys of the rows it is about.
        "content_hash",
        "digest",
        "household_mark",
        "salt",
        "merkle_root",
        "content_type",
    }
)
#: Keys of rows inside of JSON: whom an event of a case names.
WITHOUT_JSON = frozenset({"person"})
#: Messages carry signed links, which hold the keys of rows.
WITHOUT_MODELS = frozenset(
    {
        "places.StaleMark",
        "outbox.Delivery",
        "outbox.Bulletin",
        "outbox.BulletinItem",
        # How long something took on this machine.
        "indicators.RecalculationRun",
    }
)


def demo_digest() -> dict[str, str]:
    """Model label → SHA-256 over its rows, for every model of the product that has any."""
    ranks: dict[type[models.Model], dict[Any, int]] = {}
    return {
        model._meta.label: _model_digest(model, ranks)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if model._meta.label not in WITHOUT_MODELS and model._default_manager.exists()
    }


def _model_digest(
    model: type[models.Model], ranks: dict[type[models.Model], dict[Any, int]]
) -> str:
    digest = hashlib.sha256()
    for row in sorted(canonical_json(values) for values in _rows(model, ranks)):
        digest.update(row + b"\n")
    return digest.hexdigest()


def _rows(
    model: type[models.Model], ranks: dict[type[models.Model], dict[Any, int]]
) -> Iterator[dict[str, Any]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.name not in WITHOUT_FIELDS and not (field.primary_key and not field.is_relation)
    ]
    for row in model._default_manager.order_by("pk").values_list(*(f.attname for f in fields)):
        yield {
            field.name: _value(field, value, ranks)
            for field, value in zip(fields, row, strict=True)
        }


def _value(
    field: models.Field[Any, Any], value: Any, ranks: dict[type[models.Model], dict[Any, int]]
) -> Any:
    if value is None:
        return None
    if isinstance(field, models.ForeignKey):
        target = field.remote_field.model
        if target not in ranks:
            keys = target._default_manager.order_by("pk").values_list("pk", flat=True)
            ranks[target] = {key: index for index, key in enumerate(keys)}
        return ranks[target].get(value)
    if isinstance(field, StreamField):
        stored = field.get_prep_value(value)
        return _without_ids(json.loads(stored) if isinstance(stored, str) else stored)
    if isinstance(field, models.JSONField) and isinstance(value, dict):
        return {name: held for name, held in value.items() if name not in WITHOUT_JSON}
    if isinstance(field, models.JSONField | models.DecimalField):
        return value
    if isinstance(value, bool | int | float):
        return value
    return str(value)


def _without_ids(value: Any) -> Any:
    """Blocks without the random names Wagtail gives them."""
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items() if key != "id"}
    return value
