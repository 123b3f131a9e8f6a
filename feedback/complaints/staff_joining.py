"""Staff join somebody who calls or comes to a case that is open already."""

from typing import cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from feedback.complaints import permissions, services
from feedback.complaints.access import household_of
from feedback.complaints.models import Complaint
from feedback.complaints.staff_forms import CounterJoinForm
from feedback.complaints.staff_page import add_errors, staff_page
from feedback.complaints.states import OPEN
from feedback.complaints.timeline import promises
from portal.accounts.models import User
from portal.intake.limits import client_scope
from portal.intake.receipts import is_key, new_key


@sensitive_post_parameters()
def complaint_join(request: HttpRequest, number: str) -> HttpResponse:
    """One more signatory, with the way they came and a receipt of their own."""
    user = cast(User, request.user)
    visible = permissions.complaints_visible_to(user).filter(state__in=OPEN)
    complaint = get_object_or_404(
        visible.select_related("community", "category", "building"), number=number
    )
    if not permissions.may_handle_openly(user, complaint):
        raise PermissionDenied
    crumbs = (
        (_("Complaints"), reverse("complaints_staff:list")),
        (complaint.number, reverse("complaints_staff:detail", args=[complaint.number])),
    )
    title = _("Join somebody to this case")
    form = CounterJoinForm(request.POST or None, complaint=complaint)
    key = request.POST.get("intake_key", "")
    key = key if is_key(key) else new_key()
    if request.method == "POST" and form.is_valid():
        joined = _join(request, form, complaint, key)
        if joined is not None:
            context = {
                "complaint": complaint,
                "number": joined.follower.number,
                "receipt": joined.receipt,
                "promises": promises(complaint, timezone.now(), joined=True),
            }
            return staff_page(request, "receipt", title, context, crumbs=crumbs)
    context = {"complaint": complaint, "form": form, "key": key}
    status = 422 if form.errors else 200
    return staff_page(request, "join", title, context, crumbs=crumbs, status=status)


def _join(
    request: HttpRequest, form: CounterJoinForm, complaint: Complaint, key: str
) -> services.Joined | None:
    """The follower; None with the reason in the form."""
    given = form.cleaned_data
    try:
        household = given.get("home")
        if given["household_code"]:
            scope, today = client_scope(request), timezone.localdate()
            household = household_of(
                given["household_code"], complaint.community, scope=scope, on=today
            )
        return services.complaint_join(
            key=key,
            complaint=complaint,
            household=household,
            contact=given["contact"],
            contact_wish=given["contact_wish"],
            channel=given["channel"],
            staff=cast(User, request.user),
            now=timezone.now(),
        )
    except ValidationError as error:
        add_errors(form, error)
        return None
