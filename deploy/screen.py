"""What the launcher says: one line a step, and one clear line where it can't go on."""

import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager


class Refused(Exception):
    """Why Linli can't start, in one line that says what to do."""


def say(text: str = "") -> None:
    print(text, flush=True)


def warn(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Step:
    """A line that is written over while its step goes on, where the screen can do that."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.begun = time.monotonic()
        self.is_live = sys.stdout.isatty()

    def show(self, note: str) -> None:
        """Say how far the step is."""
        if self.is_live and note != self.note:
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\x1b[K" + f"  … {self.title}: {note}"[:width])
            sys.stdout.flush()
        self.note = note

    def finish(self) -> None:
        start = "\r\x1b[K" if self.is_live else ""
        say(f"{start}  ✓ {self.title} ({time.monotonic() - self.begun:.1f} s)")


@contextmanager
def step(title: str) -> Iterator[Step]:
    """A step of the start; nothing is claimed to be done where it raises."""
    current = Step(title)
    if current.is_live:
        current.show("…")
    else:
        say(f"  … {title}")
    try:
        yield current
    except BaseException:
        if current.is_live:
            sys.stdout.write("\r\x1b[K")
        raise
    current.finish()


def columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as aligned lines; a Chinese character is two columns wide."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
