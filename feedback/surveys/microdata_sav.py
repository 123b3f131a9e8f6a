"""The table of `microdata` as an SPSS file, with the same left out: labels go with the numbers.

Codes that are whole numbers become numeric variables, others stay texts. An empty cell is SPSS's
own “system missing” or an empty text.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from feedback.surveys.microdata import Column
from feedback.surveys.questionnaire import Type
from feedback.surveys.states import Channel

#: What SPSS keeps, in bytes.
NAME_BYTES, LABEL_BYTES, VALUE_BYTES, FILE_BYTES = 64, 255, 120, 64
#: Words of its command language, which are no names.
RESERVED = frozenset(
    ["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"]
)
FIXED = ("number", "community", "channel")


def sav_write(
    path: Path,
    table: Iterable[Sequence[str]],
    columns: Sequence[Column],
    *,
    title: str,
    notes: Sequence[str],
    language: str,
) -> None:
    """Write `microdata.rows` (its head first) of `columns` to `path`; labels are in `language`."""
    # Both take a second to load and only this needs them.
    import pandas
    import pyreadstat

    names = variable_names([*FIXED, *(column.name for column in columns)])
    numeric = [True, False, False, *(is_numeric(column) for column in columns)]
    rows = iter(table)
    next(rows, None)
    held: list[list[float | str | None]] = [[] for _name in names]
    for row in rows:
        for into, cell, counts in zip(held, row, numeric, strict=True):
            into.append((float(cell) if cell else None) if counts else cell)
    frame = pandas.DataFrame(
        {
            name: pandas.Series(cells, dtype="float64" if counts else "object")
            for name, cells, counts in zip(names, held, numeric, strict=True)
        }
    )
    asked = dict(zip(names[len(FIXED) :], columns, strict=True))
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=clipped(title, FILE_BYTES),
        column_labels={
            name: clipped(f"{column.name} {column.label.label(language)}", LABEL_BYTES)
            for name, column in asked.items()
        },
        variable_value_labels={
            "channel": {str(code): clipped(str(word), VALUE_BYTES) for code, word in _CHANNELS},
            **{
                name: {
                    float(code) if is_numeric(column) else code: clipped(
                        text.label(language), VALUE_BYTES
                    )
                    for code, text in column.values
                }
                for name, column in asked.items()
                if column.values
            },
        },
        note=[clipped(note, 80) for note in notes],
        row_compress=True,
    )


_CHANNELS = Channel.choices


def is_numeric(column: Column) -> bool:
    """Whether every value of `column` is a number."""
    if column.values:
        return all(re.fullmatch(r"0|[1-9]\d{0,8}", code) for code, _text in column.values)
    return column.question.type is Type.NUMBER


def variable_names(names: Sequence[str]) -> list[str]:
    """Names SPSS takes, each once whatever the case of its letters; kept where it takes them."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.@#$]", "_", name).rstrip("._")
        if not re.match(r"[A-Za-z]", plain) or plain.upper() in RESERVED:
            plain = f"q_{plain}".rstrip("._")
        plain = plain[:NAME_BYTES].rstrip("._")
        once, n = plain, 1
        while once.upper() in taken:
            n += 1
            once = f"{plain[: NAME_BYTES - 6]}_{n}"
        taken.add(once.upper())
        found.append(once)
    return found


def clipped(text: str, size: int) -> str:
    """As much of `text` as fits into `size` bytes of UTF-8, no character cut in half."""
    return text.encode()[:size].decode(errors="ignore")
