"""A notice that goes live is news for those who subscribed to the places it concerns.

Called where the notice is saved, in its transaction: whichever way it went live, one bulletin
stands for this first publication, and a correction makes none: but for a cut at other hours, which
is urgent news of its own.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.models.records import NoticeRemoval
from notices.models.types import NoticeType
from portal.messages.services import bulletin_keys, bulletin_queue, bulletin_withdraw
from portal.places.models import Place

if TYPE_CHECKING:
    from notices.models import NoticePage


def notice_announce(notice: "NoticePage", *, now: datetime) -> None:
    """Queue `notice`, which has gone live, for its subscribers. Twice is once."""
    _queue(notice, _key(notice), _texts(notice), now)


def event_announce(notice: "NoticePage", *, before: "NoticePage", now: datetime) -> None:
    """Queue the new hours of a public cut; nothing where `before` had the same."""
    events = [(one.event_starts_at, one.event_ends_at) for one in (before, notice)]
    if events[0] == events[1] or not _is_urgent(notice):
        return
    texts = _texts(notice)
    for language, words in texts.items():
        with translation.override(language):
            words["title"] = _("New time: %(title)s") % {"title": notice.title}
    _queue(notice, f"{_key(notice)}-event-{now:%Y%m%d%H%M%S%f}", texts, now)


def _queue(notice: "NoticePage", key: str, texts: dict[str, dict[str, str]], now: datetime) -> None:
    named = list(notice.communities.all())
    bulletin_queue(
        key=key,
        place=notice.place,
        places=[notice.place, *named],
        with_below=not notice.place.is_community and not named,
        texts=texts,
        path=notice_path(notice),
        urgent=_is_urgent(notice),
        now=now,
    )


def notice_withdraw(notice: "NoticePage", *, now: datetime, moved_to: Place | None = None) -> None:
    """Take the news back: who was told of `notice` is told that it no longer holds here.

    Call it before the removal is on record, which ends this publication.
    """
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if moved_to:
                title = _("Moved: %(title)s") % {"title": notice.title}
                detail = _("The notice belongs to %(place)s and now stands there.")
                detail %= {"place": moved_to.label}
            else:
                title = _("Withdrawn: %(title)s") % {"title": notice.title}
                detail = _("The notice was taken off the public pages and no longer holds.")
            texts[language] = {"title": title, "detail": detail}
    key = _key(notice)
    for one in [key, *bulletin_keys(f"{key}-event-")]:
        bulletin_withdraw(key=one, texts=texts, path=_list_path(notice), now=now)


def _key(notice: "NoticePage") -> str:
    """Each publication is an occasion of its own; a removal on record ends one."""
    ended = NoticeRemoval.objects.filter(notice_id=notice.pk, published_at__isnull=False)
    return f"notice-{notice.pk}-publication-{ended.count() + 1}"


def _is_urgent(notice: "NoticePage") -> bool:
    """A cut of water, power, gas or heat does not wait for the next morning."""
    return notice.notice_type is not None and notice.notice_type.code == NoticeType.CUT


def _texts(notice: "NoticePage") -> dict[str, dict[str, str]]:
    """What a message says of it in each language; the title is the staff's own."""
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            kind = notice.variant or notice.notice_type
            parts = [kind.label if kind else "", _when(notice)]
            detail = " · ".join(part for part in parts if part)
            texts[language] = {"title": notice.title, "detail": detail}
    return texts


def _when(notice: "NoticePage") -> str:
    if _is_urgent(notice) and notice.event_starts_at:
        moment = date_format(timezone.localtime(notice.event_starts_at), "DATETIME_FORMAT")
        return _("from %(moment)s") % {"moment": moment}
    if notice.publicity_end:
        day = date_format(notice.publicity_end, "DATE_FORMAT")
        return _("public until %(day)s") % {"day": day}
    return ""


def notice_path(notice: "NoticePage") -> str:
    """Its address on the site, without host, in the site's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        parts = notice.get_url_parts()
        return str(parts[2]) if parts else _list_path(notice)


def _list_path(notice: "NoticePage") -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return reverse("notices:place", args=[notice.place.code])
