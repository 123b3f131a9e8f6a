"""How the notices that follow a draft plan are tied to it.

The uptake notice (N05) and the final plan (N06) answer a draft plan (N04): the latest one of their
place, or of the nearest place above that has one. A final plan is tied anew until it first goes
public, so that a draft written early does not hang on an outdated plan; an uptake notice keeps the
plan it was drafted from. Whichever way either first goes public, the draft plan is not posted any
more and no objection to it is left unanswered; a final plan settles those of every community it is
for. A final plan that no draft plan went before is refused: residents were never asked. An uptake
notice that was drafted before the last answer is refused until it is drafted anew.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.guard import posted_at
from notices.models.objections import Objection
from notices.models.records import NoticeRemoval
from notices.refusal import Problem
from notices.uptake_table import answers_missing
from portal.places.models import Place

if TYPE_CHECKING:
    from notices.models import NoticePage

DRAFT_PLAN, UPTAKE, FINAL_PLAN = "N04", "N05", "N06"


def plan_tie(page: "NoticePage") -> None:
    """Choose the draft plan that `page` follows; nothing for a notice of another type."""
    code = page.notice_type.code if page.notice_type else ""
    if code == FINAL_PLAN or (code == UPTAKE and page.about_id is None):
        page.about = _latest_plan(page)


def plan_problems(page: "NoticePage", *, now: datetime) -> list[Problem]:
    """Why `page` must wait for draft plans: objections to them without an answer, or a period that
    is not over, or answers that an uptake notice lacks; or why there is nothing to follow. Two
    queries for a notice that answers plans, and one more for a drafted uptake notice and for each
    community that a final plan names."""
    code = page.notice_type.code if page.notice_type else ""
    if code not in {UPTAKE, FINAL_PLAN} or page.publicity_start is None:
        return []
    posted = posted_at(page, now=now)
    plans = type(page).objects.filter(notice_type__code=DRAFT_PLAN)
    if code == FINAL_PLAN:
        plans = plans.filter(_concerned(page))
        # Whatever became of the dates of a plan that was withdrawn meanwhile.
        objections = Objection.objects.filter(
            notice__in=plans.order_by().values("pk"), filed_at__lte=posted
        )
    elif page.about is not None:
        plans = plans.filter(pk=page.about.pk)
        objections = Objection.objects.until_plan(page.about)
    else:
        return []
    problems = _never_asked(page) if code == FINAL_PLAN else []
    if number := objections.unanswered().count():
        text = _("Objections to the draft plan that have no answer yet: %(number)s.")
        problems.append(Problem("notice_type", text % {"number": number}))
    still = plans.live().filter(
        publicity_start__lte=page.publicity_start, publicity_end__gte=timezone.localdate(posted)
    )
    last = still.aggregate(last=Max("publicity_end"))["last"]
    if last is not None:
        text = _("The draft plan is posted until %(day)s, and can be objected to until then.")
        problems.append(Problem("notice_type", text % {"day": date_format(last, "DATE_FORMAT")}))
    if code == UPTAKE and page.about is not None:
        problems += _out_of_date(page, page.about)
    return problems


def retyped_problems(page: "NoticePage") -> list[Problem]:
    """Under another type, the objections to a notice would belong to nothing. One query."""
    if page.pk is None:
        return []
    objections = Objection.objects.filter(notice=page.pk)
    if not objections.exclude(notice__notice_type=page.notice_type_id).exists():
        return []
    text = _("Residents have objected to this notice, so its type stays. Write a new notice.")
    return [Problem("notice_type", text)]


def _never_asked(page: "NoticePage") -> list[Problem]:
    """Whom of its audience no earlier draft plan was posted for."""
    named = list(page.communities.all()) or [page.place]
    without = [place for place in named if not _was_asked(page, place)]
    if not without:
        return []
    text = _("No draft plan (N04) was posted before for: %(places)s. Residents are asked first.")
    names = "、".join(place.label for place in without)
    return [Problem("notice_type", text % {"places": names})]


def _out_of_date(page: "NoticePage", plan: "NoticePage") -> list[Problem]:
    """Answers that came, or were changed, after the uptake notice was drafted."""
    number = answers_missing(page, plan)
    if not number:
        return []
    text = _(
        "Answers that its table lacks or shows with another disposition: %(number)s. Go to "
        "Objections, choose the draft plan and press “%(button)s” again."
    )
    values = {"number": number, "button": _("Draft the uptake notice")}
    return [Problem("notice_type", text % values)]


def _was_asked(page: "NoticePage", place: Place) -> bool:
    """Whether a draft plan was posted for `place`, above or (for a whole county) below it.

    One that is public, or that was withdrawn or deleted only after its period.
    """
    earlier = Q(notice_type__code=DRAFT_PLAN, publicity_start__lte=page.publicity_start)
    plans = type(page).objects.live().filter(earlier).order_by()
    if plans.for_place(place).exists():
        return True
    if not place.is_community and plans.under(place).exists():
        return True
    near = Q(place__in=Place.objects.above(place).order_by().values("pk"))
    if not place.is_community:
        near |= Q(place__path__startswith=place.path)
    removals = NoticeRemoval.objects.filter(earlier & near, published_at__isnull=False)
    return any(not removal.was_early for removal in removals)


def _concerned(page: "NoticePage") -> Q:
    """The plans that a final plan settles: the one it follows, and those of whom it is for."""
    named = list(page.communities.all())
    wanted = Q(place__in=named) if named else Q(place__path__startswith=page.place.path)
    wanted |= Q(place=page.place)
    return wanted | Q(place=page.about.place_id) if page.about else wanted


def _latest_plan(page: "NoticePage") -> "NoticePage | None":
    plans = type(page).objects.filter(notice_type__code=DRAFT_PLAN).for_place(page.place)
    # A plan that was withdrawn after somebody objected still waits for the answer.
    plans = plans.filter(Q(live=True) | Q(pk__in=Objection.objects.values("notice")))
    if page.publicity_start:
        plans = plans.filter(publicity_start__lte=page.publicity_start)
    found: NoticePage | None = plans.order_by("-place__depth", "-publicity_start", "-pk").first()
    return found
