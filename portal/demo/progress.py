"""A progress bar for a terminal; plain lines where the output is a file."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")
WIDTH = 24


class Stream(Protocol):
    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...
    def isatty(self) -> bool: ...


class Progress:
    """Stages weigh what they cost, so that the bar moves evenly over the whole run."""

    def __init__(self, stream: Stream | None, total: float) -> None:
        self.stream = stream
        self.total = total
        self.done = 0.0
        self.name = ""
        self.seconds: dict[str, float] = {}
        self._is_tty = bool(stream and stream.isatty())
        self._shown = ""

    @contextmanager
    def stage(self, name: str, weight: float) -> Iterator[None]:
        self.name = name
        begun = time.monotonic()
        base = self.done
        self._draw()
        yield
        self.done = base + weight
        self.seconds[name] = time.monotonic() - begun
        self._draw(finished=True)

    def track(self, items: Iterable[T], count: int, weight: float) -> Iterator[T]:
        """`items`, the bar moving by `weight` while they go by."""
        base = self.done
        for index, item in enumerate(items):
            yield item
            self.done = base + weight * (index + 1) / max(count, 1)
            self._draw()

    def _draw(self, *, finished: bool = False) -> None:
        if not self.stream:
            return
        share = min(1.0, self.done / self.total)
        filled = int(share * WIDTH)
        line = f"[{'█' * filled}{'·' * (WIDTH - filled)}] {share:4.0%} {self.name}"
        if self._is_tty:
            if line != self._shown:
                self.stream.write(f"\r\x1b[K{line}")
        elif finished:
            self.stream.write(f"{share:4.0%} {self.name} ({self.seconds[self.name]:.1f} s)\n")
        self._shown = line
        self.stream.flush()

    def close(self) -> None:
        if self.stream and self._is_tty:
            self.stream.write("\r\x1b[K")
