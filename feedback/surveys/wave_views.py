"""Extending a survey that runs, and ending it early."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateTimeInput

from feedback.surveys import services
from feedback.surveys.permissions import require_publish, work_survey_or_404
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.states import entry_ends_at


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why (residents read it)"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


class ExtendForm(ReasonForm):
    closes_at = forms.DateTimeField(label=gettext_lazy("New end"), widget=AdminDateTimeInput)
    field_order = ("closes_at", "reason")


class EndForm(ReasonForm):
    """`anyway` is asked only where paper would be lost at once."""

    anyway = forms.BooleanField(
        label=gettext_lazy("End it all the same: this paper is not to count"), required=False
    )

    def __init__(self, *args: Any, asks: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["anyway"]


#: Step of the address → its form and its service.
STEPS = {
    "extend": (ExtendForm, services.survey_extend, gettext_lazy("Extend")),
    "end": (EndForm, services.survey_end_early, gettext_lazy("End early")),
}


def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One form, one service; what was typed stays where something is missing."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    require_publish(user, survey)
    if step not in STEPS:
        raise Http404
    kind, service, title = STEPS[step]
    piles = services.unfinished(survey) if step == "end" else []
    asks = {"asks": bool(piles) and not survey.entry_days} if step == "end" else {}
    form = kind(request.POST or None, **asks)
    if request.method == "POST" and form.is_valid():
        try:
            service(survey=survey, by=user, now=timezone.now(), **form.cleaned_data)  # type: ignore[operator]
        except ValidationError as error:
            for name, errors in getattr(error, "error_dict", {None: [error]}).items():
                form.add_error(name if name in form.fields else None, errors)
        else:
            messages.success(request, _("Saved."))
            return redirect("surveys_staff:detail", pk)
    context = {"survey": survey, "form": form, "step": step, "piles": piles}
    context["entry_ends_at"] = entry_ends_at(survey) if survey.entry_days else None
    crumbs = [list_crumb(), survey_crumb(survey)]
    return staff_page(request, "wave", str(title), crumbs, context)
