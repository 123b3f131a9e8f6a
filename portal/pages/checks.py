"""Settings under which kept pages would be wrong are refused at `manage.py check`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

FORGETFUL = ("locmem.LocMemCache", "dummy.DummyCache")
MIDDLEWARE = "portal.pages.cache.PageCacheMiddleware"


@register(Tags.caches)
def check_caches_are_shared(**kwargs: Any) -> list[CheckMessage]:
    """A worker is a process of its own: what it publishes must reach the pages others keep."""
    if getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
        return []
    return [
        Error(
            f"The cache {alias!r} is one process's own, but a worker runs beside the web process.",
            hint="Use the file, database or Redis cache (REDIS_URL).",
            id="pages.E001",
        )
        for alias, cache in settings.CACHES.items()
        if cache["BACKEND"].endswith(FORGETFUL)
    ]


@register()
def check_page_cache_is_outside(**kwargs: Any) -> list[CheckMessage]:
    if settings.MIDDLEWARE and settings.MIDDLEWARE[0] == MIDDLEWARE:
        return []
    return [
        Error(
            "The page cache must stand outside all other middleware.",
            hint=f"Put {MIDDLEWARE} first in MIDDLEWARE.",
            id="pages.E002",
        )
    ]


@register()
def check_pages_cache_exists(**kwargs: Any) -> list[CheckMessage]:
    if "pages" in settings.CACHES:
        return []
    return [Error("There is no cache named 'pages'.", hint="Add it to CACHES.", id="pages.E003")]
