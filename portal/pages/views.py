"""Public pages that are not in Wagtail's tree."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from feedback.surveys.journey import FAILURES, Blocked
from feedback.surveys.queries import open_surveys
from portal.common.qr import qr_svg
from portal.intake.limits import client_scope, failure_add, is_blocked
from portal.intake.origin import resident_form
from portal.pages.forms import CodeForm
from portal.pages.models import CommunityPage
from portal.pages.overview import committee_phone, county_cards
from portal.pages.queries import communities_found, listed, normalise_search, page_for
from portal.pages.stairwell import stairwell
from portal.places.codes import CODE_DIGITS, CodeError, household_find, normalise_code
from portal.places.models import Place
from portal.places.signs import building_signed

PER_PAGE = 30


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Communities by name, initials or part of town; the counties where nothing was asked."""
    text = normalise_search(request.GET.get("q", ""))
    page = Paginator(communities_found(text), PER_PAGE).get_page(request.GET.get("page"))
    context = {"text": text, "page": page, "communities": listed(page)}
    if not text:
        context["counties"] = county_cards()
    return render(request, "pages/find.html", context)


@require_POST
@resident_form
def look_up(request: HttpRequest) -> HttpResponse:
    """The one box for a name or a code. By POST, so that a code never gets into an address."""
    text = request.POST.get("q", "")
    digits = normalise_code(text[:60])
    if digits.isdecimal() and len(digits) >= CODE_DIGITS - 2:
        return _code_answer(request, CodeForm({"code": text}))
    return redirect(f"{reverse('pages:find')}?{urlencode({'q': normalise_search(text)})}")


@resident_form
def code(request: HttpRequest) -> HttpResponse:
    """Where the QR of a household leads; the code is in the fragment, which only a script reads."""
    if request.method == "POST":
        return _code_answer(request, CodeForm(request.POST))
    return render(request, "pages/code.html", {"form": CodeForm()})


def _code_answer(request: HttpRequest, form: CodeForm) -> HttpResponse:
    scope, now = client_scope(request), timezone.now()
    if is_blocked(FAILURES, scope):
        form.add_error("code", Blocked())
        return render(request, "pages/code.html", {"form": form}, status=429)
    if not form.is_valid():
        return render(request, "pages/code.html", {"form": form})
    try:
        household = household_find(form.cleaned_data["code"], timezone.localdate(now))
    except CodeError as error:
        failure_add(FAILURES, scope)
        form.add_error("code", error)
        return render(request, "pages/code.html", {"form": form})
    place = household.building.place
    context = {
        "place": place,
        "building": household.building,
        "page": page_for(place),
        "surveys": open_surveys(place, now),
        "code": normalise_code(form.cleaned_data["code"]),
    }
    return render(request, "pages/code_found.html", context)


@require_safe
def community(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a place by its code: an address that never changes, for letters and links."""
    place = get_object_or_404(Place, code=code)
    page = page_for(place)
    if page is None or not page.live:
        raise Http404
    return redirect(page.get_url(request))


@require_safe
def building(request: HttpRequest, sign: str) -> HttpResponse:
    """Where the QR code of a stairwell's poster leads: a page that knows the building."""
    found = building_signed(sign)
    if found is None:
        raise Http404
    context = {
        "building": found,
        "place": found.place,
        "page": page_for(found.place),
        "here": stairwell(found, sign, now=timezone.now()),
    }
    return render(request, "pages/building.html", context)


@require_safe
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """A sheet for the stairwell with the QR of the community page."""
    pages = CommunityPage.objects.live().select_related("place")
    page = get_object_or_404(pages, place__code=code)
    address = request.build_absolute_uri(page.get_url(request))
    context = {
        "place": page.place,
        "page": page,
        "address": address,
        "qr": qr_svg(address),
        "phone": committee_phone(page.place),
    }
    return render(request, "pages/poster.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html", {"contact": settings.SITE_FOOTER["contact"]})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html", {"contact": settings.SITE_FOOTER["contact"]})


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/site_map.html", {"counties": county_cards()})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    private = ["/staff/", "/accounts/", "/h/", "/b/", "/en/b/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
