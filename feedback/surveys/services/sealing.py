"""Closing and sealing: after it, nothing in the database joins an answer to a household.

Until then the order of rows (and on PostgreSQL the transaction that wrote them) still does. Sealing
writes both tables anew, each in an order of its own, in transactions of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Count, Model, QuerySet

from feedback.surveys.merkle import answers_commitment, leaf_hash, merkle_root
from feedback.surveys.models import PaperStub, Participation, Response, Survey
from feedback.surveys.photo_files import photos_shuffle
from feedback.surveys.services.errors import NotOpen
from feedback.surveys.states import entry_ends_at
from portal.places.models import StaleMark

#: A channel fewer households of a community used would point at them: the channel is forgotten.
SMALL = 5
BATCH = 500

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Leaf:
    """One line of the published list."""

    receipt_hash: str
    commitment: str


def survey_close(*, survey: Survey, now: datetime) -> bool:
    """End the entry of answers for good; whether it was still running.

    Its last step of results is no longer held back, so every community is marked.
    """
    with transaction.atomic():
        closed = Survey.objects.running().filter(pk=survey.pk).update(closed_at=now)
        if closed:
            survey.closed_at = now
            marks = (
                StaleMark(kind=StaleMark.Kind.SURVEY, object_id=survey.pk, place=community)
                for community in survey.communities().order_by("path")
            )
            StaleMark.objects.bulk_create(marks, batch_size=BATCH)
    return bool(closed)


def surveys_close_due(*, now: datetime) -> int:
    """Close every survey whose days for paper answers are over, and seal what is closed.

    How many were sealed.
    """
    for survey in Survey.objects.running().filter(closes_at__lte=now).order_by("pk"):
        if entry_ends_at(survey) <= now:
            survey_close(survey=survey, now=now)
    waiting = list(Survey.objects.sealable().order_by("pk"))
    for survey in waiting:
        survey_seal(survey=survey, now=now)
    return len(waiting)


def survey_seal(*, survey: Survey, now: datetime, shuffler: Random | None = None) -> str:
    """Rewrite who took part and what was answered, and commit to the answers; the Merkle root.

    Each table is rewritten in one transaction that holds the survey's row; running it again after
    it was broken off rewrites both and ends the same way. Raises NotOpen when it is not closed.
    """
    order = shuffler or SystemRandom()
    _locked(survey, lambda: _rewrite_participations(survey, order))
    _locked(survey, lambda: _rewrite_responses(survey, order))
    if not survey.is_named and survey.sealed_at is None:
        photos_shuffle(survey.pk, order)
    return _commit(survey, now)


@transaction.atomic
def _locked(survey: Survey, work: Callable[[], None]) -> None:
    current = Survey.objects.select_for_update().get(pk=survey.pk)
    if current.closed_at is None:
        raise NotOpen
    if current.sealed_at is None:
        _overwrite_what_is_deleted()
        PaperStub.objects.filter(batch__survey=survey).delete()
        work()


def _overwrite_what_is_deleted() -> None:
    """SQLite leaves deleted rows readable in the file unless told to write zeros over them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _rewrite_participations(survey: Survey, order: Random) -> None:
    if survey.is_named:
        return
    forgotten = _small_channel_communities(survey)

    def renewed(row: Participation) -> Participation:
        small = row.household.building.place_id in forgotten
        return Participation(
            survey=survey,
            household_id=row.household_id,
            channel="" if small else row.channel,
            staff_id=None if small else row.staff_id,
        )

    rows = Participation.objects.filter(survey=survey).select_related("household__building")
    _rewrite(rows, order, renewed)


def _rewrite(rows: QuerySet[M], order: Random, renewed: Callable[[M], M]) -> None:
    """Delete every row and write it again under a new key, a few at a time in a random order."""
    keys = list(rows.values_list("pk", flat=True))
    order.shuffle(keys)
    for start in range(0, len(keys), BATCH):
        chunk = keys[start : start + BATCH]
        found = rows.in_bulk(chunk)
        rows.model._base_manager.filter(pk__in=chunk)._raw_delete(using=connection.alias)  # type: ignore[attr-defined]
        rows.model._base_manager.bulk_create([renewed(found[key]) for key in chunk])


def _small_channel_communities(survey: Survey) -> set[int]:
    """Communities where a channel was used by so few households that it would name them.

    Their other channels are forgotten, too: with one missing, what is missing is that one.
    """
    used = (
        survey.participations.exclude(channel="")
        .values("household__building__place", "channel")
        .annotate(households=Count("pk"))
        .order_by("household__building__place", "channel")
    )
    return {u["household__building__place"] for u in used if u["households"] < SMALL}


def _rewrite_responses(survey: Survey, order: Random) -> None:
    if survey.is_named:
        _salt_named(survey, order)
        return

    def renewed(row: Response) -> Response:
        row.pk, row._state.adding = None, True
        row.salt, row.shown = _salt(order), None
        return row

    _rewrite(Response.objects.filter(survey=survey), order, renewed)


def _salt(order: Random) -> str:
    return f"{order.getrandbits(128):032x}"


def _salt_named(survey: Survey, order: Random) -> None:
    keys = list(survey.responses.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        rows = list(survey.responses.filter(pk__in=keys[start : start + BATCH]).order_by("pk"))
        for row in rows:
            row.salt, row.shown = _salt(order), None
        Response.objects.bulk_update(rows, ["salt", "shown"])


def _commit(survey: Survey, now: datetime) -> str:
    leaves = [leaf_hash(leaf.receipt_hash, leaf.commitment) for leaf in survey_leaves(survey)]
    root = merkle_root(leaves)
    Survey.objects.sealable().filter(pk=survey.pk).update(
        sealed_at=now, merkle_root=root, leaf_count=len(leaves)
    )
    survey.refresh_from_db(fields=["sealed_at", "merkle_root", "leaf_count"])
    _clear_old_versions()
    return survey.merkle_root


def _clear_old_versions() -> None:
    """PostgreSQL keeps the rows as they were until they are vacuumed; that is due now."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM surveys_response, surveys_participation")
    elif connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def survey_leaves(survey: Survey, part: str = "") -> Iterator[Leaf]:
    """The published list of a sealed survey, in the order the root was made from.

    `part`: only receipts whose hash begins so.
    """
    rows = survey.responses.exclude(salt="").order_by("receipt_hash")
    if part:
        rows = rows.filter(receipt_hash__startswith=part)
    columns = ("receipt_hash", "salt", "community__code", "channel", "standing", "answers")
    for receipt_hash, salt, community, channel, standing, answers in rows.values_list(
        *columns
    ).iterator():
        content = {
            "community": community,
            "channel": channel,
            "standing": standing,
            "answers": answers,
        }
        yield Leaf(receipt_hash, answers_commitment(salt, content))
