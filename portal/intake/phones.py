"""A telephone number as people type it."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_PHONE = re.compile(r"\+?\d{7,15}\Z")


def clean_phone(text: str) -> str:
    """Digits alone, with an optional plus. Raises ValidationError for what is no number."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdigit() or c in "+")
    if text.strip() and not _PHONE.match(plain):
        raise ValidationError(_("This is not a phone number. Please check the digits."))
    return plain
