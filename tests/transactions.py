"""Tests with transactions that commit, and what they must leave behind for the tests after them.

Such a test ends by emptying every table, what migrations wrote included: levels of places, notice
types, categories, the home page. It is put back here, so that no test depends on who ran before.
"""

import json
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.databases import template_keep

KEPT: pytest.StashKey[tuple[str, DjangoDbBlocker]] = pytest.StashKey()
CONTENT_TYPE = "contenttypes.contenttype"
FIXTURES = {"transactional_db", "live_server", "django_db_reset_sequences"}


def commits(item: pytest.Item) -> bool:
    """Whether the database is emptied after this test instead of rolled back."""
    marker = item.get_closest_marker("django_db")
    if marker and (marker.kwargs.get("transaction") or any(marker.args[:1])):
        return True
    return bool(FIXTURES & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Remembers what migrations wrote, where a test of this run will empty it."""
    with django_db_blocker.unblock():
        template_keep()
    if any(map(commits, request.session.items)):
        with django_db_blocker.unblock():
            rows = _kinds_first(connection.creation.serialize_db_to_string())
        request.config.stash[KEPT] = (rows, django_db_blocker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After the fixtures of the test, of which one empties the database."""
    yield
    # After the last one the database itself is gone.
    if nextitem is None or not commits(item) or KEPT not in item.config.stash:
        return
    rows, blocker = item.config.stash[KEPT]
    with blocker.unblock():
        # Emptying wrote content types and permissions anew, under other keys.
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        ContentType.objects.clear_cache()
        connection.creation.deserialize_db_from_string(rows)
        _count_on()
        ContentType.objects.clear_cache()


def _kinds_first(rows: str) -> str:
    """A page asks for its content type as soon as it is made, and would write another one."""
    kinds_first = sorted(json.loads(rows), key=lambda row: row["model"] != CONTENT_TYPE)
    return json.dumps(kinds_first)


def _count_on() -> None:
    """Rows were written with their keys, which PostgreSQL's sequences know nothing of."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
