"""Hiding parts of a photo for good: a solid box is drawn and the photo is encoded anew."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from portal.intake.photos import jpeg_bytes

MAX_BOXES = 8


@dataclass(frozen=True)
class Box:
    """In per cent of the photo, from its left and its top edge."""

    left: float
    top: float
    width: float
    height: float


def photo_redact(photo: IO[bytes], boxes: Iterable[Box]) -> ContentFile[bytes]:
    """A new JPEG of `photo` with every box filled. Nothing of what lay below is in it."""
    photo.seek(0)
    with Image.open(photo, formats=("JPEG",)) as image:
        drawn = image.convert("RGB")
    draw = ImageDraw.Draw(drawn)
    for box in boxes:
        draw.rectangle(_pixels(box, drawn.size), fill="black")
    return ContentFile(jpeg_bytes(drawn), name="photo.jpg")


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Rounded outwards by a block of JPEG, whose edges would show a little of what is hidden."""
    width, height = size
    left, top = box.left * width / 100, box.top * height / 100
    right, bottom = left + box.width * width / 100, top + box.height * height / 100
    return (
        max(0, int(left) - 8),
        max(0, int(top) - 8),
        min(width, int(right) + 8),
        min(height, int(bottom) + 8),
    )
