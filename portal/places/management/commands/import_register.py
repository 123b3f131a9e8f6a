from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from portal.places.models import RegisterImport
from portal.places.register import services
from portal.places.register.problems import sentence
from portal.places.states import ImportState, RowOutcome


class Command(BaseCommand):
    help = "Import a register from an XLSX or CSV file: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be added and changed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        job = services.import_start(
            by=None, filename=path.name, content=content, now=timezone.now()
        )
        services.import_run(import_id=job.pk)
        job.refresh_from_db()
        if job.state == ImportState.CHECKED and not options["dry_run"]:
            RegisterImport.objects.filter(pk=job.pk).update(
                state=ImportState.QUEUED, confirmed_at=timezone.now()
            )
            services.import_run(import_id=job.pk)
            job.refresh_from_db()
        self._report(job, with_rows=options["dry_run"])

    def _report(self, job: RegisterImport, *, with_rows: bool) -> None:
        with translation.override(translation.get_language() or "zh-hans"):
            for note in job.problems:
                self.stderr.write(sentence(note))
            rows = job.rows.order_by("number", "pk")
            if not with_rows:
                rows = rows.filter(outcome=RowOutcome.REFUSE)
            for row in rows.iterator():
                notes = "；".join(sentence(note) for note in row.notes)
                self.stdout.write(f"{row.number}\t{row.outcome}\t{row.subject}\t{notes}")
        self.stdout.write(
            f"{job.state}: +{job.rows_added} ~{job.rows_changed} "
            f"={job.rows_same} !{job.rows_refused}"
        )
        if job.state in {ImportState.REFUSED, ImportState.FAILED}:
            raise CommandError(str(job.get_state_display()))
