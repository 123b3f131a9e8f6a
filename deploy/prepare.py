"""What comes before the start, in one process: settings, services, tables, texts, files, data.

The launcher runs it with the Python of the virtual environment.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.dev")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import KombuError
from local_env import VAR
from screen import Refused, step, warn

SIGN_INS = VAR / "sign-ins.json"
COLLECTED = VAR / "static.digest"


def main() -> int:
    try:
        with step("Settings"):
            settings_check()
        with step("Database and broker"):
            services_check()
        texts_compile()
        tables_migrate()
        files_collect()
        demonstration_seed()
    except Refused as refusal:
        warn(f"Linli: {refusal}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def settings_check() -> None:
    try:
        django.setup()
    except (ImproperlyConfigured, ImportError) as error:
        raise Refused(f"The settings can't be read: {error}") from error
    wrong = [m for m in checks.run_checks() if m.level >= checks.ERROR and not m.is_silenced()]
    if wrong:
        raise Refused("\n".join(f"{m.id}: {m.msg} {m.hint or ''}" for m in wrong))


def services_check() -> None:
    from portal.healthz.probes import broker_check, database_check

    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        for name in ("data_folder_in", "data_folder_out", "processed_folder", "control_folder"):
            Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name]).mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    try:
        database_check()
    except DatabaseError as error:
        raise Refused(f"The database (DATABASE_URL) does not answer: {_line(error)}") from error
    try:
        broker_check()
    except (KombuError, OSError) as error:
        raise Refused(f"The broker (REDIS_URL) does not answer: {_line(error)}") from error


def texts_compile() -> None:
    from django.utils.translation.reloader import translation_file_changed

    from portal.common.catalogue import catalogue_compile, catalogue_path

    catalogue_compile()
    # The checks have read the texts before there were any: what is stored from now on, as the title
    # of a corrective action, would be English.
    translation_file_changed(None, catalogue_path().with_suffix(".mo"))


def tables_migrate() -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return
    with step(f"Database tables ({len(plan)} migrations)") as progress:
        done = 0

        def show(action: str, migration: object = None, fake: bool = False) -> None:
            nonlocal done
            if action == "apply_success":
                done += 1
                progress.show(f"{done} of {len(plan)}")

        executor.progress_callback = show
        executor.migrate(executor.loader.graph.leaf_nodes(), plan)
        # Nothing is left to migrate; this tells the applications so: permissions, content types.
        call_command("migrate", verbosity=0)


def files_collect() -> None:
    """Static files, again only where one of ours or a package has changed."""
    from portal.common.generation import generation_bump

    digest = _static_digest()
    if COLLECTED.exists() and COLLECTED.read_text() == digest:
        return
    with step("Static files"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    # Kept pages name files by what was in them.
    generation_bump()
    COLLECTED.write_text(digest)


def demonstration_seed() -> None:
    """Fill an empty database. What a broken-off filling left behind goes first."""
    from portal.demo.models import Seeding
    from portal.places.models import Place

    if not settings.DEMONSTRATION:
        return
    if Seeding.objects.filter(finished_at=None).exists() and connection.vendor == "sqlite":
        _database_remove()
        tables_migrate()
    if Place.objects.exists() and not Seeding.objects.filter(finished_at=None).exists():
        return
    try:
        small = os.environ.get("DEMONSTRATION_SIZE") == "small"
        call_command("seed_demo", sign_ins=SIGN_INS, small=small)
    except CommandError as error:
        raise Refused(str(error)) from error


def _database_remove() -> None:
    name = str(settings.DATABASES["default"]["NAME"])
    warn("  The demonstration data was not finished last time; it is made anew.")
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        Path(name + suffix).unlink(missing_ok=True)


def _static_digest() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            stat = path.stat()
            digest.update(f"{path} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()


def _line(error: BaseException) -> str:
    """The first line: drivers add hints and, below them, what else they tried."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
