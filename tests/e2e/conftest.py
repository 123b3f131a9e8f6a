"""A whole installation, started the way `make run` starts it, and a browser to walk through it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PATIENCE = 420
DATABASE = "linli_e2e"


@dataclass
class Installation:
    address: str
    passwords: dict[str, str]
    inside: subprocess.Popen[str]

    def run(self, code: str) -> str:
        """What a program prints that runs inside, beside the processes of the installation."""
        assert self.inside.stdin and self.inside.stdout
        print(json.dumps(code), file=self.inside.stdin, flush=True)
        printed, failed = json.loads(self.inside.stdout.readline())
        assert not failed, failed
        return str(printed)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_url(folder: Path) -> str:
    """A database of its own, of the kind the other tests run on."""
    known = settings.DATABASES["default"]
    if "postgresql" not in known["ENGINE"]:
        return f"sqlite:///{folder / 'linli.sqlite3'}"
    import psycopg
    from psycopg.conninfo import make_conninfo

    where = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"]}
    where["password"] = known["PASSWORD"]
    with psycopg.connect(make_conninfo(dbname="postgres", **where), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
    secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    return f"postgres://{known['USER']}{secret}@{known['HOST']}:{known['PORT'] or 5432}/{DATABASE}"


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder, port = tmp_path_factory.mktemp("installation"), _free_port()
    kept = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "FIELD_KEYS", "RECEIPT_KEY")
    dropped = {*kept, "HOUSEHOLD_CODE_KEY", "BLIND_INDEX_KEY", "DATABASE_URL", "REDIS_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {
        "VAR_DIR": str(folder),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "DEMONSTRATION_SIZE": "small",
        "DATABASE_URL": _database_url(folder),
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "WORKER_PROCESSES": "1",
    }
    if settings.REDIS_URL:
        environment["REDIS_URL"] = settings.REDIS_URL.rsplit("/", 1)[0] + "/11"
    output = (folder / "output.txt").open("w")
    process = subprocess.Popen(
        [sys.executable, "deploy/run.py", "run"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_well(address, process, folder / "output.txt")
        people = json.loads((folder / "sign-ins.json").read_text())
        passwords = {person["username"]: person["password"] for person in people}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.inside"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as inside:
            yield Installation(address, passwords, inside)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        output.close()
        left = subprocess.run(["pgrep", "-g", str(process.pid)], capture_output=True, check=False)
        assert not left.stdout, "Ctrl-C left processes behind"


def _wait_until_well(address: str, process: subprocess.Popen[bytes], output: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, output.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError(output.read_text()[-3000:])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_context(
    chromium: Browser, installation: Installation
) -> Iterator[Callable[..., BrowserContext]]:
    """Browser contexts of the installation; an answer of 500 or a broken script fails the test."""
    contexts: list[BrowserContext] = []
    broken: list[str] = []

    def make(width: int = 390, **options: object) -> BrowserContext:
        context = chromium.new_context(
            base_url=installation.address,
            viewport={"width": width, "height": 844},
            locale="zh-CN",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(20000)
        context.on("response", lambda r: broken.append(r.url) if r.status >= 500 else None)
        context.on("weberror", lambda e: broken.append(f"{e.page and e.page.url}: {e.error}"))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not broken


@pytest.fixture
def sign_in(
    open_context: Callable[..., BrowserContext], installation: Installation
) -> Callable[..., Page]:
    def enter(username: str, width: int = 1280) -> Page:
        page = open_context(width).new_page()
        page.goto("/staff/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", installation.passwords[username])
        page.click("main button[type=submit]")
        page.wait_for_url("**/staff/")
        return page

    return enter
