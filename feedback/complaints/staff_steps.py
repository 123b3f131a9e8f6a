"""What staff can do with a complaint: one table of steps."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy, pgettext_lazy

from feedback.complaints import permissions, services, staff_forms
from feedback.complaints import staff_passing_forms as passing
from feedback.complaints.models import Complaint
from feedback.complaints.states import ANSWERABLE, IN_WORK, INSPECTABLE, OPEN, VISITED, Due, State
from portal.accounts.models import User


class Part(models.TextChoices):
    """The parts of the page on which the steps stand, in their order."""

    NEXT = "NEXT", gettext_lazy("What to do")
    WHO = "WHO", gettext_lazy("Who does it")
    WHEN = "WHEN", gettext_lazy("By when")
    WHAT = "WHAT", gettext_lazy("What kind of case it is")


@dataclass(frozen=True)
class Step:
    """One thing that can be done with a complaint: who may, in which states, with what form.

    `wording` names the field that a ready-made reply fills.
    """

    title: Any
    form: type[staff_forms.StepForm]
    service: Callable[..., Any]
    states: frozenset[State]
    may: Callable[[User, Complaint], bool] = permissions.may_handle_openly
    applies: Callable[[Complaint], bool] = lambda complaint: True
    part: Part = Part.NEXT
    wording: str = ""

    def is_open(self, user: User, complaint: Complaint) -> bool:
        """Whether `user` can take this step on `complaint` as it is now."""
        return (
            complaint.state in self.states and self.applies(complaint) and self.may(user, complaint)
        )


def _with_petition_office(accepted: bool) -> Callable[[Complaint], bool]:
    def applies(complaint: Complaint) -> bool:
        petition = complaint.petition
        return petition.finished_date is None and bool(petition.accepted_date) == accepted

    return applies


def _is_quality(complaint: Complaint) -> bool:
    return hasattr(complaint, "quality")


def _is_of_works(complaint: Complaint) -> bool:
    return hasattr(complaint.community, "renovation")


TRANSFERRED = frozenset({State.TRANSFERRED})

STEPS = {
    "accept": Step(
        pgettext_lazy("complaint step", "Accept"),
        staff_forms.AcceptForm,
        services.complaint_accept,
        frozenset({State.RECEIVED}),
        may=permissions.may_handle,
        wording="reply",
    ),
    "answer": Step(
        gettext_lazy("Answer"),
        staff_forms.AnswerForm,
        services.complaint_answer,
        IN_WORK,
        may=permissions.may_answer,
    ),
    "resume": Step(
        gettext_lazy("Let the clock run again"),
        staff_forms.EmptyForm,
        services.complaint_resume,
        IN_WORK,
        applies=lambda complaint: complaint.waiting_since is not None,
    ),
    "reply": Step(
        gettext_lazy("Reply to the resident"),
        staff_forms.ReplyForm,
        services.complaint_reply,
        frozenset(State),
        may=permissions.may_handle,
        wording="text",
    ),
    "contact": Step(
        gettext_lazy("Record a talk"),
        staff_forms.ContactForm,
        services.complaint_contact,
        OPEN,
        may=permissions.may_handle,
    ),
    "arrive": Step(
        pgettext_lazy("complaint step", "Arrived on site"),
        staff_forms.EmptyForm,
        services.complaint_arrive,
        OPEN,
        may=permissions.may_arrive,
        applies=lambda complaint: complaint.due in VISITED and complaint.arrived_at is None,
    ),
    "resolve": Step(
        gettext_lazy("Report as solved"),
        staff_forms.ResolveForm,
        services.complaint_resolve,
        IN_WORK,
        wording="text",
    ),
    "conclude": Step(
        gettext_lazy("Close with a finding"),
        passing.ConcludeForm,
        services.complaint_conclude,
        IN_WORK,
        may=permissions.may_conclude,
    ),
    "reinspect": Step(
        gettext_lazy("Re-inspect the repair"),
        passing.ReinspectForm,
        services.complaint_reinspect,
        INSPECTABLE,
        applies=_is_quality,
    ),
    "callback": Step(
        gettext_lazy("Record a callback"),
        staff_forms.CallbackForm,
        services.complaint_callback,
        ANSWERABLE,
        may=permissions.may_call_back,
    ),
    "petition_accept": Step(
        gettext_lazy("The petition office has accepted it"),
        passing.PetitionAcceptForm,
        services.petition_accept,
        TRANSFERRED,
        applies=_with_petition_office(accepted=False),
    ),
    "petition_return": Step(
        gettext_lazy("The petition office sends it back"),
        passing.PetitionReturnForm,
        services.petition_return,
        TRANSFERRED,
        applies=_with_petition_office(accepted=False),
    ),
    "petition_extend": Step(
        gettext_lazy("The petition office needs more time"),
        passing.PetitionExtendForm,
        services.petition_extend,
        TRANSFERRED,
        applies=lambda complaint: (
            _with_petition_office(accepted=True)(complaint) and not complaint.petition.extended_days
        ),
    ),
    "petition_finish": Step(
        gettext_lazy("The petition office has decided"),
        passing.PetitionFinishForm,
        services.petition_finish,
        TRANSFERRED,
        applies=_with_petition_office(accepted=True),
    ),
    "note": Step(
        gettext_lazy("Internal note"),
        staff_forms.NoteForm,
        services.complaint_note,
        frozenset(State),
        may=permissions.may_handle,
    ),
    "assign": Step(
        gettext_lazy("Pass on"),
        staff_forms.AssignForm,
        services.complaint_assign,
        IN_WORK,
        part=Part.WHO,
    ),
    "hand_over": Step(
        gettext_lazy("Give it to a person"),
        passing.HandOverForm,
        services.complaint_hand_over,
        OPEN,
        may=permissions.may_hand_over,
        part=Part.WHO,
    ),
    "take_back": Step(
        gettext_lazy("Take back"),
        staff_forms.EmptyForm,
        services.complaint_take_back,
        frozenset({State.ASSIGNED}),
        part=Part.WHO,
    ),
    "transfer": Step(
        gettext_lazy("Pass to the petition office"),
        passing.TransferForm,
        services.complaint_transfer,
        IN_WORK,
        part=Part.WHO,
    ),
    "wait": Step(
        gettext_lazy("Ask the resident and stop the clock"),
        staff_forms.WaitForm,
        services.complaint_wait,
        IN_WORK,
        applies=lambda complaint: complaint.waiting_since is None and complaint.due != Due.P0,
        part=Part.WHEN,
        wording="text",
    ),
    "promise": Step(
        gettext_lazy("Promise a repair date"),
        staff_forms.PromiseForm,
        services.complaint_promise,
        OPEN,
        applies=lambda complaint: (
            complaint.category.due_by_promise
            and not (complaint.promised_date and complaint.is_extended)
        ),
        part=Part.WHEN,
    ),
    "extend": Step(
        gettext_lazy("Extend the deadline"),
        staff_forms.ExtendForm,
        services.complaint_extend,
        OPEN,
        applies=lambda complaint: not complaint.is_extended,
        part=Part.WHEN,
    ),
    "quality": Step(
        gettext_lazy("The works are at fault"),
        passing.QualityForm,
        services.complaint_quality_mark,
        OPEN,
        applies=_is_of_works,
        part=Part.WHAT,
    ),
    "reclassify": Step(
        gettext_lazy("Change the category"),
        staff_forms.ReclassifyForm,
        services.complaint_reclassify,
        OPEN,
        part=Part.WHAT,
    ),
    "merge": Step(
        gettext_lazy("Join to another report"),
        passing.MergeForm,
        services.complaint_merge,
        OPEN - {State.REOPENED},
        part=Part.WHAT,
    ),
    "split": Step(
        gettext_lazy("Split off a second matter"),
        passing.SplitForm,
        services.complaint_split,
        IN_WORK,
        part=Part.WHAT,
    ),
    "refuse": Step(
        gettext_lazy("Do not take it up"),
        staff_forms.RefuseForm,
        services.complaint_refuse,
        frozenset({State.RECEIVED, State.ACCEPTED}),
        part=Part.WHAT,
        wording="reason",
    ),
}
