"""The forms people file, as workbooks with live formulas: 绩效自评表 and 绩效评价指标评分表.

The layout is that of domain.md §2, so it is in Chinese. Every score is a formula over the cells
beside it, so that the reader sees how it comes about; the value it has here is stored with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import IO, Any
from unicodedata import east_asian_width

import xlsxwriter
from django.conf import settings

from feedback.indicators.definitions import Rule
from feedback.indicators.scorecards import Card, Line
from feedback.indicators.states import Status

LABEL = "演示数据 Demonstration data"
SIGNATURES = ("单位负责人（签字）：", "填报人（签字）：", "单位（盖章）：", "日期：")
#: What the letters behind a basis mean (domain.md §7).
RULES = (
    "评分规则：S1 达到目标得满分，未达到按比例；S2 越低越好，按目标值÷实际值；"
    "S3 按比例，不足0的计0分；"
    "S4 偏差10%以内得满分，30%及以上计0分，其间按比例；S5 定性评分"
)
#: Widths of the columns, in characters.
_SELF = (14, 16, 26, 14, 14, 10, 10, 48)
_EVALUATION = (10, 14, 26, 12, 12, 8, 10, 8, 44, 40, 20)
#: What one line of text is high, in points.
_LINE = 15
_A4 = 9
#: 元 in one 万元.
_WAN = Decimal(10_000)


@dataclass(frozen=True)
class Filing:
    """What a form says besides the score. Money in 元, None where nothing is known.

    `evidence` is measurement → (its number, the hash of its inputs).
    """

    name: str
    year: int
    card: Card
    reasons: dict[str, str] = field(default_factory=dict)
    evidence: dict[int, str] = field(default_factory=dict)
    #: What was promised for the year, in the words of its target form.
    goal: str = ""
    budget: Decimal | None = None
    received: Decimal | None = None
    spent: Decimal | None = None

    @property
    def missing(self) -> list[Line]:
        """What needs a reason and has none."""
        return [
            line
            for line in self.card.lines
            if line.needs_reason and not self.reasons.get(line.part.definition.code)
        ]


def formula(rule: Rule, value: str, target: str, weight: str) -> str:
    """The points of `weight` as a spreadsheet formula over cells (domain.md §7)."""
    share = {
        Rule.S1: f"IF({target}=0,1,MAX(0,MIN(1,{value}/{target})))",
        Rule.S2: f"IF({value}=0,1,MAX(0,MIN(1,{target}/{value})))",
        Rule.S3: f"IF({target}=0,1,MAX(0,MIN(1,{value}/{target})))",
        Rule.S4: f"MAX(0,MIN(1,(30-{value})/20))",
        Rule.S5: f"{value}/100",
    }[rule]
    return f"ROUND({weight}*{share},2)"


def self_assessment_write(filing: Filing, output: IO[bytes]) -> None:
    """绩效自评表. Raises ValueError while a required reason is missing."""
    if filing.missing:
        codes = ", ".join(line.part.definition.code for line in filing.missing)
        raise ValueError(f"no reason for the deviation of {codes}")
    book, forms = _book(output)
    sheet = book.add_worksheet("绩效自评表")
    for column, width in enumerate(_SELF):
        sheet.set_column(column, column, width)
    sheet.merge_range(0, 0, 0, 7, f"{filing.year}年度项目支出绩效自评表", forms["title"])
    sheet.write_string(1, 0, "单位（项目）", forms["head"])
    sheet.merge_range(1, 1, 1, 7, "", forms["text"])
    sheet.write_string(1, 1, filing.name, forms["text"])
    _money(sheet, filing, forms)
    _goals(sheet, forms, filing.goal)
    first = 8
    paged(sheet, heads=first - 1)
    heads = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分")
    for column, name in enumerate((*heads, "偏差原因分析及改进措施")):
        sheet.write_string(first - 1, column, name, forms["head"])
    for row, line in enumerate(filing.card.grouped(), start=first):
        _levels(sheet, row, line, forms)
        _target(sheet, row, 3, line, forms)
        _value(sheet, row, 4, line, forms)
        _weight(sheet, row, 5, line, forms)
        _points(sheet, row, 6, line, forms, value=f"E{row + 1}", target=f"D{row + 1}", most="F")
        reason = filing.reasons.get(line.part.definition.code, "")
        if line.points is None:
            reason = line.given.why
        sheet.write_string(row, 7, reason, forms["text"])
        heightened(sheet, row, ((_named(line), _SELF[2]), (reason, _SELF[7])))
    last = first + len(filing.card.lines)
    _total(sheet, last, filing, forms, first=first, weight="F", points="G")
    _signatures(sheet, last + 4, forms)
    _label(book)
    book.close()


def evaluation_write(filing: Filing, output: IO[bytes]) -> None:
    """绩效评价指标评分表, with what the evaluator deducted and why."""
    book, forms = _book(output)
    sheet = book.add_worksheet("绩效评价指标评分表")
    for column, width in enumerate(_EVALUATION):
        sheet.set_column(column, column, width)
    title = f"{filing.year}年度绩效评价指标评分表（{filing.name}）"
    sheet.merge_range(0, 0, 0, 10, title, forms["title"])
    heads = ("一级指标", "二级指标", "三级指标", "目标值", "实际值", "分值", "评价扣分", "得分")
    for column, name in enumerate((*heads, "评分依据", "扣分原因", "佐证材料编号")):
        sheet.write_string(1, column, name, forms["head"])
    first = 2
    paged(sheet, heads=first - 1)
    for row, line in enumerate(filing.card.grouped(), start=first):
        known, given = line.part.definition, line.given
        _levels(sheet, row, line, forms)
        _target(sheet, row, 3, line, forms)
        _value(sheet, row, 4, line, forms)
        _weight(sheet, row, 5, line, forms)
        sheet.write_number(row, 6, float(given.deduction), forms["two"])
        _points(
            sheet,
            row,
            7,
            line,
            forms,
            value=f"E{row + 1}",
            target=f"D{row + 1}",
            most="F",
            less=f"G{row + 1}",
        )
        basis = f"{known.formula.zh}（{known.rule}）"
        sheet.write_string(row, 8, basis, forms["text"])
        sheet.write_string(row, 9, _why(line), forms["text"])
        wrapped = ((_named(line), 2), (basis, 8), (_why(line), 9))
        heightened(sheet, row, ((text, _EVALUATION[column]) for text, column in wrapped))
        sheet.write_string(row, 10, filing.evidence.get(given.measurement or 0, ""), forms["text"])
    last = first + len(filing.card.lines)
    _total(sheet, last, filing, forms, first=first, weight="F", points="H")
    sheet.write_string(last + 3, 0, RULES)
    _signatures(sheet, last + 5, forms)
    _label(book)
    book.close()


def paged(sheet: Any, *, heads: int) -> None:
    """A4 across, all columns on one page, the heads (row `heads`) on each, pages numbered."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heads)
    sheet.freeze_panes(heads + 1, 0)
    label = LABEL if settings.DEMONSTRATION else ""
    sheet.set_footer(f"&L{label}&R第&P页 共&N页")


