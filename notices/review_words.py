"""What is said about a review, to its reviewers, its author and the people of the place: by the
outbox, so that a provider that is down loses nothing.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import Page, TaskState, WorkflowState
from wagtail.signals import workflow_approved, workflow_rejected

from notices.models.records import NoticeRemoval
from notices.reviewers import reviewers_of
from portal.messages.links import site_url
from portal.messages.services import alert_queue, delivery_queue
from portal.messages.states import Channel, Topic
from portal.places.models import Place
from portal.places.page_policy import place_of_page

if TYPE_CHECKING:
    from portal.accounts.models import User


def review_announce(state: TaskState, page: Page, sender: "User | None", now: datetime) -> None:
    """Tell everybody who can review `page`, by e-mail where they have an address."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("To review: %(title)s") % {"title": page.title}
        body = _address(page)
        for user in reviewers_of(page).exclude(email=""):
            if sender is not None and user.pk == sender.pk:
                continue
            _mail(user, subject, body, f"review-{state.pk}-{user.pk}", now)


def review_result(state: TaskState, page: Page, approved: bool, now: datetime) -> None:
    """Tell the alert channels of the place how it ended."""
    place = getattr(page, "place", None) or place_of_page(page)
    if not isinstance(place, Place):
        return
    with translation.override(settings.LANGUAGE_CODE):
        text = _("Approved: %(title)s") if approved else _("Sent back: %(title)s")
        alert_queue(
            place=place,
            topic=Topic.NOTICES,
            subject=text % {"title": page.title},
            body=_address(page),
            dedupe_key=f"review-{state.pk}-ended",
            now=now,
        )


def connect() -> None:
    """Stand in for Wagtail's own messages, which are lost while the mail server is down.

    A receiver whose `dispatch_uid` is taken is not connected, and we are ready before Wagtail is.
    """
    for signal, name in ((workflow_approved, "approved"), (workflow_rejected, "rejected")):
        uid = f"workflow_state_{name}_email_notification"
        signal.connect(author_tell, sender=WorkflowState, dispatch_uid=uid)


def author_tell(instance: WorkflowState, user: "User | None", **kwargs: Any) -> None:
    """Tell whoever asked for the review how it ended, with the remark, unless it was their own."""
    author, state = instance.requested_by, instance.current_task_state
    if author is None or state is None or author == user or not author.email:
        return
    with translation.override(settings.LANGUAGE_CODE):
        approved = instance.status == WorkflowState.STATUS_APPROVED
        text = _("Approved: %(title)s") if approved else _("Sent back: %(title)s")
        found = instance.content_object
        url = AdminURLFinder(author).get_edit_url(found)
        body = "\n\n".join(filter(None, [state.get_comment(), url and site_url(url)]))
        key = f"review-{state.pk}-author"
        _mail(author, text % {"title": found}, body, key, timezone.now())


def author_tell_removal(removal: NoticeRemoval, author: "User | None", *, now: datetime) -> None:
    """Tell whoever wrote a notice that it was taken down or moved, and why, unless they did it."""
    if author is None or author == removal.user or not author.email or not author.is_active:
        return
    with translation.override(settings.LANGUAGE_CODE):
        words = {"action": removal.get_action_display(), "title": removal.title}
        place = removal.to_place.label if removal.to_place else ""
        body = "\n\n".join(filter(None, [place, removal.reason]))
        subject = _("%(action)s: %(title)s") % words
        _mail(author, subject, body, f"removal-{removal.pk}-author", now)


def _address(page: Page) -> str:
    return site_url(reverse("wagtailadmin_pages:edit", args=[page.pk]))


def _mail(user: "User", subject: str, body: str, key: str, now: datetime) -> None:
    try:
        delivery_queue(
            channel=Channel.EMAIL,
            to=user.email,
            subject=subject,
            body=body,
            dedupe_key=key,
            now=now,
        )
    except ValidationError:
        # An address nobody can be written to: the first screen tells them all the same.
        return
