"""A database of its own for a benchmark, whatever DATABASE_URL says. Import it after the setup."""

import os
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection


def temporary_database() -> Callable[[], None]:
    """An empty database with the tables; what is returned drops it."""
    name = f"linli_benchmark_{os.getpid()}"
    before = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()
        connection.settings_dict["NAME"] = name
    call_command("migrate", verbosity=0)

    def remove() -> None:
        connection.close()
        if connection.vendor == "postgresql":
            connection.settings_dict["NAME"] = before
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')

    return remove
