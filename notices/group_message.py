"""A notice as a message for the residents' WeChat group: short enough to be read there."""

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from notices.announcements import notice_path
from notices.models import NoticePage
from portal.messages.links import site_url

#: Characters of the text, a Chinese one counting as one; the link comes on a line of its own.
LIMIT = 140
PLACE_LIMIT, PHONE_LIMIT = 20, 20


def group_message(notice: NoticePage) -> str:
    """At most LIMIT characters and the link, in the language of the group."""
    # The group is a Chinese one whatever language the page is read in.
    with translation.override(settings.LANGUAGE_CODE):
        return f"{group_text(notice)}\n{site_url(notice_path(notice))}"


def group_text(notice: NoticePage) -> str:
    """The text alone. Where it is too long the title is cut, then who to call is left out."""
    with translation.override(settings.LANGUAGE_CODE):
        head = pgettext("beginning of a message", "[%(place)s] ") % {
            "place": _shortened(notice.place.label, PLACE_LIMIT)
        }
        when, phone = _when(notice), _phone(notice)
        room = LIMIT - len(head) - len(when)
        if len(notice.title) > room - len(phone):
            phone = phone if len(phone) <= room // 3 else ""
        return f"{head}{_shortened(notice.title, room - len(phone))}{when}{phone}"


def _when(notice: NoticePage) -> str:
    """When what it announces begins; else until when it is public."""
    if notice.event_starts_at and notice.event_starts_at > timezone.now():
        moment = timezone.localtime(notice.event_starts_at)
        return _(" From %(moment)s.") % {"moment": date_format(moment, "DATETIME_FORMAT")}
    if notice.publicity_end:
        day = date_format(notice.publicity_end, "DATE_FORMAT")
        return _(" Public until %(day)s.") % {"day": day}
    return ""


def _phone(notice: NoticePage) -> str:
    if not notice.contact_phone:
        return ""
    return _(" Questions: %(phone)s.") % {"phone": notice.contact_phone[:PHONE_LIMIT]}


def _shortened(text: str, room: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= room else f"{text[: room - 1]}…"