def heightened(sheet: Any, row: int, cells: Iterable[tuple[str, int]]) -> None:
    """Make a row as high as its wrapped (text, width of the column) need: only Excel does that by
    itself."""
    sheet.set_row(row, _LINE * max(_lines(text, width) for text, width in cells) + 3)


def _lines(text: str, width: int) -> int:
    """How many lines of a column `text` takes; a Chinese character is two wide."""
    wide = sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)
    return max(1, ceil(1.1 * wide / width))


def _named(line: Line) -> str:
    known = line.part.definition
    return f"{known.code} {known.name.zh}（{known.unit}）"


def _why(line: Line) -> str:
    """扣分原因: the evaluator's words, else what the figure says."""
    parts = [line.given.remark] if line.given.remark else []
    if line.points is None:
        parts.append(f"不适用：{line.given.why}")
    elif line.given.status == Status.INSUFFICIENT:
        parts.append("样本不足，计0分")
    elif line.points < line.weight and line.given.value is not None:
        parts.append("未达到目标值")
    if line.is_overshot:
        parts.append("OV：实际值超过目标值30%以上，目标可能偏低")
    return "；".join(parts)


def _book(output: IO[bytes]) -> tuple[Any, dict[str, Any]]:
    book = xlsxwriter.Workbook(output, {"strings_to_formulas": False, "strings_to_urls": False})
    cell = {"border": 1, "valign": "vcenter", "text_wrap": True}
    forms = {
        "title": book.add_format({"bold": True, "font_size": 16, "align": "center"}),
        "head": book.add_format({**cell, "bold": True, "bg_color": "#E8EEF4", "align": "center"}),
        "text": book.add_format(cell),
        "two": book.add_format({**cell, "num_format": "0.00"}),
        "up": book.add_format({**cell, "num_format": '"≥"0.00'}),
        "down": book.add_format({**cell, "num_format": '"≤"0.00'}),
        "bold": book.add_format({**cell, "bold": True, "num_format": "0.00"}),
    }
    return book, forms


def _money(sheet: Any, filing: Filing, forms: dict[str, Any]) -> None:
    """年初预算数, 全年预算数 (what came in), 全年执行数 in 万元; the rate is a formula."""
    heads = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率（%）", "得分")
    sheet.merge_range(2, 0, 3, 1, "项目资金（万元）", forms["head"])
    for column, name in enumerate(heads, start=2):
        sheet.write_string(2, column, name, forms["head"])
    for column, amount in enumerate((filing.budget, filing.received, filing.spent), start=2):
        if amount is None:
            sheet.write_blank(3, column, None, forms["two"])
        else:
            sheet.write_number(3, column, float(amount / _WAN), forms["two"])
    lines = filing.card.grouped()
    codes = [line.part.definition.code for line in lines]
    line = lines[codes.index("I09")]
    row = 9 + codes.index("I09")
    rate = float(100 * filing.spent / filing.received) if filing.spent and filing.received else ""
    sheet.write_formula(3, 5, f"=F{row}", forms["two"], float(line.weight))
    sheet.write_formula(3, 6, '=IF(N(D4)=0,"",100*E4/D4)', forms["two"], rate)
    points = "" if line.points is None else float(line.points)
    sheet.write_formula(3, 7, f"=G{row}", forms["two"], points)


