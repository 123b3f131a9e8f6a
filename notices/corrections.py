"""What may not change in a notice that is public.

A correction is judged against what residents read now: it may not cut the publicity short, take the
notice from somebody it was meant for, or bring an event nearer than the lead allows from today.
Whoever wants that withdraws the notice, with a reason.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.draft_plans import plan_problems, retyped_problems
from notices.guard import lead_problem, notice_problems, period_problem
from notices.refusal import Problem
from notices.states import Rule

if TYPE_CHECKING:
    from notices.models import NoticePage


def publication_problems(page: "NoticePage", *, now: datetime) -> list[Problem]:
    """Every reason why `page` may not go public at `now`, or when it is scheduled.

    What a notice must wait for is asked when it first goes public; what may not change, after.
    """
    problems = [*notice_problems(page, now=now), *retyped_problems(page)]
    live = live_version(page)
    if live is None or live.first_published_at is None:
        problems += plan_problems(page, now=now)
    else:
        problems = [problem for problem in problems if not _stands(problem, page, live)]
        problems += _correction_problems(page, live, max(page.go_live_at or now, now))
    return list(dict.fromkeys(problems))


def live_version(page: "NoticePage") -> "NoticePage | None":
    """The notice as it is public now, in one query; None where it is not."""
    if page.pk is None:
        return None
    found: NoticePage | None = (
        type(page).objects.filter(pk=page.pk, live=True).defer("body").first()
    )
    return found


def _stands(problem: Problem, page: "NoticePage", live: "NoticePage") -> bool:
    """Whether it is about days that are announced already: those can't be cut, the rest mended."""
    days = page.publicity_start, page.publicity_end
    same = days == (live.publicity_start, live.publicity_end)
    return same and problem == Problem("publicity_end", period_problem(*days))


def _correction_problems(page: "NoticePage", live: "NoticePage", at: datetime) -> list[Problem]:
    today = timezone.localdate(at)
    problems = [*_cut_short(page, live, today), *_narrowed(page, live, today)]
    period, event, known = page.legal_period, page.event_starts_at, live.event_starts_at
    if period is not None and period.rule == Rule.LEAD and event and known and event < known:
        nearer = lead_problem(page, period, at)
        problems += [nearer] if nearer else []
    return problems


def _cut_short(page: "NoticePage", live: "NoticePage", today: date) -> list[Problem]:
    problems = []
    start, end = page.publicity_start, page.publicity_end
    began, last = live.publicity_start, live.publicity_end
    if start and began and began < start and began <= today:
        text = _("It has been public since %(day)s; its publicity cannot begin anew.")
        problems.append(Problem("publicity_start", text % {"day": _shown(began)}))
    if end and last and end < last:
        text = _("It is announced until %(day)s. Keep the day, or withdraw it with a reason.")
        problems.append(Problem("publicity_end", text % {"day": _shown(last)}))
    elif end and end != last and end < today:
        text = _("The new last day is past. Choose today or later.")
        problems.append(Problem("publicity_end", text))
    return problems


def _narrowed(page: "NoticePage", live: "NoticePage", today: date) -> list[Problem]:
    """Two queries, and only for one that names communities."""
    named = {place.pk for place in page.communities.all()}
    if not named or (live.publicity_end and live.publicity_end < today):
        return []
    before = {place.pk for place in live.communities.all()}
    if before and before <= named:
        return []
    text = _("It is public for more communities than these. Withdraw it with a reason instead.")
    return [Problem("communities", text)]


def _shown(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
