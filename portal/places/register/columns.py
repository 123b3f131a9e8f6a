"""The columns of a register file: their headers, and how a cell becomes a value."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.utils.translation import gettext, gettext_noop

from portal.common.sheets.cells import CellError, day, plain, text, whole
from portal.common.sheets.notes import Note
from portal.places.models import Household

Occupancy, Tenure = Household.Occupancy, Household.Tenure


@dataclass(frozen=True)
class Row:
    """What one row says, each cell in its own type. None: the cell is blank or not in the file."""

    number: int
    place_code: str = ""
    place_name: str | None = None
    parent_code: str | None = None
    address: str | None = None
    building: str = ""
    units: int | None = None
    floors: int | None = None
    built_year: int | None = None
    unit: str = ""
    room: str = ""
    floor_area: Decimal | None = None
    tenure: str | None = None
    occupancy: str | None = None
    occupancy_date: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    problems: tuple[Note, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.place_code, self.building, self.unit, self.room)

    @property
    def subject(self) -> str:
        place = self.place_name or self.place_code
        return f"{place} {self.building} {self.unit}-{self.room}".strip()


def _area(value: Any) -> Decimal:
    text = plain(value).removesuffix("㎡").removesuffix("m2").replace(",", "").strip()
    try:
        area = Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        area = Decimal("NaN")
    if not area.is_finite():
        raise CellError("not_a_number", value=text[:40])
    if not Decimal(1) <= area <= Decimal(99999):
        raise CellError("out_of_range", low=1, high=99999)
    return area


def _choice(value: Any, words: dict[str, str], names: tuple[str, ...]) -> str:
    text = plain(value)
    found = words.get(text) or words.get(text.upper())
    if found is None:
        raise CellError("not_a_choice", value=text[:40], choices="、".join(names))
    return found


_TENURES = {
    **{tenure.value: tenure.value for tenure in Tenure},
    **dict.fromkeys(("自有", "自住", "业主自住", "产权房", "私有"), Tenure.OWNED.value),
    **dict.fromkeys(("租赁", "出租", "租住", "租户"), Tenure.RENTED.value),
    **dict.fromkeys(("公房", "公租房", "公有", "公有住房"), Tenure.PUBLIC.value),
    **dict.fromkeys(("未知", "不详", "不明"), Tenure.UNKNOWN.value),
}
_OCCUPANCIES = {
    **{occupancy.value: occupancy.value for occupancy in Occupancy},
    **dict.fromkeys(("有人居住", "入住", "在住", "居住", "有人"), Occupancy.OCCUPIED.value),
    **dict.fromkeys(("空置", "无人居住", "空房", "无人"), Occupancy.VACANT.value),
    **dict.fromkeys(("未知", "不详", "不明"), Occupancy.UNKNOWN.value),
}


@dataclass(frozen=True)
class Column:
    """`names`: the headers it is known by; the first one is what a Chinese template has."""

    field: str
    label: str
    names: tuple[str, ...]
    read: Callable[[Any], Any]
    in_file: bool = False
    in_row: bool = False
    example: str = ""


def _column(field_: str, label: str, names: str, read: Any, **options: Any) -> Column:
    return Column(field_, label, (*names.split(), field_), read, **options)


_must = {"in_file": True, "in_row": True}
COLUMNS = (
    _column(
        "place_code",
        gettext_noop("Community code"),
        "小区编码 小区代码",
        partial(text, limit=24),
        **_must,
        example="PC001",
    ),
    _column(
        "place_name",
        gettext_noop("Community name"),
        "小区名称 小区",
        partial(text, limit=80),
        example="和平里小区",
    ),
    _column(
        "parent_code",
        gettext_noop("Code of the place above"),
        "上级编码 街道编码 社区编码 街道代码",
        partial(text, limit=24),
        example="140213051",
    ),
    _column("address", gettext_noop("Address"), "小区地址 地址", partial(text, limit=160)),
    _column(
        "building",
        gettext_noop("Building"),
        "楼栋 楼号 楼栋号 楼栋名称",
        partial(text, limit=40),
        **_must,
        example="1号楼",
    ),
    _column(
        "units",
        gettext_noop("Units of the building"),
        "单元数",
        partial(whole, low=1, high=99),
        example="3",
    ),
    _column(
        "floors",
        gettext_noop("Floors of the building"),
        "楼层数 层数",
        partial(whole, low=1, high=99),
        example="6",
    ),
    _column(
        "built_year",
        gettext_noop("Year built"),
        "建成年份 建成年代 建成时间",
        partial(whole, low=1900, high=2100),
        example="1992",
    ),
    _column(
        "unit",
        gettext_noop("Unit"),
        "单元 单元号",
        partial(text, limit=20),
        **_must,
        example="1",
    ),
    _column(
        "room",
        gettext_noop("Room"),
        "房号 室号 门牌号 户号",
        partial(text, limit=20),
        **_must,
        example="101",
    ),
    _column(
        "floor_area",
        gettext_noop("Floor area"),
        "建筑面积 面积 建筑面积(㎡) 建筑面积(m2) 建筑面积(平方米)",
        _area,
        in_file=True,
        example="76.50",
    ),
    _column(
        "tenure",
        gettext_noop("Tenure"),
        "产权性质 产权 房屋性质",
        partial(_choice, words=_TENURES, names=("自有", "租赁", "公房", "未知")),
        example="自有",
    ),
    _column(
        "occupancy",
        gettext_noop("Occupancy"),
        "居住状况 入住情况 居住情况",
        partial(_choice, words=_OCCUPANCIES, names=("有人居住", "空置", "未知")),
        example="有人居住",
    ),
    _column(
        "occupancy_date",
        gettext_noop("Occupancy as of"),
        "居住状况日期 状况日期 核实日期",
        day,
        example="2020-05-31",
    ),
    _column(
        "valid_from",
        gettext_noop("Valid from"),
        "起始日期 生效日期 建档日期",
        day,
        example="2000-01-01",
    ),
    _column("valid_to", gettext_noop("Valid to"), "终止日期 失效日期 销户日期", day),
)
BY_FIELD = {column.field: column for column in COLUMNS}
_LABELS = {column.label for column in COLUMNS}
_CHOICES = {choice.value: choice.label for choice in [*Tenure, *Occupancy]}
assert {column.field for column in COLUMNS} <= {f.name for f in fields(Row)}


def label_of(value: str) -> str:
    """A column's or a choice's name in the reader's language; any other text as it is."""
    if value in _LABELS:
        return gettext(value)
    return str(_CHOICES.get(value, value))


