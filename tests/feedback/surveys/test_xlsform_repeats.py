"""Repeats of XLSForms: sections asked several times."""

import pytest

from feedback.surveys.conditions import holds
from feedback.surveys.xlsform import import_form
from tests.feedback.surveys.xlsforms import back, compiled, read, rows_of

REPEATED = [
    "type",
    "name",
    "label::中文 (zh)",
    "required",
    "relevant",
    "constraint",
    "repeat_count",
]


def test_a_repeat_of_a_fixed_number_is_asked_that_often_and_comes_back_as_it_was():
    imported = read(
        ["begin_repeat", "R", "成员", None, "${H} = 'yes'", None, "2"],
        ["text", "A", "姓名", "yes"],
        ["integer", "B", "年龄", None, "${A} != ''", ". < 120"],
        ["end_repeat"],
        ["text", "C", "之后"],
        head=REPEATED,
    )
    assert imported.issues == []
    definition = compiled(imported)
    assert [q.key for q in definition.asked()] == ["H", "A_1", "B_1", "A_2", "B_2", "C"]
    second = definition.question("B_2")
    assert second and second.text.zh == "年龄（2）"
    assert holds(second.show_if, {"H": "yes", "A_2": "x"})
    assert not holds(second.show_if, {"H": "yes", "A_1": "x"})
    assert rows_of(back(imported))[1:] == [
        ["select_one yes_no", "H", "问", "yes", None, None, None],
        ["begin_repeat", "R", "成员", None, "${H} = 'yes'", None, "2"],
        ["text", "A", "姓名", "yes", None, None, None],
        ["integer", "B", "年龄", None, "${A} != ''", ". < 120", None],
        ["end_repeat", *[None] * 6],
        ["text", "C", "之后", None, None, None, None],
    ]


def test_a_repeat_goes_as_far_as_an_answer_says():
    imported = read(
        ["integer", "N", "几口人", "yes", None, ". <= 4"],
        ["begin repeat", "R", "成员", None, None, None, "${N}"],
        ["text", "A", "姓名"],
        ["end repeat"],
        head=REPEATED,
    )
    assert imported.issues == []
    definition = compiled(imported)
    third = definition.question("A_3")
    assert third and holds(third.show_if, {"N": 3}) and not holds(third.show_if, {"N": 2})
    assert definition.question("A_4") and not definition.question("A_5")
    assert rows_of(back(imported))[3][-1] == "${N}"


def test_a_repeat_that_an_answer_lets_go_on_for_ever_is_cut_short_and_reported():
    imported = read(
        ["integer", "N", "几口人"],
        ["begin repeat", "R", "成员", None, None, None, "${N}"],
        ["text", "A", "姓名"],
        ["end repeat"],
        head=REPEATED,
    )
    assert [(i.row, i.column, i.left_out) for i in imported.issues] == [(4, "G", False)]
    definition = compiled(imported)
    assert definition.question("A_10") and not definition.question("A_11")


def test_an_open_repeat_asks_first_how_many_there_are():
    imported = read(
        ["begin repeat", "R", "成员"],
        ["begin group", "G", "组", None, "${H} = 'yes'"],
        ["integer", "B", "年龄"],
        ["end group"],
        ["end repeat"],
        ["text", "C", "之后"],
    )
    assert [(i.row, i.left_out) for i in imported.issues] == [(3, False), (4, False)]
    definition = compiled(imported)
    asked = [q.key for q in definition.asked()]
    assert asked == ["H", "R_how_many", *(f"B_{n}" for n in range(1, 6)), "C"]
    first = definition.question("B_1")
    assert first and holds(first.show_if, {"H": "yes", "R_how_many": 1})
    assert not holds(first.show_if, {"H": "no", "R_how_many": 1})
    types = [row[0] for row in rows_of(back(imported))[1:]]
    assert types == ["select_one yes_no", "begin_repeat", "integer", "end_repeat", "text"]
    assert compiled(import_form(back(imported))) == definition


def test_an_open_repeat_without_a_title_asks_in_plain_words_and_an_empty_one_nothing():
    imported = read(
        ["begin repeat", "R", ""],
        ["integer", "B", "年龄"],
        ["end repeat"],
        ["begin repeat", "E", "空"],
        ["end repeat"],
    )
    definition = compiled(imported)
    assert [q.key for q in definition.asked()][:3] == ["H", "R_how_many", "B_1"]
    assert "E_how_many" not in {q.key for q in definition.asked()}
    asked = definition.question("R_how_many")
    assert asked and "R" not in asked.text.zh and asked.text.en == "How many are there?"


@pytest.mark.parametrize("count", ["${H}", "${N} + 1", "11", "0"])
def test_every_row_in_a_repeat_that_can_not_be_held_is_reported(count: str):
    imported = read(
        ["integer", "N", "几口人"],
        ["begin repeat", "R", "成员", None, None, None, count],
        ["text", "A", "姓名"],
        ["begin repeat", "S", "车"],
        ["integer", "B", "车龄"],
        ["end repeat"],
        ["end repeat"],
        ["text", "C", "之后"],
        head=REPEATED,
    )
    assert [i.row for i in imported.issues if i.left_out] == [4, 5, 6, 7]
    assert [q.key for q in compiled(imported).questions] == ["H", "N", "C"]


def test_a_repeat_inside_a_repeat_is_left_out_and_the_outer_one_kept():
    imported = read(
        ["begin repeat", "R", "成员", None, None, None, "2"],
        ["text", "A", "姓名"],
        ["begin repeat", "S", "车", None, None, None, "2"],
        ["integer", "B", "车龄"],
        ["end repeat"],
        ["text", "D", "备注"],
        ["end repeat"],
        head=REPEATED,
    )
    assert [i.row for i in imported.issues if i.left_out] == [5, 6]
    assert [q.key for q in compiled(imported).asked()] == ["H", "A_1", "D_1", "A_2", "D_2"]


def test_a_group_left_out_inside_a_repeat_does_not_end_the_repeat():
    imported = read(
        ["begin repeat", "R", "成员", None, None, None, "2"],
        ["text", "A", "姓名"],
        ["begin group", "G", "组", None, "today() > 1"],
        ["integer", "B", "车龄"],
        ["end group"],
        ["text", "D", "备注"],
        ["end repeat"],
        ["text", "C", "之后"],
        head=REPEATED,
    )
    assert [i.row for i in imported.issues if i.left_out] == [5, 6]
    asked = [q.key for q in compiled(imported).asked()]
    assert asked == ["H", "A_1", "D_1", "A_2", "D_2", "C"]


def test_what_looks_into_a_repeat_from_outside_is_refused():
    imported = read(
        ["begin repeat", "R", "成员", None, None, None, "2"],
        ["integer", "A", "年龄"],
        ["end repeat"],
        ["text", "C", "之后", None, "${A} > 3"],
        head=REPEATED,
    )
    assert [i.row for i in imported.issues if i.left_out] == [6]


def test_a_table_in_a_repeat_is_a_matrix():
    head = [*REPEATED, "appearance"]
    imported = read(
        ["begin repeat", "R", "成员", None, None, None, "2"],
        ["begin group", "M", "评价", *[None] * 4, "table-list"],
        ["select_one yes_no", "M_a", "甲"],
        ["select_one yes_no", "M_b", "乙"],
        ["end group"],
        ["text", "D", "备注"],
        ["end repeat"],
        head=head,
    )
    assert imported.issues == []
    asked = [q.key for q in compiled(imported).asked()]
    assert asked == ["H", "M_1_a", "M_1_b", "D_1", "M_2_a", "M_2_b", "D_2"]
