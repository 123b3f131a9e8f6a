"""The page of one case: for whoever filed it in full, for a neighbour who joined without a word of
what others wrote."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from feedback.complaints.access import Opened
from feedback.complaints.forms import AddForm, TrackForm, VerdictForm
from feedback.complaints.models import Complaint, ComplaintEvent, ComplaintPhoto
from feedback.complaints.questions import extra_rows
from feedback.complaints.states import ANSWERABLE, OPEN, WITHDRAWABLE, PhotoKind, State
from feedback.complaints.timeline import STATE_TONES, Moment, promises, timeline, timeline_of_joined
from portal.intake.receipts import new_key


@dataclass
class CasePage:
    """`by_link`: the phone came by a link, so the secret in the form is a pass that ends soon."""

    request: HttpRequest
    opened: Opened
    form: TrackForm
    by_link: bool = False

    def show(
        self,
        *,
        verdict: VerdictForm | None = None,
        addition: AddForm | None = None,
        thanks: str = "",
        problem: str = "",
        reason: str | None = None,
    ) -> HttpResponse:
        """`reason`: why somebody withdraws who has not ticked yet that they want to."""
        complaint, follower = self.opened.complaint, self.opened.follower
        context: dict[str, Any] = {
            "complaint": complaint,
            "tone": STATE_TONES.get(complaint.state, ""),
            # What was joined to another report goes on there.
            "promises": promises(
                complaint.merged_into or complaint,
                timezone.now(),
                joined=follower is not None or complaint.merged_into is not None,
            ),
            "number": follower.number if follower else complaint.number,
            "thanks": thanks,
        }
        events = complaint.events.public().select_related("organisation")
        if follower:
            context |= {"moments": timeline_of_joined(events), "joined_at": follower.joined_at}
            return render(self.request, "complaints/case_joined.html", context)
        photos = list(complaint.photos.order_by("added_at", "pk"))
        is_open = complaint.state in OPEN
        context |= {
            "moments": [
                *timeline(events, by_discipline=complaint.is_sealed),
                *_since_joined(complaint),
            ],
            "extra": extra_rows(complaint),
            "thumbnails": [photo.small for photo in photos if photo.kind == PhotoKind.PROBLEM],
            "repair": _of_repair(photos),
            "secret": self.form.cleaned_data["secret"],
            "by_link": self.by_link,
            "key": new_key(),
            "verdict_form": (verdict or VerdictForm()) if complaint.state in ANSWERABLE else None,
            "add_form": (addition or AddForm()) if is_open or addition else None,
            "may_withdraw": complaint.state in WITHDRAWABLE,
            "asks_consent": complaint.may_publish
            or (complaint.state == State.CLOSED and not complaint.category.is_restricted),
            "has_contact": bool(complaint.contact),
            "problem": problem,
            "is_withdrawing": reason is not None,
            "reason": reason or "",
        }
        is_wrong = bool(problem) or any(
            form is not None and form.errors for form in (verdict, addition)
        )
        status = 422 if is_wrong else 200
        return render(self.request, "complaints/case.html", context, status=status)


def _of_repair(photos: list[ComplaintPhoto]) -> list[tuple[str, list[str]]]:
    """(what they show, small copies) of what the resident did not send."""
    kinds = [kind for kind in PhotoKind if kind != PhotoKind.PROBLEM]
    found = [
        (kind.label, [photo.small for photo in photos if photo.kind == kind]) for kind in kinds
    ]
    return [(str(label), thumbnails) for label, thumbnails in found if thumbnails]


def _since_joined(complaint: Complaint) -> list[Moment]:
    """What staff did with the main case since this one was joined to it, and no word of others."""
    if complaint.merged_into is None:
        return []
    joined = complaint.events.filter(kind=ComplaintEvent.Kind.MERGED).order_by("pk").last()
    events = complaint.merged_into.events.public().select_related("organisation")
    return timeline_of_joined(events.filter(at__gte=joined.at) if joined else events)
