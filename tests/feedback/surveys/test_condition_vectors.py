"""Conditions and calculations mean the same on the server and on the phone: one list for both. What
the phone says is in tests/e2e/test_conditions.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.conditions import RECKONED, TRUTHS, calculated, holds, walk

VECTORS = json.loads((Path(__file__).parent / "condition_vectors.json").read_text())
ANSWERS: dict[str, dict[str, Any]] = VECTORS["answers"]
#: Terms that are a value.
LOOKS = {"answer", "text", "number", "count-selected"}


def cases(kind: str) -> Iterator[Any]:
    for vector in VECTORS[kind]:
        for who, expected in vector["is"].items():
            yield pytest.param(vector["text"], who, expected, id=f"{vector['text']} {who}")


def test_the_list_has_every_kind_of_term():
    conditions = [parse_condition(vector["text"]) for vector in VECTORS["conditions"]]
    values = [parse_calculation(vector["text"]) for vector in VECTORS["calculations"]]
    assert {part.op for term in conditions for part in walk(term)} == TRUTHS | LOOKS
    assert {part.op for term in values for part in walk(term)} >= {
        *RECKONED,
        "concat",
        "if",
    } | LOOKS
    listed = [*VECTORS["conditions"], *VECTORS["calculations"]]
    assert all(set(vector["is"]) == set(ANSWERS) for vector in listed)


@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_server(text: str, who: str, expected: bool):
    assert holds(parse_condition(text), ANSWERS[who]) is expected


@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_server(text: str, who: str, expected: str):
    assert calculated(parse_calculation(text), ANSWERS[who]) == expected
