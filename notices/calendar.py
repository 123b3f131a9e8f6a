"""Notices as entries of a calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from notices.models import NoticePage, NoticeQuerySet
from notices.states import Rule

#: What ended so long ago is no longer in the calendar, and it never has more notices than these.
PAST = timedelta(days=90)
MAX_NOTICES = 200


def calendar_bytes(
    notices: NoticeQuerySet, title: str, request: HttpRequest, *, today: date
) -> bytes:
    """A calendar of the publicity periods of `notices` and of the events they announce."""
    calendar = Calendar()
    calendar.add("prodid", "-//Linli//notices//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", settings.TIME_ZONE)
    since = today - PAST
    recent = notices.filter(
        Q(publicity_end__gte=since) | Q(event_starts_at__date__gte=since)
    ).order_by("-publicity_start", "-pk")
    for notice in recent[:MAX_NOTICES]:
        for event in (_period(notice, request), _happening(notice, request)):
            if event is not None:
                calendar.add_component(event)
    # A program that does not know the zone is told of it.
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _period(notice: NoticePage, request: HttpRequest) -> Event | None:
    """The days of its publicity; they block nobody's time."""
    start, end = notice.publicity_start, notice.publicity_end
    if start is None or end is None:
        return None
    event = _event(notice, request, "period", _("Public: %(title)s") % {"title": notice.title})
    event.add("dtstart", start)
    # The end of an all-day event is the first day after it (RFC 5545, 3.6.1).
    event.add("dtend", end + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _happening(notice: NoticePage, request: HttpRequest) -> Event | None:
    """What the notice announces: a cut, a meeting, a vote. What it reports is over."""
    period, start = notice.legal_period, notice.event_starts_at
    if start is None or (period is not None and period.rule == Rule.DELAY):
        return None
    event = _event(notice, request, "event", notice.title)
    event.add("dtstart", _local(start))
    event.add("dtend", _local(notice.event_ends_at or start + timedelta(hours=1)))
    return event


def _event(notice: NoticePage, request: HttpRequest, part: str, summary: str) -> Event:
    event = Event()
    changed = notice.last_published_at or notice.first_published_at or notice.event_starts_at
    event.add("uid", f"{notice.translation_key}-{part}@linli")
    if changed is not None:
        event.add("dtstamp", changed)
        event.add("last-modified", changed)
    event.add("summary", summary)
    kind = notice.notice_type.label if notice.notice_type else ""
    event.add("description", f"{notice.place.label} · {kind}")
    event.add("location", notice.place.label)
    event.add("url", notice.get_full_url(request) or "")
    return event


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE))
