"""Subscribing, confirming, stopping. Nobody is signed in; nothing is remembered in the browser."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from portal.intake.limits import client_scope, failure_add, is_blocked, place_scope
from portal.intake.origin import resident_form
from portal.messages.forms import CodeForm, StopForm, SubscribeForm
from portal.messages.links import CONFIRM, STOP, key_of
from portal.messages.models import Subscriber, Subscription
from portal.messages.services import (
    PRIVACY_VERSION,
    subscriber_stop,
    subscription_confirm,
    subscription_confirm_code,
    subscription_request,
)
from portal.messages.states import CONFIRM_WITHIN, Channel
from portal.places.models import Place, PlaceLevel

#: What too many unproven requests, and too many wrong codes, are counted under.
REQUESTS, CODES = "subscribe", "subscribe-code"


@sensitive_post_parameters()
@resident_form
def subscribe(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the news of one place; a number is proven with a code on the same address."""
    place = get_object_or_404(Place, code=code, level_id__in=PlaceLevel.WITH_PAGE)
    if "code" in request.POST:
        return _code(request, place)
    form = SubscribeForm(_posted(request))
    if not form.is_valid():
        return _form(request, place, form, status=422 if form.is_bound else 200)
    scopes = client_scope(request), place_scope(place.code)
    if is_blocked(REQUESTS, *scopes):
        form.add_error(None, _too_many())
        return _form(request, place, form, status=429)
    # Nobody has proven yet that the address is theirs: until then it counts against the sender.
    failure_add(REQUESTS, *scopes)
    subscription_request(
        place=place,
        channel=form.channel,
        to=form.cleaned_data["to"],
        language=get_language() or "",
        now=timezone.now(),
    )
    if form.channel == Channel.SMS:
        return _code_form(request, place, CodeForm(initial={"to": form.cleaned_data["to"]}))
    hours = int(CONFIRM_WITHIN.total_seconds() // 3600)
    return render(request, "outbox/asked.html", {"place": place, "hours": hours})


@resident_form
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A page with a button: programs that look into mail open every link in it."""
    pk, now = key_of(token, CONFIRM), timezone.now()
    if request.method == "POST":
        subscription = subscription_confirm(pk=pk, now=now)
        return _confirmed(request, subscription)
    found = Subscription.objects.select_related("place").filter(pk=pk).first()
    if found is None or (not found.confirmed_at and found.requested_at < now - CONFIRM_WITHIN):
        return _confirmed(request, None)
    if found.confirmed_at:
        return _confirmed(request, found)
    return render(request, "outbox/confirm.html", {"place": found.place})


@resident_form
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Unsubscribe: by one click of a mail program (RFC 8058), or from a page that says of what."""
    pk = key_of(token, STOP)
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        subscriber_stop(pk=pk)
        return HttpResponse(status=200, content_type="text/plain")
    subscriber = Subscriber.objects.filter(pk=pk).first()
    if subscriber is None:
        return render(request, "outbox/stopped.html")
    places = Place.objects.filter(subscriptions__subscriber=subscriber).distinct()
    form = StopForm(_posted(request), places=places)
    if request.method == "POST" and form.is_valid():
        left = [one for one in places if one not in form.cleaned_data["places"]]
        subscriber_stop(pk=pk, places=form.cleaned_data["places"])
        return render(request, "outbox/stopped.html", {"left": left})
    context = {"form": form, "address": subscriber.masked}
    return render(request, "outbox/stop.html", context, status=422 if form.errors else 200)


def _posted(request: HttpRequest) -> QueryDict | None:
    """Also a post with nothing in it is a form sent."""
    return request.POST if request.method == "POST" else None


def _form(request: HttpRequest, place: Place, form: SubscribeForm, *, status: int) -> HttpResponse:
    context = {"place": place, "form": form, "privacy_version": PRIVACY_VERSION}
    return render(request, "outbox/subscribe.html", context, status=status)


def _code(request: HttpRequest, place: Place) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_form(request, place, form, status=422)
    scopes = client_scope(request), place_scope(place.code)
    if is_blocked(CODES, *scopes):
        form.add_error(None, _too_many())
        return _code_form(request, place, form, status=429)
    subscription = subscription_confirm_code(place=place, now=timezone.now(), **form.cleaned_data)
    if subscription is None:
        failure_add(CODES, *scopes)
        form.add_error("code", _("This code is not right, or its time is over."))
        return _code_form(request, place, form, status=422)
    return _confirmed(request, subscription)


def _code_form(
    request: HttpRequest, place: Place, form: CodeForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"place": place, "form": form}
    return render(request, "outbox/code.html", context, status=status)


def _confirmed(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    context = {"place": subscription and subscription.place}
    return render(request, "outbox/confirmed.html", context, status=200 if subscription else 410)


def _too_many() -> str:
    return _("Too many tries from here. Please wait a quarter of an hour, then try again.")
