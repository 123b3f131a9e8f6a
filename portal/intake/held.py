"""Photos that wait for the second post of a form without script, which can't carry them itself.

They lie in the private storage under a hash of a random token that only the form knows, and go
after a day. They are encrypted: nobody knows yet whether the case will be a restricted one.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from portal.common.keys import open_bytes, seal_bytes
from portal.intake.photos import MAX_PHOTOS, photo_thumbnail
from portal.intake.receipts import is_key
from portal.intake.storage import private_storage

KEPT = timedelta(days=1)
ROOT = "held"


def _folder(token: str) -> str:
    return f"{ROOT}/{hashlib.sha256(token.encode()).hexdigest()[:40]}"


def _names(token: str) -> list[str]:
    if not is_key(token):
        return []
    storage, folder = private_storage(), _folder(token)
    if not storage.exists(folder):
        return []
    return [f"{folder}/{name}" for name in sorted(storage.listdir(folder)[1])]


def held_photos(token: str) -> list[ContentFile[bytes]]:
    """The photos held under `token`, oldest first; none for a token that is unknown or too old."""
    photos = []
    for name in _names(token):
        with private_storage().open(name) as file:
            photos.append(ContentFile(open_bytes(file.read()), name="photo.jpg"))
    return photos


def held_add(token: str, photos: Iterable[ContentFile[bytes]]) -> None:
    """Hold cleaned photos under `token`; what exceeds MAX_PHOTOS is left out."""
    taken = len(_names(token))
    for number, photo in enumerate(photos, start=taken):
        if number < MAX_PHOTOS and is_key(token):
            photo.seek(0)
            sealed = ContentFile(seal_bytes(photo.read()))
            private_storage().save(f"{_folder(token)}/{number}.jpg", sealed)


def held_remove(token: str, indexes: Iterable[int]) -> None:
    names = _names(token)
    for index in set(indexes):
        if 0 <= index < len(names):
            private_storage().delete(names[index])


def held_clear(token: str) -> None:
    for name in _names(token):
        private_storage().delete(name)


def held_thumbnails(token: str) -> list[str]:
    return [photo_thumbnail(photo) for photo in held_photos(token)]


def held_expire(*, now: datetime) -> int:
    """Delete photos that were held for more than a day. Returns how many."""
    storage = private_storage()
    if not storage.exists(ROOT):
        return 0
    gone = 0
    for folder in storage.listdir(ROOT)[0]:
        for name in storage.listdir(f"{ROOT}/{folder}")[1]:
            path = f"{ROOT}/{folder}/{name}"
            if storage.get_modified_time(path) < now - KEPT:
                storage.delete(path)
                gone += 1
        if not any(storage.listdir(f"{ROOT}/{folder}")):
            storage.delete(f"{ROOT}/{folder}")
    return gone
