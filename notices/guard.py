"""The legal checks of a notice, in one place.

The editor's form, workflow approval, scheduling, the API and the model's own save all ask
`notice_problems`. It reads no clock, and of the database only the fields of the type
and who is named.
"""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.blanks import has_blank
from notices.refusal import Problem
from notices.states import FieldKind, Rule, Unit
from notices.terms import PeriodInWords, Terms
from portal.common.workdays import add_calendar_days, add_workdays

if TYPE_CHECKING:
    from notices.models import NoticePage

#: A day outside these years is a slip of the pen; counting on from it would leave the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2100
#: No notice is posted longer; who mistypes a year could only withdraw it early.
MOST_YEARS = 2
DATED = ("publicity_start", "publicity_end", "event_starts_at", "event_ends_at", "go_live_at")


def date_check(day: date | None) -> None:
    """Raises ValidationError for a day or a moment outside the years that a notice can name."""
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        text = _("Choose a day between %(first)s and %(last)s.")
        raise ValidationError(text % {"first": FIRST_YEAR, "last": LAST_YEAR})


def _odd_dates(page: "NoticePage") -> list[Problem]:
    problems = []
    for field in DATED:
        try:
            date_check(getattr(page, field))
        except ValidationError as odd:
            problems.append(Problem(field, odd.messages[0]))
    return problems


def notice_problems(page: "NoticePage", *, now: datetime) -> list[Problem]:
    """Why `page` may not go public at `now` (or when it is scheduled); empty if it may."""
    if odd := _odd_dates(page):
        return odd
    problems = _missing(page)
    if page.expire_at:
        problems.append(Problem("expire_at", _("A notice does not expire; it ends its publicity.")))
    if page.alias_of_id:
        problems.append(Problem("alias_of", _("A notice is published once, not as an alias.")))
    problems += _blanks_left(page)
    problems += _retyped(page)
    problems += _wrong_audience(page)
    problems += _missing_fields(page)
    problems += _wrong_dates(page, posted_at(page, now=now))
    return problems


def posted_at(page: "NoticePage", *, now: datetime) -> datetime:
    """When the notice went public, or will if it is published at `now`."""
    if page.first_published_at:
        return page.first_published_at
    return max(page.go_live_at, now) if page.go_live_at else now


def dates_fill(page: "NoticePage", *, now: datetime) -> None:
    """Publicity dates left empty become the day of publication and the shortest lawful end."""
    if _odd_dates(page):
        return
    if page.publicity_start is None:
        page.publicity_start = _day(posted_at(page, now=now))
    if page.publicity_end is None:
        page.publicity_end = shortest_end(page)


def terms_keep(page: "NoticePage") -> None:
    """A notice that goes public keeps the terms of that day, and judged by them it stays."""
    if not page.terms and page.notice_type is not None:
        page.terms = Terms.today(page.notice_type, page.variant).kept()


def shortest_end(page: "NoticePage") -> date | None:
    """The earliest last day of publicity; None where neither law, event nor field gives one."""
    period, start, last = page.legal_period, page.publicity_start, stays_until(page)
    if start is None:
        return None
    if period is not None and period.rule == Rule.LENGTH:
        lawful = day_after(start, period)
        return max(lawful, last) if last else lawful
    ends = page.event_ends_at or page.event_starts_at
    days = [day for day in (last, _day(ends) if ends else None) if day is not None]
    return max([*days, start]) if days else None


def stays_until(page: "NoticePage") -> date | None:
    """The day that `page` names as the end of what it is about, where its type posts it till then:
    the close of a survey, the completion of the works. None where there is no such day."""
    asked = page.asked
    if asked is None:
        return None
    specs = [spec for spec in asked.fields if spec.stays_until]
    found = [spec.python(page.extra.get(spec.key, "")) for spec in specs]
    return max((day for day in found if day is not None), default=None)


def latest_posting(page: "NoticePage") -> date | None:
    """The last lawful day for a notice that reports on an event; None for any other."""
    period, event = page.legal_period, page.event_starts_at
    if period is None or period.rule != Rule.DELAY or event is None:
        return None
    return day_after(_day(event), period)


def day_after(start: date, period: PeriodInWords) -> date:
    """The last day of the period that begins the day after `start`."""
    if period.unit == Unit.WORKING:
        return add_workdays(start, period.amount)
    return add_calendar_days(start, period.amount)


def _missing(page: "NoticePage") -> list[Problem]:
    texts = {
        "title": bool(page.title.strip()),
        "notice_type": page.notice_type_id is not None,
        "body": bool(page.body),
        "issuer": bool(page.issuer.strip()),
        "contact_phone": bool(page.contact_phone.strip()),
        "publicity_start": page.publicity_start is not None,
        "publicity_end": page.publicity_end is not None,
    }
    problems = [
        Problem(field, _("Needed before the notice goes public."))
        for field, present in texts.items()
        if not present
    ]
    if page.notice_type is not None and page.notice_type.has_variants and page.variant is None:
        problems.append(Problem("variant", _("Say which kind; the legal period depends on it.")))
    if page.variant is not None and page.variant.notice_type_id != page.notice_type_id:
        problems.append(Problem("variant", _("This kind belongs to another type of notice.")))
    return problems


def _blanks_left(page: "NoticePage") -> list[Problem]:
    """What a template left open because nobody knew it."""
    text = _("A blank of the template is still to be filled in.")
    said = {"title": page.title, "body": str(list(page.body.raw_data))}
    return [Problem(field, text) for field, words in said.items() if has_blank(words)]


