from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.url_routing import RouteResult
from wagtail.views import serve

from notices.listing import PER_PAGE, crumbs, listing
from notices.queries import all_notices, notice_at, notices_for, removals_at
from portal.places.models import Place


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """Every public notice, with filters and search."""
    found = listing(request, all_notices(), timezone.localdate())
    return render(request, "notices/list.html", {"listing": found, "crumbs": crumbs(None)})


@require_safe
def place_list(request: HttpRequest, code: str) -> HttpResponse:
    """The notices that concern one place."""
    place = get_object_or_404(Place.objects.select_related("level"), code=code)
    found = listing(request, notices_for(place), timezone.localdate())
    return render(
        request, "notices/list.html", {"listing": found, "place": place, "crumbs": crumbs(place)}
    )


def notice_page(request: HttpRequest, path: str) -> HttpResponse:
    """The page of a notice. Wagtail serves it, but need not look up every part of its address."""
    notice = notice_at(path)
    if notice is not None:
        request._wagtail_route_for_request = RouteResult(notice)  # type: ignore[attr-defined]
    response: HttpResponse = serve(request, path)
    return response


@require_safe
def withdrawn_list(request: HttpRequest, code: str) -> HttpResponse:
    """What was taken off the public pages of one place, and why."""
    place = get_object_or_404(Place.objects.select_related("level"), code=code)
    page = Paginator(removals_at(place), PER_PAGE).get_page(request.GET.get("page"))
    own = [*crumbs(place), (_("Notices"), reverse("notices:place", args=[place.code]))]
    context = {"place": place, "page": page, "crumbs": own}
    return render(request, "notices/withdrawn.html", context)
