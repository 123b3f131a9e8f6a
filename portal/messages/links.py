"""Links in messages: signed, so that only who got the message has them.

They are signed under RECEIPT_KEY; those made under an old key stay good. Raises `Http404` for
whatever was not signed here.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.urls import reverse
from django.utils import translation

from portal.common.keys import keyring

CONFIRM, STOP = "outbox.confirm", "outbox.stop"


def site_url(path: str) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}"


def page_url(path: str, language: str) -> str:
    """The absolute address of a page in the reader's language; `path` is in the site's own."""
    prefix = "" if language == settings.LANGUAGE_CODE else f"/{language}"
    return site_url(f"{prefix}{path}")


def confirm_url(subscription_pk: int, language: str) -> str:
    return _signed_url("outbox:confirm", CONFIRM, subscription_pk, language)


def stop_url(subscriber_pk: int, language: str) -> str:
    return _signed_url("outbox:stop", STOP, subscriber_pk, language)


def key_of(token: str, purpose: str) -> int:
    try:
        return int(_signer(purpose).unsign(token))
    except (BadSignature, ValueError):
        raise Http404 from None


def token_for(pk: int, purpose: str) -> str:
    return _signer(purpose).sign(str(pk))


def _signed_url(name: str, purpose: str, pk: int, language: str) -> str:
    with translation.override(language):
        return site_url(reverse(name, args=[token_for(pk, purpose)]))


def _signer(purpose: str) -> Signer:
    keys: list[str | bytes] = [key.decode() for key in keyring("RECEIPT_KEY").values()]
    return Signer(key=keys[0], fallback_keys=keys[1:], sep=".", salt=purpose)
