"""The database of a test process, copied from one that was migrated once.

Migrating takes most of a minute, a copy less than a second. The migrated database (the template)
stays for the next run as long as no migration changes. A test that commits leaves what no rollback
takes back: after it the template is copied again, so that no test depends on who ran before.
"""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

DIGEST_LENGTH = 20
FOLDER = Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """A migrated database for this process under a name of its own, gone at the end."""
    own = connection.creation._get_test_db_name()
    with django_db_blocker.unblock():
        with _alone():
            if not _template_stands():
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                _template_keep(own)
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own
        database_restore()
    with pytest.MonkeyPatch.context() as patched:
        # Django would empty every table and write rights and content types anew.
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: database_restore())
        yield
    with django_db_blocker.unblock():
        connection.close()
        _drop(own)


def database_restore() -> None:
    """The database of this process as migrations left it; whoever is connected is thrown out."""
    connection.close()
    own = connection.settings_dict["NAME"]
    _drop(own)
    if connection.vendor == "sqlite":
        shutil.copyfile(_file(), own)
    else:
        _on_server(f'CREATE DATABASE "{own}" TEMPLATE "{_template()}"')
    ContentType.objects.clear_cache()


@contextmanager
def _alone() -> Iterator[None]:
    """The processes of a run start at once, and one of them migrates for all."""
    with (FOLDER / "linli-migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _digest() -> str:
    """Made of all migrations."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        for path in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.name}/{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:DIGEST_LENGTH]


def _file() -> Path:
    """Where SQLite's template of exactly these migrations lies, or will."""
    return FOLDER / f"linli-migrated-{_digest()}.sqlite3"


def _template() -> str:
    """The name of PostgreSQL's template; its comment says of which migrations."""
    return f"{settings.TEST_DB_NAME}_migrated"


def _template_stands() -> bool:
    if connection.vendor == "sqlite":
        return _file().exists()
    question = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    with connection._nodb_cursor() as cursor:
        cursor.execute(question, [_template()])
        return bool(cursor.fetchone() == (_digest(),))


def _template_keep(own: str) -> None:
    if connection.vendor == "sqlite":
        part = _file().with_suffix(".part")
        part.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(part)])
        part.replace(_file())
        return
    connection.close()
    _drop(_template())
    _on_server(f'CREATE DATABASE "{_template()}" TEMPLATE "{own}"')
    _on_server(f"COMMENT ON DATABASE \"{_template()}\" IS '{_digest()}'")


def _drop(name: str) -> None:
    if connection.vendor == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{name}{suffix}").unlink(missing_ok=True)
    else:
        _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
