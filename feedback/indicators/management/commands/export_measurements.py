from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.indicators import exports
from portal.places.models import Place


class Command(BaseCommand):
    help = "Write the measurements of a place and all below it that end in a year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--place", required=True, metavar="CODE")
        # Not an int here: what argparse says of a wrong one takes the whole usage.
        parser.add_argument("--year", required=True, metavar="YYYY")
        parser.add_argument("--format", required=True, choices=["csv", "xlsx", "json"])
        parser.add_argument("--output", required=True, metavar="FILE", help="- is standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        place = Place.objects.filter(code=options["place"]).first()
        if place is None:
            raise CommandError(f"There is no place with the code {options['place']}.")
        year = _year(str(options["year"]))
        if settings.DEMONSTRATION:
            self.stderr.write(f"{exports.LABEL_ZH} / {exports.LABEL_EN}")
        rows = exports.export_rows(place, year)
        try:
            self._write(rows, options["format"], options["output"])
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}") from error

    def _write(self, rows: Any, form: str, output: str) -> None:
        if form == "xlsx":
            if output == "-":
                cast(Any, self.stdout).buffer.write(exports.xlsx_bytes(rows))
                return
            with Path(output).open("wb") as binary:
                exports.xlsx_write(rows, binary)
            return
        write = exports.csv_write if form == "csv" else exports.json_write
        if output == "-":
            self.stdout.ending = ""
            write(rows, self.stdout)
            return
        # Excel reads a CSV as UTF-8 only with the mark; JSON must not have one.
        encoding = "utf-8-sig" if form == "csv" else "utf-8"
        with Path(output).open("w", encoding=encoding, newline="") as text:
            write(rows, text)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= 9998):
        raise CommandError(f"{text} is not a year between 1 and 9998.")
    return int(text)
