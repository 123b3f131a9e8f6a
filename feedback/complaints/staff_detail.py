"""What the page of one case shows to one member of staff."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.utils import timezone

from feedback.complaints import permissions
from feedback.complaints.due import next_due
from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.replies import replies_for, reply_filled
from feedback.complaints.routes import route_of
from feedback.complaints.staff_forms import StepForm
from feedback.complaints.staff_steps import STEPS, Part, Step
from feedback.complaints.states import OPEN, PhotoKind, State
from feedback.complaints.timeline import STATE_TONES
from feedback.complaints.warranty import warranty_of
from feedback.complaints.wording import without_numbers
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.keys import mask_phone
from portal.places.permissions import can

#: What the page and its forms follow from the case without asking again.
RELATED = (
    "community__renovation",
    "category",
    "building",
    "household__building",
    "assigned_to",
    "handler",
    "resolved_by",
    "merged_into",
    "split_from",
    "petition",
    "quality__project",
    "quality__contractor",
    "visit_finding__visit",
)


#: What a resident does: without a name on the page.
RESIDENT_KINDS = ("FILED", "CONFIRMED", "REOPENED", "ADDED", "JOINED", "WITHDRAWN")


@dataclass(frozen=True)
class CasePage:
    """`bound` are forms that were refused; `template` the ready-made reply somebody chose."""

    user: User
    complaint: Complaint
    now: datetime
    bound: dict[str, StepForm]
    template: str = ""
    shown_contact: str = ""

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def context(self) -> dict[str, Any]:
        case, user = self.complaint, self.user
        handles = permissions.may_handle(user, case)
        company = not handles and permissions.may_answer(user, case)
        sees_contact = permissions.may_see_contact(user, case)
        shown: Callable[[str], str] = str if sees_contact else without_numbers
        quality = getattr(case, "quality", None)
        inspections = quality.reinspections if quality else None
        return {
            "complaint": case,
            "resident_kinds": RESIDENT_KINDS,
            "tone": STATE_TONES.get(case.state, ""),
            "due": next_due(case, self.now),
            "alarms": case.alarms.for_case() if case.state in OPEN else [],
            "parts": self._parts(),
            "text": shown(case.text),
            "events": self._events(company, shown),
            "photos": self._photos(),
            "handles": handles,
            "sees_contact": sees_contact,
            "masked": mask_phone(case.contact),
            "shown_contact": self.shown_contact,
            "callbacks": case.callbacks.select_related("caller").order_by("attempt", "pk"),
            "warranty": warranty_of(case, self.today),
            "inspections": inspections.select_related("inspector").order_by("inspected_at", "pk")
            if inspections
            else [],
            "petition": getattr(case, "petition", None),
            "finding": getattr(case, "visit_finding", None),
            "edits_board": can(user, Action.BOARD_EDIT, case.community),
            "related": self._related() if handles else [],
            "routed": route_of(case) if handles and case.state == State.RECEIVED else None,
        }

    def _events(self, company: bool, shown: Callable[[str], str]) -> list[ComplaintEvent]:
        """What a company reads is what the resident does, and what it said itself."""
        events = self.complaint.events.for_staff()
        if company:
            events = events.filter(Q(is_public=True) | Q(actor=self.user))
        found = list(events)
        for event in found:
            # Rows that are shown and never saved.
            event.text = shown(event.text)
        return found

    def _parts(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """(name of a part, its steps): what can be done now; a form that was refused stays open."""
        ready = replies_for(self.complaint)
        steps = [
            (step.part, self._step(name, step, ready.get(name, [])))
            for name, step in STEPS.items()
            if name in self.bound or step.is_open(self.user, self.complaint)
        ]
        order = list(Part)
        steps.sort(key=lambda pair: order.index(pair[0]))
        return [
            (str(part.label), [step for _part, step in found])
            for part, found in groupby(steps, key=lambda pair: pair[0])
        ]

    def _step(self, name: str, step: Step, ready: list[Any]) -> dict[str, Any]:
        chosen = next((one for one in ready if str(one.pk) == self.template), None)
        initial = {}
        if chosen is not None:
            initial[step.wording] = reply_filled(chosen.body, self.complaint, self.today)
        form = self.bound.get(name) or step.form(
            complaint=self.complaint, by=self.user, prefix=name, initial=initial
        )
        return {
            "name": name,
            "title": step.title,
            "form": form,
            "is_open": name in self.bound or chosen is not None,
            "ready": ready,
        }

    def _photos(self) -> list[tuple[str, list[tuple[Any, str]]]]:
        """(what they show, photos with their thumbnails), the problem first."""
        rows = list(self.complaint.photos.order_by("added_at", "pk"))
        found = [
            (kind.label, [(row, row.small) for row in rows if row.kind == kind])
            for kind in PhotoKind
        ]
        return [(str(label), photos) for label, photos in found if photos]

    def _related(self) -> list[Complaint]:
        """The main case, what was joined to this one, and what was split from it."""
        case = self.complaint
        linked = Q(merged_into=case) | Q(split_from=case)
        linked |= Q(pk__in=[pk for pk in (case.merged_into_id, case.split_from_id) if pk])
        visible = permissions.complaints_visible_to(self.user).filter(linked)
        return list(visible.select_related("category").order_by("filed_at", "pk"))
