"""What a message to a subscriber says."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.messages.links import page_url, stop_url
from portal.messages.models import Bulletin, Subscriber
from portal.messages.states import Channel

#: A digest lists so many; the rest is counted, and stands on the list pages.
SHOWN = 30


def digest_text(subscriber: Subscriber, bulletins: Sequence[Bulletin]) -> tuple[str, str]:
    """(subject, body) of one message about `bulletins`, in the language of the subscriber."""
    language = subscriber.language
    with translation.override(language):
        if subscriber.channel == Channel.SMS:
            return "", _short(bulletins, language, stop_url(subscriber.pk, language))
        parts = [_entry(bulletin, language) for bulletin in bulletins[:SHOWN]]
        if len(bulletins) > SHOWN:
            parts.append(_("And %(count)d more.") % {"count": len(bulletins) - SHOWN})
        stop = _("You get this because you asked for it. To stop it: %(url)s") % {
            "url": stop_url(subscriber.pk, language)
        }
        return _subject(bulletins, language), "\n\n".join([*parts, f"-- \n{stop}"])


def _subject(bulletins: Sequence[Bulletin], language: str) -> str:
    first = bulletins[0]
    words = {"place": first.place.label, "title": first.texts[language]["title"]}
    if len(bulletins) == 1:
        return pgettext("subject of a message", "%(place)s: %(title)s") % words
    words["count"] = str(len(bulletins))
    if len({bulletin.place_id for bulletin in bulletins}) == 1:
        return _("%(place)s: %(count)s new notices") % words
    return _("%(count)s new notices of your places") % words


def _entry(bulletin: Bulletin, language: str) -> str:
    text = bulletin.texts[language]
    lines = [text["title"], f"{bulletin.place.label} · {text['detail']}"]
    return "\n".join([*lines, page_url(bulletin.path, language)])


def _short(bulletins: Sequence[Bulletin], language: str, stop: str) -> str:
    first = bulletins[0]
    words = {
        "place": first.place.label,
        "title": first.texts[language]["title"][:40],
        "url": page_url(first.path, language),
        "stop": stop,
        "count": len(bulletins) - 1,
    }
    if len(bulletins) == 1:
        return _("[Linli] %(place)s: %(title)s %(url)s To stop: %(stop)s") % words
    return _("[Linli] %(place)s: %(title)s and %(count)d more %(url)s To stop: %(stop)s") % words
