"""Where the photos of answers lie."""

import os
from random import Random

from django.core.files.base import ContentFile

from portal.intake.storage import private_storage

ROOT = "survey-photos"


def photo_path(survey_id: int, name: str) -> str:
    return f"{ROOT}/{survey_id}/{name}.jpg"


def photos_shuffle(survey_id: int, order: Random) -> None:
    """Write all photos of a survey anew in an order of their own, so that neither their times nor
    their places on the disk tell when each of them came."""
    storage, folder = private_storage(), f"{ROOT}/{survey_id}"
    if not storage.exists(folder):
        return
    names = storage.listdir(folder)[1]
    order.shuffle(names)
    for name in names:
        path = f"{folder}/{name}"
        with storage.open(path) as file:
            content = ContentFile(file.read())
        try:
            fresh = storage.save(f"{folder}/again.jpg", content)
            os.replace(storage.path(fresh), storage.path(path))
        except NotImplementedError:  # not on a disk
            storage.delete(fresh)
            storage.delete(path)
            storage.save(path, content)
