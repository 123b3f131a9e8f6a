"""Single answers of a sealed survey as a table, without what could point at a household. Pure.

Left out: texts, photos, dates and dwellings; whatever fewer than five gave; the community of few
answers, and the channel where one was rare. Options of “choose several” are a column each (0 or 1),
rankings a column for every place. An empty cell is: not asked, not answered, or left out.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from feedback.surveys.questionnaire import Definition, Question, Text, Type
from portal.common.suppression import LEAST, hidden_counts

#: A community with fewer answers is not named.
FEW = 10
KEPT = frozenset({Type.SINGLE, Type.LIKERT, Type.MULTIPLE, Type.RANK, Type.NUMBER})


@dataclass(frozen=True)
class Record:
    """One counted answer. `community` is its code, "" where it is not told."""

    community: str
    channel: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """`values`: code → label; none for numbers."""

    name: str
    question: Question
    label: Text
    read: Callable[[Any], str]
    values: tuple[tuple[str, Text], ...] = ()


@dataclass
class Rare:
    """What is too rare to be told: (column, value), communities, and their channels."""

    values: set[tuple[str, str]] = field(default_factory=set)
    communities: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)


def columns_of(definitions: Sequence[Definition]) -> list[Column]:
    """Columns of all versions of a questionnaire, the latest first; a key keeps its latest form."""
    questions: dict[str, Question] = {}
    for definition in definitions:
        for question in definition.asked():
            if question.type in KEPT:
                questions.setdefault(question.key, question)
    return [column for question in questions.values() for column in _columns(question)]


def _columns(question: Question) -> list[Column]:
    key, text = question.key, question.text
    options = tuple((option.code, option.text) for option in question.options)
    if question.type is Type.MULTIPLE:
        yes_no = (("0", Text("否", "No")), ("1", Text("是", "Yes")))
        return [
            Column(f"{key}__{code}", question, _joined(text, label), _chosen(code), yes_no)
            for code, label in options
        ]
    if question.type is Type.RANK:
        places = min(int(question.maximum or len(options)), len(options))
        return [
            Column(f"{key}__rank{n + 1}", question, _joined(text, _nth(n)), _ranked(n), options)
            for n in range(places)
        ]
    return [Column(key, question, text, _plain, options)]


def _joined(text: Text, more: Text) -> Text:
    return Text(
        f"{text.label('zh')}：{more.label('zh')}", f"{text.label('en')}: {more.label('en')}"
    )


def _nth(n: int) -> Text:
    return Text(f"第{n + 1}位", f"place {n + 1}")


def _chosen(code: str) -> Callable[[Any], str]:
    return lambda answer: str(int(code in answer)) if isinstance(answer, list) else ""


def _ranked(n: int) -> Callable[[Any], str]:
    return lambda answer: answer[n] if isinstance(answer, list) and n < len(answer) else ""


def _plain(answer: Any) -> str:
    return "" if isinstance(answer, list) else str(answer)


def cells(record: Record, columns: Sequence[Column]) -> list[str]:
    """All that was answered, before anything rare is left out."""
    return [
        column.read(record.answers[column.question.key])
        if column.question.key in record.answers
        else ""
        for column in columns
    ]


def rare_of(records: Iterable[Record], columns: Sequence[Column]) -> Rare:
    """One pass; it keeps counters only."""
    values: list[Counter[str]] = [Counter() for _column in columns]
    places: Counter[str] = Counter()
    channels: Counter[tuple[str, str]] = Counter()
    for record in records:
        places[record.community] += 1
        channels[record.community, record.channel] += 1
        for counter, cell in zip(values, cells(record, columns), strict=True):
            if cell:
                counter[cell] += 1
    rare = Rare(communities={place for place, number in places.items() if number < FEW})
    # One unnamed community alone could be told by its number; two and FEW answers can't.
    by_size = sorted(set(places) - rare.communities, key=lambda place: (places[place], place))
    while rare.communities and by_size and _is_too_few(rare.communities, places):
        rare.communities.add(by_size.pop(0))
    unnamed = Counter[tuple[str, str]]()
    for (place, channel), number in channels.items():
        unnamed["" if place in rare.communities else place, channel] += number
    rare.channels = {place for (place, _channel), number in unnamed.items() if number < LEAST}
    # One rare value alone would be what an empty cell means: another one is left out with it.
    for column, counter in zip(columns, values, strict=True):
        rare.values |= {(column.name, cell) for cell in hidden_counts(counter)}
    return rare


def _is_too_few(communities: set[str], places: Mapping[str, int]) -> bool:
    return len(communities) < 2 or sum(places[place] for place in communities) < FEW


def rows(records: Iterable[Record], columns: Sequence[Column], rare: Rare) -> Iterator[list[str]]:
    """The table, its head first. Records come in random order and are numbered as they come."""
    yield ["number", "community", "channel", *(column.name for column in columns)]
    for number, record in enumerate(records, 1):
        place = "" if record.community in rare.communities else record.community
        channel = "" if place in rare.channels else record.channel
        told = [
            "" if (column.name, cell) in rare.values else cell
            for column, cell in zip(columns, cells(record, columns), strict=True)
        ]
        yield [str(number), place, channel, *told]


def codebook_rows(
    columns: Sequence[Column], rare: Rare, merkle_root: str = ""
) -> Iterator[list[str]]:
    """One line a variable and value, and one for what the sealed answers were committed to.

    `left_out` is 1 where the value is too rare to stand there.
    """
    head = ["variable", "type", "label_zh", "label_en", "value", "value_zh", "value_en", "left_out"]
    yield head
    for column in columns:
        first = [column.name, str(column.question.type)]
        first += [column.label.label("zh"), column.label.label("en")]
        for code, label in column.values or (("", Text()),):
            left_out = "1" if (column.name, code) in rare.values else ""
            yield [*first, code, label.label("zh"), label.label("en"), left_out]
    if merkle_root:
        yield [
            "merkle_root",
            "",
            "封存清单的根值",
            "root of the sealed list",
            merkle_root,
            "",
            "",
            "",
        ]


def csv_lines(table: Iterable[Sequence[str]]) -> Iterator[str]:
    """CSV as spreadsheets read it; what would be a formula there begins with an apostrophe."""
    yield "\ufeff"
    for row in table:
        buffer = io.StringIO()
        csv.writer(buffer).writerow([_harmless(cell) for cell in row])
        yield buffer.getvalue()


def _harmless(cell: str) -> str:
    if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not _is_number(cell)):
        return f"'{cell}"
    return cell


def _is_number(cell: str) -> bool:
    try:
        Decimal(cell)
    except ArithmeticError:
        return False
    return True
