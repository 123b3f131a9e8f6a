"""Publications that are due, one by one, so that one that fails holds up no other.

Wagtail's own `publish_scheduled` is not used: it stops at the first failure and takes ended pages
off the site.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from wagtail.models import Revision

from notices.models import PublishFailure
from portal.messages.services import alert_queue
from portal.messages.states import Topic
from portal.places.models import Place

logger = logging.getLogger(__name__)

#: A failure that is not the content's fault is tried again this often before it is given up.
MAX_ATTEMPTS = 10


@dataclass(frozen=True)
class DueRun:
    published: int
    failed: int


def publications_due(*, now: datetime) -> DueRun:
    """Publish every revision whose time has come, of pages and of anything else with drafts."""
    due = Revision.objects.filter(approved_go_live_at__lte=now)
    done = [
        revision_publish(revision_id=pk, now=now)
        for pk in due.order_by("approved_go_live_at", "pk").values_list("pk", flat=True)
    ]
    return DueRun(published=done.count(True), failed=done.count(False))


def revision_publish(*, revision_id: int, now: datetime) -> bool:
    """Publish one scheduled revision; False where it failed, which is logged and kept to show.

    Safe to call twice: a revision that is no longer due is left alone.
    """
    try:
        with transaction.atomic():
            revision = Revision.objects.select_for_update().get(
                pk=revision_id, approved_go_live_at__lte=now
            )
            revision.publish(log_action="wagtail.publish.scheduled")
            _failures(revision).delete()
    except Revision.DoesNotExist:
        return True
    except ValidationError as refused:
        logger.warning("Refused to publish revision %d: %s", revision_id, refused)
        _failure_add(revision_id, _reasons(refused), now, give_up=True)
        return False
    except Exception:
        logger.exception("Could not publish revision %d", revision_id)
        _failure_add(revision_id, _("A technical fault; it is tried again."), now, give_up=False)
        return False
    return True


@transaction.atomic
def _failure_add(revision_id: int, message: str, now: datetime, *, give_up: bool) -> None:
    """Keep the failure; a revision that is given up becomes an ordinary draft again."""
    revision = Revision.objects.get(pk=revision_id)
    before = _failures(revision).first()
    attempts = before.attempts + 1 if before else 1
    PublishFailure.objects.update_or_create(
        content_type=revision.base_content_type,
        object_id=revision.object_id,
        defaults={
            "label": revision.object_str or str(revision.object_id),
            "place": _place_of(revision),
            "due_at": revision.approved_go_live_at or now,
            "message": message,
            "attempts": attempts,
            "failed_at": now,
        },
    )
    place = _place_of(revision)
    if place is not None and before is None:
        _failure_tell(revision, place, message, now)
    if give_up or attempts >= MAX_ATTEMPTS:
        Revision.objects.filter(pk=revision_id).update(approved_go_live_at=None)


def _failure_tell(revision: Revision, place: Place, message: str, now: datetime) -> None:
    """Staff learn of it before the day that was announced is over."""
    alert_queue(
        place=place,
        topic=Topic.NOTICES,
        subject=_("Not published: %(title)s") % {"title": revision.object_str},
        body=message,
        dedupe_key=f"publish-failure-{revision.pk}",
        now=now,
    )


def _failures(revision: Revision) -> QuerySet[PublishFailure]:
    return PublishFailure.objects.filter(
        content_type=revision.base_content_type, object_id=revision.object_id
    )


def _place_of(revision: Revision) -> Place | None:
    place = getattr(revision.content_object, "place", None)
    return place if isinstance(place, Place) else None


def _reasons(refused: ValidationError) -> str:
    return " ".join(refused.messages)
