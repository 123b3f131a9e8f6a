"""Keyrings: secrets with ids, so that a key can be changed without losing what the old one made."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def parse_keyring(text: str) -> dict[str, bytes]:
    """`"2:new,1:old"` → `{"2": b"new", "1": b"old"}`; the first is current.

    Raises ImproperlyConfigured when a part has no id or no secret, or an id stands twice.
    """
    ring: dict[str, bytes] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key_id, colon, secret = part.partition(":")
        if not (key_id and colon and secret) or key_id in ring:
            raise ImproperlyConfigured("A keyring is written id:secret[,id:secret…], ids once each")
        ring[key_id] = secret.encode()
    return ring


def keyring(setting: str) -> Mapping[str, bytes]:
    """The keyring in `settings.<setting>`. Raises ImproperlyConfigured when it is empty."""
    ring = _ring(getattr(settings, setting))
    if not ring:
        raise ImproperlyConfigured(f"{setting} is not set")
    return ring


@lru_cache(maxsize=32)
def _ring(text: str) -> Mapping[str, bytes]:
    return MappingProxyType(parse_keyring(text))


def current_key(setting: str) -> tuple[str, bytes]:
    """(id, secret) of the key that new values are made with."""
    return next(iter(keyring(setting).items()))


def keyed_digest(secret: bytes, *parts: str) -> bytes:
    """HMAC-SHA-256 over the parts, each with its length, so that no two lists run together."""
    message = b"".join(f"{len(p.encode())}:".encode() + p.encode() for p in parts)
    return hmac.new(secret, message, hashlib.sha256).digest()


def blind_index(value: str) -> str:
    """What an encrypted value is found by: 64 hexadecimal digits; empty for an empty value."""
    if not value:
        return ""
    return keyed_digest(current_key("BLIND_INDEX_KEY")[1], value).hex()


def _fernet() -> MultiFernet:
    return _fernet_of(tuple(keyring("FIELD_KEYS").values()))


@lru_cache(maxsize=8)
def _fernet_of(secrets: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest())) for secret in secrets
    )


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    """The text behind `token`; empty when no key of FIELD_KEYS opens it."""
    if not token:
        return ""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken:
        return ""


#: Before the content of a file that `seal_bytes` has encrypted.
_SEALED_BYTES = b"sealed:"


def seal_bytes(content: bytes) -> bytes:
    """`content` of a file, encrypted under FIELD_KEYS."""
    return _SEALED_BYTES + _fernet().encrypt(content)


def open_bytes(content: bytes) -> bytes:
    """What `seal_bytes` encrypted; as it is where it was not, empty when no key opens it."""
    if not content.startswith(_SEALED_BYTES):
        return content
    try:
        return _fernet().decrypt(content.removeprefix(_SEALED_BYTES))
    except InvalidToken:
        return b""


if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """Text that the database holds encrypted under FIELD_KEYS. It can't be searched or sorted."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(str(value))


#: Before a text that `SealableTextField` has encrypted.
SEALED = "sealed:"


class SealableTextField(_TextField):
    """Text that the database holds encrypted under FIELD_KEYS where its row `is_sealed`.

    What no key opens is read as it stands, so that a text which only looks sealed stays itself.
    """

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        text = super().pre_save(model_instance, add)
        if text and getattr(model_instance, "is_sealed", False):
            return SEALED + encrypt(text)
        return text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if value and value.startswith(SEALED):
            return decrypt(value.removeprefix(SEALED)) or value
        return value


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; short numbers keep the last two digits."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "*" * max(0, len(phone) - 2) + phone[-2:]
