"""XLSForms of other tools: what is taken over as it was, and what is refused, row by row."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from feedback.surveys.blocks import QuestionsBlock
from feedback.surveys.compiling import compile_definition
from feedback.surveys.conditions import holds
from feedback.surveys.questionnaire import Type
from feedback.surveys.services import samples
from feedback.surveys.xlsform import FormFileError, export_form, import_form
from tests.feedback.surveys.xlsforms import (
    CHOICES,
    HEAD,
    back,
    compiled,
    read,
    rows_of,
    workbook,
)


def test_every_type_is_taken_over():
    imported = read(
        ["select_multiple yes_no", "A", "多选"],
        ["rank yes_no", "B", "排序"],
        ["text", "C", "文字"],
        ["integer", "D", "整数"],
        ["decimal", "E", "小数"],
        ["date", "F", "日期"],
        ["image", "G", "照片"],
        ["note", "I", "说明"],
        ["range", "J", "范围"],
        ["select_one yes_no or_other", "K", "单选"],
    )
    assert imported.issues == []
    kinds = {q.key: q.type for q in compiled(imported).questions}
    assert kinds == {
        "H": Type.SINGLE,
        "A": Type.MULTIPLE,
        "B": Type.RANK,
        "C": Type.TEXT,
        "D": Type.NUMBER,
        "E": Type.NUMBER,
        "F": Type.DATE,
        "G": Type.PHOTO,
        "I": Type.INFORMATION,
        "J": Type.NUMBER,
        "K": Type.SINGLE,
        "K_other": Type.TEXT,
    }


def test_a_name_that_comes_again_in_another_group_is_refused_and_the_first_kept():
    imported = read(
        ["begin group", "one", "一"],
        ["text", "A", "文字"],
        ["end group"],
        ["begin group", "two", "二"],
        ["integer", "A", "数字"],
        ["calculate", "H", None, None, None, None, "'x'"],
        ["end group"],
        head=[*HEAD, "calculation"],
    )
    assert [(i.row, i.column, i.left_out) for i in imported.issues] == [
        (7, "B", True),
        (8, "B", True),
    ]
    assert "4" in imported.issues[0].reason
    assert {q.key: q.type for q in compiled(imported).questions} == {
        "H": Type.SINGLE,
        "A": Type.TEXT,
    }


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (["text", "A", "文字", "", "string-length(${H}) > 2"], "E"),
        (["text", "A", "文字", "", "${H} = today()"], "E"),
        (["text", "A", "文字", "", "", "regex(., '(?=x)')"], "F"),
        (["text", "A", "文字", "", "", ". + 1 = 2"], "F"),
        (["text", "A", "文字", "${H} = 'yes'"], "D"),
        (["text", "A", "文字", "", ". = 'x'"], "E"),
        (["geopoint", "A", "位置"], "A"),
        (["audio", "A", "录音"], "A"),
        (["begin group", "A", "您好，${H}"], "C"),
        (["text", "A", "长" * 601], "C"),
    ],
)
def test_a_row_that_can_not_be_held_is_reported_with_its_place(row: list[Any], column: str):
    closing = [["end group"]] if row[0] == "begin group" else []
    imported = read(row, *closing)
    assert [(i.sheet, i.row, i.column, i.left_out) for i in imported.issues] == [
        ("survey", 3, column, True)
    ]
    assert [q.key for q in compiled(imported).questions] == ["H"]


def test_a_message_that_shows_an_answer_is_refused_by_row():
    message = [*HEAD, "constraint_message::中文 (zh)"]
    imported = read(["text", "A", "文字", "", "", ". != 'x'", "不能是${H}"], head=message)
    assert [(i.row, i.column, i.left_out) for i in imported.issues] == [(3, "G", True)]


def test_a_table_that_is_none_is_kept_without_a_title_that_shows_an_answer():
    imported = read(
        ["begin group", "G", "您选了${H}", "", "${H} = 'yes'", "", "table-list"],
        ["select_one yes_no", "A", "问"],
        ["text", "B", "文字"],
        ["end group"],
        head=[*HEAD, "appearance"],
    )
    assert [(i.row, i.column, i.left_out) for i in imported.issues] == [
        (3, "C", False),
        (3, "G", False),
    ]
    definition = compiled(imported)
    assert [q.key for q in definition.asked()] == ["H", "A", "B"]
    assert all(q.show_if for q in definition.asked() if q.key != "H")
    assert not any(group.title for group in definition.groups)


def test_what_hangs_on_a_row_that_is_left_out_is_reported_too():
    imported = read(
        ["time", "A", "几点"],
        ["text", "B", "后", "", "${A} = '1'"],
        ["text", "C", "后后", "", "${B} != ''"],
        ["text", "D", "无关"],
    )
    assert [i.row for i in imported.issues if i.left_out] == [3, 4, 5]
    assert [q.key for q in compiled(imported).questions] == ["H", "D"]


def test_no_cell_is_dropped_without_a_word():
    head = [*HEAD, "calculation", "repeat_count", "parameters", "choice_filter", "guidance_hint"]
    imported = read(
        ["text", "A", "文字", None, None, None, "1 + 1"],
        ["select_one yes_no", "B", "单选", *[None] * 5, "randomize=true"],
        ["note", "C", "说明", None, None, ". != ''"],
        ["note", "D", "说明", "yes"],
        ["integer", "E", "数", None, None, None, None, "2", None, None, "悄悄说"],
        head=head,
    )
    said = [(i.row, i.column, i.left_out) for i in imported.issues]
    cells = [(3, "G"), (4, "I"), (5, "F"), (6, "D"), (7, "H"), (7, "K")]
    assert said == [(row, column, False) for row, column in cells]
    spare = [*CHOICES, ["colours", "red", "红", "Red"]]
    unused = read(choices=spare).issues
    assert [(i.sheet, i.row, i.column, i.left_out) for i in unused] == [("choices", 4, "A", True)]


def test_names_of_languages_and_lists_and_filters_come_back_as_they_were():
    survey = [
        ["type", "name", "label", "label::Deutsch (de)", "choice_filter"],
        ["select_one states", "H", "State", "Land", None],
        ["select_one towns", "T", "Town", "Stadt", "${H}=cf"],
    ]
    choices = [
        ["list_name", "name", "label", "label::Deutsch (de)", "cf"],
        ["states", "tx", "Texas", "Texas", None],
        ["states", "oh", "Ohio", "Ohio", None],
        ["towns", "paris", "Paris", "Paris", "tx"],
        ["towns", "dallas", "Dallas", "Dallas", "tx"],
        ["towns", "paris", "Paris", "Paris", "oh"],
    ]
    settings = [["form_title", "allow_choice_duplicates"], ["Places", "yes"]]
    imported = import_form(workbook(survey, choices, settings))
    assert imported.issues == []
    content = back(imported)
    assert rows_of(content) == survey
    assert rows_of(content, "choices") == choices
    imported.blocks[1]["value"]["options"][0]["only_if"] = ""
    assert "linli_filter" in rows_of(back(imported), "choices")[0]


def test_names_of_languages_are_kept_by_the_first_block_that_can_and_wherever_it_goes():
    survey = [
        ["type", "name", "label::Chinese", "label::English", "calculation"],
        ["calculate", "Y", None, None, "1 + 1"],
        ["select_one yes_no", "H", "问", "Ask", None],
        ["text", "T", "写", "Write", None],
    ]
    choices = [["list_name", "name", "label::Chinese", "label::English"], *CHOICES[1:]]
    imported = import_form(workbook(survey, choices))
    stream = QuestionsBlock()
    stored = [
        {"type": child.block_type, "value": child.block.get_prep_value(child.value)}
        for child in stream.to_python(imported.blocks)
    ]
    moved = [stored[0], stored[2], stored[1]]
    content = export_form(moved, title="T", slug="s", headline="H")
    assert rows_of(content)[0] == survey[0]


def test_a_condition_on_what_comes_later_is_refused():
    imported = read(["text", "A", "前", "", "${B} != ''"], ["text", "B", "后"])
    assert [i.row for i in imported.issues] == [3]


def test_the_condition_of_a_group_holds_in_it_and_not_after_it():
    imported = read(
        ["begin_group", "G", "组", "", "${H} = 'yes'"],
        ["text", "A", "里"],
        ["end_group"],
        ["text", "B", "外"],
    )
    definition = compiled(imported)
    inside, outside = definition.question("A"), definition.question("B")
    assert inside and outside and outside.show_if is None
    assert holds(inside.show_if, {"H": "yes"}) and not holds(inside.show_if, {"H": "no"})


def test_a_cascade_offers_what_the_filter_says():
    choices = [
        ["list_name", "name", "label", "cf"],
        *[["state", code, code.title(), None] for code in ("texas", "ohio")],
        ["county", "king", "King", "texas"],
        ["county", "king", "King", "ohio"],
        ["county", "lake", "Lake", "ohio"],
    ]
    rows = [
        ["type", "name", "label", "choice_filter"],
        ["select_one state", "H", "State"],
        ["select_one county", "C", "County", "${H}=cf"],
    ]
    settings = [["form_title", "allow_choice_duplicates"], ["Places", "yes"]]
    imported = import_form(workbook(rows, choices, settings))
    assert imported.issues == []
    county = compiled(imported).question("C")
    assert county
    offered = {
        state: [o.code for o in county.options if holds(o.only_if, {"H": state})]
        for state in ("texas", "ohio")
    }
    assert offered == {"texas": ["king"], "ohio": ["king", "lake"]}


def test_other_languages_are_kept_for_the_way_back_and_columns_are_reported():
    head = ["type", "name", "label::中文", "label::Français (fr)", "appearance"]
    imported = import_form(
        workbook(
            [head, ["select_one yes_no", "H", "问", "Question", "minimal"]],
            [["list_name", "name", "label::中文", "label::Français (fr)"]]
            + [["yes_no", code, code, code] for code in ("yes", "no")],
        )
    )
    said = [(i.sheet, i.row, i.column, i.left_out) for i in imported.issues]
    assert said == [
        ("survey", 2, "E", False),
    ]
    assert imported.is_valid
    content = export_form(imported.blocks, title="T", slug="s", headline="H")
    assert import_form(content).blocks == imported.blocks
    head = [cell.value for cell in load_workbook(io.BytesIO(content))["survey"][1]]
    assert "label::Français (fr)" in head


def test_a_form_that_is_only_english_is_taken_over():
    rows = [["type", "name", "label"], ["select one from yes_no", "H", "Do you agree?"]]
    choices = [["list name", "name", "label"], ["yes_no", "yes", "Yes"], ["yes_no", "no", "No"]]
    imported = import_form(workbook(rows, choices))
    assert imported.issues == []
    question = compiled(imported).question("H")
    assert question and question.text.en == "Do you agree?" and not question.text.zh


def test_what_is_no_xlsform_is_said_by_pyxform_and_can_not_be_confirmed():
    imported = read(["text", "A B", "空格"])
    assert not imported.is_valid
    assert any(i.row == 3 for i in imported.issues)


@pytest.mark.parametrize(
    "content",
    [b"", b"junk", b"PK\x03\x04junk", workbook([])],
    ids=["nothing", "no workbook", "a broken one", "an empty one"],
)
def test_what_is_no_file_of_the_kind_is_refused(content: bytes):
    with pytest.raises(FormFileError):
        import_form(content)


def test_the_shipped_questionnaires_go_out_and_come_back():
    for code, sample in samples().items():
        blocks, headline = sample.fields["questions"], sample.fields["headline"]
        content = export_form(blocks, title=sample.title_zh, slug="s", headline=headline)
        imported = import_form(content)
        assert imported.issues == [], code
        before = compile_definition(blocks, headline=headline, named=True)
        after = compile_definition(imported.blocks, headline=headline, named=True)
        assert [q.key for q in after.questions] == [q.key for q in before.questions]
        assert [q.show_if for q in after.questions] == [q.show_if for q in before.questions]
        assert [q.options for q in after.questions] == [q.options for q in before.questions]
        assert imported.fields["headline"] == headline


def test_nothing_that_was_typed_becomes_a_formula():
    block = {"type": "text", "value": {"key": "T", "text_zh": "=1+1", "text_en": "=HYPERLINK(1)"}}
    content = export_form([block], title="=2+2", slug="s", headline="")
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
