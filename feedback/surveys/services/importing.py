"""Many answers at once, from another system or for the demonstration: same checks, few writes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction

from feedback.surveys.answers import check_answers
from feedback.surveys.models import (
    NamedAnswer,
    Participation,
    Questionnaire,
    Response,
    Survey,
)
from feedback.surveys.quality import flags_of
from feedback.surveys.questionnaire import Definition
from feedback.surveys.services.errors import InvalidAnswers, NotOpen, WrongPlace
from feedback.surveys.services.naming import rank_of
from feedback.surveys.states import Channel, Standing
from portal.intake import receipts
from portal.places.models import Household, Place, StaleMark

CHUNK = 1000


@dataclass(frozen=True)
class ImportedAnswer:
    """`household` needs its building loaded. `key` is made when it is not given."""

    community: Place
    household: Household | None
    answers: Mapping[str, Any]
    channel: Channel = Channel.SELF
    key: str = ""
    #: Flags (`quality`) that the way it came raised.
    signs: tuple[str, ...] = ()


def responses_import(*, survey: Survey, rows: Iterable[ImportedAnswer]) -> int:
    """Store the answers of households that have none yet; how many were stored.

    The dates of the survey are not asked, so that a past wave can be brought in; a closed one can
    not. Each thousand is one transaction. Raises NotOpen, InvalidAnswers, WrongPlace with nothing
    of that thousand stored.
    """
    questionnaire = survey.current_questionnaire()
    if questionnaire is None or survey.closed_at:
        raise NotOpen
    definition = questionnaire.compiled()
    communities = set(survey.communities().values_list("pk", flat=True))
    answered = set(survey.participations.values_list("household_id", flat=True))
    waiting, stored = iter(rows), 0
    while chunk := list(islice(waiting, CHUNK)):
        fresh = list(_fresh(chunk, answered))
        _store_chunk(survey, questionnaire, definition, communities, fresh)
        stored += len(fresh)
    return stored


def _fresh(chunk: list[ImportedAnswer], answered: set[int]) -> Iterator[ImportedAnswer]:
    for row in chunk:
        if row.household is None:
            yield row
        elif row.household.pk not in answered:
            answered.add(row.household.pk)
            yield row


@transaction.atomic
def _store_chunk(
    survey: Survey,
    questionnaire: Questionnaire,
    definition: Definition,
    communities: set[int],
    rows: list[ImportedAnswer],
) -> None:
    built = [_response(survey, questionnaire, definition, communities, row) for row in rows]
    Response.objects.bulk_create(built, batch_size=500)
    homes = [(row, response) for row, response in zip(rows, built, strict=True) if row.household]
    took_part = Participation.objects.bulk_create(
        [
            Participation(
                survey=survey,
                household=row.household,
                channel=row.channel,
                response=response if survey.is_named else None,
            )
            for row, response in homes
        ],
        batch_size=500,
    )
    if survey.is_named:
        _name_all(survey, definition, [(one, one.response) for one in took_part])
    touched = {row.community.pk: row.community for row in rows}
    StaleMark.objects.bulk_create(
        StaleMark(kind=StaleMark.Kind.SURVEY, object_id=survey.pk, place=community)
        for community in touched.values()
    )


def _name_all(
    survey: Survey,
    definition: Definition,
    given: list[tuple[Participation, Response | None]],
) -> None:
    """The other system does not tell when: so the answer is as old as the survey."""
    NamedAnswer.objects.bulk_create(
        [
            NamedAnswer(
                participation=took_part,
                response=response,
                rank=rank_of(survey, definition, response.answers),
                given_at=survey.opens_at,
            )
            for took_part, response in given
            if response
        ],
        batch_size=500,
    )


def _response(
    survey: Survey,
    questionnaire: Questionnaire,
    definition: Definition,
    communities: set[int],
    row: ImportedAnswer,
) -> Response:
    home = row.household
    if row.community.pk not in communities:
        raise WrongPlace
    if home and home.building.place_id != row.community.pk:
        raise WrongPlace
    checked = check_answers(definition, row.answers, require=row.channel != Channel.PAPER)
    if checked.errors:
        raise InvalidAnswers(checked.errors)
    receipt = receipts.receipt(row.key or receipts.new_key())
    return Response(
        survey=survey,
        questionnaire=questionnaire,
        community=row.community,
        channel=row.channel,
        standing=Standing.COUNTED if home else Standing.OPEN,
        answers=checked.answers,
        flags=flags_of(definition, checked.answers, row.signs),
        receipt_hash=receipts.receipt_hash(receipt),
    )
