"""What residents see before and while they file. Nobody is signed in; nothing is remembered."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from feedback.complaints.access import household_anywhere
from feedback.complaints.emergencies import emergencies
from feedback.complaints.filing import Filing, category_groups, committee_phone, held_token
from feedback.complaints.forms import BeginForm
from feedback.complaints.joining import Joining
from feedback.complaints.kept import category_for_residents
from feedback.complaints.models import Category, Complaint
from feedback.complaints.permissions import restricted_taken
from feedback.complaints.services import complaint_photo_add
from feedback.complaints.similar import similar_cases
from feedback.complaints.states import OPEN
from feedback.complaints.suggestions import suggest
from feedback.complaints.whereabouts import Whereabouts
from portal.intake.held import held_add, held_thumbnails
from portal.intake.limits import client_scope
from portal.intake.origin import resident_form
from portal.intake.photos import photo_clean
from portal.intake.receipts import receipt_hashes
from portal.intake.review import mark_form, mark_stored, submitted_key
from portal.places.models import Building, Place

FOUND_AT_MOST = 20


@sensitive_post_parameters()
@resident_form
def file(request: HttpRequest) -> HttpResponse:
    """Where, then words or a topic, then the rest."""
    where = Whereabouts.of(request)
    if where is None:
        return _by_code(request) if "household_code" in request.POST else _choose_place(request)
    code = request.POST.get("category") or request.GET.get("category", "")
    category = category_for_residents(code) if code else None
    if category and category.is_restricted and not restricted_taken(where.community):
        context = {"community": where.community, "contact": settings.DISCIPLINE_CONTACT}
        return render(request, "complaints/discipline.html", context)
    if request.method == "POST" and "category" not in request.GET:
        return _begin(request, where, category)
    if category is None:
        return _choose_category(request, where)
    filing = Filing(request, where, category)
    return filing.post() if request.method == "POST" else filing.show()


def _choose_place(request: HttpRequest, error: str = "") -> HttpResponse:
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
    context = {"query": query, "places": places, "error": error}
    status = 422 if error else 200
    return render(request, "complaints/choose_place.html", context, status=status)


def _by_code(request: HttpRequest) -> HttpResponse:
    """The household code says where: on to the building's page."""
    code = request.POST["household_code"][:40]
    try:
        household = household_anywhere(code, scope=client_scope(request), on=timezone.localdate())
    except ValidationError as error:
        return _choose_place(request, error.messages[0])
    where = Whereabouts.at_home(household.building, request.GET.get("view", "")[:10])
    return _choose_category(request, where, code=code)


def _begin(request: HttpRequest, where: Whereabouts, category: Category | None) -> HttpResponse:
    """Words or a photo came first: the topic they fit, or the choice of one."""
    form = BeginForm(request.POST, request.FILES)
    code = request.POST.get("household_code", "")[:40]
    valid = form.is_valid()
    if valid and category is None:
        found = suggest(form.cleaned_data["text"], Category.objects.for_staff())
        category = found[0] if found else None
    if valid and category is not None:
        return Filing(request, where, category).begun(form, code)
    return _choose_category(request, where, form=form, code=code)


def _choose_category(
    request: HttpRequest,
    where: Whereabouts,
    *,
    form: BeginForm | None = None,
    code: str = "",
) -> HttpResponse:
    """`form`, its photos and `code` are carried along to the topic that is chosen."""
    token = held_token(request) if form is not None else ""
    held_add(token, form.good_photos if form is not None else [])
    query = request.GET.get("q", "").strip()[:40]
    groups = category_groups()
    carries = form is not None or bool(code)
    context = {
        "where": where,
        "community": where.community,
        "groups": groups,
        "query": query,
        "found": suggest(query, [one for _name, group in groups for one in group], 6),
        "form": form or BeginForm(),
        "carries": carries,
        "code": code,
        "token": token,
        "thumbnails": held_thumbnails(token) if token else [],
        "action": where.address(),
        "phone": committee_phone(where.community),
        "emergencies": emergencies(where.community),
    }
    status = 422 if form is not None and form.errors else 200
    response = render(request, "complaints/choose_category.html", context, status=status)
    return response if carries else mark_form(response)


@require_safe
@resident_form
def similar(request: HttpRequest) -> HttpResponse:
    """A part of a page: open cases about the same, for the building that was just chosen."""
    place = get_object_or_404(Place.objects.communities(), code=request.GET.get("place", ""))
    category = get_object_or_404(Category.objects.for_staff(), pk=request.GET.get("category", ""))
    chosen = request.GET.get("building", "")
    building = (
        Building.objects.filter(place=place, pk=chosen).first() if chosen.isdecimal() else None
    )
    found = similar_cases(place, category, building) if building else []
    return render(request, "complaints/similar.html", {"similar": found})


@sensitive_post_parameters()
@resident_form
def join(request: HttpRequest) -> HttpResponse:
    """“Me too”: one more signatory of an open case, with a receipt of its own."""
    complaint = get_object_or_404(
        Complaint.objects.select_related("community", "category", "building").filter(
            state__in=OPEN, category__is_restricted=False
        ),
        number=request.GET.get("case", ""),
    )
    joining = Joining(request, complaint)
    return joining.post() if request.method == "POST" else joining.show()


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
