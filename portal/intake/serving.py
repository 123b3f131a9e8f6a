"""Handing out photos: as pictures and nothing else, whatever is in the file."""

import logging

from django.core.files.base import File
from django.http import FileResponse, Http404

logger = logging.getLogger(__name__)

#: Nothing in it runs, loads or sends, even where somebody opens the address by itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def photo_response(file: "File[bytes]", *, public: bool = False) -> FileResponse:
    """A photo that intake drew. A `public` one may be kept for five minutes, so that one that is
    taken down is soon gone; any other is nobody's to keep. Raises Http404 without a file."""
    try:
        opened = file.open()
    except FileNotFoundError as error:
        logger.error("a photo is not in the storage any more: %s", file.name)
        raise Http404 from error
    response = FileResponse(opened, content_type="image/jpeg", filename="photo.jpg")
    response.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "public, max-age=300" if public else "private, no-store"
    return response
