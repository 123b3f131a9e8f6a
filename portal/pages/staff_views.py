"""Staff print the posters of their communities' stairwells."""

from typing import cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.pages.forms import PosterForm
from portal.pages.overview import committee_phone
from portal.pages.poster import buildings_in_order, posters_for
from portal.pages.queries import normalise_search
from portal.places.guard import get_visible_or_404
from portal.places.letters import base_address
from portal.places.models import Place
from portal.places.permissions import can_somewhere, places_with

PLACES_A_PAGE = 30


@require_safe
def poster_places(request: HttpRequest) -> HttpResponse:
    """The communities one may print posters for. A constant number of queries."""
    user, text = cast(User, request.user), normalise_search(request.GET.get("q", ""))
    if not can_somewhere(user, Action.REGISTER_VIEW):
        raise PermissionDenied
    places = places_with(user, Action.REGISTER_VIEW).communities()
    if text:
        places = places.filter(name__icontains=text)
    places = places.annotate(number=Count("buildings")).order_by("path", "pk")
    page = Paginator(places, PLACES_A_PAGE).get_page(request.GET.get("p"))
    context: dict[str, object] = {"page_obj": page, "text": text}
    return _page(request, "pages/staff/poster_places.html", _("Stairwell posters"), context)


@require_safe
def poster_choose(request: HttpRequest, code: str) -> HttpResponse:
    """Which buildings, and how large; all of them are ticked at first."""
    place = _place(request, code)
    form = PosterForm(buildings=buildings_in_order(place))
    return _choose(request, place, form)


@require_safe
def poster_print(request: HttpRequest, code: str) -> HttpResponse:
    """The posters that were chosen, a sheet each."""
    place = _place(request, code)
    form = PosterForm(request.GET, buildings=buildings_in_order(place))
    if not form.is_valid():
        return _choose(request, place, form)
    base = base_address(request)
    context = {
        "place": place,
        "size": form.cleaned_data["size"],
        "posters": posters_for(form.chosen(), base),
        "phone": committee_phone(place),
        "demonstration": settings.DEMONSTRATION,
    }
    return render(request, "pages/staff/posters.html", context)


def _place(request: HttpRequest, code: str) -> Place:
    communities = Place.objects.communities()
    user = cast(User, request.user)
    return get_visible_or_404(communities, user, Action.REGISTER_VIEW, place_lookup="pk", code=code)


def _choose(request: HttpRequest, place: Place, form: PosterForm) -> HttpResponse:
    crumbs = [{"url": reverse("posters:places"), "label": _("Stairwell posters")}]
    context = {"place": place, "form": form}
    return _page(request, "pages/staff/poster_choose.html", place.label, context, crumbs)


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    context: dict[str, object],
    crumbs: list[dict[str, str]] | None = None,
) -> HttpResponse:
    home = {"url": reverse("wagtailadmin_home"), "label": _("Home")}
    context = {
        "breadcrumbs_items": [home, *(crumbs or []), {"url": "", "label": title}],
        "header_title": title,
        "header_icon": "doc-full",
        **context,
    }
    return render(request, template, context)
