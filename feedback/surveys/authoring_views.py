"""Staff screens around writing a survey: where to begin from, XLSForm in and out, trying it out."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from wagtail.admin import messages
from wagtail.permissions import policy_registry

from feedback.surveys.answers import check_answers, check_group
from feedback.surveys.authoring_forms import XlsformForm
from feedback.surveys.models import Survey
from feedback.surveys.permissions import surveys_to_copy
from feedback.surveys.photos import photos_read
from feedback.surveys.questionnaire import Definition, QuestionnaireError
from feedback.surveys.screens import Form, field_name, read_answers
from feedback.surveys.services import IMPORT_KEY, samples
from feedback.surveys.xlsform import Imported, alike, export_form
from portal.accounts.models import User

EARLIER = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ADD = "wagtailsnippets_surveys_survey:add"


def _writable(request: HttpRequest) -> Any:
    """Surveys the user may write; refused to whoever may write none."""
    policy = policy_registry.get_by_type(Survey)
    if not policy.user_has_permission(request.user, "add"):
        raise PermissionDenied
    return policy.instances_user_has_any_permission_for(request.user, ["view"])


def _survey_or_404(request: HttpRequest, pk: int) -> Survey:
    """The survey as it is written now, published or not."""
    survey = _writable(request).filter(pk=pk).first()
    if survey is None:
        raise Http404
    return cast(Survey, survey.get_latest_revision_as_object())


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What a new survey begins with: nothing, a sample, an earlier survey, or a file."""
    _writable(request)
    mine = surveys_to_copy(cast(User, request.user))
    earlier = mine.defer("questions").order_by("-opens_at", "-pk")[:EARLIER]
    context = {"samples": samples(), "earlier": earlier, "add_url": reverse(ADD)}
    return _page(request, "start", _("New survey"), context)


@require_http_methods(["GET", "POST"])
def import_xlsform(request: HttpRequest) -> HttpResponse:
    """First the report of what can't be held; the editor only when that is confirmed.

    What was read waits in the session of whoever uploaded it; nothing is saved before the editor.
    """
    _writable(request)
    if request.POST.get("confirm") and IMPORT_KEY in request.session:
        return redirect(f"{reverse(ADD)}?xlsform=1")
    form = XlsformForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        imported: Imported = form.cleaned_data["imported"]
        context |= {
            "imported": imported,
            "issues": alike(imported.issues),
            "left_out": sum(issue.left_out for issue in imported.issues),
        }
        request.session.pop(IMPORT_KEY, None)
        if imported.is_valid:
            request.session[IMPORT_KEY] = {"fields": imported.fields, "blocks": imported.blocks}
    return _page(request, "import", _("Read an XLSForm"), context)


@require_GET
def export_xlsform(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions as they are written now, as .xlsx."""
    survey = _survey_or_404(request, pk)
    try:
        content = export_form(
            survey.questions.get_prep_value(),
            title=survey.title_zh,
            slug=survey.slug,
            headline=survey.headline,
        )
    except QuestionnaireError as error:
        messages.error(request, _("The questions can't be asked yet: ") + error.problems[0])
        return redirect("wagtailsnippets_surveys_survey:edit", pk)
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{survey.slug}.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
def try_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the survey as it is written now, screen by screen. Nothing is stored anywhere."""
    survey = _survey_or_404(request, pk)
    try:
        definition = survey.compiled()
    except QuestionnaireError as error:
        messages.error(request, _("The questions can't be asked yet: ") + error.problems[0])
        return redirect("wagtailsnippets_surveys_survey:edit", pk)
    context = {"survey": survey, "action": request.path, "is_test": True}
    form, wrong_photos = _trial(request, definition)
    step = request.POST.get("step", "0")
    index = min(int(step), len(form.groups) - 1) if step.isdecimal() and len(step) < 4 else 0
    move = request.POST.get("move", "")
    if move == "next":
        form.errors = check_group(definition, form.raw, form.groups[index].keys) | wrong_photos
        after = index if form.errors else form.after(index)
        if after is None:
            return _tried(request, form, context)
        index = after
    elif move == "back":
        before = form.before(index)
        index = index if before is None else before
    elif not move:
        index = form.visible()[0]
    screen = form.screen(index)
    context |= {
        "form": form,
        "screen": screen,
        "has_before": form.before(index) is not None,
        "error_fields": form.error_fields(),
        "hidden": [
            *form.carried(without=screen.group.keys),
            *([("part", str(form.part))] if form.part else []),
        ],
    }
    return render(request, "surveys/step.html", context)


def _trial(request: HttpRequest, definition: Definition) -> tuple[Form, dict[str, str]]:
    photos, wrong = photos_read(definition, request.FILES, field_name)
    raw = {**read_answers(definition, request.POST), **photos}
    part = request.POST.get("part", "0")
    known = part.isdecimal() and len(part) < 4 and int(part) in definition.parts()
    return Form(definition, raw, int(part) if known else 0), wrong


def _tried(request: HttpRequest, form: Form, context: dict[str, Any]) -> HttpResponse:
    """What would have been sent, and the way on to the next part."""
    checked = check_answers(form.definition, form.raw)
    later = [part for part in form.definition.parts() if part > form.part]
    context |= {
        "rows": form.review_rows(),
        "errors": list(checked.errors.values()),
        "next_part": later[0] if later else None,
        "carried": form.carried(),
    }
    return render(request, "surveys/tried.html", context)


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    trail = [
        (_("Home"), reverse("wagtailadmin_home")),
        (_("Write surveys"), reverse("wagtailsnippets_surveys_survey:list")),
        (title, ""),
    ]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"surveys/staff/{template}.html", {**furniture, **context})
