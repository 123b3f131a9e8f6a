"""Conditions and calculations mean the same on the server and on the phone: one list for both. What
the phone says is in tests/e2e/test_conditions.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.conditions import calculated, holds

VECTORS = json.loads((Path(__file__).parent / "condition_vectors.json").read_text())
ANSWERS: dict[str, dict[str, Any]] = VECTORS["answers"]


def cases(kind: str) -> Iterator[Any]:
    for vector in VECTORS[kind]:
        for who, expected in vector["is"].items():
            yield pytest.param(vector["text"], who, expected, id=f"{vector['text']} {who}")


def test_the_list_has_every_kind_of_term():
    texts = " ".join(v["text"] for kind in ("conditions", "calculations") for v in VECTORS[kind])
    words = ("and", "or", "not(", "=", "!=", "<", "<=", ">", ">=", "selected(", "regex(")
    words += ("count-selected(", "+", "-", "*", "div", "concat(", "if(")
    assert [word for word in words if word not in texts] == []
    assert all(set(v["is"]) == set(ANSWERS) for v in VECTORS["conditions"])


@pytest.mark.parametrize(("text", "who", "expected"), cases("conditions"))
def test_a_condition_on_the_server(text: str, who: str, expected: bool):
    assert holds(parse_condition(text), ANSWERS[who]) is expected


@pytest.mark.parametrize(("text", "who", "expected"), cases("calculations"))
def test_a_calculation_on_the_server(text: str, who: str, expected: str):
    assert calculated(parse_calculation(text), ANSWERS[who]) == expected
