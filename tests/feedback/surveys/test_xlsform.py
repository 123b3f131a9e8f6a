"""XLSForms of other tools: what is taken over as it was, and what is refused, row by row."""

import io
import re
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from feedback.surveys.blocks import QuestionsBlock
from feedback.surveys.compiling import compile_definition
from feedback.surveys.conditions import calculated, holds
from feedback.surveys.questionnaire import Definition, Type
from feedback.surveys.screens import Form
from feedback.surveys.services import samples
from feedback.surveys.xlsform import FormFileError, Imported, export_form, import_form

Rows = list[list[Any]]
CHOICES: Rows = [
    ["list_name", "name", "label::中文 (zh)", "label::English (en)"],
    ["yes_no", "yes", "是", "Yes"],
    ["yes_no", "no", "否", "No"],
]
HEAD = ["type", "name", "label::中文 (zh)", "required", "relevant", "constraint"]
FIRST = ["select_one yes_no", "H", "问", "yes"]


def workbook(survey: Rows, choices: Rows | None = None, settings: Rows | None = None) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        sheet = book.create_sheet(name)
        for row in rows or []:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(*rows: list[Any], choices: Rows = CHOICES, head: list[str] = HEAD) -> Imported:
    return import_form(workbook([head, FIRST, *rows], choices))


def compiled(imported: Imported) -> Definition:
    return compile_definition(imported.blocks, headline="H", named=True)


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


def back(imported: Imported) -> bytes:
    return export_form(imported.blocks, title="T", slug="s", headline=imported.fields["headline"])


def rows_of(content: bytes, sheet: str = "survey") -> Rows:
    """Rows of a sheet without the columns that are our own."""
    rows = [
        list(row) for row in load_workbook(io.BytesIO(content))[sheet].iter_rows(values_only=True)
    ]
    ours = [n for n, name in enumerate(rows[0]) if str(name).startswith("linli_")]
    if sheet == "choices" and len(ours) and rows[0][ours[0]] == "linli_filter":
        return rows
    return [[cell for n, cell in enumerate(row) if n not in ours] for row in rows]


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
