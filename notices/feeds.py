"""Public notices as Atom (RFC 4287) and iCalendar (RFC 5545) feeds.

One address for all notices and one a place; `?type=N10` narrows either. They are public pages like
others: the same for everybody, kept by the page cache, as fresh as the pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from notices.calendar import calendar_bytes
from notices.models import NoticePage, NoticeQuerySet, NoticeType
from notices.queries import all_notices, notices_for
from portal.places.models import Place

ENTRIES = 30


@dataclass(frozen=True)
class Asked:
    """Which notices an address asks for."""

    place: Place | None
    kind: NoticeType | None

    @property
    def notices(self) -> NoticeQuerySet:
        found = notices_for(self.place) if self.place else all_notices()
        return found.filter(notice_type=self.kind) if self.kind else found

    @property
    def title(self) -> str:
        place = self.place.label if self.place else ""
        title = _("Notices of %(place)s") % {"place": place} if place else _("All notices")
        return f"{title} · {self.kind.label}" if self.kind else title

    @property
    def list_url(self) -> str:
        name, args = ("notices:place", [self.place.code]) if self.place else ("notices:list", [])
        url = reverse(name, args=args)
        return f"{url}?type={self.kind.code}" if self.kind else url


def asked(request: HttpRequest, code: str | None) -> Asked:
    """Raises Http404 for a place or a type that is not there."""
    place = get_object_or_404(Place.objects.select_related("level"), code=code) if code else None
    kind_code = request.GET.get("type", "")
    kind = get_object_or_404(NoticeType, code=kind_code[:8]) if kind_code else None
    return Asked(place, kind)


class NoticeAtom(Atom1Feed):
    """With the text itself, so that a reader program shows it without the page."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "text", "xml:lang": "zh-Hans"})


class NoticeFeed(Feed[NoticePage, Asked]):
    feed_type = NoticeAtom

    def get_object(self, request: HttpRequest, code: str | None = None) -> Asked:
        self.request = request
        return asked(request, code)

    def title(self, obj: Asked) -> str:
        return obj.title

    def subtitle(self, obj: Asked) -> str:
        return _("New notices as they are published.")

    def link(self, obj: Asked) -> str:
        return obj.list_url

    def author_name(self, obj: Asked) -> str:
        return obj.place.label if obj.place else pgettext("name of the portal", "Linli")

    def items(self, obj: Asked) -> Iterable[NoticePage]:
        newest = obj.notices.defer(None).order_by("-first_published_at", "-pk")
        return newest[:ENTRIES]

    def item_title(self, item: NoticePage) -> str:
        return item.title

    def item_description(self, item: NoticePage) -> str:
        return f"{item.place.label} · {item.notice_type.label if item.notice_type else ''}"

    def item_link(self, item: NoticePage) -> str:
        return item.get_url(self.request) or ""

    def item_guid(self, item: NoticePage) -> str:
        """The same for ever, in every language and under every address of the site."""
        return f"urn:uuid:{item.translation_key}"

    def item_author_name(self, item: NoticePage) -> str:
        return item.issuer or item.place.label

    def item_pubdate(self, item: NoticePage) -> datetime:
        return item.first_published_at or item.latest_revision_created_at or timezone.now()

    def item_updateddate(self, item: NoticePage) -> datetime:
        return item.last_published_at or self.item_pubdate(item)

    def item_categories(self, item: NoticePage) -> list[str]:
        return [item.notice_type.label] if item.notice_type else []

    def item_extra_kwargs(self, item: NoticePage) -> dict[str, Any]:
        body = item.body.stream_block.get_searchable_content(item.body)
        texts = [str(text).strip() for text in [*body, item.extra_words()]]
        return {"content": "\n\n".join(text for text in texts if text)}


@require_safe
def atom(request: HttpRequest, code: str | None = None) -> HttpResponse:
    return NoticeFeed()(request, code=code)


@require_safe
def calendar(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """Publicity periods as days and events as hours, for the calendar of a phone."""
    wanted = asked(request, code)
    content = calendar_bytes(wanted.notices, wanted.title, request, today=timezone.localdate())
    return HttpResponse(content, content_type="text/calendar; charset=utf-8")
