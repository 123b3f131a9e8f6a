from typing import Any

from django.core.management.base import BaseCommand

from portal.common.catalogue import catalogue_compile, catalogue_update


class Command(BaseCommand):
    help = "Bring the Chinese catalogue up to date with the texts in code and templates."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        total, missing = catalogue_update()
        catalogue_compile()
        self.stdout.write(f"{total} texts, {missing} without a translation")
