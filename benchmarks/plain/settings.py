"""The portal's own settings with the plain page beside it."""

from portal.settings.dev import *  # noqa: F403
from portal.settings.dev import CACHES, DATABASES, INSTALLED_APPS, VAR_DIR

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.plain"]
ROOT_URLCONF = "benchmarks.plain.urls"
ALLOWED_HOSTS = ["*"]
MEDIA_ROOT = str(VAR_DIR / "media")
# A database and keys of its own: what is in the one that is named stays as it is.
_NAME = "linli_benchmark_pages"
_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / f"{_NAME}.sqlite3") if _SQLITE else _NAME}
CACHES["default"]["KEY_PREFIX"] = CACHES["pages"]["KEY_PREFIX"] = _NAME
CACHE_MIDDLEWARE_ALIAS = "pages"
CACHE_MIDDLEWARE_KEY_PREFIX = f"{_NAME}-django"
