import gc
import logging
from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.demo.progress import Progress
from portal.demo.services import STAGES, SeedRefused, Wanted, demo_seed

#: They tell of every page made, which would tear the progress bar apart.
CHATTY = ("wagtail", "django_tasks")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("A date is written YYYY-MM-DD.")) from None


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration data."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", type=_date, help="day of the follow-up round (today)")
        parser.add_argument("--seed", type=int, default=2020, help="same seed, same data")
        parser.add_argument("--small", action="store_true", help="four communities, for tests")
        parser.add_argument(
            "--sign-ins",
            type=Path,
            metavar="FILE",
            help="make passwords for the members of staff and write them to FILE (mode 600)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # Millions of short-lived rows: looking for cycles among them takes a tenth of the time.
        gc.set_threshold(100_000, 50, 50)
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        now = timezone.localtime()
        wanted = Wanted(
            as_of=options["as_of"] or now.date(),
            seed=options["seed"],
            small=options["small"],
            sign_ins_file=options["sign_ins"],
            now=now,
        )
        shown = self.stdout if options["verbosity"] else None
        try:
            seeded = demo_seed(wanted=wanted, progress=Progress(shown, sum(STAGES.values())))
        except SeedRefused as refusal:
            raise CommandError(str(refusal)) from None
        if not seeded.created:
            self.stdout.write(_("The demonstration data is already there; nothing was changed."))
            return
        seconds = sum(seeded.seconds.values())
        self.stdout.write(
            _("Demonstration data written in %(seconds).0f s.") % {"seconds": seconds}
        )
