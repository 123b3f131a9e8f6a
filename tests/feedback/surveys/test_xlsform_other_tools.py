"""What other tools write into an XLSForm beside its questions is read as they read it, or named."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from feedback.surveys.xlsform import FormFileError, import_form
from tests.feedback.surveys.xlsforms import CHOICES, FIRST, HEAD, Rows, back, rows_of, workbook

ENGLISH: Rows = [["list_name", "name", "label"], ["yn", "y", "Yes"], ["yn", "n", "No"]]


def values(content: bytes) -> dict[str, dict[str, Any]]:
    return {b["value"].get("key", ""): b["value"] for b in import_form(content).blocks}


def said(content: bytes) -> list[tuple[str, int, str, bool]]:
    return [(i.sheet, i.row, i.column, i.left_out) for i in import_form(content).issues]


def with_sheet(content: bytes, name: str, rows: Rows) -> bytes:
    book = load_workbook(io.BytesIO(content))
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "head",
    ["constraint message", "Constraint_Message", "jr:constraintMsg", "bind::jr:constraintMsg"],
)
def test_every_spelling_of_a_constraints_message_is_read(head: str):
    form = workbook(
        [["type", "name", "label", "constraint", head], ["integer", "A", "N", ". > 0", "Too few"]]
    )
    assert values(form)["A"]["constraint_message_en"] == "Too few"
    assert said(form) == []


def test_a_message_in_two_languages_with_a_space_in_its_heading():
    head = ["type", "name", "label::中文 (zh)", "label::English (en)", "constraint"]
    head += ["constraint message::中文 (zh)", "constraint message::English (en)"]
    form = workbook([head, ["integer", "A", "数", "N", ". > 0", "太少", "Too few"]])
    value = values(form)["A"]
    assert (value["constraint_message_zh"], value["constraint_message_en"]) == ("太少", "Too few")


def test_a_count_in_the_spelling_of_xforms_is_the_count_of_a_repeat():
    head = ["type", "name", "label", "jr:count"]
    rows = [["begin_repeat", "R", "Room", 3], ["text", "A", "Use", ""], ["end_repeat", "", "", ""]]
    form = workbook([head, *rows])
    assert import_form(form).blocks[0]["value"]["repeat_count"] == "3" and said(form) == []


def test_a_row_that_is_switched_off_is_left_out_and_reported():
    rows = [["text", "A", "字", "yes"], ["text", "B", "字", "no"]]
    form = workbook([["type", "name", "label", "disabled"], *rows])
    assert list(values(form)) == ["B"]
    assert said(form) == [("survey", 2, "D", True)]


def test_what_stands_below_no_heading_is_reported():
    form = workbook([["type", "name", "label", None, "hint"], ["text", "A", "字", "see", "说明"]])
    assert said(form) == [("survey", 2, "D", False)]
    assert values(form)["A"]["help_zh"] == "说明"


def test_a_form_with_more_columns_than_are_read_is_refused():
    head = ["type", "name", "label", *(f"c{n}" for n in range(110)), "relevant"]
    with pytest.raises(FormFileError):
        import_form(workbook([head, ["text", "A", "字", *[None] * 110, "${H} = 'y'"]]))


def test_other_sheets_are_reported_row_by_row_or_as_a_whole():
    form = workbook([HEAD, FIRST], CHOICES)
    form = with_sheet(form, "external_choices", [["list_name", "name"], ["t", "a"], ["t", "b"]])
    form = with_sheet(form, "Notes", [["to be printed on blue paper"]])
    form = with_sheet(form, "_ours", [["a note that other tools pass over, too"]])
    assert said(form) == [
        ("Notes", 0, "", False),
        ("external_choices", 2, "", True),
        ("external_choices", 3, "", True),
    ]


def test_settings_that_are_not_kept_are_reported():
    settings = [["form_title", "form_id", "version"], ["长" * 81, "a", "2024"]]
    form = workbook([HEAD, FIRST], CHOICES, settings)
    assert said(form) == [("settings", 2, "A", False), ("settings", 2, "C", False)]


def test_what_a_range_says_beside_its_steps_is_reported_and_what_is_no_number_refused():
    rows = [
        ["range", "A", "度", "start=0 end=10 step=2 tick_interval=4"],
        ["range", "B", "度", "start=0; end=10; step=.5"],
    ]
    form = workbook([["type", "name", "label", "parameters"], *rows])
    assert said(form) == [("survey", 2, "D", False), ("survey", 3, "D", True)]
    assert list(values(form)) == ["A"]


def test_a_filter_names_columns_of_choices_as_they_are_written():
    choices = [
        ["list_name", "name", "label", "Province", "count"],
        ["p", "a", "A", None, None],
        ["p", "b", "B", None, None],
        ["c", "a1", "A1", "a", "1"],
        ["c", "b1", "B1", "b", "2"],
    ]
    rows = [["select_one p", "P", "P", ""], ["select_one c", "C", "C", "Province=${P} or count=9"]]
    form = workbook([["type", "name", "label", "choice_filter"], *rows], choices)
    assert said(form) == []
    offered = {o["code"]: o["only_if"] for o in values(form)["C"]["options"]}
    assert offered == {"a1": "'a' = ${P}", "b1": "'b' = ${P}"}
    assert rows_of(back(import_form(form)), "choices") == choices


def test_plain_columns_are_in_the_default_language():
    head = ["type", "name", "label", "label::English (en)", "hint"]
    choices = [["list_name", "name", "label", "label::English (en)"]]
    choices += [["yn", "y", "Oui", "Yes"], ["yn", "n", "Non", "No"]]
    settings = [["form_title", "default_language"], ["T", "Français (fr)"]]
    form = workbook([head, ["select_one yn", "H", "Demande", "Ask", "aide"]], choices, settings)
    imported = import_form(form)
    assert imported.issues == []
    value = imported.blocks[0]["value"]
    assert (value["text_en"], value["help_en"]) == ("Ask", "")
    written = rows_of(back(imported))
    assert dict(zip(*written, strict=True)) == {
        "type": "select_one yn",
        "name": "H",
        "label::English (en)": "Ask",
        "label::Français (fr)": "Demande",
        "hint::Français (fr)": "aide",
    }
    assert rows_of(back(imported), "settings")[1][-1] == "Français (fr)"


def test_a_default_language_of_ours_keeps_its_name():
    head = ["type", "name", "label", "label::中文 (zh)"]
    settings = [["form_title", "default_language"], ["T", "English (en)"]]
    form = workbook([head, ["text", "A", "Ask", "问"]], settings=settings)
    content = back(import_form(form))
    assert rows_of(content)[0] == ["type", "name", "label::中文 (zh)", "label::English (en)"]
    assert rows_of(content, "settings")[1][-1] == "English (en)"
    assert import_form(content).blocks == import_form(form).blocks


def test_a_form_in_neither_language_can_be_read_and_says_so():
    head = ["type", "name", "label::Français (fr)"]
    choices = [
        ["list_name", "name", "label::Français (fr)"],
        ["yn", "y", "Oui"],
        ["yn", "n", "Non"],
    ]
    form = workbook([head, ["select_one yn", "H", "Demande"]], choices)
    assert said(form) == [("survey", 1, "", False)]
    assert rows_of(back(import_form(form)))[0] == head


def test_columns_without_a_language_join_those_that_have_it():
    head = ["type", "name", "label", "constraint", "constraint_message::English (en)"]
    form = workbook([head, ["integer", "A", "Rooms", ". > 0", "Too few"]], ENGLISH)
    value = values(form)["A"]
    assert (value["text_en"], value["constraint_message_en"]) == ("Rooms", "Too few")
