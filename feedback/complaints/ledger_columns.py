"""The columns of a ledger file: what they are called elsewhere, and how a row is read. Pure.

A ledger names its columns as it likes. `columns_guess` proposes which is which from the headers;
whoever imports corrects it once, and the source keeps it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from functools import partial
from typing import Any

from django.utils.translation import gettext, gettext_noop

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.states import Nature, State, Verdict
from portal.common.sheets import cells, notes
from portal.common.sheets.cells import CellError
from portal.common.sheets.notes import Note
from portal.common.workdays import CLOSES

MESSAGES = {
    **notes.MESSAGES,
    "category_unknown": gettext_noop("Nobody has said yet what the category “%(word)s” is here"),
    "category_restricted": gettext_noop("Reports of this kind go to the discipline office"),
    "category_left_out": gettext_noop("Rows of the category “%(word)s” are left out"),
    "community_unknown": gettext_noop("There is no community “%(word)s” in %(place)s"),
    "community_ambiguous": gettext_noop("Several communities are called “%(word)s”: use the code"),
    "no_right": gettext_noop("You may not enter complaints of %(name)s"),
    "building_unknown": gettext_noop("No building “%(word)s” in the register: taken in without it"),
    "household_unknown": gettext_noop("No home “%(word)s” in the register: taken in without it"),
    "rating_alone": gettext_noop("A rating without an answer whether it is solved is left out"),
    "times_contradict": gettext_noop(
        "The times contradict one another, or an answer stands without a solution"
    ),
    "day_to_come": gettext_noop("It tells of a day that has not come yet"),
    "known_already": gettext_noop("This number was imported before"),
    "number_of_another": gettext_noop(
        "This number is that of another case: the community, the day or the text differs"
    ),
    "state_changed": gettext_noop("Goes on where the last file ended: from “%(from)s” to “%(to)s”"),
    "handled_here": gettext_noop(
        "The ledger says “%(to)s”; the case is handled on the portal, so it stays as it is"
    ),
    "ledger_went_back": gettext_noop(
        "The ledger says “%(to)s”, earlier it said “%(from)s”; nothing is taken back by a file"
    ),
    "twice_in_file": gettext_noop("This number stands further up in the file"),
}

_VERDICTS = {
    **dict.fromkeys(("已解决", "解决", "是", "已办结", "SOLVED", "YES"), Verdict.SOLVED.value),
    **dict.fromkeys(("部分解决", "基本解决", "PARTLY"), Verdict.PARTLY.value),
    **dict.fromkeys(("未解决", "没解决", "否", "UNSOLVED", "NO"), Verdict.UNSOLVED.value),
    # Nobody answered: that is no verdict.
    **dict.fromkeys(("未回访", "未接通", "未评价", "无法联系", "-", "/"), ""),
}
_RATINGS = {
    "非常满意": 5,
    "满意": 4,
    "基本满意": 3,
    "一般": 3,
    "不满意": 2,
    "非常不满意": 1,
    **dict.fromkeys(("未评价", "未回访", "-", "/"), 0),
}
_NATURES = {
    **{nature.value: nature.value for nature in Nature},
    **dict.fromkeys(("投诉", "求助", "举报", "信访", "反映", "诉求"), Nature.COMPLAINT.value),
    **dict.fromkeys(("咨询", "建议", "意见"), Nature.CONSULTATION.value),
    **dict.fromkeys(("表扬", "感谢"), Nature.PRAISE.value),
    **dict.fromkeys(("无效", "不受理", "不属于", "非本辖区"), Nature.OUT_OF_SCOPE.value),
    **dict.fromkeys(("重复", "重复件"), Nature.DUPLICATE.value),
}


def _choice(value: Any, words: Mapping[str, Any]) -> Any:
    text = cells.plain(value)
    found = words.get(text, words.get(text.upper()))
    if found is None:
        raise CellError("not_a_choice", value=text[:40], choices="、".join(list(words)[:8]))
    return found


def _rating(value: Any) -> int:
    text = cells.plain(value).removesuffix("分").removesuffix("星")
    return int(_choice(text, {**_RATINGS, **{str(n): n for n in range(1, 6)}}))


def _home(value: Any) -> str:
    return cells.text(value, 40).removesuffix("室").removesuffix("单元")


@dataclass(frozen=True)
class Column:
    """`names`: headers it is known by. `in_file`: no import without it; `in_row`: no row either."""

    field: str
    label: str
    names: tuple[str, ...]
    read: Callable[[Any], Any]
    in_row: bool = False


def _column(field_: str, label: str, names: str, read: Any, *, in_row: bool = False) -> Column:
    return Column(field_, label, tuple(names.split()), read, in_row)


COLUMNS = (
    _column(
        "source_number",
        gettext_noop("Number at the source"),
        "工单编号 工单号 受理编号 信访件编号 信访编号 案件编号 登记编号 单号",
        partial(cells.text, limit=60),
        in_row=True,
    ),
    _column(
        "community",
        gettext_noop("Community (name or code)"),
        "小区编码 小区名称 所属小区 涉及小区 小区 诉求地点 问题属地",
        partial(cells.text, limit=80),
        in_row=True,
    ),
    _column(
        "category",
        gettext_noop("Category"),
        "问题分类 诉求分类 事项分类 问题类别 诉求类别 内容分类 类别 分类",
        partial(cells.text, limit=60),
        in_row=True,
    ),
    _column(
        "text",
        gettext_noop("What was said"),
        "诉求内容 反映内容 投诉内容 信访内容 主要内容 问题描述 诉求 内容 摘要",
        partial(cells.text, limit=2000),
        in_row=True,
    ),
    _column(
        "filed_at",
        gettext_noop("Filed at"),
        "受理时间 来电时间 登记时间 诉求时间 反映时间 信访日期 登记日期 受理日期 反映日期 日期",
        cells.moment,
        in_row=True,
    ),
    _column("building", gettext_noop("Building"), "楼栋 楼号 楼栋号 楼", _home),
    _column("unit", gettext_noop("Unit"), "单元 单元号", _home),
    _column("room", gettext_noop("Room"), "房号 室号 门牌号 户号", _home),
    _column(
        "nature",
        gettext_noop("Complaint, question or praise"),
        "诉求性质 工单性质 诉求类型 性质 工单类型",
        partial(_choice, words=_NATURES),
    ),
    _column(
        "signatories",
        gettext_noop("How many people sign it"),
        "联名人数 反映人数 涉及人数 人数",
        partial(cells.whole, low=1, high=9999),
    ),
    _column(
        "accepted_at",
        gettext_noop("Accepted at"),
        "接单时间 派单时间 承办时间 转办时间 接收时间",
        cells.moment,
    ),
    _column(
        "first_contact_at",
        gettext_noop("First contact at"),
        "首次联系时间 首次回复时间 联系时间 响应时间",
        cells.moment,
    ),
    _column(
        "reply",
        gettext_noop("Reply to the resident"),
        "首次回复内容 答复内容 回复内容 答复",
        partial(cells.text, limit=2000),
    ),
    _column(
        "resolved_at",
        gettext_noop("Reported as solved at"),
        "办结时间 办结日期 完成时间 解决时间",
        cells.moment,
    ),
    _column(
        "resolution",
        gettext_noop("What was done"),
        "办理结果 处理结果 办理情况 处理情况 办结意见",
        partial(cells.text, limit=2000),
    ),
    _column(
        "verdict",
        gettext_noop("Solved, says the resident"),
        "是否解决 解决情况 解决结果 回访结果",
        partial(_choice, words=_VERDICTS),
    ),
    _column("rating", gettext_noop("Rating"), "满意度 满意情况 评价 满意程度", _rating),
    _column("verdict_at", gettext_noop("Answered at"), "回访时间 评价时间 回访日期", cells.moment),
)
BY_FIELD = {column.field: column for column in COLUMNS}
#: So many names of columns in one row are no chance.
NAMES_ENOUGH = 3


@dataclass(frozen=True)
class Line:
    """One row as the ledger has it, each cell in its own type. Blank cells are None or ''."""

    number: int
    source_number: str = ""
    community: str = ""
    category: str = ""
    text: str = ""
    filed_at: datetime | date | None = None
    building: str = ""
    unit: str = ""
    room: str = ""
    nature: str = Nature.COMPLAINT
    signatories: int = 1
    accepted_at: datetime | date | None = None
    first_contact_at: datetime | date | None = None
    reply: str = ""
    resolved_at: datetime | date | None = None
    resolution: str = ""
    verdict: str = ""
    rating: int = 0
    verdict_at: datetime | date | None = None
    problems: tuple[Note, ...] = field(default=(), compare=False)


assert {column.field for column in COLUMNS} <= {f.name for f in fields(Line)}


def sentence(note: dict[str, Any]) -> str:
    """A stored note in the language of whoever reads it, names of columns included."""
    labels = {column.label for column in COLUMNS}
    params = {name: _word(name, value, labels) for name, value in note.get("params", {}).items()}
    return gettext(MESSAGES[note["code"]]) % params


def _word(name: str, value: Any, labels: Collection[str]) -> Any:
    if name in ("from", "to") and value in State.values:
        return State(value).label
    return gettext(value) if value in labels else value


def header_titles(row: Sequence[Any]) -> list[str]:
    """The headers as they are shown and kept; blank ones between them by their position. Behind the
    last there is nothing to choose: a sheet is as wide as its reader asks."""
    width = max((at for at, cell in enumerate(row, 1) if not cells.is_blank(cell)), default=0)
    return [
        cells.plain("" if cell is None else cell).strip("*")[:60] or f"#{position}"
        for position, cell in enumerate(row[:width], 1)
    ]


def header_at(rows: Sequence[Sequence[Any]], known: Mapping[str, str]) -> int:
    """Which of the first `rows` of a file bears the column names.

    Offices put the name of the ledger and who filled it in above them. It is the row that has most
    of the names a column goes by; where hardly any is known, the first that has a cell for each
    column no row does without.
    """
    names = [len(columns_guess(header_titles(row), known)) for row in rows]
    best = max(names)
    if best >= NAMES_ENOUGH:
        return names.index(best)
    needed = sum(column.in_row for column in COLUMNS)
    filled = [sum(not cells.is_blank(cell) for cell in row) >= needed for row in rows]
    return filled.index(True) if True in filled else 0


def columns_guess(headers: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """Field → header: what the source knows, else the header of one of a column's names, else a
    header that contains one. A header is used once."""
    found = {name: title for name, title in known.items() if title in headers}
    for matches in (_is_name, _holds_name):
        for column in COLUMNS:
            free = [title for title in headers if title not in found.values()]
            title = next((t for n in column.names for t in free if matches(t, n)), None)
            if column.field not in found and title is not None:
                found[column.field] = title
    return found


def _is_name(title: str, name: str) -> bool:
    return title == name


def _holds_name(title: str, name: str) -> bool:
    return len(name) >= 3 and name in title


def columns_missing(columns: Mapping[str, str]) -> list[Column]:
    return [column for column in COLUMNS if column.in_row and not columns.get(column.field)]


def line_read(number: int, row: Sequence[Any], positions: Mapping[str, int]) -> Line:
    """The row with every cell read; what can't be read is among its `problems`."""
    values: dict[str, Any] = {}
    problems = []
    for name, position in positions.items():
        column = BY_FIELD[name]
        cell = row[position] if position < len(row) else None
        if cells.is_blank(cell):
            if column.in_row:
                problems.append(Note.of("required", column=column.label))
            continue
        try:
            values[name] = column.read(cell)
        except CellError as error:
            params = {"column": column.label, **dict(error.note.params)}
            problems.append(Note.of(error.note.code, **params))
    return Line(number=number, problems=tuple(problems), **values)


def at(moment: datetime | date, after: datetime | None = None) -> datetime:
    """As an aware local time.

    A ledger that only knows the day means: filed when the day began, every later step by the time
    the office closed, and never before the step `after` which it comes.
    """
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=LOCAL)
    if after is None:
        return datetime.combine(moment, time.min, LOCAL)
    by = datetime.combine(moment, CLOSES, LOCAL)
    return max(by, after) if moment == after.date() else by
