from typing import Any

from django.core.management.base import BaseCommand

from portal.common.catalogue import catalogue_compile


class Command(BaseCommand):
    help = "Compile the Chinese texts where they have changed."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue_compile()