def _retyped(page: "NoticePage") -> list[Problem]:
    """A published notice under another type would leave the rule it was posted by."""
    asked = page.asked
    if asked is None or not page.terms or page.notice_type is None:
        return []
    variant = page.variant.code if page.variant else ""
    text = _("The type of a published notice stays. Withdraw it, and publish it anew.")
    problems = []
    if page.notice_type.code != asked.type:
        problems.append(Problem("notice_type", text))
    elif variant != asked.variant:
        problems.append(Problem("variant", text))
    return problems


def _wrong_audience(page: "NoticePage") -> list[Problem]:
    problems = []
    for one in page.communities.all():
        if not one.is_community or one == page.place or not one.path.startswith(page.place.path):
            text = _("Only communities of %(place)s can be named.") % {"place": page.place.label}
            problems.append(Problem("communities", text))
            break
    if any(building.place_id != page.place_id for building in page.buildings.all()):
        text = _("Only buildings of %(place)s can be named.") % {"place": page.place.label}
        problems.append(Problem("buildings", text))
    return problems


def _missing_fields(page: "NoticePage") -> list[Problem]:
    asked = page.asked
    if asked is None:
        return []
    problems = []
    for spec in asked.fields:
        value = page.extra.get(spec.key, "")
        if spec.required and not value:
            text = _("Needed before the notice goes public.")
        elif value and spec.python(value) is None:
            text = _("This is not %(kind)s.") % {"kind": FieldKind(spec.kind).label}
        else:
            continue
        problems.append(Problem(field_name(asked.type, spec.key), text))
    return problems


def field_name(type_code: str, key: str) -> str:
    """The name of an extra field in the editor's form and in a refusal."""
    return f"extra_{type_code}_{key}"


def _wrong_dates(page: "NoticePage", posted: datetime) -> list[Problem]:
    problems = []
    start, end = page.publicity_start, page.publicity_end
    if text := period_problem(start, end):
        problems.append(Problem("publicity_end", text))
    if start and start < _day(posted):
        text = _("Publicity cannot begin before the notice is published here (%(day)s).")
        problems.append(Problem("publicity_start", text % {"day": _shown(_day(posted))}))
    events = page.event_starts_at, page.event_ends_at
    if events[0] and events[1] and events[1] < events[0]:
        problems.append(Problem("event_ends_at", _("The event cannot end before it begins.")))
    last = stays_until(page)
    if last and end and end < last:
        text = _("Stays posted until what it announces is over: until %(day)s or later.")
        problems.append(Problem("publicity_end", text % {"day": _shown(last)}))
    return problems + _unlawful(page, posted)


def period_problem(start: date | None, end: date | None) -> str:
    """Why no notice can be posted from `start` to `end`, whatever its type; empty if it can."""
    if start is None or end is None:
        return ""
    if end < start:
        return _("Publicity cannot end before it begins.")
    leap_day = (start.month, start.day) == (2, 29)
    last = start.replace(year=start.year + MOST_YEARS, day=28 if leap_day else start.day)
    if end > last:
        text = _("Publicity lasts %(years)s years at most: until %(day)s. Check the year.")
        return text % {"years": MOST_YEARS, "day": _shown(last)}
    return ""


def _unlawful(page: "NoticePage", posted: datetime) -> list[Problem]:
    period = page.legal_period
    if period is None:
        return []
    checks = {Rule.LENGTH: _too_short, Rule.LEAD: lead_problem, Rule.DELAY: _too_early}
    problem = checks[Rule(period.rule)](page, period, posted)
    return [problem] if problem else []


def _too_short(page: "NoticePage", period: PeriodInWords, posted: datetime) -> Problem | None:
    if page.publicity_start is None or page.publicity_end is None:
        return None
    earliest = day_after(page.publicity_start, period)
    if page.publicity_end >= earliest:
        return None
    text = _("Must be posted for at least %(period)s: until %(day)s or later.")
    values = {"period": period.shown, "day": _shown(earliest)}
    return Problem("publicity_end", text % values)


def lead_problem(page: "NoticePage", period: PeriodInWords, posted: datetime) -> Problem | None:
    """Why the event of `page` is too soon for a notice public since `posted`."""
    event = page.event_starts_at
    if event is None:
        return Problem("event_starts_at", _("Say when it begins; the notice must come before it."))
    if period.unit == Unit.HOURS:
        if posted + timedelta(hours=period.amount) <= event:
            return None
    elif _earliest_event(_day(posted), period) <= _day(event):
        return None
    if not period.amount:
        return Problem("event_starts_at", _("The notice must be public before it begins."))
    text = _("Must be public at least %(period)s before it begins.") % {"period": period.shown}
    return Problem("event_starts_at", text)


def _earliest_event(posted: date, period: PeriodInWords) -> date:
    """No holiday rule here: moving the end of a lead would move the event, not the notice."""
    if period.unit == Unit.WORKING:
        return add_workdays(posted, period.amount)
    return posted + timedelta(days=period.amount)


def _too_early(page: "NoticePage", period: PeriodInWords, posted: datetime) -> Problem | None:
    """A late report is still published and marked as late: silence would be worse."""
    if page.event_starts_at is None:
        return Problem("event_starts_at", _("Say when what this notice reports on took place."))
    if _day(page.event_starts_at) > _day(posted):
        return Problem("event_starts_at", _("What the notice reports on lies in the future."))
    return None


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)


def _shown(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
