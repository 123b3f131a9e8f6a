"""A database of its own for a benchmark, whatever DATABASE_URL says. Import it after the setup."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit

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
        # What this process starts works in it, too.
        address = urlsplit(os.environ["DATABASE_URL"])
        os.environ["DATABASE_URL"] = address._replace(path=f"/{name}").geturl()
    call_command("migrate", verbosity=0)

    def remove() -> None:
        connection.close()
        if connection.vendor == "postgresql":
            connection.settings_dict["NAME"] = before
            os.environ["DATABASE_URL"] = address.geturl()
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')

    return remove
