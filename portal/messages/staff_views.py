"""Sending again what failed, and a test to an alert channel: each asked first, then posted."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.permissions import policy_registry

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.messages.models import AlertChannel, Delivery
from portal.messages.services import alert_channel_test, deliveries_retry
from portal.messages.states import State
from portal.places.guard import get_visible_or_404
from portal.places.permissions import can_somewhere


def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One failed message."""
    return _retry(request, _failed(request).filter(pk=delivery_id))


def retry_all(request: HttpRequest) -> HttpResponse:
    """All failed messages that the reader may see: after a provider was down for a day."""
    return _retry(request, _failed(request))


def test(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test through an alert channel."""
    channel = get_visible_or_404(
        AlertChannel.objects.select_related("place"),
        request.user,
        Action.MESSAGES_KEEP,
        pk=channel_id,
    )
    back = reverse("alert_channels:edit", args=[channel.pk])
    if request.method == "POST":
        alert_channel_test(by=_staff(request), channel=channel, now=timezone.now())
        messages.success(request, _("The test is on its way; it arrives within two minutes."))
        return redirect(back)
    words = {"name": channel.name, "address": channel.masked}
    question = _("Send a test message to “%(name)s” (%(address)s)?") % words
    return _ask(request, _("Send a test"), question, back)


def _staff(request: HttpRequest) -> User:
    """Wagtail lets nobody here who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def _failed(request: HttpRequest) -> QuerySet[Delivery]:
    """Raises Http404 for who keeps no messages anywhere."""
    if not can_somewhere(request.user, Action.MESSAGES_KEEP):
        raise Http404
    policy = policy_registry.get_by_type(Delivery)
    found = policy.instances_user_has_any_permission_for(request.user, ["view"])
    failed: QuerySet[Delivery] = found.filter(state=State.FAILED)
    return failed


def _retry(request: HttpRequest, failed: QuerySet[Delivery]) -> HttpResponse:
    back = reverse("deliveries:index")
    if request.method == "POST":
        count = deliveries_retry(by=_staff(request), deliveries=failed, now=timezone.now())
        messages.success(request, _("Queued again: %(count)d") % {"count": count})
        return redirect(back)
    number = failed.count()
    if not number:
        raise Http404
    question = _("Messages that could not be sent: %(count)d. Try them again?") % {"count": number}
    return _ask(request, _("Send again"), question, back)


def _ask(request: HttpRequest, title: str, question: str, back: str) -> HttpResponse:
    context = {"title": title, "question": question, "back": back}
    return render(request, "outbox/staff/question.html", context)
