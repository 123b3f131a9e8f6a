"""The steps of “me too”: what the case is, how to be reached, the receipt."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.complaints.access import household_of
from feedback.complaints.forms import JoinForm
from feedback.complaints.models import Complaint
from feedback.complaints.receipt_page import receipt_page
from feedback.complaints.services import PRIVACY_VERSION, complaint_join
from feedback.complaints.similar import similar
from feedback.complaints.timeline import promises
from portal.intake.limits import client_scope, failure_add, is_blocked
from portal.intake.receipts import is_key, new_key
from portal.intake.review import submitted_key
from portal.places.models import Household

TOO_MANY = gettext_lazy(
    "Many have joined this complaint from this connection. Please give your household "
    "code, or come back later."
)


@dataclass
class Joining:
    request: HttpRequest
    complaint: Complaint

    def show(self) -> HttpResponse:
        return self._form(JoinForm())

    def post(self) -> HttpResponse:
        """The form again with what is wrong, or the receipt. The form carries its key itself, so
        that pressing twice joins once, with script or without."""
        form = JoinForm(self.request.POST)
        scope = self._scope()
        household = self._household(form) if form.is_valid() else None
        key = submitted_key(self.request)
        if form.errors or key is None:
            return self._form(form, status=422 if form.errors else 200)
        if household is None and is_blocked("join", scope):
            form.add_error(None, TOO_MANY)
            return self._form(form, status=429)
        try:
            joined = complaint_join(
                key=key,
                complaint=self.complaint,
                household=household,
                contact=form.cleaned_data["contact"],
                contact_wish=form.cleaned_data["contact_wish"],
                device_key=self._device(),
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self._form(form, status=422)
        if household is None and not joined.duplicate:
            failure_add("join", scope)
        return receipt_page(
            self.request,
            self.complaint,
            joined.receipt,
            follower=joined.follower,
            duplicate=joined.duplicate,
            again_here=joined.again_here,
        )

    def _scope(self) -> str:
        """Presses of this address in this case are counted. No cookie is set, so a browser without
        script can't be known again: fewer of those go through."""
        kind = "join" if is_key(self._device()) else "bare"
        return f"{kind}:{self.complaint.pk}:{client_scope(self.request)}"

    def _device(self) -> str:
        return self.request.POST.get("device", "")

    def _household(self, form: JoinForm) -> Household | None:
        code = form.cleaned_data["household_code"]
        if not code:
            return None
        scope, today = client_scope(self.request), timezone.localdate()
        try:
            return household_of(code, self.complaint.community, scope=scope, on=today)
        except ValidationError as error:
            form.add_error("household_code", error)
            return None

    def _form(self, form: JoinForm, status: int = 200) -> HttpResponse:
        complaint = self.complaint
        case = similar(complaint, complaint.category, complaint.building)
        context = {
            "form": form,
            "case": case,
            "community": complaint.community,
            "facts": [(_("State"), case.state), *promises(complaint, timezone.now(), joined=True)],
            "key": submitted_key(self.request) or new_key(),
            "privacy_version": PRIVACY_VERSION,
        }
        return render(self.request, "complaints/join.html", context, status=status)
