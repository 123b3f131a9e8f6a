from celery import shared_task

from portal.pages.services import pages_ensure


@shared_task(name="pages.pages_ensure")
def ensure_pages() -> None:
    """Every five minutes: pages for places that were imported. It looks at all: twice is safe."""
    pages_ensure()
