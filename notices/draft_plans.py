"""How the notices that follow a draft plan are tied to it.

The uptake notice (N05) and the final plan (N06) answer a draft plan (N04): the latest one of their
place, or of the nearest place above that has one. A final plan is tied anew until it first goes
public, so that a draft written early does not hang on an outdated plan; an uptake notice keeps the
plan it was drafted from. Whichever way either goes public, no objection may be left unanswered.
"""

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from notices.models.objections import Objection
from notices.refusal import Problem

if TYPE_CHECKING:
    from notices.models import NoticePage

DRAFT_PLAN, UPTAKE, FINAL_PLAN = "N04", "N05", "N06"


def plan_tie(page: "NoticePage") -> None:
    """Choose the draft plan that `page` follows; nothing for a notice of another type."""
    code = page.notice_type.code if page.notice_type else ""
    if code == FINAL_PLAN or (code == UPTAKE and page.about_id is None):
        page.about = _latest_plan(page)


def unanswered_problems(page: "NoticePage") -> list[Problem]:
    """Why `page` must wait for answers to objections; one query where it follows a plan."""
    code = page.notice_type.code if page.notice_type else ""
    if code not in {UPTAKE, FINAL_PLAN} or page.about is None:
        return []
    number = Objection.objects.until_plan(page.about).unanswered().count()
    if not number:
        return []
    text = _("Objections to the draft plan that have no answer yet: %(number)s.")
    return [Problem("notice_type", text % {"number": number})]


def _latest_plan(page: "NoticePage") -> "NoticePage | None":
    plans = type(page).objects.filter(notice_type__code=DRAFT_PLAN).for_place(page.place)
    # A plan that was withdrawn after somebody objected still waits for the answer.
    plans = plans.filter(Q(live=True) | Q(pk__in=Objection.objects.values("notice")))
    if page.publicity_start:
        plans = plans.filter(publicity_start__lte=page.publicity_start)
    found: NoticePage | None = plans.order_by("-place__depth", "-publicity_start", "-pk").first()
    return found
