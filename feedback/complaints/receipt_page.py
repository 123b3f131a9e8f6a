"""The page with number and secret: printed, photographed, or sent by e-mail."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from feedback.complaints.forms import MailForm
from feedback.complaints.models import Complaint, Follower
from feedback.complaints.timeline import promises
from portal.common.qr import qr_svg_once
from portal.intake.review import is_script, mark_stored


def receipt_page(
    request: HttpRequest,
    complaint: Complaint,
    receipt: str,
    *,
    follower: Follower | None = None,
    duplicate: bool = False,
) -> HttpResponse:
    """What is shown once something is stored, and again when it arrives a second time."""
    number = follower.number if follower else complaint.number
    context = {
        "complaint": complaint,
        "number": number,
        "receipt": receipt,
        "joined": follower is not None,
        "duplicate": duplicate,
        "promises": promises(complaint),
        "qr": qr_svg_once(tracking_address(request, number, receipt)),
        "mail_form": MailForm(),
        # The script takes the main part alone; the frame around it is there already.
        "frame": "intake/bare.html" if is_script(request) else "base.html",
    }
    return mark_stored(render(request, "complaints/receipt.html", context))


def tracking_address(request: HttpRequest, number: str = "", secret: str = "") -> str:
    """Where a case is looked up. Number and secret stand behind the #: a browser never sends that
    part, so neither gets into a log."""
    address = request.build_absolute_uri(reverse("complaints:track"))
    return f"{address}#{number}/{secret}" if number else address
