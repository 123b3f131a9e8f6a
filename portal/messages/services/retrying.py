"""Sending again what was given up."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from wagtail.permissions import policy_registry

from portal.accounts.models import User
from portal.messages.models import Delivery
from portal.messages.states import State


@transaction.atomic
def deliveries_retry(*, by: User, deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Queue the failed ones among `deliveries` again, as if never tried. Returns how many.

    What is not failed any more is left alone, so that pressing twice sends once. Raises
    PermissionDenied unless `by` may keep all of them.
    """
    policy = policy_registry.get_by_type(Delivery)
    allowed = policy.instances_user_has_any_permission_for(by, ["view"])
    failed = Delivery.objects.filter(pk__in=deliveries.order_by().values("pk"), state=State.FAILED)
    if failed.exclude(pk__in=allowed.order_by().values("pk")).exists():
        raise PermissionDenied
    return failed.update(state=State.QUEUED, attempts=0, next_attempt_at=now, last_error="")
