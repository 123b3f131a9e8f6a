"""Photos of residents: drawn anew as JPEG, so nothing of the original file is kept."""

from __future__ import annotations

import base64
import io
from typing import IO, Any

import pillow_heif
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PHOTOS = 6
MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
MAX_SIDE = 2048
#: No camera makes a longer one; a strip of a pixel's height would pass the limit of pixels.
MAX_LENGTH = 30_000
SMALL_SIDE = 320
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOVING = ("PNG", "WEBP")

pillow_heif.register_heif_opener()


def photo_clean(upload: UploadedFile[Any]) -> ContentFile[bytes]:
    """`upload` as a JPEG of at most MAX_SIDE, upright, without any metadata.

    Raises ValidationError with a message for the resident when it is too large, not a photo, or
    broken.
    """
    name = _short(upload.name or "")
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(
            _("%(name)s is larger than %(limit)s MB. Please choose a smaller photo."),
            code="photo_too_large",
            params={"name": name, "limit": MAX_BYTES // 1024 // 1024},
        )
    try:
        return ContentFile(_redraw(upload), name="photo.jpg")
    except Image.DecompressionBombError:
        raise ValidationError(
            _("%(name)s has too many pixels. Please choose a smaller photo."),
            code="photo_too_many_pixels",
            params={"name": name},
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise ValidationError(
            _("%(name)s is not a photo we can read. Please choose a JPG, PNG or HEIC photo."),
            code="photo_unreadable",
            params={"name": name},
        ) from None


def _redraw(upload: IO[Any]) -> bytes:
    upload.seek(0)
    with Image.open(upload, formats=FORMATS) as image:
        # Only the head of the file is read so far: nothing is decoded that is too large.
        if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_LENGTH:
            raise Image.DecompressionBombError
        # JPEGs of some phones hold a second picture; those of a moving PNG or WebP are no photo.
        if image.format in MOVING and getattr(image, "is_animated", False):
            raise UnidentifiedImageError
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        # A new picture on white: no metadata, no colour profile, no transparency comes along.
        drawn = Image.new("RGB", upright.size, "white")
        layer = upright.convert("RGBA")
        drawn.paste(layer, mask=layer.getchannel("A"))
    return jpeg_bytes(drawn)


def photo_thumbnail(photo: IO[bytes], side: int = 240) -> str:
    """A `data:` address of a small copy, so that a private photo needs no address of its own."""
    return data_address(thumbnail_bytes(photo, side))


def thumbnail_bytes(photo: IO[bytes], side: int = SMALL_SIDE) -> bytes:
    """A small JPEG of a photo that intake drew."""
    photo.seek(0)
    with Image.open(photo, formats=("JPEG",)) as image:
        image.draft("RGB", (side, side))
        image.thumbnail((side, side))
        return jpeg_bytes(image.convert("RGB"), quality=70)


def data_address(content: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def jpeg_bytes(image: Image.Image, quality: int = 85) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:20]}…{name[-15:]}"
