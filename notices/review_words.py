"""What is said about a review, to its reviewers and to the people of the place: by the outbox, so
that a provider that is down loses nothing.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Page, TaskState

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
    """Tell the place how it ended. The author sees it on the first screen of the staff pages."""
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
