from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from feedback.indicators import services
from portal.places.models import Place


class Command(BaseCommand):
    help = "Recompute tallies and measurements from the rows and print what changed."

    def add_arguments(self, parser: CommandParser) -> None:
        scope = parser.add_mutually_exclusive_group()
        scope.add_argument("--all", action="store_true", help="every place (the default)")
        scope.add_argument("--place", metavar="CODE", help="this place and all below it")

        parser.add_argument(
            "--processes",
            type=int,
            default=1,
            help="recount surveys with so many processes at the same time (PostgreSQL)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        place = None
        if options["place"]:
            place = Place.objects.filter(code=options["place"]).first()
            if place is None:
                raise CommandError(f"There is no place with the code {options['place']}.")
        processes = max(1, options["processes"])
        services.rebuild(place, timezone.now(), report=self.stdout.write, processes=processes)
