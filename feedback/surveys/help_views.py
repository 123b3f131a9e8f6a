"""“Ask the committee to come and help”: a resident's request, and the staff list of them."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from feedback.surveys import services
from feedback.surveys.models import HelpRequest
from feedback.surveys.reach_forms import HelpForm
from feedback.surveys.reach_states import HelpState
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user
from portal.accounts.roles import Action
from portal.intake.limits import client_scope, failure_add, is_blocked, place_scope
from portal.intake.origin import resident_form
from portal.intake.review import (
    form_rows,
    mark_form,
    mark_stored,
    review_response,
    submitted_key,
    wants_edit,
)
from portal.places.models import Place
from portal.places.permissions import can_somewhere, places_with

FAILURES = "help"
PER_PAGE = 50


@sensitive_post_parameters()
@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """The answer is the same whether the register knows the room or not; rooms it does not know
    are counted, so that nobody tries them all."""
    place = get_object_or_404(Place.objects.communities(), code=code)
    if request.method != "POST":
        return mark_form(_form(request, place, HelpForm(place=place)))
    form = HelpForm(request.POST, place=place)
    scopes = (client_scope(request), place_scope(place.code))
    if is_blocked(FAILURES, *scopes):
        form.add_error(None, _("Too many tries from here. Please call the committee."))
        return _form(request, place, form, status=429)
    if not form.is_valid() or wants_edit(request):
        again = form if not wants_edit(request) else HelpForm(initial=_typed(request), place=place)
        return _form(request, place, again, status=200 if wants_edit(request) else 422)
    key = submitted_key(request)
    if key is None:
        title = _("Ask the committee to come and help")
        return review_response(request, title=title, rows=form_rows(form))
    given = form.cleaned_data
    is_known = services.help_ask(
        place=place,
        building=given.get("building"),
        unit=given["unit"],
        room=given["room"],
        phone=given["phone"],
        purpose=given["purpose"],
        key=key,
        now=timezone.now(),
    )
    if not is_known:
        failure_add(FAILURES, *scopes)
    context = {"place": place, "phone": place.phone}
    return mark_stored(render(request, "surveys/help_done.html", context))


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in HelpForm.base_fields}


def _form(request: HttpRequest, place: Place, form: HelpForm, *, status: int = 200) -> HttpResponse:
    context = {"place": place, "form": form, "phone": place.phone}
    return render(request, "surveys/help.html", context, status=status)


def help_list(request: HttpRequest) -> HttpResponse:
    """Who waits for somebody to come, the longest first; what was done last month behind it."""
    user = staff_user(request)
    if not can_somewhere(user, Action.ANSWER_ENTER):
        raise PermissionDenied
    asked = HelpRequest.objects.in_places(places_with(user, Action.ANSWER_ENTER))
    if request.method == "POST":
        number = request.POST.get("request", "")
        row = get_object_or_404(asked, pk=int(number[:12]) if number.isdecimal() else 0)
        services.help_handle(asked=row, user=user, now=timezone.now())
        messages.success(request, _("Done. The telephone number has been erased."))
        return redirect("surveys_staff:help")
    done = request.GET.get("state") == HelpState.HANDLED
    rows = asked.filter(state=HelpState.HANDLED if done else HelpState.NEW)
    rows = rows.select_related("place", "building", "household__building", "handled_by")
    rows = rows.order_by("-handled_date", "-pk") if done else rows.order_by("asked_at", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    context = {"page_obj": page, "done": done}
    response = staff_page(request, "help", _("Help at home"), [list_crumb()], context)
    response.headers["Cache-Control"] = "no-store"
    return response
