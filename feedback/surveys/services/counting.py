"""The sums of communities, counted where the answers are.

PostgreSQL strings together what was answered to each question, and the strings are counted here:
taking every answer apart and grouping what is in it is four times the work for the database, and
sending whole answers is more still. On SQLite every answer is read. Both give the same sums.
"""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db import connection
from django.db.models import Count, F, Func, Q, QuerySet, TextField, Value

from feedback.surveys.models import Questionnaire, Response, Survey
from feedback.surveys.questionnaire import Definition, Question, Type
from feedback.surveys.states import Standing
from feedback.surveys.tallies import COUNTED_BY_ANSWER, Counts, Given, Sums, add_counts, add_up

#: Between two answers; it stands in no code and, as JSON escapes it, in no other answer.
BETWEEN = "\x1e"


def sums_of(survey: Survey, rows: QuerySet[Response], column: str) -> dict[int, Sums]:
    """Community pk → its sums of `rows` of `survey`, by their `column` (answers or shown).

    Communities without a row are left out.
    """
    count = _in_database if connection.vendor == "postgresql" else _one_by_one
    return count(survey, rows.order_by(), column)


def shown_states(rows: QuerySet[Response]) -> dict[int, tuple[int, int]]:
    """Community pk → how many answers are not shown as they are, how many counted ones are shown
    at all."""
    if connection.vendor == "postgresql":
        differs = Q(shown__isnull=True) | ~Q(shown=F("answers"))
        is_shown = Q(shown__isnull=False, standing=Standing.COUNTED)
        counted = (
            rows.order_by()
            .values_list("community")
            .annotate(new=Count("pk", filter=differs), shown_too=Count("pk", filter=is_shown))
        )
        return {community: (new, shown) for community, new, shown in counted}
    new: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    found = rows.order_by().values_list("community", "standing", "answers", "shown")
    for community, standing, answers, shown in found.iterator():
        new[community] += answers != shown
        seen[community] += shown is not None and standing == Standing.COUNTED
    return {community: (new[community], seen[community]) for community in new}


def _definitions(survey: Survey) -> dict[int, Definition]:
    return {row.pk: row.compiled() for row in Questionnaire.objects.filter(survey=survey)}


def _one_by_one(survey: Survey, rows: QuerySet[Response], column: str) -> dict[int, Sums]:
    definitions = _definitions(survey)
    columns = ("community_id", "questionnaire_id", column, "channel", "standing")
    found = rows.order_by("community_id").values_list(*columns).iterator()
    return {
        community: add_up(Given(definitions[key], *rest) for _community, key, *rest in ones)
        for community, ones in groupby(found, key=itemgetter(0))
    }


def _in_database(survey: Survey, rows: QuerySet[Response], column: str) -> dict[int, Sums]:
    groups: dict[int, list[Counts]] = {}
    without_code: Counter[int] = Counter()
    for key, definition in _definitions(survey).items():
        asked = definition.asked()
        strung = {f"q{index}": _strung(one, column) for index, one in enumerate(asked)}
        mine = rows.filter(questionnaire=key).values_list("community", "channel", "standing")
        found = mine.annotate(number=Count("pk"), **strung)
        for community, channel, standing, number, *texts in found.iterator(chunk_size=500):
            into = groups.setdefault(community, [])
            if standing != Standing.COUNTED:
                without_code[community] += number
                continue
            answers = zip(asked, texts, strict=True)
            said = {question.key: _read(question, text) for question, text in answers if text}
            into.append(Counts(definition, channel, number, said))
    return {
        community: add_counts(found, open_answers=without_code[community])
        for community, found in groups.items()
    }


class _Answer(Func):
    """What was answered to one question: as JSON, or as the text it holds."""

    output_field = TextField()

    def __init__(self, column: str, key: str, *, plain: bool) -> None:
        template = "(%(expressions)s)" if plain else "(%(expressions)s)::text"
        joiner = " ->> " if plain else " -> "
        super().__init__(F(column), Value(key), template=template, arg_joiner=joiner)


def _strung(question: Question, column: str) -> Any:
    answer = _Answer(column, question.key, plain=_is_plain(question))
    if question.type not in COUNTED_BY_ANSWER:
        return Count(answer)
    return StringAgg(answer, BETWEEN)


def _is_plain(question: Question) -> bool:
    """Whether an answer is one code, which needs no JSON around it."""
    is_one = question.type in (Type.SINGLE, Type.LIKERT)
    return is_one and not any(BETWEEN in code for code in question.codes)


def _read(question: Question, text: Any) -> Iterable[tuple[Any, int]]:
    if question.type not in COUNTED_BY_ANSWER:
        return [("", text)]
    times = Counter(text.split(BETWEEN))
    if _is_plain(question):
        return times.items()
    return [(json.loads(answer), number) for answer, number in times.items()]
