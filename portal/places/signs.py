"""The signed place on a poster in a stairwell: it says which building, and that we printed it.

    {building in base 36}-{tag of 8}

The tag is an HMAC of the building under HOUSEHOLD_CODE_KEY, so nobody can make up a poster for a
building, or count through the buildings by their addresses. It is no secret: it hangs on the wall.
"""

import hmac

from portal.common.keys import current_key, keyed_digest, keyring
from portal.places.models import Building

#: Small letters and digits without i, l, o, u: read aloud and typed without doubt.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TAG_LENGTH = 8


def building_sign(building: Building) -> str:
    """What the QR code of the poster carries: `1c-7k3m9p2x`."""
    number = _base36(building.pk)
    return f"{number}-{_tag(current_key('HOUSEHOLD_CODE_KEY')[1], number)}"


def building_signed(text: str) -> Building | None:
    """The building whose poster says `text`, with its community; None where none of ours does."""
    number, _dash, tag = text.strip().lower().partition("-")
    if not number.isascii() or not number.isalnum() or not tag.isascii() or len(number) > 12:
        return None
    signed = [
        hmac.compare_digest(_tag(secret, number), tag)
        for secret in keyring("HOUSEHOLD_CODE_KEY").values()
    ]
    if not any(signed):
        return None
    return Building.objects.select_related("place").filter(pk=int(number, 36)).first()


def _tag(secret: bytes, number: str) -> str:
    value = int.from_bytes(keyed_digest(secret, "building-sign", number)[:5], "big")
    return "".join(ALPHABET[value >> (5 * i) & 31] for i in range(TAG_LENGTH))


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
        if not number:
            return digits
