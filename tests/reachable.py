"""Which tests can run here, which must not run side by side, and whether any was passed over."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

#: These use much of the machine, or count what happens on it: one after the other.
TOGETHER = ("browser", "worker")
GROUP = "one after the other"
#: Whoever asks for one of these reads or writes the database.
DATABASE = {"db", "transactional_db", "django_db_setup", "installation"}
OFFICE = ("soffice", "libreoffice")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def missing_parts() -> dict[str, str]:
    """Marker → what is missing for it on this run."""
    missing = {}
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        missing["postgres"] = "needs PostgreSQL: set DATABASE_URL"
    else:
        missing["sqlite"] = "needs SQLite: unset DATABASE_URL"
    if not settings.REDIS_URL:
        missing["redis"] = "needs Redis: set REDIS_URL"
    if not any(map(shutil.which, CHROMIUM)):
        missing["browser"] = "needs Chromium"
    if not shutil.which("zbarimg"):
        missing["zbar"] = "needs zbarimg"
    if not any(map(shutil.which, OFFICE)):
        missing["office"] = "needs LibreOffice"
    return missing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="fail where a test that was chosen is skipped"
    )


def pytest_sessionstart() -> None:
    if not settings.REDIS_URL:
        for name in ("data_folder_in", "processed_folder", "control_folder"):
            folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name])
            folder.mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    missing = missing_parts()
    for item in items:
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
        if not item.get_closest_marker("django_db") and DATABASE.isdisjoint(item.fixturenames):
            item.add_marker(pytest.mark.anywhere)
        # A process takes whole modules, so that what a module stands on is made once.
        if _is_together(item):
            item.add_marker(pytest.mark.xdist_group(GROUP))
        elif not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    yield
    # They are the longest row of all: one process begins with them while others do the rest.
    items.sort(key=lambda item: not _is_together(item))


def _is_together(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in TOGETHER)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    shutil.rmtree(Path(settings.TEST_DIR), ignore_errors=True)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and session.config.getoption("no_skips") and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
