"""What residents see. Nobody is signed in; nothing is remembered."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from feedback.complaints.access import TooManyFailures, case_open
from feedback.complaints.filing import Filing, committee_phone
from feedback.complaints.forms import TrackForm, VerdictForm
from feedback.complaints.models import Category, Complaint
from feedback.complaints.services import complaint_confirm, complaint_photo_add
from feedback.complaints.states import ANSWERABLE
from feedback.complaints.timeline import STATE_TONES, promises, timeline
from portal.intake.limits import client_scope
from portal.intake.origin import resident_form
from portal.intake.photos import photo_clean, photo_thumbnail
from portal.intake.receipts import receipt_hashes
from portal.intake.review import mark_stored, submitted_key
from portal.places.models import Place

FOUND_AT_MOST = 20


@sensitive_post_parameters()
@resident_form
def file(request: HttpRequest) -> HttpResponse:
    """Choose the community, then what it is about, then write."""
    place = Place.objects.communities().filter(code=request.GET.get("place", "")).first()
    if place is None:
        return _choose_place(request)
    code = request.GET.get("category", "")
    category = Category.objects.for_residents().filter(pk=code).first()
    if category is None:
        return _choose_category(request, place)
    if category.is_restricted:
        context = {"community": place, "contact": settings.DISCIPLINE_CONTACT}
        return render(request, "complaints/discipline.html", context)
    filing = Filing(request, place, category)
    return filing.post() if request.method == "POST" else filing.show()


def _choose_place(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:40]
    places: list[Place] = []
    if query:
        found = Place.objects.communities().filter(
            Q(name__icontains=query)
            | Q(name_en__icontains=query)
            | Q(initials__istartswith=query)
            | Q(code__iexact=query)
        )
        places = list(found.order_by("name", "pk")[:FOUND_AT_MOST])
    context = {"query": query, "places": places}
    return render(request, "complaints/choose_place.html", context)


def _choose_category(request: HttpRequest, place: Place) -> HttpResponse:
    groups: dict[str, list[Category]] = {}
    for category in Category.objects.for_residents():
        groups.setdefault(str(Category.Group(category.group).label), []).append(category)
    context = {
        "community": place,
        "groups": list(groups.items()),
        "phone": committee_phone(place),
    }
    return render(request, "complaints/choose_category.html", context)


@require_POST
@resident_form
def photo_add(request: HttpRequest) -> HttpResponse:
    """A photo that follows the text, sent by script with the key of the submission."""
    key, upload = submitted_key(request), request.FILES.get("photo")
    if key is None or upload is None:
        raise Http404
    complaint = get_object_or_404(Complaint, receipt_hash__in=receipt_hashes(key))
    try:
        complaint_photo_add(complaint=complaint, photo=photo_clean(upload), now=timezone.now())
    except ValidationError as error:
        text = " ".join(error.messages)
        return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
    return mark_stored(HttpResponse("", content_type="text/plain"))


@sensitive_post_parameters()
@resident_form
def track(request: HttpRequest) -> HttpResponse:
    """Number and secret by POST, so that neither reaches an address or a log."""
    form = TrackForm(request.POST or None)
    if not form.is_valid():
        return _track_form(request, form)
    complaint = _opened(request, form)
    return _case(request, complaint, form) if complaint else _track_form(request, form)


@sensitive_post_parameters()
@require_POST
@resident_form
def confirm(request: HttpRequest) -> HttpResponse:
    """The resident says whether it is solved."""
    form, verdict = TrackForm(request.POST), VerdictForm(request.POST)
    complaint = _opened(request, form) if form.is_valid() else None
    if complaint is None:
        return _track_form(request, form)
    if verdict.is_valid():
        try:
            complaint_confirm(complaint=complaint, now=timezone.now(), **verdict.cleaned_data)
            return _case(request, complaint, form, thanks=True)
        except ValidationError as error:
            verdict.add_error(None, error)
    return _case(request, complaint, form, verdict=verdict)


def _opened(request: HttpRequest, form: TrackForm) -> Complaint | None:
    try:
        return case_open(**form.cleaned_data, scope=client_scope(request))
    except ValidationError as error:
        form.add_error(None, error)
        form.blocked = isinstance(error, TooManyFailures)  # type: ignore[attr-defined]
        return None


def _track_form(request: HttpRequest, form: TrackForm) -> HttpResponse:
    status = 429 if getattr(form, "blocked", False) else 422 if form.errors else 200
    return render(request, "complaints/track.html", {"form": form}, status=status)


def _case(
    request: HttpRequest,
    complaint: Complaint,
    form: TrackForm,
    *,
    verdict: VerdictForm | None = None,
    thanks: bool = False,
) -> HttpResponse:
    asks = complaint.state in ANSWERABLE
    photos = complaint.photos.order_by("added_at", "pk")
    context = {
        "complaint": complaint,
        "tone": STATE_TONES.get(complaint.state, ""),
        "promises": promises(complaint),
        "moments": timeline(complaint.events.public().select_related("organisation")),
        "thumbnails": [photo_thumbnail(photo.file, 320) for photo in photos],
        "number": complaint.number,
        "secret": form.cleaned_data["secret"],
        "verdict_form": (verdict or VerdictForm()) if asks else None,
        "thanks": thanks,
    }
    status = 422 if verdict is not None else 200
    return render(request, "complaints/case.html", context, status=status)
