"""The index of evidence (佐证材料): what every figure was made of, with its hash and its page."""

from collections.abc import Iterator
from typing import IO, Any

import xlsxwriter
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.indicators.filed import paged
from feedback.indicators.models import Measurement, MeasurementQuerySet
from feedback.indicators.queries import period_label
from feedback.indicators.states import Status
from feedback.indicators.suppression import told_hash
from portal.messages.links import site_url
from portal.places.models import Place

Entry = dict[str, Any]
#: Of the columns of the workbook, in characters: the hash and the address are read in whole.
_WIDTHS = (17, 8, 22, 14, 12, 30, 22, 10, 22, 8, 8, 66, 52)


def evidence_of(place: Place, year: int, *, with_running: bool) -> MeasurementQuerySet:
    """The figures of `place` itself, its projects and all below, in the order of the indicators."""
    rows = Measurement.objects.latest_revisions().not_withdrawn().under(place).ending_in(year)
    if not with_running:
        rows = rows.settled()
    return (
        rows.select_related("place", "project__county")
        .defer("inputs")
        .with_few()
        .order_by("indicator", "variant", "period_end", "place__path", "project__code", "pk")
    )


def evidence_number(row: Measurement) -> str:
    """`M12-ab34cd56`: the measurement, and the beginning of the hash of its inputs if told; `row`
    is `with_few`."""
    digest = _hash(row)
    return f"M{row.pk}-{digest[:8]}" if digest else f"M{row.pk}"


def _hash(row: Measurement) -> str:
    return told_hash(row.indicator, row.n, row.inputs_hash, has_few=row.has_few)


def entry(row: Measurement) -> Entry:
    """One line of the index; `row` is `with_few`."""
    known = row.definition
    scope = row.place or row.project
    name = row.place.label if row.place else str(row.project)
    return {
        "number": evidence_number(row),
        "indicator": row.indicator,
        "name": str(known.name),
        "variant": str(known.variant(row.variant).name),
        "scope_code": scope.code if scope else "",
        "scope": name,
        "period": period_label(known, row.period_start, row.period_end),
        "status": str(Status(row.status).label),
        "source": str(known.source),
        "frozen": row.frozen_at is not None,
        "revision": row.revision,
        "sha256": _hash(row),
        "link": reverse("figures:measurement", args=[row.pk]),
    }


def index_rows(place: Place, year: int, *, with_running: bool) -> Iterator[Entry]:
    rows = evidence_of(place, year, with_running=with_running)
    return (entry(row) for row in rows.iterator(chunk_size=500))


def xlsx_write(entries: Iterator[Entry], output: IO[bytes]) -> int:
    """One sheet with a link to the page of every figure; how many lines."""
    book = xlsxwriter.Workbook(output, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("佐证材料目录")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4"})
    titles = [
        *(
            pgettext("of evidence", "Number"),
            _("Indicator"),
            _("Name"),
            _("Reading"),
            _("Code"),
            _("Place or project"),
        ),
        *(_("Period"), _("Status"), _("Source"), _("Final"), _("Revision"), "SHA-256", _("Page")),
    ]
    for column, title in enumerate(titles):
        sheet.set_column(column, column, _WIDTHS[column])
        sheet.write_string(0, column, title, head)
    paged(sheet, heads=0)
    count = 0
    for count, one in enumerate(entries, start=1):
        for column, value in enumerate(one.values()):
            if column == len(titles) - 1:
                # A workbook takes no more than 65,530 links: further on the address is text.
                address = site_url(str(value))
                sheet.write_string(count, column, address)
            elif isinstance(value, bool):
                sheet.write_string(count, column, _("yes") if value else _("no"))
            elif isinstance(value, int):
                sheet.write_number(count, column, value)
            else:
                sheet.write_string(count, column, value)
    if settings.DEMONSTRATION:
        book.add_worksheet("演示数据 demonstration").write_string(
            0, 0, "演示数据 / Demonstration data"
        )
    book.close()
    return count
