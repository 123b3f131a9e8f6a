"""What Wagtail publishes or takes down makes the kept pages old ones.

Everything else that public pages show is changed by our own services, which call
`portal.common.generation.generation_bump` themselves.
"""

from typing import Any

from django.db.models.signals import post_delete, post_save
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
    published,
    unpublished,
)

from portal.common.generation import generation_bump


def _bump(**kwargs: Any) -> None:
    generation_bump()


def connect() -> None:
    for signal in (
        page_published,
        page_slug_changed,
        page_unpublished,
        post_page_move,
        published,
        unpublished,
    ):
        signal.connect(_bump, dispatch_uid="linli-generation")
    post_delete.connect(_bump, sender=Page, dispatch_uid="linli-generation")
    # A page that becomes private must not be answered from what was kept while it was not.
    for change in (post_save, post_delete):
        change.connect(_bump, sender=PageViewRestriction, dispatch_uid="linli-generation-private")
    post_save.connect(_bump, sender=Site, dispatch_uid="linli-generation")
