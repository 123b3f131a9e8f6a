"""Tests: fixed keys, quick password hashes, a database and a var folder of their own."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "test-secret-key-of-no-installation-0123456789")
os.environ.setdefault("HOUSEHOLD_CODE_KEY", "1:test-household-code-key-0123456789abcdef")
os.environ.setdefault("RECEIPT_KEY", "1:test-receipt-key-0123456789abcdef-0123")
os.environ.setdefault("BLIND_INDEX_KEY", "1:test-blind-index-key-0123456789abcdef-")
os.environ.setdefault("FIELD_KEYS", "1:test-field-key-0123456789abcdef-012345")

from portal.settings.base import *  # noqa: F403
from portal.settings.base import CACHES, DATABASES

ALLOWED_HOSTS = ["*"]
DEMONSTRATION = True
PAGE_CACHE_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True

TEST_DIR = Path(tempfile.gettempdir()) / f"linli-test-{os.getpid()}"
MEDIA_ROOT = str(TEST_DIR / "media")
STORAGES["private"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": str(TEST_DIR / "private")},
}
if "filebased" in CACHES["default"]["BACKEND"]:
    CACHES["default"]["LOCATION"] = str(TEST_DIR / "cache")
    CACHES["pages"]["LOCATION"] = str(TEST_DIR / "cache-pages")

TEST_DB_NAME = os.environ.get("TEST_DB_NAME", "test_linli")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path("var").mkdir(exist_ok=True)
    # A file, not memory: the live server's threads and a real worker process share it.
    DATABASES["default"]["TEST"] = {"NAME": f"var/{TEST_DB_NAME}.sqlite3"}
else:
    DATABASES["default"]["TEST"] = {"NAME": TEST_DB_NAME}
