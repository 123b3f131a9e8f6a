"""One step on many cases: chosen in the list, confirmed once, each row through its service."""

from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.complaints import permissions, staff_forms
from feedback.complaints.models import Complaint
from feedback.complaints.staff_steps import STEPS, Step
from portal.accounts.models import User

#: Steps that make sense on many cases at once.
BULK = ("accept", "assign", "hand_over", "note")
AT_MOST = 100


def bulk_steps(user: User, *, handles: bool) -> list[tuple[str, Any]]:
    """(name, title) of what `user` can do with many cases: nobody is offered what is refused to
    them everywhere. `handles`: whether they handle cases somewhere."""
    offered: tuple[str, ...] = BULK
    if not handles:
        office = permissions.may_handle_restricted_any(user)
        offered = ("accept", "hand_over", "note") if office else ("hand_over",)
    return [(name, STEPS[name].title) for name in offered]


@dataclass(frozen=True)
class Failure:
    complaint: Complaint
    reason: str


@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Without `confirmed` the page that asks once; with it the step is taken, row by row."""
    user = cast(User, request.user)
    name = request.POST.get("step", "")
    numbers = request.POST.getlist("number")[:AT_MOST]
    visible = permissions.complaints_visible_to(user).filter(number__in=numbers)
    cases = list(
        visible.select_related("community", "category", "building", "assigned_to").order_by(
            "next_due_at", "pk"
        )
    )
    if name not in BULK or not cases:
        messages.warning(request, _("Please choose at least one case and what to do."))
        return redirect("complaints_staff:list")
    step = STEPS[name]
    if not any(step.may(user, case) for case in cases):
        raise PermissionDenied
    confirmed = "confirmed" in request.POST
    form = step.form(
        request.POST if confirmed else None, complaint=_pattern(cases), by=user, prefix=name
    )
    if len({(case.community_id, case.category_id) for case in cases}) > 1:
        form.for_different_cases()
    failures: list[Failure] = []
    if confirmed and form.is_valid():
        failures = _run(step, cases, form, user)
        done = len(cases) - len(failures)
        if done:
            messages.success(request, _("Done for %(count)s cases.") % {"count": done})
        if not failures:
            return redirect("complaints_staff:list")
        cases = [failure.complaint for failure in failures]
    return _page(request, name, step, form, cases, failures)


def _pattern(cases: list[Complaint]) -> Complaint:
    """The case whose community says who can be chosen; what fits none of the others is listed as a
    failure of its row."""
    return cases[0]


def _run(
    step: Step, cases: list[Complaint], form: staff_forms.StepForm, user: User
) -> list[Failure]:
    failures = []
    for case in cases:
        try:
            if not step.is_open(user, case):
                raise ValidationError(_("This step is not possible here now."))
            step.service(complaint=case, by=user, now=timezone.now(), **form.arguments())
        except ValidationError as error:
            failures.append(Failure(case, " ".join(error.messages)))
        except PermissionDenied:
            failures.append(Failure(case, _("You may not do this here.")))
    return failures


def _page(
    request: HttpRequest,
    name: str,
    step: Step,
    form: staff_forms.StepForm,
    cases: list[Complaint],
    failures: list[Failure],
) -> HttpResponse:
    title = str(step.title)
    back = (_("Complaints"), reverse("complaints_staff:list"))
    trail = [(_("Home"), reverse("wagtailadmin_home")), back, (title, "")]
    context: dict[str, Any] = {
        "header_title": title,
        "page_title": title,
        "breadcrumbs_items": [{"label": label, "url": url} for label, url in trail],
        "name": name,
        "title": title,
        "form": form,
        "cases": cases,
        "failures": failures,
    }
    status = 422 if form.is_bound and (form.errors or failures) else 200
    return render(request, "complaints/staff/bulk.html", context, status=status)
