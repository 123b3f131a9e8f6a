"""Settings and a folder of its own for a benchmark that is started by itself."""

import os
import sys
import tempfile
from collections.abc import Callable


def run_alone(name: str, main: Callable[[], int]) -> None:
    """Set Django up with keys that only benchmarks know, run `main`, and exit with what it
    gives. The folder goes afterwards; DATABASE_URL and REDIS_URL stay as they are."""
    import django

    with tempfile.TemporaryDirectory(prefix=f"linli-{name}-") as folder:
        for key in ("SECRET", "HOUSEHOLD_CODE", "RECEIPT", "BLIND_INDEX"):
            os.environ[f"{key}_KEY"] = f"1:benchmark-only-{key.lower()}-0123456789abcdef0123456789"
        os.environ["FIELD_KEYS"] = "1:benchmark-only-field-keys-0123456789abcdef0123456789"
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        os.environ |= {"LOG_LEVEL": "ERROR"}
        django.setup()
        sys.exit(main())
