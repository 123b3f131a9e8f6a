"""绩效目标申报表 as a workbook: the official table layout (domain.md §2), written and read.

Nothing is decided here: what was typed comes back as it was typed, and services/sheets.py says
what it means. The layout is in Chinese, as filed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, Any

import xlsxwriter
from django.conf import settings

from feedback.indicators.definitions import Definition, current
from feedback.indicators.states import Operator
from portal.common.sheets.files import rows_of

LABEL = "演示数据 Demonstration data"
HEADS = ("一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", "分值", "编号")
_NUMBERS = (HEADS.index("指标值"), HEADS.index("分值"))
SIGNS = {
    Operator.GE: "≥",
    Operator.LE: "≤",
    Operator.EQ: "=",
    Operator.RANGE: "区间",
    Operator.TEXT: "定性",
}
_READ = {
    **{sign: operator for operator, sign in SIGNS.items()},
    ">=": Operator.GE,
    "＞=": Operator.GE,
    "<=": Operator.LE,
    "＜=": Operator.LE,
    "＝": Operator.EQ,
    "等于": Operator.EQ,
    "范围": Operator.RANGE,
    "文字": Operator.TEXT,
}
#: field of the head → its label in the workbook.
HEAD_FIELDS = {
    "name": "项目名称",
    "department": "主管部门",
    "unit": "实施单位",
    "period": "项目实施期",
    "total": "资金总额（万元）",
    "fiscal": "其中：财政拨款（万元）",
    "other": "其他资金（万元）",
    "goal": "年度总体目标",
}
SIGNATURES = ("单位负责人（签字）：", "填报人（签字）：", "单位（盖章）：", "日期：")
#: The variant that has a target of its own, beside the indicator it belongs to.
RATE_CODE = "I28R"
#: Widths of the columns in characters, and from which on their cells are short.
_WIDTHS, _SHORT = (11, 16, 32, 10, 13, 13, 8, 8), 3
#: What a line is high, in points.
_LINE = 20
MAX_ROWS = 300
MAX_BYTES = 2 * 1024 * 1024


@dataclass
class SheetRow:
    """One line as typed. `line` is its number in the workbook."""

    indicator: str
    operator: str
    value: str
    line: int = 0
    #: Points in the self-assessment.
    weight: str = ""


@dataclass
class Sheet:
    head: dict[str, str] = field(default_factory=dict)
    rows: list[SheetRow] = field(default_factory=list)


def code_of(indicator: str, variant: str) -> str:
    return indicator if variant == "main" else RATE_CODE


def slot_of(code: str) -> tuple[str, str]:
    """The indicator and variant of a code in the form."""
    return ("I28", "after_rate") if code == RATE_CODE else (code, "main")


def name_of(known: Definition, variant: str) -> str:
    if variant == "main":
        return known.name.zh
    return f"{known.name.zh}（{known.variant(variant).name.zh}）"


def value_text(operator: str, value: Decimal | None, upper: Decimal | None, wording: str) -> str:
    """What stands in the cell 指标值."""
    if value is None:
        return wording
    plain = _plain(value)
    return f"{plain}–{_plain(upper)}" if operator == Operator.RANGE and upper is not None else plain


def value_read(operator: str, text: str) -> tuple[Decimal | None, Decimal | None, str]:
    """value, upper end, words. Raises ValueError for what is no number."""
    text = text.strip()
    if operator == Operator.TEXT:
        return None, None, text
    if operator == Operator.RANGE:
        for dash in ("–", "—", "～", "~", "至"):
            text = text.replace(dash, "-")
        low, mark, high = text.partition("-")
        return _number(low), _number(high) if mark else None, ""
    return _number(text), None, ""


def weight_read(text: str) -> Decimal | None:
    """None where nothing stands there. Raises ValueError for what is no number."""
    return _number(text) if text.strip() else None


def sheet_write(
    title: str, head: dict[str, str], rows: Iterable[SheetRow], output: IO[bytes]
) -> None:
    """The workbook. `rows` in the order of the form; their codes are known ones."""
    book = xlsxwriter.Workbook(output, {"in_memory": True})
    border = {"border": 1, "text_wrap": True, "valign": "vcenter", "font_name": "SimSun"}
    middle = book.add_format({**border, "align": "center"})
    bold = book.add_format({**border, "bold": True, "bg_color": "#E8EEF4", "align": "center"})
    text = book.add_format(border)
    large = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    sheet = book.add_worksheet("绩效目标申报表")
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_default_row(_LINE)
    last = len(HEADS) - 1
    sheet.merge_range(0, 0, 0, last, title, large)
    sheet.set_row(0, 30)
    line = 1
    for key, label in HEAD_FIELDS.items():
        sheet.merge_range(line, 0, line, 1, label, bold)
        sheet.merge_range(line, 2, line, last, "", text)
        sheet.write_string(line, 2, head.get(key, ""), text)
        if key == "goal":
            sheet.set_row(line, 60)
        line += 1
    for column, name in enumerate(HEADS):
        sheet.write_string(line, column, name, bold)
    sheet.freeze_panes(line + 1, 0)
    sheet.repeat_rows(line)
    for row in rows:
        line += 1
        for column, cell in enumerate(_cells(row)):
            form = middle if column >= _SHORT else text
            number = _as_number(cell) if column in _NUMBERS else None
            if number is None:
                sheet.write_string(line, column, cell, form)
            else:
                sheet.write_number(line, column, number, form)
    # Beside a short column the next one is left free.
    for column, name in zip((0, 2, 3, 5), SIGNATURES, strict=True):
        sheet.write_string(line + 2, column, name)
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    if settings.DEMONSTRATION:
        sheet.set_footer(f"&C{LABEL}")
        book.set_properties({"comments": LABEL})
    book.close()


def _cells(row: SheetRow) -> Sequence[str]:
    indicator, variant = slot_of(row.indicator)
    known = next(item for item in current() if item.code == indicator)
    sign = SIGNS[Operator(row.operator)] if row.operator in Operator.values else row.operator
    unit = "" if row.operator == Operator.TEXT else known.unit_of(variant)
    name = name_of(known, variant)
    levels = known.level1.zh, known.level2.zh
    return *levels, name, sign, row.value, unit, row.weight, row.indicator


def sheet_read(filename: str, file: IO[bytes]) -> Sheet:
    """What an upload says. Raises FileError for what is no table, ValueError without its heads."""
    found = Sheet()
    columns: dict[str, int] = {}
    labels = {_bare(label): key for key, label in HEAD_FIELDS.items()}
    for line, cells in rows_of(filename, file, max_rows=MAX_ROWS, max_bytes=MAX_BYTES):
        typed = [_typed(cell) for cell in cells]
        if not columns:
            names = {_bare(text): number for number, text in enumerate(typed) if text}
            if {"三级指标", "指标值"} <= set(names):
                columns = names
            elif key := labels.get(_bare(typed[0])):
                found.head[key] = next((text for text in typed[1:] if text), "")
            continue
        row = _row(typed, columns, line)
        if row is not None:
            found.rows.append(row)
    if not columns:
        raise ValueError("no line with the heads of the table")
    return found


def _row(typed: list[str], columns: dict[str, int], line: int) -> SheetRow | None:
    def cell(name: str) -> str:
        number = columns.get(name)
        return typed[number] if number is not None and number < len(typed) else ""

    name, code, value = cell("三级指标"), cell("编号").upper(), cell("指标值")
    if not value or any(name.startswith(signature[:4]) for signature in SIGNATURES):
        # An empty line of the form, or the block of signatures.
        return None
    sign = cell("指标性质").replace(" ", "")
    if not sign and value[:1] in {"≥", "≤", "=", "＝"}:
        sign, value = value[0], value[1:].strip()
    operator = str(_READ.get(sign, sign))
    unit = cell("度量单位")
    if unit and value.endswith(unit):
        value = value[: -len(unit)].strip()
    value = value.removesuffix("%").strip()
    return SheetRow(code or _code_named(name), operator, value, line, cell("分值"))


def _code_named(name: str) -> str:
    for item in current():
        if _bare(name) in {_bare(item.name.zh), _bare(item.name.en), item.code}:
            return item.code
    rate = next(item for item in current() if item.code == "I28")
    if _bare(name) == _bare(name_of(rate, "after_rate")):
        return RATE_CODE
    # Said back to whoever typed it.
    return name


def _bare(text: str) -> str:
    return "".join(text.split()).replace("(", "（").replace(")", "）").rstrip("：:")


def _typed(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return _plain(Decimal(repr(cell)))
    return str(cell).strip()


def _plain(number: Decimal | None) -> str:
    if number is None:
        return ""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip().replace(",", "").removesuffix("%"))
    except InvalidOperation as error:
        raise ValueError(text) from error
    exponent = number.as_tuple().exponent
    if not number.is_finite() or abs(number) >= 10**10 or not isinstance(exponent, int):
        raise ValueError(text)
    if exponent < -2:
        raise ValueError(text)
    return number


def _as_number(text: str) -> float | None:
    try:
        return float(_number(text))
    except ValueError:
        return None
