from typing import Any

import pytest

from portal.pages import checks

FILE = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": "x"}
LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}


@pytest.mark.parametrize("forgetful", [LOCAL, DUMMY])
def test_a_cache_that_a_worker_cannot_reach_is_refused(settings: Any, forgetful: Any) -> None:
    settings.CACHES = {"default": FILE, "pages": forgetful}
    assert [error.id for error in checks.check_caches_are_shared()] == ["pages.E001"]


def test_it_is_allowed_where_no_worker_runs(settings: Any) -> None:
    settings.CACHES = {"default": LOCAL, "pages": LOCAL}
    settings.CELERY_TASK_ALWAYS_EAGER = True
    assert not checks.check_caches_are_shared()


def test_the_caches_we_ship_are_accepted() -> None:
    assert not checks.check_caches_are_shared()
    assert not checks.check_pages_cache_exists()
    assert not checks.check_page_cache_is_outside()


def test_a_page_cache_inside_other_middleware_is_refused(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[1:], settings.MIDDLEWARE[0]]
    assert [error.id for error in checks.check_page_cache_is_outside()] == ["pages.E002"]


def test_a_missing_pages_cache_is_refused(settings: Any) -> None:
    settings.CACHES = {"default": FILE}
    assert [error.id for error in checks.check_pages_cache_exists()] == ["pages.E003"]
