"""Where the names of dots stand, so that they cover neither dots nor one another. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from unicodedata import east_asian_width

#: What is left free around a dot and around a name, in pixels.
DOT, GAP = 6, 2
#: How far from its dot a name may go; a line leads to it from the second on.
REACH = (8, 22, 36, 52, 70, 90)
#: Right, left, above, below, then what lies between.
ANGLES = tuple(pi / 8 * step for step in (0, 8, 4, 12, 2, 6, 10, 14, 1, 7, 9, 15, 3, 5, 11, 13))
Dot = tuple[float, float]


@dataclass(frozen=True)
class Name:
    """`x`, `y` is the middle of the text; the line to its dot ends at `end`, where there is one."""

    text: str
    dot: Dot
    x: float
    y: float
    end: Dot | None


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_inside(self, size: tuple[int, int]) -> bool:
        return min(self.left, self.top) >= 0 and self.right <= size[0] and self.bottom <= size[1]


def named(
    names: Sequence[tuple[str, Dot]], dots: Sequence[Dot], size: tuple[int, int], font: int
) -> list[Name]:
    """The names that find room in a picture of `size`, each as near its dot as can be; `dots` are
    all there are. A name without room is left out."""
    taken = [_Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in dots]
    written: list[_Box] = []
    found = []
    for text, dot in names:
        wide, high = width_of(text, font) / 2 + GAP, font / 2 + GAP
        for x, y, is_apart in _places(dot, wide, high):
            box = _Box(x - wide, y - high, x + wide, y + high)
            end = _nearest(box, dot) if is_apart else None
            line = _along(dot, end) if end else []
            if (
                box.is_inside(size)
                and not any(box.overlaps(other) for other in taken)
                and not any(piece.overlaps(other) for piece in line for other in written)
            ):
                written.append(box)
                taken += [box, *line]
                found.append(Name(text, dot, x, y, end))
                break
    return found


def _along(start: Dot, end: Dot, pieces: int = 12) -> list[_Box]:
    """What a line covers."""
    points = [
        tuple(a + (b - a) * step / pieces for a, b in zip(start, end, strict=True))
        for step in range(pieces)
    ]
    return [_Box(x - 1, y - 1, x + 1, y + 1) for x, y in points]


def width_of(text: str, font: int) -> float:
    """A Chinese character is as wide as it is high, another about six tenths of that."""
    return sum(font if east_asian_width(char) in "WF" else 0.6 * font for char in text)


def _places(dot: Dot, wide: float, high: float) -> Iterator[tuple[float, float, bool]]:
    """Middles of the text around `dot`, beside it first; whether a line has to lead there."""
    for reach in REACH:
        for angle in ANGLES:
            x = dot[0] + (reach + wide) * cos(angle)
            yield x, dot[1] - (reach + high) * sin(angle), reach > REACH[0]


def _nearest(box: _Box, dot: Dot) -> Dot:
    return min(max(dot[0], box.left), box.right), min(max(dot[1], box.top), box.bottom)
