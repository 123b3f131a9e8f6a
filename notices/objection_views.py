"""What residents see of objections. Nobody is signed in; nothing is remembered."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters

from notices.models import NoticePage, Objection
from notices.objecting import Objecting, TooManyFailures, objection_open
from notices.objection_forms import LookupForm
from notices.services import uptake_of
from portal.intake.limits import client_scope
from portal.intake.origin import resident_form


@sensitive_post_parameters()
@resident_form
def objection_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Object to a public notice that allows it."""
    notices = NoticePage.objects.live().select_related("place", "notice_type", "variant")
    notice = get_object_or_404(notices, pk=pk)
    if not notice.allows_objections:
        raise Http404
    objecting = Objecting(request, notice)
    return objecting.post() if request.method == "POST" else objecting.show()


@sensitive_post_parameters()
@resident_form
def objection_lookup(request: HttpRequest) -> HttpResponse:
    """The receipt by POST, so that it reaches no address and no log."""
    form = LookupForm(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            objection = objection_open(form.cleaned_data["receipt"], scope=client_scope(request))
        except ValidationError as error:
            form.add_error("receipt", error)
            status = 429 if isinstance(error, TooManyFailures) else 422
        else:
            return _found(request, objection)
    elif form.is_bound:
        status = 422
    return render(request, "notices/objection_lookup.html", {"form": form}, status=status)


def _found(request: HttpRequest, objection: Objection) -> HttpResponse:
    notice = objection.notice
    uptake = uptake_of(notice)
    context = {
        "objection": objection,
        "notice": notice,
        "is_plan": notice.is_draft_plan,
        "notice_url": notice.get_url(request) if notice.live else "",
        "uptake_url": uptake.get_url(request) if uptake else "",
        "phone": notice.contact_phone or notice.place.phone,
    }
    return render(request, "notices/objection_found.html", context)
