"""A code made by flipping modules is the code that segno makes."""

import re

import pytest
import segno

from portal.common.qr import BORDER, qr_svg_once

TRACK = "https://linli.example.gov.cn/complaints/track/#"


def dark(svg: str) -> set[tuple[int, int]]:
    """(column, row) of every dark module that the path draws, without the border."""
    found = set()
    x, y = 0.0, 0.0
    for step, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: ([\d.]+))?", svg.split(' d="')[1]):
        if step == "h":
            found |= {(int(x) + n - BORDER, int(y) - BORDER) for n in range(int(first))}
            x += float(first)
        else:
            start = (0.0, 0.0) if step == "M" else (x, y)
            x, y = start[0] + float(first), start[1] + float(second)
    return found


@pytest.mark.parametrize(
    "address",
    [
        f"{TRACK}260712-48315/7K3M-P9QX-2A4D-WZ81",
        f"{TRACK}260712-483151/ZZZZ-0000-9999-AAAA",
        "http://localhost:8000/en/c/#a_B~z-9",
        "http://localhost/c/",
    ],
)
def test_every_module_is_where_segno_puts_it(address: str) -> None:
    code = segno.make(address, micro=False, error="q", mask=0)
    asked = {(x, y) for y, row in enumerate(code.matrix) for x, one in enumerate(row) if one}
    assert dark(qr_svg_once(address)) == asked
