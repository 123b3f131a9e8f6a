"""QR codes as pictures inside a page: nothing is fetched, and they print sharp."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=512)
def qr_svg(address: str) -> SafeString:
    """`address` as inline SVG that a stylesheet sizes; readable with a quarter of it damaged.

    It is remembered, so that an address with a secret in it must not come here.
    """
    return _drawn(segno.make(address, micro=False, error="q"))


def qr_svg_once(address: str) -> SafeString:
    """For an address with a secret in it: not remembered, and without the search for the best of
    eight masks, which takes most of the time."""
    return _drawn(segno.make(address, micro=False, error="q", mask=0))


def _drawn(code: segno.QRCode) -> SafeString:
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))
