"""Tests: fixed keys, quick password hashes, a database and a var folder of their own."""

import os
import tempfile
from pathlib import Path

# Playwright keeps an event loop in the thread of the tests; those after it use the database too.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
os.environ.setdefault("SECRET_KEY", "test-secret-key-of-no-installation-0123456789")
os.environ.setdefault("HOUSEHOLD_CODE_KEY", "1:test-household-code-key-0123456789abcdef")
os.environ.setdefault("RECEIPT_KEY", "1:test-receipt-key-0123456789abcdef-0123")
os.environ.setdefault("BLIND_INDEX_KEY", "1:test-blind-index-key-0123456789abcdef-")
os.environ.setdefault("FIELD_KEYS", "1:test-field-key-0123456789abcdef-012345")

from portal.settings.base import *  # noqa: F403
from portal.settings.base import CACHES, DATABASES, REDIS_URL

if not REDIS_URL:
    from portal.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS

ALLOWED_HOSTS = ["*"]
DEMONSTRATION = True
SERVE_MEDIA = True
PAGE_CACHE_SECONDS = 0
KEEP_PARTS = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True

# Each test process has files and a Redis database of its own. A worker that a test starts is told
# TEST_KEY, so that it shares those of its test.
TEST_KEY = os.environ.get("TEST_KEY", str(os.getpid()))
TEST_DIR = Path(tempfile.gettempdir()) / f"linli-test-{TEST_KEY}"
MEDIA_ROOT = str(TEST_DIR / "media")
STORAGES["private"] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": str(TEST_DIR / "private")},
}
if REDIS_URL:
    _base, _number = REDIS_URL.rsplit("/", 1)
    _process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CELERY_BROKER_URL = f"{_base}/{int(_number) + _process}"
    for _cache in CACHES.values():
        _cache["LOCATION"] = CELERY_BROKER_URL
else:
    CACHES["default"]["LOCATION"] = str(TEST_DIR / "cache")
    CACHES["pages"]["LOCATION"] = str(TEST_DIR / "cache-pages")
    for _name in ("data_folder_in", "data_folder_out"):
        CELERY_BROKER_TRANSPORT_OPTIONS[_name] = str(TEST_DIR / "broker" / "queue")
    for _name in ("processed_folder", "control_folder"):
        CELERY_BROKER_TRANSPORT_OPTIONS[_name] = str(TEST_DIR / "broker" / _name)

TEST_DB_NAME = os.environ.get("TEST_DB_NAME", "test_linli")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path("var").mkdir(exist_ok=True)
    # A file, not memory: the live server's threads and a real worker process share it.
    DATABASES["default"]["TEST"] = {"NAME": f"var/{TEST_DB_NAME}.sqlite3"}
else:
    DATABASES["default"]["TEST"] = {"NAME": TEST_DB_NAME}
