"""What is still missing before a notice can go public: on the screen from the first moment."""

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.panels import Panel

from notices.corrections import publication_problems
from notices.draft_plans import plan_tie
from notices.guard import dates_fill
from notices.holidays import unknown_years
from notices.refusal import Problem

if TYPE_CHECKING:
    from notices.editor import NoticePageForm
    from notices.models import NoticePage


@dataclass(frozen=True)
class Missing:
    """One line of the checklist: the field, what is wrong, and where it stands on the screen."""

    label: str
    message: str
    anchor: str


@dataclass(frozen=True)
class Checklist:
    """`rows` empty: it can go public. `years`: whose holidays are not announced yet."""

    rows: list[Missing]
    years: list[int]
    needs_review: bool


def checklist(page: "NoticePage", form: "NoticePageForm") -> Checklist:
    """As if `page` went public now. `page` itself stays as it is."""
    tried = copy.copy(page)
    now = timezone.now()
    dates_fill(tried, now=now)
    if not tried.terms:
        plan_tie(tried)
    problems = publication_problems(tried, now=now)
    return Checklist(
        rows=[_row(problem, form) for problem in problems],
        years=unknown_years(tried),
        needs_review=page.needs_review,
    )


def _row(problem: Problem, form: "NoticePageForm") -> Missing:
    for one in (form, form.extra_form):
        if problem.field in one.fields:
            bound = one[problem.field]
            return Missing(capfirst(str(bound.label)), problem.message, bound.id_for_label)
    return Missing(_("This notice"), problem.message, "")


class MissingPanel(Panel):
    """The checklist. A script asks for it anew as somebody writes; without, saving does."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "notices/staff/missing_panel.html"

        @cached_property
        def check_url(self) -> str:
            return reverse("notice_check", args=[self.instance.pk]) if self.instance.pk else ""

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"checklist": checklist(self.instance, self.form)}
