from celery import shared_task
from django.utils import timezone

from notices.services import publications_due


@shared_task(name="notices.publish_due")
def publish_due() -> None:
    """Every minute: whatever is due by now, however late; a second run finds nothing left."""
    publications_due(now=timezone.now())