def _goals(sheet: Any, forms: dict[str, Any], goal: str) -> None:
    """年度总体目标: what the target form says, and a cell for people to fill in."""
    sheet.merge_range(4, 0, 5, 1, "年度总体目标", forms["head"])
    sheet.merge_range(4, 2, 4, 4, "预期目标", forms["head"])
    sheet.merge_range(4, 5, 4, 7, "实际完成情况", forms["head"])
    sheet.merge_range(5, 2, 5, 4, "", forms["text"])
    sheet.write_string(5, 2, goal, forms["text"])
    sheet.merge_range(5, 5, 5, 7, "", forms["text"])
    sheet.set_row(5, max(60, _LINE * _lines(goal, sum(_SELF[2:5])) + 3))


def _levels(sheet: Any, row: int, line: Line, forms: dict[str, Any]) -> None:
    sheet.write_string(row, 0, line.part.level1.zh, forms["text"])
    sheet.write_string(row, 1, line.part.level2.zh, forms["text"])
    sheet.write_string(row, 2, _named(line), forms["text"])


def _target(sheet: Any, row: int, column: int, line: Line, forms: dict[str, Any]) -> None:
    if line.given.target is None:
        sheet.write_string(row, column, "定性", forms["text"])
        return
    form = forms["up" if line.part.definition.direction == "UP" else "down"]
    sheet.write_number(row, column, float(line.given.target), form)


def _value(sheet: Any, row: int, column: int, line: Line, forms: dict[str, Any]) -> None:
    """With the decimals that are stored; a qualitative one has its band."""
    given = line.given
    value = given.band if line.part.definition.rule == Rule.S5 else given.value
    if value is None:
        sheet.write_string(row, column, "—", forms["text"])
    else:
        counted = min(value, Decimal(100)) if given.status == Status.DATA_ERROR else value
        sheet.write_number(row, column, float(counted), forms["two"])


def _weight(sheet: Any, row: int, column: int, line: Line, forms: dict[str, Any]) -> None:
    if line.points is None:
        sheet.write_string(row, column, "不适用", forms["text"])
    else:
        sheet.write_number(row, column, float(line.weight), forms["two"])


def _points(
    sheet: Any,
    row: int,
    column: int,
    line: Line,
    forms: dict[str, Any],
    *,
    value: str,
    target: str,
    most: str,
    less: str = "",
) -> None:
    if line.points is None:
        sheet.write_string(row, column, "—", forms["text"])
        return
    known = line.part.definition
    is_nothing = line.given.status == Status.INSUFFICIENT or (
        line.given.value is None and known.rule != Rule.S5
    )
    text = "0" if is_nothing else formula(known.rule, value, target, f"{most}{row + 1}")
    if less:
        text = f"MAX(0,{text}-{less})"
    sheet.write_formula(row, column, f"={text}", forms["two"], float(line.points))


def _total(
    sheet: Any,
    row: int,
    filing: Filing,
    forms: dict[str, Any],
    *,
    first: int,
    weight: str,
    points: str,
) -> None:
    """The sums, and the grade by the bands of the scheme."""
    card = filing.card
    column = ord(points) - ord("A")
    sheet.merge_range(row, 0, row, 4, "总分", forms["head"])
    for name, number in (
        (weight, sum((line.weight for line in card.lines), Decimal(0))),
        (points, card.total or Decimal(0)),
    ):
        sheet.write_formula(
            row,
            ord(name) - ord("A"),
            f"=SUM({name}{first + 1}:{name}{row})",
            forms["bold"],
            float(number),
        )
    sheet.merge_range(row + 1, 0, row + 1, 4, "等级", forms["head"])
    bands = card.scheme.bands
    text = f'"{bands[-1].name.zh}"'
    for band in reversed(bands[:-1]):
        text = f'IF({points}{row + 1}>={band.floor},"{band.name.zh}",{text})'
    grade = card.grade.name.zh if card.grade else ""
    sheet.write_formula(row + 1, column, f"={text}", forms["bold"], grade)
    notes = [f"评分方案：{card.scheme.name.zh} 第{card.scheme.version}版；{card.scheme.basis.zh}"]
    if card.is_provisional:
        notes.append("含暂定数据或尚未评分的指标，总分为暂定")
    sheet.write_string(row + 2, 0, "；".join(notes))


def _signatures(sheet: Any, row: int, forms: dict[str, Any]) -> None:
    for index, text in enumerate(SIGNATURES):
        sheet.merge_range(row, 2 * index, row, 2 * index + 1, text, forms["text"])
    sheet.set_row(row, 48)


def _label(book: Any) -> None:
    if settings.DEMONSTRATION:
        book.add_worksheet("演示数据 demonstration").write_string(0, 0, LABEL)
