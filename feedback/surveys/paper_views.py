"""Keying paper: piles of stubs and piles of sheets, each on a screen of its own."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin import messages

from feedback.surveys import services
from feedback.surveys.models import PaperBatch, PaperSheet
from feedback.surveys.nudges import tally_nudge
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.reach_states import BatchKind, BatchState
from feedback.surveys.staff_forms import BatchForm, SheetForm, StubForm, typed_text
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.states import STAFF_ENTRY
from feedback.surveys.tables import percent
from portal.accounts.roles import Action

PER_PAGE = 50


def batches(request: HttpRequest, pk: int) -> HttpResponse:
    """The piles of one's places, and a form to begin another."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    places = communities_for(user, survey, Action.ANSWER_ENTER).order_by("path")
    if survey.is_named or not places.exists():
        raise PermissionDenied
    form = BatchForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            batch = services.batch_open(survey=survey, user=user, now=now, **form.cleaned_data)
            return redirect("surveys_staff:batch", pk, batch.pk)
        except ValidationError as error:
            form.add_error(None, error)
    rows = PaperBatch.objects.filter(survey=survey, community__in=places.order_by().values("pk"))
    rows = (
        rows.select_related("community", "checked_by")
        .prefetch_related("keyers")
        .annotate(
            stubs_now=Count("stubs", distinct=True), sheets_now=Count("sheets", distinct=True)
        )
        .order_by("-opened_date", "-pk")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "survey": survey,
        "form": form,
        "page_obj": page,
        "rows": [(row, percent(row.agreed, row.compared)) for row in page],
        "is_open": survey.phase(now) in STAFF_ENTRY,
    }
    crumbs = [list_crumb(), survey_crumb(survey)]
    return staff_page(request, "batches", _("Paper"), crumbs, context)


