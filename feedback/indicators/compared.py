"""The difference between two exports of figures: what was added, removed and changed, and why."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.core.files.storage import storages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext, pgettext_lazy

from feedback.indicators.definitions import definition
from feedback.indicators.filed import paged
from feedback.indicators.models import Export
from feedback.indicators.models.exports import ExportKind, ExportState

#: So many changes are shown on the page; the file has all.
PREVIEW = 200
ADDED, REMOVED, CHANGED = "ADDED", "REMOVED", "CHANGED"
KINDS = {
    ADDED: pgettext_lazy("difference", "Added"),
    REMOVED: pgettext_lazy("difference", "Removed"),
    CHANGED: pgettext_lazy("difference", "Changed"),
}
#: indicator, variant, place or project, first day, last day
Key = tuple[str, str, str, str, str]
Figure = dict[str, str]
Figures = Mapping[Key, Figure]
_COMPARED = ("value", "low", "high", "numerator", "denominator", "n", "population", "status")
_TOLD = (*_COMPARED, "target", "formula_version", "inputs_hash")


class NotComparable(Exception):
    """Why two exports cannot be compared, in words for the one who asked."""


@dataclass(frozen=True)
class Change:
    kind: str
    indicator: str
    variant: str
    place: str
    period_start: str
    period_end: str
    old: str
    new: str
    old_status: str
    new_status: str
    reason: str


def is_comparable(export: Export) -> bool:
    return export.state == ExportState.READY and (
        (export.kind == ExportKind.FIGURES and export.format in {"csv", "json"})
        or export.kind in {ExportKind.BUNDLE, ExportKind.PUBLIC_BUNDLE}
    )


def figures_of(export: Export | None) -> dict[Key, Figure]:
    """The figures in the file of `export`. Raises NotComparable."""
    if export is None or not is_comparable(export):
        raise NotComparable(
            gettext_noop("Only exports in CSV, in JSON and bundles can be compared.")
        )
    try:
        with storages["private"].open(export.file) as file:
            return {_key(row): row for row in _rows(export, file)}
    except FileNotFoundError as error:
        raise NotComparable(gettext_noop("There is no file (any more).")) from error


def _rows(export: Export, file: IO[bytes]) -> Iterable[Figure]:
    if export.format == "zip":
        with zipfile.ZipFile(file) as packed, packed.open("data/measurements.csv") as table:
            text = io.TextIOWrapper(table, encoding="utf-8", newline="")
            rows = [row | {"place_code": row["scope"]} for row in csv.DictReader(text)]
    elif export.format == "json":
        rows = json.load(file)
    else:
        rows = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig", newline="")))
    for row in rows:
        kept = ("indicator", "variant", "place_code", "period_start", "period_end", *_TOLD)
        yield {name: _plain(row.get(name)) for name in kept}


def _plain(value: Any) -> str:
    """80.00, 80.0 and 80 are the same number, and 80.123456 is shown as 80.12."""
    if value is None or value == "":
        return ""
    try:
        return f"{round(float(value), 2):.2f}".rstrip("0").rstrip(".")
    except ValueError:
        return str(value)


def _key(row: Figure) -> Key:
    return (
        row["indicator"],
        row["variant"],
        row["place_code"],
        row["period_start"],
        row["period_end"],
    )


def changes(first: Figures, second: Figures) -> list[Change]:
    """From `first` to `second`, in the order of indicator, place and period."""
    found = []
    for key in sorted(set(first) | set(second)):
        old, new = first.get(key, {}), second.get(key, {})
        if not old:
            found.append(_change(ADDED, key, old, new, gettext_noop("Measured since then")))
        elif not new:
            found.append(
                _change(REMOVED, key, old, new, gettext_noop("Withdrawn, or not in this export"))
            )
        elif any(old[name] != new[name] for name in (*_COMPARED, "target")):
            found.append(_change(CHANGED, key, old, new, _why(old, new)))
    return found


def _change(kind: str, key: Key, old: Figure, new: Figure, reason: str) -> Change:
    return Change(
        kind,
        *key,
        old=old.get("value", ""),
        new=new.get("value", ""),
        old_status=old.get("status", ""),
        new_status=new.get("status", ""),
        reason=reason,
    )


def _why(old: Figure, new: Figure) -> str:
    reasons = []
    if old["formula_version"] != new["formula_version"]:
        reasons.append(gettext_noop("Another version of the formula"))
    hashes = (old["inputs_hash"], new["inputs_hash"])
    if all(hashes) and hashes[0] != hashes[1]:
        reasons.append(gettext_noop("Other inputs"))
    if old["status"] != new["status"]:
        reasons.append(gettext_noop("Another status"))
    if old["target"] != new["target"]:
        reasons.append(gettext_noop("Another target"))
    if not reasons and bool(old["value"]) != bool(new["value"]):
        # A bundle hides small cells, the tables of those who evaluate do not.
        return gettext_noop("Hidden in one of the two")
    return "; ".join(reasons) or gettext_noop("Other inputs")


def why(reason: str) -> str:
    """The reason of a change in the reader's language: it is kept as it stands in the source."""
    return "; ".join(_(one) for one in reason.split("; ") if one)


def reading(indicator: str, variant: str) -> str:
    """The name of a variant; empty for the main one, its code where nobody knows it any more."""
    if variant == "main":
        return ""
    try:
        return str(definition(indicator).variant(variant).name)
    except KeyError:
        return variant


def preview(found: Sequence[Change]) -> dict[str, Any]:
    counts = {kind: sum(one.kind == kind for one in found) for kind in KINDS}
    return {"counts": counts, "changes": [asdict(one) for one in found[:PREVIEW]]}


def xlsx_write(found: Sequence[Change], output: IO[bytes]) -> None:
    """One sheet, one line a change."""
    book = xlsxwriter.Workbook(output, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("差异 differences")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4"})
    titles = [
        *(
            pgettext("difference", "Change"),
            _("Indicator"),
            _("Reading"),
            _("Code"),
            _("From day"),
            _("To day"),
        ),
        *(_("Old"), _("New"), _("Old status"), _("New status"), _("Why")),
    ]
    for column, title in enumerate(titles):
        sheet.set_column(column, column, 32 if column == len(titles) - 1 else 14)
        sheet.write_string(0, column, title, head)
    paged(sheet, heads=0)
    for line, one in enumerate(found, start=1):
        cells = asdict(one) | {
            "kind": str(KINDS[one.kind]),
            "variant": reading(one.indicator, one.variant),
            "reason": why(one.reason),
        }
        for column, (name, value) in enumerate(cells.items()):
            if name in {"old", "new"} and value:
                sheet.write_number(line, column, float(value))
            else:
                sheet.write_string(line, column, value)
    if settings.DEMONSTRATION:
        book.add_worksheet("演示数据 demonstration").write_string(
            0, 0, "演示数据 / Demonstration data"
        )
    book.close()
