"""What staff can do with a complaint: one table of steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from feedback.complaints import permissions, services, staff_forms
from feedback.complaints.models import Complaint
from feedback.complaints.states import IN_WORK, OPEN, State
from portal.accounts.models import User


@dataclass(frozen=True)
class Step:
    """One thing that can be done with a complaint: who may, in which states, with what form."""

    title: Any
    form: type[staff_forms.StepForm]
    service: Callable[..., Any]
    states: frozenset[State]
    may: Callable[[User, Complaint], bool] = permissions.may_handle
    applies: Callable[[Complaint], bool] = lambda complaint: True


STEPS = {
    "accept": Step(
        pgettext_lazy("complaint step", "Accept"),
        staff_forms.AcceptForm,
        services.complaint_accept,
        frozenset({State.RECEIVED}),
    ),
    "answer": Step(
        gettext_lazy("Answer"),
        staff_forms.AnswerForm,
        services.complaint_answer,
        IN_WORK,
        may=permissions.may_answer,
    ),
    "reply": Step(
        gettext_lazy("Reply to the resident"),
        staff_forms.ReplyForm,
        services.complaint_reply,
        frozenset(State),
    ),
    "contact": Step(
        gettext_lazy("Record a talk"),
        staff_forms.ContactForm,
        services.complaint_contact,
        OPEN,
    ),
    "resolve": Step(
        gettext_lazy("Report as solved"),
        staff_forms.ResolveForm,
        services.complaint_resolve,
        IN_WORK,
    ),
    "assign": Step(
        gettext_lazy("Pass on"),
        staff_forms.AssignForm,
        services.complaint_assign,
        IN_WORK,
    ),
    "take_back": Step(
        gettext_lazy("Take back"),
        staff_forms.EmptyForm,
        services.complaint_take_back,
        frozenset({State.ASSIGNED}),
    ),
    "promise": Step(
        gettext_lazy("Promise a repair date"),
        staff_forms.PromiseForm,
        services.complaint_promise,
        OPEN,
        applies=lambda complaint: complaint.category.due_by_promise,
    ),
    "extend": Step(
        gettext_lazy("Extend the deadline"),
        staff_forms.ExtendForm,
        services.complaint_extend,
        OPEN,
        applies=lambda complaint: not complaint.is_extended,
    ),
    "callback": Step(
        gettext_lazy("Record a callback"),
        staff_forms.CallbackForm,
        services.complaint_callback,
        frozenset({State.RESOLVED}),
        may=permissions.may_call_back,
    ),
    "note": Step(
        gettext_lazy("Internal note"),
        staff_forms.NoteForm,
        services.complaint_note,
        frozenset(State),
    ),
    "reclassify": Step(
        gettext_lazy("Change the category"),
        staff_forms.ReclassifyForm,
        services.complaint_reclassify,
        OPEN,
    ),
    "refuse": Step(
        gettext_lazy("Do not take it up"),
        staff_forms.RefuseForm,
        services.complaint_refuse,
        frozenset({State.RECEIVED, State.ACCEPTED}),
    ),
}
