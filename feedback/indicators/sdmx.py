"""Figures as SDMX-CSV 2.0 (SDMX 3.0, section 5 “SDMX-CSV”): one observation a line."""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from feedback.indicators.exports import Row, Writable, as_text
from feedback.indicators.states import Status

#: Agency, dataflow and its version.
STRUCTURE_ID = "LINLI:PERFORMANCE(1.0.0)"
DIMENSIONS = ("REF_AREA", "INDICATOR", "VARIANT", "TIME_PERIOD")
ATTRIBUTES = (
    *("OBS_STATUS", "UNIT_MEASURE", "LOWER_BOUND", "UPPER_BOUND", "NUMERATOR", "DENOMINATOR"),
    *("SAMPLE_SIZE", "POPULATION", "TARGET", "ATTAINMENT", "STATUS", "FORMULA_VERSION"),
    *("INPUTS_HASH", "LAST_UPDATE"),
)
COLUMNS = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, "OBS_VALUE", *ATTRIBUTES)
#: Codes of CL_OBS_STATUS 2.2: normal, provisional, not significant, missing, questionable.
OBS_STATUS: dict[str, str] = {
    Status.OK: "A",
    Status.PROVISIONAL: "P",
    Status.INSUFFICIENT: "N",
    Status.NOT_APPLICABLE: "M",
    Status.DATA_ERROR: "U",
}


def csv_write(rows: Iterable[Row], output: Writable) -> None:
    """`rows` as `exports.export_rows` gives them. The action is I, information."""
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_line(row))


def _line(row: Row) -> list[str]:
    names: list[Any] = [
        *("dataflow", STRUCTURE_ID, "I", row["place_code"], row["indicator"], row["variant"]),
        time_period(date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])),
        *(row["value"], OBS_STATUS[row["status"]], row["unit"], row["low"], row["high"]),
        *(row["numerator"], row["denominator"], row["n"], row["population"], row["target"]),
        *(row["attainment"], row["status"], row["formula_version"], row["inputs_hash"]),
        row["computed_at"],
    ]
    return [as_text(value) for value in names]


def time_period(start: date, end: date) -> str:
    """`2026-07`, `2026-Q3`, `2026`, or for a wave its first day and its length."""
    months = 12 * (end.year - start.year) + end.month - start.month + 1
    if start.day == 1 and (end + timedelta(days=1)).day == 1:
        if months == 1:
            return f"{start:%Y-%m}"
        if months == 3 and start.month % 3 == 1:
            return f"{start.year}-Q{start.month // 3 + 1}"
        if months == 12 and start.month == 1:
            return f"{start.year}"
    return f"{start.isoformat()}/P{(end - start).days + 1}D"
