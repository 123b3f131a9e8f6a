import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import processes
import pytest
from screen import Refused

from tests.workers import wait_until

QUIET = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); {QUIET}"


def run(
    folder: Path,
    codes: dict[str, str],
    *,
    ready: Callable[[], bool] = lambda: True,
    announce: Callable[[], None] = lambda: None,
    patience: float = 20,
) -> None:
    processes.run_together(
        {name: [sys.executable, "-c", code] for name, code in codes.items()},
        folder=folder,
        environment=os.environ,
        ready=ready,
        announce=announce,
        patience=patience,
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def stop() -> None:
    raise processes.Stopped


def told(folder: Path, name: str) -> str:
    log = folder / f"{name}.log"
    return log.read_text() if log.exists() else ""


def pid_told(folder: Path, name: str) -> int | None:
    return int(told(folder, name) or 0) or None


TELLS = f"import os; print(os.getpid(), flush=True); {QUIET}"


def test_all_end_when_somebody_ends_it(tmp_path: Path) -> None:
    def both_up() -> bool:
        return bool(pid_told(tmp_path, "web") and pid_told(tmp_path, "worker"))

    with pytest.raises(processes.Stopped):
        run(tmp_path, {"web": TELLS, "worker": TELLS}, ready=both_up, announce=stop)

    for name in ("web", "worker"):
        pid = pid_told(tmp_path, name)
        assert pid
        assert not alive(pid)


def test_all_end_when_one_dies_and_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dies = "import time; print('no room left', flush=True); time.sleep(1); raise SystemExit(3)"
    with pytest.raises(Refused, match=r"The worker process ended by itself \(code 3\)"):
        run(tmp_path, {"web": TELLS, "worker": dies})

    pid = pid_told(tmp_path, "web")
    assert pid
    assert not alive(pid)
    assert "[worker] no room left" in capsys.readouterr().err


def test_a_child_of_a_process_ends_with_it(tmp_path: Path) -> None:
    code = f"""
    import subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", {QUIET!r}])
    print(child.pid, flush=True)
    time.sleep(60)
    """
    with pytest.raises(processes.Stopped):
        run(
            tmp_path,
            {"worker": textwrap.dedent(code)},
            ready=lambda: bool(pid_told(tmp_path, "worker")),
            announce=stop,
        )

    pid = pid_told(tmp_path, "worker")
    assert pid
    wait_until(lambda: not alive(pid), seconds=5)


def test_a_process_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    begun = time.monotonic()
    with pytest.raises(processes.Stopped):
        run(
            tmp_path,
            {"worker": STUBBORN},
            ready=lambda: told(tmp_path, "worker") == "up\n",
            announce=stop,
        )

    assert time.monotonic() - begun < 15
    assert "The worker process does not end; it is killed." in capsys.readouterr().err


def test_what_never_becomes_ready_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Not everything answers after 1 s"):
        run(tmp_path, {"web": TELLS}, ready=lambda: False, patience=1)

    pid = pid_told(tmp_path, "web")
    assert pid is None or not alive(pid)


def test_only_what_is_important_reaches_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "2026-11-20 INFO celery all is well",
        "2026-11-20 ERROR django.request Service Unavailable: /healthz",
        "2026-11-20 ERROR django.request Internal Server Error: /staff/",
    ]
    code = f"import time\nfor line in {lines!r}: print(line, flush=True)\ntime.sleep(60)"
    with pytest.raises(processes.Stopped):
        run(
            tmp_path,
            {"web": code},
            ready=lambda: told(tmp_path, "web").count("\n") == 3,
            announce=stop,
        )

    assert capsys.readouterr().err.splitlines() == [f"  [web] {lines[2]}"]


LAUNCHER = """
import os, pathlib, sys
import processes
processes.listen()
folder = pathlib.Path(sys.argv[1])
try:
    processes.run_together(
        {{"web": [sys.executable, "-c", {code!r}]}},
        folder=folder,
        environment=os.environ,
        ready=lambda: (folder / "web.log").exists() and (folder / "web.log").read_text(),
        announce=lambda: print("ready", flush=True),
        patience=20,
    )
except processes.Stopped:
    print("stopped", flush=True)
"""


@pytest.mark.parametrize(
    ("number", "said"),
    [(signal.SIGINT, "stopped\n"), (signal.SIGTERM, "stopped\n"), (signal.SIGKILL, "")],
)
def test_nothing_outlives_the_launcher(tmp_path: Path, number: signal.Signals, said: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER.format(code=TELLS), str(tmp_path)],
        cwd=Path(processes.__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
    ) as launched:
        assert launched.stdout
        assert launched.stdout.readline() == "ready\n"
        pid = pid_told(tmp_path, "web")
        assert pid
        assert alive(pid)
        launched.send_signal(number)
        assert launched.stdout.read() == said

    wait_until(lambda: not alive(pid), seconds=10)
