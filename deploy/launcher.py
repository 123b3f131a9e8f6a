"""`make run`: from a bare clone to a running installation."""

import contextlib
import errno
import fcntl
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import local_env
from packages import PYTHON, ROOT, packages_ensure
from processes import Stopped, listen, run_together
from screen import Refused, columns, say, step, warn

VAR = local_env.VAR
LOGS = VAR / "log"
SIGN_INS = VAR / "sign-ins.json"
PATIENCE = 120.0


def main(arguments: list[str]) -> int:
    """`run` starts everything; `packages` and `tools` only see to the virtual environment."""
    os.chdir(ROOT)
    command = arguments[0] if arguments else "run"
    listen()
    try:
        if command == "packages":
            packages_ensure()
        elif command == "tools":
            packages_ensure(develop=True)
        elif command == "run":
            return run()
        else:
            raise Refused(f"There is no command {command!r}; try `make help`.")
    except Refused as refusal:
        warn(f"Linli: {refusal}")
        return 1
    except Stopped:
        say("\n  Everything is ended.")
    return 0


def run() -> int:
    begun = time.monotonic()
    host, port = local_env.setting("HOST", "127.0.0.1"), _port()
    with _only_one():
        say("Linli 邻里")
        _address_check(host, port)
        packages_ensure()
        if local_env.secrets_ensure():
            say(f"  ✓ Secrets of this machine, kept in {local_env.MADE}")
        address = f"http://{_shown(host)}:{port}"
        environment = _environment(address)
        prepared = subprocess.run([PYTHON, "deploy/prepare.py"], env=environment, check=False)
        if prepared.returncode:
            return 1
        with contextlib.ExitStack() as starting:
            starting.enter_context(step("Web, worker and beat"))

            def announce() -> None:
                starting.close()
                _announce(address, time.monotonic() - begun)

            run_together(
                _commands(host, port),
                folder=LOGS,
                environment=environment,
                ready=lambda: _answers(host, port),
                announce=announce,
                patience=PATIENCE,
            )
    return 0


def _port() -> int:
    text = local_env.setting("PORT", "8000")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise Refused(f"PORT={text} is not a port; it is a number from 1 to 65535.")
    return int(text)


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """One installation a folder: two would share files that belong to one."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("It already runs in this folder; end that one first.") from None
        yield


def _address_check(host: str, port: int) -> None:
    """Whether the web server will be able to listen there."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"Port {port} is taken. Choose another: make run PORT={port + 1}"
        elif error.errno == errno.EACCES:
            why = f"Port {port} needs more rights. Choose one above 1023: make run PORT=8000"
        else:
            why = f"HOST={host} is not an address of this machine."
        raise Refused(why) from error


def _shown(host: str) -> str:
    """The address people type: for all addresses, the one other machines reach us by."""
    if host not in {"0.0.0.0", "::", ""}:  # noqa: S104
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: it only asks which address the way out begins at.
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _environment(address: str) -> dict[str, str]:
    """What all processes are told: the same settings, wherever each of them comes from."""
    defaults = {
        "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
        "BASE_URL": address,
        "VAR_DIR": str(VAR),
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "8",
    }
    told = {name: local_env.setting(name, value) for name, value in defaults.items()}
    # Packages are installed without bytecode; what is used is compiled once and kept.
    kept = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        **told,
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore::SyntaxWarning",
    }


def _commands(host: str, port: int) -> dict[str, list[str]]:
    python, celery = str(PYTHON), ["-m", "celery", "-A", "portal.celery"]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    quiet = ["--without-gossip", "--without-mingle"]
    concurrency = local_env.setting("WORKER_PROCESSES", "2")
    return {
        "web": [python, "-m", "gunicorn", "-c", "deploy/gunicorn_conf.py", "--bind", bind],
        "worker": [python, *celery, "worker", "-l", "INFO", "-c", concurrency, *quiet],
        "beat": [python, *celery, "beat", "-l", "WARNING", "--pidfile", ""],
    }


def _answers(host: str, port: int) -> bool:
    """Whether all parts are well. Anything but 503 is the web server's own, so it is there."""
    near = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{near}:{port}/healthz", timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code != 503
    except OSError:
        return False


def _announce(address: str, seconds: float) -> None:
    say(f"\n  Linli 邻里 is ready after {seconds:.0f} s:  {address}/")
    say(f"  Staff 工作人员: {address}/staff/    English: {address}/en/")
    if SIGN_INS.exists():
        say(f"\n  Demonstration sign-ins of this machine 演示账号 ({SIGN_INS}):")
        people = json.loads(SIGN_INS.read_text())
        rows = [(p["username"], p["password"], p["role"], p["place"]) for p in people]
        for line in columns(rows):
            say(f"    {line}")
    say(f"\n  Logs are in {LOGS}. Ctrl-C ends it.")
