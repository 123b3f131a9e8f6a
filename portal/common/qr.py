"""QR codes of public addresses, as pictures inside a page: nothing is fetched, they print sharp."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=512)
def qr_svg(address: str) -> SafeString:
    """`address` as inline SVG that a stylesheet sizes; readable with a quarter of it damaged.

    It is remembered, so that an address with a secret in it must not come here.
    """
    code = segno.make(address, micro=False, error="q")
    return mark_safe(code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None))
