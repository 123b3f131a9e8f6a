"""Bad settings fail at `manage.py check`, each with an id and what to do about it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from portal.common.keys import parse_keyring

KEYRINGS = ("HOUSEHOLD_CODE_KEY", "RECEIPT_KEY", "BLIND_INDEX_KEY", "FIELD_KEYS")
KEY_LENGTH = 32
SECRET_KEY_LENGTH = 40
MAKE_ONE = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"

Messages = Iterator[CheckMessage]
_Check = Callable[..., list[CheckMessage]]


def _listed(check: Callable[[], Messages]) -> _Check:
    """Django wants a list back; yielding reads better."""

    def run(**kwargs: Any) -> list[CheckMessage]:
        return list(check())

    run.__name__ = check.__name__
    return run


def _secret_key() -> str:
    """Empty where it is not set: Django raises then, and a check must name what is wrong."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""


@register(Tags.security)
@_listed
def check_keyrings() -> Messages:
    """Each keyring is there, can be read, is long enough, and shares no secret with another."""
    owners: dict[bytes, str] = {_secret_key().encode(): "SECRET_KEY"}
    for name in KEYRINGS:
        try:
            ring = parse_keyring(getattr(settings, name))
        except ImproperlyConfigured as error:
            yield Error(f"{name} can't be read: {error}.", hint=MAKE_ONE, id="common.E001")
            continue
        if not ring:
            yield Error(
                f"{name} is not set.", hint=f"{name}=1:secret. {MAKE_ONE}", id="common.E002"
            )
        for key_id, secret in ring.items():
            if len(secret) < KEY_LENGTH:
                text = f"Key {key_id} of {name} is shorter than {KEY_LENGTH} characters."
                yield Error(text, hint=MAKE_ONE, id="common.E003")
            elif secret in owners:
                text = f"Key {key_id} of {name} is also in {owners[secret]}."
                yield Error(text, hint="Every key is a secret of its own.", id="common.E004")
            else:
                owners[secret] = name


@register(Tags.security)
@_listed
def check_secret_key() -> Messages:
    if len(_secret_key()) < SECRET_KEY_LENGTH:
        text = f"SECRET_KEY is shorter than {SECRET_KEY_LENGTH} characters."
        yield Error(text, hint=MAKE_ONE, id="common.E005")


@register(Tags.database)
@_listed
def check_requests_are_not_atomic() -> Messages:
    """Imports and rebuilds need short transactions; one round the whole request holds its locks."""
    for alias, database in settings.DATABASES.items():
        if database.get("ATOMIC_REQUESTS"):
            yield Error(
                f"ATOMIC_REQUESTS is on for the database {alias!r}.",
                hint="Take it out of DATABASE_URL or the settings: services are atomic themselves.",
                id="common.E006",
            )


@register(Tags.security)
@_listed
def check_production_is_no_workbench() -> Messages:
    if not settings.PRODUCTION:
        return
    if settings.DEBUG:
        yield Error(
            "DEBUG is on in production.",
            hint="Tracebacks show secrets to anybody; take DEBUG out.",
            id="common.E007",
        )
    if settings.DEMONSTRATION:
        yield Error(
            "DEMONSTRATION is on in production.",
            hint="Unset it, or run the demonstration with portal.settings.dev.",
            id="common.E008",
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS does not name the hosts of this installation.",
            hint="ALLOWED_HOSTS=linli.example.gov.cn",
            id="common.E009",
        )


@register(Tags.compatibility)
@_listed
def check_production_sends_mail() -> Messages:
    if settings.PRODUCTION and settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield Warning(
            "E-mail is written to the console.",
            hint="EMAIL_URL=smtp+tls://user:password@host:587",
            id="common.W001",
        )
