"""Photos whose answer is gone go as well."""

from datetime import datetime, timedelta

from feedback.surveys.models import Survey
from feedback.surveys.photo_files import ROOT
from portal.intake.storage import private_storage

#: A photo is kept a moment before its answer is stored; so long it is left alone.
KEPT = timedelta(days=1)


def photos_expire(*, now: datetime) -> int:
    """Delete photos that no answer of their survey names any more. Returns how many."""
    if not private_storage().exists(ROOT):
        return 0
    folders = [name for name in private_storage().listdir(ROOT)[0] if name.isdecimal()]
    return sum(_expire(int(folder), now) for folder in folders)


def _expire(survey_id: int, now: datetime) -> int:
    storage, gone = private_storage(), 0
    named = _named(survey_id)
    for file in storage.listdir(f"{ROOT}/{survey_id}")[1]:
        path = f"{ROOT}/{survey_id}/{file}"
        if file.removesuffix(".jpg") not in named and storage.get_modified_time(path) < now - KEPT:
            storage.delete(path)
            gone += 1
    return gone


def _named(survey_id: int) -> set[str]:
    """Every text that answers of the survey hold, names of photos among them."""
    survey = Survey.objects.filter(pk=survey_id).first()
    if survey is None:
        return set()
    rows = survey.responses.values_list("answers", "shown").iterator(chunk_size=2000)
    return {
        value
        for answers, shown in rows
        for given in (answers, shown)
        if isinstance(given, dict)
        for value in given.values()
        if isinstance(value, str)
    }
