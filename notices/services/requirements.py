"""The rules of what must be published, kept by administrators."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from wagtail.log_actions import log

from notices.models import RequiredNotice
from notices.stale import coverage_stale
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import can_somewhere

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def required_notice_save(*, by: "User", required: RequiredNotice) -> RequiredNotice:
    """Add or change a rule; the figures of every community follow.

    Raises PermissionDenied, and ValidationError for a rule that cannot be kept.
    """
    if not can_somewhere(by, Action.NOTICE_TYPES):
        raise PermissionDenied
    is_new = required.pk is None
    required.full_clean()
    required.save()
    log(required, "wagtail.create" if is_new else "wagtail.edit", user=by)
    coverage_stale(*Place.objects.filter(depth=1))
    return required
