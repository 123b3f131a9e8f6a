"""Corrective actions that were promised in public."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema

from feedback.plans.models import CorrectiveAction
from portal.common.api import PageNumber, page_of
from portal.places.models import Place

router = Router(tags=["actions"])


class ActionOut(Schema):
    id: int
    place: str
    #: INDICATOR, CATEGORY, SURVEY_ITEM or OTHER, and the code of what it was.
    trigger: str
    trigger_code: str
    title: str
    promise_zh: str
    promise_en: str
    organisation: str
    due_on: date
    is_overdue: bool
    #: PROMISED, DONE, CLOSED, or DROPPED: given up, with a reason that residents read.
    state: str
    promised_on: date
    done_on: date | None
    closed_on: date | None


class ActionPage(Schema):
    count: int
    page: int
    pages: int
    items: list[ActionOut]


@router.get("", response=ActionPage, summary="Promises made after a target was missed")
def actions(
    request: HttpRequest,
    under: str = "",
    state: Literal["PROMISED", "DONE", "CLOSED", "DROPPED"] | None = None,
    page: PageNumber = 1,
) -> dict[str, Any]:
    """All, or those at and below the place with the code `under`, the newest first."""
    found = CorrectiveAction.objects.public().newest_first().select_related("organisation")
    if under:
        place = get_object_or_404(Place, code=under)
        found = found.filter(place__path__startswith=place.path)
    if state:
        found = found.filter(state=state)
    today = timezone.localdate()
    return page_of(found, page, lambda action: _shown(action, today))


def _shown(action: CorrectiveAction, today: date) -> dict[str, Any]:
    def day(moment: Any) -> date | None:
        return timezone.localdate(moment) if moment else None

    return {
        "id": action.pk,
        "place": action.place.code,
        "trigger": action.trigger,
        "trigger_code": action.trigger_code,
        "title": action.title,
        "promise_zh": action.resident_text_zh,
        "promise_en": action.resident_text_en,
        "organisation": action.organisation.name if action.organisation else "",
        "due_on": action.due_on,
        "is_overdue": action.is_overdue(today),
        "state": action.state,
        "promised_on": day(action.promised_at),
        "done_on": day(action.done_at),
        "closed_on": day(action.closed_at),
    }
