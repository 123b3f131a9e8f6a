"""A real web server and clients that send at the same time: what a rate is measured with.

The server is gunicorn with the product's own configuration; every way that is compared goes to the
same processes, over connections that stay open, in turns.
"""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
PROCESSES, THREADS, CLIENTS = 2, 4, 8
Row = tuple[str, str, str, bool]
URLENCODED = "application/x-www-form-urlencoded"


@dataclass
class Way:
    """One way to be measured: `request` makes the bytes of the next request."""

    name: str
    request: Callable[[], bytes]
    expected: bytes
    rates: list[float] = field(default_factory=list)
    sent: int = 0
    #: Seconds of processor of the web server, and for how many requests.
    worked: float = 0.0
    counted: int = 0

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def processor(self) -> float:
        """Milliseconds of processor of the web server a request; 0 where nobody says."""
        return self.worked / self.counted * 1000 if self.counted else 0.0


def post(path: str, fields: dict[str, str], **headers: str) -> bytes:
    body = urlencode(fields).encode()
    lines = {"Host": "localhost", "Content-Type": URLENCODED, "Content-Length": len(body)} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def stores() -> str:
    """What it ran on, for the table."""
    from django.db import connection

    return f"{connection.vendor}, {PROCESSES} processes of {THREADS} threads, {CLIENTS} clients"


def compared(name: str, goal: str, ours: Way, theirs: Way, least: float) -> Row:
    """Each round is compared with itself; the median counts."""
    ratios = sorted(one / other for one, other in zip(ours.rates, theirs.rates, strict=True))
    ratio = statistics.median(ratios)
    got = (
        f"{ratio:.1f} times ({ours.rate:.0f} against {theirs.rate:.0f} a second; "
        f"rounds {ratios[0]:.1f} to {ratios[-1]:.1f})"
    )
    if ours.processor and theirs.processor:
        got += f"; {ours.processor:.2f} against {theirs.processor:.2f} ms of the web server"
    return name, goal, got, ratio >= least


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(**environment: str) -> Iterator[int]:
    """The port of a server with this process's settings; it ends with the block."""
    port = free_port()
    # Where the embedded broker lies; with Redis nothing is put there.
    (Path(os.environ["VAR_DIR"]) / "broker" / "queue").mkdir(parents=True, exist_ok=True)
    known = {"WEB_PROCESSES": str(PROCESSES), "WEB_THREADS": str(THREADS)}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn_conf.py"]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--log-level", "error"],
        cwd=ROOT,
        env=os.environ | known | environment,
    )
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("The web server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The web server did not answer")


def in_turns(port: int, ways: list[Way], *, rounds: int, seconds: float) -> None:
    """Every way for `seconds` in each of `rounds`; the first round of all warms up."""
    for number in range(rounds + 1):
        for way in ways:
            before, sent = _worked(), way.sent
            rate = _rate(port, way, seconds if number else min(seconds, 1.0))
            if number:
                way.rates.append(rate)
                way.worked += _worked() - before
                way.counted += way.sent - sent


def _worked() -> float:
    """Seconds of processor of all processes below this one, where the system tells (Linux)."""
    spent: dict[int, tuple[int, int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        spent[int(file.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    below, ticks = {os.getpid()}, 0
    # A process has a higher number than the one that started it, but for a wrap of the numbers.
    for number in sorted(spent):
        if spent[number][0] in below:
            below.add(number)
            ticks += spent[number][1]
    return ticks / os.sysconf("SC_CLK_TCK")


def _rate(port: int, way: Way, seconds: float) -> float:
    counts: list[int] = []
    failures: list[BaseException] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        try:
            counts.append(_send_until(port, way, until))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    way.sent += sum(counts)
    return sum(counts) / (time.perf_counter() - begun)


def _send_until(port: int, way: Way, until: float) -> int:
    count = 0
    with socket.create_connection(("127.0.0.1", port), 60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < until:
            line.sendall(way.request())
            answer = _answer(line)
            if way.expected not in answer:
                raise RuntimeError(f"{way.name}: {answer[:400]!r}")
            count += 1
    return count


def _answer(line: socket.socket) -> bytes:
    data = line.recv(65536)
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _gap, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _more(line)
    return head + body


def _more(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise RuntimeError("The server hung up")
    return data
