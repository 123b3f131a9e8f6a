"""The processes of an installation on one machine: they start together and end together."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from screen import Refused, warn

LOG_BYTES = 5_000_000
#: Longer than gunicorn and a task in hand need to end by themselves.
GRACE_SECONDS = 12
#: That /healthz says no is its duty, while things start above all.
IMPORTANT = re.compile(r"\b(ERROR|CRITICAL)\b(?!.*: /healthz$)")
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Stopped(Exception):
    """Somebody asked the installation to end."""


def _die_with_launcher() -> None:
    """Called in the child: where the launcher is killed outright, nothing of it lives on."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One process in a group of its own, so that Ctrl-C reaches it through the launcher only."""

    def __init__(
        self, name: str, command: list[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.last: deque[str] = deque(maxlen=12)
        self.popen = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_die_with_launcher,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)

    def read(self) -> None:
        self._reader.start()

    def _read(self) -> None:
        """All of its output goes to the log, what is important to the screen too."""
        file = self.log.open("a")
        for line in self.popen.stdout or ():
            if file.tell() > LOG_BYTES:
                file.close()
                self.log.replace(self.log.with_suffix(".log.1"))
                file = self.log.open("a")
            file.write(line)
            file.flush()
            self.last.append(line)
            if IMPORTANT.search(line):
                warn(f"  [{self.name}] {line.rstrip()}")
        file.close()

    def signal(self, number: signal.Signals, *, whole_group: bool = False) -> None:
        try:
            if whole_group:
                os.killpg(self.popen.pid, number)
            else:
                self.popen.send_signal(number)
        except ProcessLookupError:
            pass

    def finish(self) -> None:
        """What is still there of the group goes, and the last of its output is written."""
        self.signal(signal.SIGKILL, whole_group=True)
        self.popen.wait()
        self._reader.join(timeout=2)


def run_together(
    commands: Mapping[str, list[str]],
    *,
    folder: Path,
    environment: Mapping[str, str],
    ready: Callable[[], bool],
    announce: Callable[[], None],
    patience: float,
) -> None:
    """Start `commands`, announce them once `ready`, and hold them until the end.

    Raises Stopped where somebody ended it (see `listen`) and Refused where a process died.
    """
    folder.mkdir(parents=True, exist_ok=True)
    processes: list[Process] = []
    try:
        for name, command in commands.items():
            processes.append(Process(name, command, folder, environment))
        for process in processes:
            process.read()
        _wait_until(ready, processes, patience)
        announce()
        while True:
            _all_alive(processes)
            time.sleep(0.5)
    finally:
        _end(processes)


def listen() -> None:
    """From now on Ctrl-C and its like raise Stopped."""

    def stop(number: int, frame: FrameType | None) -> None:
        # A second one means it: no more waiting.
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        raise Stopped

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), stop)


def _wait_until(ready: Callable[[], bool], processes: list[Process], patience: float) -> None:
    begun = time.monotonic()
    while not ready():
        _all_alive(processes)
        if time.monotonic() - begun > patience:
            raise Refused(
                f"Not everything answers after {patience:.0f} s; see var/log and /healthz."
            )
        time.sleep(0.3)


def _all_alive(processes: list[Process]) -> None:
    for process in processes:
        code = process.popen.poll()
        if code is not None:
            time.sleep(0.3)
            for line in process.last:
                warn(f"  [{process.name}] {line.rstrip()}")
            cause = f"signal {-code}" if code < 0 else f"code {code}"
            raise Refused(f"The {process.name} process ended by itself ({cause}): all is ended.")


def _end(processes: list[Process]) -> None:
    for process in processes:
        process.signal(signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.popen.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            warn(f"  The {process.name} process does not end; it is killed.")
        finally:
            process.finish()
