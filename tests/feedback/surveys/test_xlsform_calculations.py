"""Calculations of XLSForms: values that texts show."""

import re
from typing import Any

import pytest

from feedback.surveys.conditions import calculated
from feedback.surveys.screens import Form
from tests.feedback.surveys.xlsforms import back, compiled, read, rows_of

SHOWING = ["type", "name", "label::中文 (zh)", "required", "relevant", "calculation"]


def test_a_calculation_that_is_only_shown_is_held_and_comes_back():
    written = [
        ["integer", "A", "每月交多少？", None, None, None],
        ["calculate", "Y", None, None, None, "${A} * 12"],
        ["calculate", "Z", None, None, "${A} != ''", "if(${Y} > 100, concat(${Y}, '元'), '不多')"],
        ["note", "N", "一年${Y}元（${Z}），您选了${H}。", None, None, None],
    ]
    imported = read(*written, head=SHOWING)
    assert imported.issues == []
    definition = compiled(imported)
    assert [q.key for q in definition.asked()] == ["H", "A"]
    term = definition.question("Z")
    assert term and term.value
    assert calculated(term.value, {"A": 10}) == "120元"
    assert calculated(term.value, {"A": 1}) == "不多"
    assert rows_of(back(imported))[2:] == written
    form = Form(definition, {"H": "yes", "A": 10})
    note = next(f for s in form.screens() for f in s.fields if f.key == "N")
    assert re.sub("<[^>]+>", "", note.label) == "一年120元（120元），您选了是。"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["calculate", "Y", None, None, None, "today()"], "F"),
        (["calculate", "Y", None, None, None, "${H} = 'yes'"], "F"),
        (["calculate", "Y", None, None, None, "${H} +"], "F"),
        (["calculate", "Y", None, None, None, "/data/H"], "F"),
        (["calculate", "Y", None, None, None, "sum(${H})"], "F"),
        (["note", "Y", "还没有问的${LATER}"], ""),
    ],
)
def test_a_calculation_of_another_kind_is_refused_by_row(row: list[Any], column: str):
    imported = read(row, ["text", "LATER", "后"], head=SHOWING)
    said = [(i.sheet, i.row, i.column, i.left_out) for i in imported.issues]
    assert said == [("survey", 3, column, True)]


def test_calculations_that_grow_too_long_are_refused_by_row():
    doubled = [
        ["calculate", f"Y{n}", None, None, None, f"${{Y{n - 1}}} + ${{Y{n - 1}}}"]
        for n in range(1, 26)
    ]
    imported = read(["integer", "Y0", "几个"], *doubled, head=SHOWING)
    refused = [i.row for i in imported.issues if i.left_out]
    assert refused == list(range(refused[0], 29))
    assert compiled(imported).question("Y5") and not compiled(imported).question("Y9")


def test_a_condition_on_a_calculation_is_refused():
    imported = read(
        ["calculate", "Y", None, None, None, "1 + 1"],
        ["text", "A", "问", None, "${Y} = 2"],
        head=SHOWING,
    )
    assert [(i.row, i.left_out) for i in imported.issues] == [(4, True)]