def header_read(cells: list[Any]) -> tuple[dict[int, Column], list[Note]]:
    """Position → column for the header row, and what is wrong with it. Unknown headers are left."""
    known = {plain(name).lower(): column for column in COLUMNS for name in column.names}
    found: dict[int, Column] = {}
    notes = []
    for position, cell in enumerate(cells):
        title = plain("" if cell is None else cell).lstrip("*").rstrip("*").lower()
        column = known.get(title)
        if column is None:
            continue
        if column in found.values():
            notes.append(Note.of("header_twice", column=column.label))
        found[position] = column
    for column in COLUMNS:
        if column.in_file and column not in found.values():
            notes.append(Note.of("header_missing", column=column.names[0]))
    return found, notes


def row_read(number: int, cells: list[Any], header: dict[int, Column]) -> Row:
    """The row with every cell read; what can't be read is among its `problems`."""
    values: dict[str, Any] = {}
    problems = []
    for position, column in header.items():
        cell = cells[position] if position < len(cells) else None
        if cell is None or not str(cell).strip():
            if column.in_row:
                problems.append(Note.of("required", column=column.label))
            continue
        try:
            values[column.field] = column.read(cell)
        except CellError as error:
            params = {"column": column.label, **dict(error.note.params)}
            problems.append(Note.of(error.note.code, **params))
    return Row(number=number, problems=tuple(problems), **values)
