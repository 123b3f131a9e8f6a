"""A test database without its twenty seconds of migrations, where they were run before.

Only for SQLite: the migrated file is kept beside other temporary files under a name made of all
migrations, and copied as long as none of them changed. Anything else makes the database anew.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

DIGEST_LENGTH = 20


def _template() -> Path:
    """Where the migrated database of exactly these migrations lies, or will."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        for path in sorted(Path(config.path, "migrations").glob("*.py")):
            digest.update(f"{config.name}/{path.name}\n".encode() + path.read_bytes())
    name = f"linli-migrated-{digest.hexdigest()[:DIGEST_LENGTH]}.sqlite3"
    return Path(tempfile.gettempdir()) / name


@pytest.fixture(scope="session")
def migrated_copy(django_db_modify_db_settings: None) -> bool:
    """Whether the test database stands already, copied from a migrated one."""
    if connection.vendor != "sqlite" or not _template().exists():
        return False
    target = connection.creation._get_test_db_name()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(_template(), target)
    return True


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, migrated_copy: bool) -> bool:
    # On SQLite the copy is quicker than trust in what an earlier run left behind.
    reuse = request.config.getvalue("reuse_db") and connection.vendor != "sqlite"
    return migrated_copy or bool(reuse)


@pytest.fixture(scope="session")
def django_db_createdb(request: pytest.FixtureRequest, migrated_copy: bool) -> bool:
    return not migrated_copy and bool(request.config.getvalue("create_db"))


def template_keep() -> None:
    """Keep the database that was just made; must be called before any test wrote into it."""
    template = _template()
    if connection.vendor != "sqlite" or template.exists():
        return
    own = template.with_suffix(f".{os.getpid()}")
    own.unlink(missing_ok=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(own)])
    own.replace(template)
