"""The page with number and secret: printed, photographed, or sent by e-mail."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from feedback.complaints.emergencies import to_call
from feedback.complaints.forms import MailForm
from feedback.complaints.models import Complaint, Follower
from feedback.complaints.states import Due
from feedback.complaints.timeline import promises
from portal.common.parts import part
from portal.common.qr import qr_svg_once
from portal.intake.pouring import poured
from portal.intake.review import is_script, mark_stored


def receipt_page(
    request: HttpRequest,
    complaint: Complaint,
    receipt: str,
    *,
    follower: Follower | None = None,
    duplicate: bool = False,
    again_here: bool = False,
) -> HttpResponse:
    """What is shown once something is stored, and again when it arrives a second time."""
    number = follower.number if follower else complaint.number
    promised = promises(complaint, timezone.now(), joined=follower is not None)
    urgent = complaint.due == Due.P0
    # What is urgent is rare, and asks once more for the numbers.
    numbers = to_call(complaint.community, complaint.category) if urgent else []
    words = {
        "number": number,
        "receipt": receipt,
        "qr": qr_svg_once(tracking_address(request, number, receipt)),
        "code": quote(complaint.community.code),
        "place": complaint.community.label,
        "topic": complaint.category.plain,
        "urgent": complaint.category.urgent if urgent else "",
        **{f"promise_{index}": when for index, (_what, when) in enumerate(promised)},
    }
    about = (
        follower is not None,
        duplicate,
        again_here,
        bool(words["urgent"]),
        complaint.is_sealed,
        # Whole, and not poured: a number is written in two ways, and its place has no secrets.
        tuple(numbers),
        *(one[0] for one in promised),
    )
    make = partial(_page, request, about)
    # The script takes the main part alone, which does not depend on the address of this page.
    page = poured(("receipt", *about), words, make) if is_script(request) else make(words)
    return mark_stored(HttpResponse(page))


def _page(request: HttpRequest, about: tuple[Any, ...], words: Mapping[str, str]) -> str:
    joined, duplicate, again_here, urgent, restricted, called, *promised = about
    context = {
        **words,
        "urgent": words["urgent"] if urgent else "",
        "emergencies": called,
        "community": {"code": words["code"], "label": words["place"]},
        "joined": joined,
        "duplicate": duplicate,
        "again_here": again_here,
        "restricted": restricted,
        "promises": [(what, words[f"promise_{index}"]) for index, what in enumerate(promised)],
        "mail_form": MailForm(),
        "frame": "intake/bare.html" if is_script(request) else "base.html",
    }
    return render_to_string("complaints/receipt.html", context, request)


def tracking_address(request: HttpRequest, number: str = "", secret: str = "") -> str:
    """Where a case is looked up. Number and secret stand behind the #: a browser never sends that
    part, so neither gets into a log."""
    path = part(("tracking path",), lambda: reverse("complaints:track"))
    address = f"{request.scheme}://{request.get_host()}{path}"
    return f"{address}#{number}/{secret}" if number else address