@sensitive_post_parameters()
def batch(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One pile: the next stub or sheet, taking the last one back, the second entry, the end."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    places = communities_for(user, survey, Action.ANSWER_ENTER)
    rows = PaperBatch.objects.filter(survey=survey, community__in=places.order_by().values("pk"))
    row = get_object_or_404(rows.select_related("community", "questionnaire"), pk=number)
    row.survey = survey
    screen = _Screen(request, row)
    response = screen.post() if request.method == "POST" else screen.show()
    response.headers["Cache-Control"] = "no-store"
    return response


class _Screen:
    """One request about one pile."""

    def __init__(self, request: HttpRequest, row: PaperBatch) -> None:
        self.request, self.batch = request, row
        self.user, self.now = staff_user(request), timezone.now()
        self.deed: dict[str, Any] = {"batch": row, "user": self.user, "now": self.now}

    def show(self, form: Any = None, **context: Any) -> HttpResponse:
        row = self.batch
        row.refresh_from_db(
            fields=["state", "put_aside", "entered", "sampled", "compared", "agreed"]
        )
        stubs = row.kind == BatchKind.STUBS
        sheet = None if stubs else self._next_sheet()
        page = {
            "survey": row.survey,
            "batch": row,
            "is_open": row.survey.phase(self.now) in STAFF_ENTRY,
            "count": row.stubs.count() if stubs else row.sheets.count(),
            "form": form or self._empty(sheet),
            "sheet": sheet,
            "differing": [] if stubs else self._differing(),
            "refusal": services.OwnBatch().message if sheet and self._is_own() else "",
            "agreement": percent(row.agreed, row.compared),
            "smallest": services.SMALLEST,
            **self._left(),
            **context,
        }
        title = f"{row.get_kind_display()} · {row.community.label} · {row.number}"
        back = (_("Paper"), reverse("surveys_staff:batches", args=[row.survey_id]))
        crumbs = [list_crumb(), survey_crumb(row.survey), back]
        return staff_page(self.request, "batch", title, crumbs, page)

    def _is_own(self) -> bool:
        """Whether somebody else has to make the second entry."""
        checking = self.batch.state == BatchState.CHECKING
        return checking and services.keyed_by(self.batch, self.user)

    def _left(self) -> dict[str, int]:
        if self.batch.kind == BatchKind.STUBS or self.batch.state == BatchState.DONE:
            return {}
        row = self.batch
        waiting = row.sheets.filter(is_sampled=True, again__isnull=True).count()
        return {
            "waiting": waiting,
            "stubs_left": services.stubs_left(row.survey, row.community),
        }

    def _next_sheet(self) -> PaperSheet | None:
        if self.batch.state != BatchState.CHECKING:
            return None
        return (
            self.batch.sheets.filter(is_sampled=True, again__isnull=True).order_by("number").first()
        )

    def _empty(self, sheet: PaperSheet | None) -> Any:
        if self.batch.kind == BatchKind.STUBS:
            return StubForm()
        if self.batch.state == BatchState.CHECKING and (sheet is None or self._is_own()):
            return None
        return SheetForm(definition=self.batch.questionnaire.compiled())

    def _differing(self) -> list[dict[str, Any]]:
        rows = (
            self.batch.sheets.filter(is_settled=False)
            .exclude(again__isnull=True)
            .order_by("number")
        )
        definition = self.batch.questionnaire.compiled()
        found = []
        for sheet in rows:
            lines = []
            for key in services.differences(sheet):
                question = definition.question(key)
                if question:
                    again = (sheet.again or {}).get(key)
                    line = (
                        key,
                        typed_text(question, sheet.answers.get(key)),
                        typed_text(question, again),
                    )
                    lines.append(line)
            found.append({"number": sheet.number, "lines": lines})
        return found

    def post(self) -> HttpResponse:
        moves = {
            "undo": self._undo,
            "finish": self._finish,
            "settle": self._settle,
            "release": self._release,
        }
        move = self.request.POST.get("move", "key")
        if move == "key":
            return self._key_stub() if self.batch.kind == BatchKind.STUBS else self._key_sheet()
        if move not in moves:
            raise Http404
        try:
            done = moves[move]()
        except ValidationError as error:
            messages.error(self.request, error.messages[0])
        else:
            messages.success(self.request, done)
        return redirect("surveys_staff:batch", self.batch.survey_id, self.batch.pk)

    def _key_stub(self) -> HttpResponse:
        form = StubForm(self.request.POST)
        if not form.is_valid():
            return self.show(form)
        try:
            outcome = services.stub_key(code=form.cleaned_data["code"], **self.deed)
        except ValidationError as error:
            form.add_error("code", error)
            return self.show(form)
        self._nudge()
        return self.show(outcome=outcome)

    def _key_sheet(self) -> HttpResponse:
        form = SheetForm(self.request.POST, definition=self.batch.questionnaire.compiled())
        number = self.request.POST.get("number", "")
        if not form.is_valid():
            return self.show(form)
        answers = form.answers()
        if form.errors:
            return self.show(form)
        try:
            if number.isdecimal() and self.batch.state == BatchState.CHECKING:
                sheet = services.sheet_check(number=int(number[:9]), answers=answers, **self.deed)
                return self.show(outcome="checked", keyed=sheet)
            sheet = services.sheet_key(key=form.cleaned_data["key"], answers=answers, **self.deed)
        except services.InvalidAnswers as error:
            form.add_answer_errors(error.errors)
            return self.show(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.show(form)
        return self.show(outcome="keyed", keyed=sheet)

    def _undo(self) -> str:
        if self.batch.kind == BatchKind.STUBS:
            undone = services.stub_undo(**self.deed)
            self._nudge()
            return _("The last stub has been taken back.") if undone else _("Nothing to take back.")
        number = services.sheet_undo(**self.deed)
        if not number:
            return _("Nothing to take back.")
        return _("Sheet %(number)s has been taken back.") % {"number": number}

    def _finish(self) -> str:
        if self.batch.kind == BatchKind.STUBS:
            done = services.stubs_close(**self.deed)
            return _("Done: %(count)s stubs.") % {"count": done.entered}
        services.sheets_check(**self.deed)
        return _("Now key the drawn sheets a second time.")

    def _settle(self) -> str:
        number, second = self.request.POST.get("number", ""), self.request.POST.get("entry") == "2"
        sheet = int(number[:9]) if number.isdecimal() else 0
        services.sheet_settle(number=sheet, second=second, **self.deed)
        return _("Sheet %(number)s is decided.") % {"number": sheet}

    def _release(self) -> str:
        count = services.sheets_release(**self.deed)
        self._nudge()
        return _("%(count)s answers are counted now.") % {"count": count}

    def _nudge(self) -> None:
        tally_nudge(survey_id=self.batch.survey_id, community_id=self.batch.community_id)
