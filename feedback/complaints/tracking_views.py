"""Following a case without an account: by number and secret, or by a link that works once."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from feedback.complaints.access import Opened, TooManyFailures, case_open, case_pass
from feedback.complaints.case_page import CasePage
from feedback.complaints.forms import AddForm, MailForm, TrackForm, VerdictForm
from feedback.complaints.models import DeviceMark
from feedback.complaints.receipt_page import tracking_address
from feedback.complaints.services import (
    complaint_add,
    complaint_confirm,
    complaint_consent,
    complaint_contact_forget,
    complaint_withdraw,
    device_mark,
    link_issue,
    link_open,
    receipt_mail,
)
from portal.common.qr import qr_svg_once
from portal.intake.limits import client_scope, failure_add, is_blocked
from portal.intake.origin import resident_form
from portal.intake.receipts import new_key
from portal.intake.review import mark_stored, submitted_key


def posted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Whoever comes to the address of an answer by a link asks for number and secret anew: the page
    after a step leads there in the other language, and a phone opens a page it let go of."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponseBase:
        return view(request) if request.method == "POST" else redirect("complaints:track")

    return answer


@sensitive_post_parameters()
@resident_form
def track(request: HttpRequest) -> HttpResponse:
    """Number and secret by POST, so that neither reaches an address or a log."""
    form = TrackForm(request.POST or None)
    opened = _opened(request, form)
    return CasePage(request, opened, form).show() if opened else _track_form(request, form)


@sensitive_post_parameters()
@posted
@resident_form
def confirm(request: HttpRequest) -> HttpResponse:
    """The resident says whether it is solved."""
    form, verdict = TrackForm(request.POST), VerdictForm(request.POST)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    page = CasePage(request, opened, form)
    if opened.follower is None and verdict.is_valid():
        try:
            now = timezone.now()
            complaint_confirm(complaint=opened.complaint, now=now, **verdict.cleaned_data)
            device_mark(
                complaint=opened.complaint,
                deed=DeviceMark.Deed.CONFIRMED,
                device_key=request.POST.get("device", ""),
                now=now,
            )
            return page.show(thanks=_("Thank you, your answer is saved."))
        except ValidationError as error:
            verdict.add_error(None, error)
    return page.show(verdict=verdict)


@sensitive_post_parameters()
@posted
@resident_form
def consent(request: HttpRequest) -> HttpResponse:
    """Whether others may read about it: yes, or not any more."""
    form = TrackForm(request.POST)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    page, agrees = CasePage(request, opened, form), request.POST.get("agrees") == "yes"
    if opened.follower is not None:
        return page.show()
    try:
        complaint_consent(complaint=opened.complaint, agrees=agrees, now=timezone.now())
    except ValidationError as error:
        return page.show(problem=error.messages[0])
    thanks = _("Thank you, others may learn from it.")
    return page.show(thanks=thanks if agrees else _("It is not published, or not any more."))


@sensitive_post_parameters()
@posted
@resident_form
def add(request: HttpRequest) -> HttpResponse:
    """More words or photos about an open case."""
    form, addition = TrackForm(request.POST), AddForm(request.POST, request.FILES)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    page = CasePage(request, opened, form)
    if opened.follower is None and addition.is_valid():
        try:
            complaint_add(
                complaint=opened.complaint,
                key=submitted_key(request) or new_key(),
                now=timezone.now(),
                **addition.cleaned_data,
            )
            return mark_stored(page.show(thanks=_("Thank you, it has been added.")))
        except ValidationError as error:
            addition.add_error(None, error)
    return page.show(addition=addition)


@sensitive_post_parameters()
@posted
@resident_form
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the case back, or only have the phone number deleted."""
    form = TrackForm(request.POST)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    page, now = CasePage(request, opened, form), timezone.now()
    if opened.follower is not None:
        return page.show()
    if request.POST.get("what") == "contact":
        complaint_contact_forget(complaint=opened.complaint, now=now)
        return page.show(thanks=_("Your phone number has been deleted."))
    reason = request.POST.get("reason", "")
    if "sure" not in request.POST:
        problem = _("Please tick that you want to withdraw it.")
        return page.show(problem=problem, reason=reason)
    try:
        complaint_withdraw(complaint=opened.complaint, reason=reason, now=now)
    except ValidationError as error:
        return page.show(problem=error.messages[0])
    return page.show(thanks=_("Your complaint has been withdrawn."))


@sensitive_post_parameters()
@posted
@resident_form
def mail(request: HttpRequest) -> HttpResponse:
    """The receipt by e-mail."""
    form, address = TrackForm(request.POST), MailForm(request.POST)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    number, secret = _number(opened), form.cleaned_data["secret"]
    sent = False
    if address.is_valid():
        try:
            receipt_mail(
                number=number,
                secret=secret,
                to=address.cleaned_data["email"],
                address=tracking_address(request),
                now=timezone.now(),
            )
            sent = True
        except ValidationError as error:
            address.add_error(None, error)
    context = {
        "form": address,
        "number": number,
        "secret": secret,
        "sent": sent,
        "community": opened.complaint.community,
    }
    status = 200 if sent else 422
    return render(request, "complaints/mail.html", context, status=status)


@sensitive_post_parameters()
@posted
@resident_form
def link(request: HttpRequest) -> HttpResponse:
    """A link, and its QR, that opens the case once on another phone."""
    form = TrackForm(request.POST)
    opened = _opened(request, form)
    if opened is None:
        return _track_form(request, form)
    if opened.follower is not None:
        return CasePage(request, opened, form).show()
    token = link_issue(complaint=opened.complaint, now=timezone.now())
    address = f"{request.build_absolute_uri(reverse('complaints:linked'))}#{token}"
    context = {
        "address": address,
        "qr": qr_svg_once(address),
        "number": opened.complaint.number,
        "secret": form.cleaned_data["secret"],
        "community": opened.complaint.community,
    }
    return render(request, "complaints/link.html", context)


@sensitive_post_parameters()
@resident_form
def linked(request: HttpRequest) -> HttpResponse:
    """Where such a link leads. Messengers open links to look at them, so only a press of the button
    uses it up."""
    scope, now = client_scope(request), timezone.now()
    if request.method != "POST":
        return render(request, "complaints/linked.html")
    if is_blocked("track", scope):
        context = {"error": TooManyFailures().messages[0]}
        return render(request, "complaints/linked.html", context, status=429)
    complaint = link_open(token=request.POST.get("token", ""), now=now)
    if complaint is None:
        failure_add("track", scope)
        context = {"error": _("This link has been used, or it is older than a day.")}
        return render(request, "complaints/linked.html", context, status=422)
    form = TrackForm({"number": complaint.number, "secret": case_pass(complaint.number, now)})
    form.is_valid()
    return CasePage(request, Opened(complaint, None), form, by_link=True).show()


def _number(opened: Opened) -> str:
    return opened.follower.number if opened.follower else opened.complaint.number


def _opened(request: HttpRequest, form: TrackForm) -> Opened | None:
    if not form.is_valid():
        return None
    try:
        return case_open(**form.cleaned_data, scope=client_scope(request), now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        form.blocked = isinstance(error, TooManyFailures)  # type: ignore[attr-defined]
        return None


def _track_form(request: HttpRequest, form: TrackForm) -> HttpResponse:
    status = 429 if getattr(form, "blocked", False) else 422 if form.errors else 200
    return render(request, "complaints/track.html", {"form": form}, status=status)
