import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> set[str]:
    return {str(message.id) for message in run_checks() if str(message.id).startswith("common.")}


LONG = "0123456789abcdefghijklmnopqrstuvwxyz"


def test_the_settings_of_the_tests_are_good() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"RECEIPT_KEY": "no id"}, "common.E001"),
        ({"RECEIPT_KEY": f"1:{LONG}a,1:{LONG}b"}, "common.E001"),
        ({"HOUSEHOLD_CODE_KEY": ""}, "common.E002"),
        ({"BLIND_INDEX_KEY": "1:short"}, "common.E003"),
        ({"FIELD_KEYS": f"2:{LONG},1:short"}, "common.E003"),
        ({"FIELD_KEYS": f"1:{LONG}", "RECEIPT_KEY": f"1:{LONG}"}, "common.E004"),
        ({"FIELD_KEYS": f"1:{LONG}{LONG}", "SECRET_KEY": LONG + LONG}, "common.E004"),
        ({"SECRET_KEY": LONG}, "common.E005"),
        ({"PRODUCTION": True, "DEBUG": True}, "common.E007"),
        ({"PRODUCTION": True, "DEMONSTRATION": True}, "common.E008"),
        ({"PRODUCTION": True, "ALLOWED_HOSTS": ["*"]}, "common.E009"),
        ({"PRODUCTION": True, "ALLOWED_HOSTS": []}, "common.E009"),
        (
            {
                "PRODUCTION": True,
                "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
            },
            "common.W001",
        ),
    ],
)
def test_a_bad_setting_is_named(settings: Settings, changed: dict[str, Any], expected: str) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)

    assert expected in ids()


def test_atomic_requests_are_named(settings: Settings) -> None:
    default = {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}
    settings.DATABASES = {"default": default}

    assert ids() == {"common.E006"}


def test_every_message_says_what_to_do(settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.DEBUG = True
    settings.RECEIPT_KEY = "1:short"
    ours = [m for m in run_checks() if str(m.id).startswith("common.")]

    assert len(ours) >= 3
    assert all(message.hint for message in ours)


def manage_check(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**inherited, "DJANGO_SETTINGS_MODULE": "portal.settings.production", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


KEYS = {
    "SECRET_KEY": "s" + LONG + LONG,
    "HOUSEHOLD_CODE_KEY": "1:h" + LONG,
    "RECEIPT_KEY": "1:r" + LONG,
    "BLIND_INDEX_KEY": "1:b" + LONG,
    "FIELD_KEYS": "1:f" + LONG,
    "ALLOWED_HOSTS": "linli.example.gov.cn",
    "EMAIL_URL": "smtp://mail.example.gov.cn:25",
}


def test_production_with_all_settings_passes() -> None:
    found = manage_check(**KEYS)

    assert found.returncode == 0, found.stderr


def test_production_without_a_key_does_not_start() -> None:
    found = manage_check(**{**KEYS, "RECEIPT_KEY": "", "DEMONSTRATION": "on"})

    assert found.returncode != 0
    assert "common.E002" in found.stderr
    assert "common.E008" in found.stderr


def test_a_missing_secret_key_is_named_among_the_rest() -> None:
    found = manage_check(**{**KEYS, "SECRET_KEY": ""})

    assert found.returncode != 0
    assert "common.E005" in found.stderr
    assert "Traceback" not in found.stderr
