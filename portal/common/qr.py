"""QR codes as pictures inside a page: nothing is fetched, and they print sharp."""

import re
from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe

BORDER = 2


@lru_cache(maxsize=512)
def qr_svg(address: str) -> SafeString:
    """`address` as inline SVG that a stylesheet sizes; readable with a quarter of it damaged.

    It is remembered, so that an address with a secret in it must not come here.
    """
    code = segno.make(address, micro=False, error="q")
    return mark_safe(code.svg_inline(omitsize=True, border=BORDER, svgclass="qr", lineclass=None))


def qr_svg_once(address: str) -> SafeString:
    """For an ASCII address with a secret behind its #: the secret is not remembered.

    With the mask given, every step of the code (ISO/IEC 18004: bits, Reed-Solomon, mask) is linear
    over GF(2): a letter flips the same modules whatever stands around it. So the code is that of
    the address without its secret, with the modules of each letter flipped; it is the code that
    segno makes, for a tenth of the work.
    """
    fixed, mark, secret = address.partition("#")
    size, modules = _blank(fixed + mark, len(secret))
    for place, letter in enumerate(secret, start=len(fixed + mark)):
        modules ^= _flips(len(address), place, letter)
    return _drawn(size, modules)


@lru_cache(maxsize=64)
def _blank(fixed: str, more: int) -> tuple[int, int]:
    """(modules a side, the modules as one number, row by row, each filled up to whole octets) of
    `fixed` and so many zeros."""
    return _modules(fixed + "0" * more)


def _modules(address: str) -> tuple[int, int]:
    code = segno.make(address, mode="byte", encoding="ascii", micro=False, error="q", mask=0)
    side = len(code.matrix)
    gap = "0" * (8 * _octets(side) - side)
    rows = ("".join(map(str, row)) for row in code.matrix)
    return side, int("".join(f"{row}{gap}" for row in rows), 2)


def _octets(side: int) -> int:
    return (side + 7) // 8


@lru_cache(maxsize=8192)
def _flips(length: int, place: int, letter: str) -> int:
    """The modules that differ where `letter` stands for a zero. Alone it tells nothing."""
    flips, differs = 0, ord(letter) ^ ord("0")
    for bit in range(7):
        if differs >> bit & 1:
            flips ^= _flip(length, place, bit)
    return flips


@lru_cache(maxsize=4096)
def _flip(length: int, place: int, bit: int) -> int:
    other = "0" * place + chr(ord("0") ^ 1 << bit) + "0" * (length - place - 1)
    return _blank("", length)[1] ^ _modules(other)[1]


def _drawn(size: int, modules: int) -> SafeString:
    """Row by row, eight modules at a time; the pen goes on from where it is."""
    octets = _octets(size)
    strokes = list(map(_STROKES.__getitem__, modules.to_bytes(octets * size)))
    rows = ("".join(strokes[start : start + octets]) for start in range(0, len(strokes), octets))
    path = f"m-{8 * octets} 1".join(rows)
    side = size + 2 * BORDER
    return mark_safe(
        f'<svg class="qr" viewBox="0 0 {side} {side}">'
        f'<path stroke="#000" d="M{BORDER} {BORDER}.5{path}"/></svg>'
    )


def _stroke(octet: int) -> str:
    """Eight modules from left to right: a line over the dark ones, a move over the others."""
    runs = (run[0] for run in re.finditer("1+|0+", f"{octet:08b}"))
    return "".join(f"h{len(run)}" if run[0] == "1" else f"m{len(run)} 0" for run in runs)


_STROKES = [_stroke(octet) for octet in range(256)]
