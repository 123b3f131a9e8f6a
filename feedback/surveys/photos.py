"""Photos given as answers: drawn anew by intake, named so that nobody can guess, kept with the
survey once the answer is sent.

Until then a photo is held like any other of a form without script, and goes after a day. Its name
is a keyed digest of the picture, so that sending a form twice is one answer.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from feedback.surveys.photo_files import photo_path
from feedback.surveys.questionnaire import Definition, Type
from portal.common.keys import keyed_digest, keyring
from portal.intake.held import held_add, held_photos
from portal.intake.photos import photo_clean
from portal.intake.storage import private_storage


def photo_hold(upload: UploadedFile[Any]) -> str:
    """Hold what was uploaded, and say under which name. Raises ValidationError for the resident."""
    photo = photo_clean(upload)
    content = photo.read()
    secret = next(iter(keyring("RECEIPT_KEY").values()))
    name = keyed_digest(secret, "survey-photo", content.hex()).hex()[:32]
    if not held_photos(name):
        held_add(name, [ContentFile(content, name="photo.jpg")])
    return name


def photos_keep(
    survey_id: int, definition: Definition, answers: Mapping[str, Any]
) -> dict[str, str]:
    """Keep the photos that `answers` name. Returns, by key, what to say of those that are gone."""
    errors = {}
    for question in definition.asked():
        name = answers.get(question.key)
        if question.type is not Type.PHOTO or not isinstance(name, str):
            continue
        path = photo_path(survey_id, name)
        if private_storage().exists(path):
            continue
        held = held_photos(name)
        if held:
            private_storage().save(path, held[0])
        else:
            errors[question.key] = _("Please add the photo again.")
    return errors


def photos_read(
    definition: Definition, files: Mapping[str, Any], field_name: Any
) -> tuple[dict[str, str], dict[str, str]]:
    """The photos that came with a form: names by key, and what is wrong with others by key."""
    names, errors = {}, {}
    for question in definition.asked():
        upload = files.get(field_name(question.key)) if question.type is Type.PHOTO else None
        if upload is None or not upload.size:
            continue
        try:
            names[question.key] = photo_hold(upload)
        except ValidationError as error:
            errors[question.key] = error.messages[0]
    return names, errors
