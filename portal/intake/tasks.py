from celery import shared_task
from django.utils import timezone

from portal.intake.held import held_expire


@shared_task(name="intake.held_expire")
def expire_held_photos() -> None:
    """Every hour: delete photos held for over a day. It looks at all of them: twice is safe."""
    held_expire(now=timezone.now())
