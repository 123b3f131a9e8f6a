"""What the public page of a notice shows around its text."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from notices.body import body_html, first_picture
from notices.changes import changes_of
from notices.holidays import unknown_years
from notices.links import Roots, page_address
from notices.public_objections import objections_shown
from notices.states import Publicity, Rule
from notices.structured import notice_data
from portal.common.parts import part
from portal.common.qr import qr_svg
from portal.places.models import Place

if TYPE_CHECKING:
    from notices.models import NoticePage

TONES = {Publicity.OPEN: "good", Publicity.UPCOMING: "info", Publicity.ENDED: ""}


class Picture(NamedTuple):
    """The address of a picture on this site, its size in pixels."""

    url: str
    width: int
    height: int


def chinese(text: str) -> SafeString:
    """What staff wrote, marked as Chinese so that readers and screen readers are told."""
    return format_html('<span lang="zh-Hans">{}</span>', text)


def page_context(notice: "NoticePage", request: HttpRequest, today: date) -> dict[str, Any]:
    state = notice.publicity(today)
    roots = notice._get_site_root_paths(notice)
    body, picture = _text(notice, roots)
    crumbs = _crumbs(notice, roots)
    address = request.build_absolute_uri(page_address(notice.url_path, roots))
    return {
        "address": address,
        "qr": qr_svg(address),
        "changes": changes_of(notice),
        "structured": _structured(notice, request, address, crumbs),
        "publicity": state,
        "tone": TONES[state],
        "days_left": notice.days_left(today),
        "objections": objections_shown(notice, today),
        "attachments": _attachments(notice),
        "body": body,
        "picture": _picture(notice, request, picture),
        "crumbs": crumbs,
        "event": _event(notice),
        "facts": [*_facts(notice), *extra_rows(notice)],
        "postings": _postings(notice),
        "unknown_years": unknown_years(notice),
        "contact_label": chinese(notice.contact or notice.issuer),
    }


def _text(notice: "NoticePage", roots: Roots) -> tuple[list[SafeString], Picture | None]:
    """The text as HTML, and the picture that stands for it. That of a public version is made once
    and kept; of what is only previewed, which `for_page` has not read, it is made each time."""

    def made() -> tuple[list[SafeString], Picture | None]:
        shown = first_picture(notice.body)
        picture = None if shown is None else Picture(shown.url, shown.width, shown.height)
        return body_html(notice.body, roots), picture

    if not notice.live or getattr(notice, "has_attachments", None) is None:
        return made()
    return part(("notice text", notice.pk, notice.live_revision_id, notice.last_published_at), made)


def _structured(
    notice: "NoticePage", request: HttpRequest, address: str, crumbs: list[tuple[Any, str]]
) -> SafeString:
    whole = [(strip_tags(str(text)), request.build_absolute_uri(url)) for text, url in crumbs]
    return notice_data(notice, address, whole)


def _picture(
    notice: "NoticePage", request: HttpRequest, shown: Picture | None
) -> dict[str, Any] | None:
    """What a shared link shows: a picture of the notice, where it has one and is for everybody."""
    if shown is None or is_private(notice):
        return None
    url = request.build_absolute_uri(shown.url)
    return {"url": url, "width": shown.width, "height": shown.height}


def _attachments(notice: "NoticePage") -> Iterable[Any]:
    """Most notices have none, which `for_page` knows without another query."""
    if not getattr(notice, "has_attachments", True):
        return []
    return notice.attachments.select_related("document", "image")


def _postings(notice: "NoticePage") -> Iterable[Any]:
    if not getattr(notice, "has_postings", True):
        return []
    return notice.postings.select_related("image", "building").order_by("taken_on", "pk")


def is_private(notice: "NoticePage") -> bool:
    """Whether the notice or a page above it may not be shown to everyone."""
    known = getattr(notice, "is_restricted", None)
    if known is None:
        pages = notice.get_ancestors(inclusive=True)
        known = pages.filter(
            Q(view_restrictions__isnull=False) | Q(alias_of__isnull=False)
        ).exists()
    return bool(known)


def _crumbs(notice: "NoticePage", roots: Roots) -> list[tuple[Any, str]]:
    """The way to every notice of one place."""
    key = ("notice crumbs", notice.path[: -notice.steplen], notice.place.code)
    return part(key, lambda: _crumbs_to(notice, roots))


def _crumbs_to(notice: "NoticePage", roots: Roots) -> list[tuple[Any, str]]:
    """From the home page down to the place; the site's own root has no crumb but "Home"."""
    crumbs: list[tuple[Any, str]] = [(_("Home"), reverse("wagtail_serve", args=[""]))]
    above = notice.get_ancestors().live().filter(depth__gt=2).values_list("title", "url_path")
    labels = _labels(notice.place)
    for title, url_path in above:
        crumbs.append((labels.get(title) or chinese(title), page_address(url_path, roots)))
    crumbs.append((_("Notices"), reverse("notices:place", args=[notice.place.code])))
    return crumbs


def _labels(place: Place) -> dict[str, str]:
    """Name → label of `place` and what lies above it. Titles of their pages follow the names, so
    that only the other language has anything to look up."""
    if get_language() != "en":
        return {}
    return {part.name: part.label for part in Place.objects.above(place)}


def _facts(notice: "NoticePage") -> Sequence[tuple[str, Any]]:
    period = notice.legal_period
    basis = chinese(period.basis) if period and period.basis else ""
    return [
        (pgettext("whom a notice is for", "For"), audience_text(notice)),
        (_("Issued by"), chinese(notice.issuer) if notice.issuer else ""),
        (_("Document number"), chinese(notice.document_number) if notice.document_number else ""),
        (_("First published"), notice.first_published_at and _moment(notice.first_published_at)),
        (_("Legal basis"), basis),
    ]


def audience_text(notice: "NoticePage") -> str:
    """The place, and whom of it the notice means."""
    named = (
        [community.label for community in notice.communities.all()] if notice.is_narrowed else []
    )
    if notice.place.is_community and getattr(notice, "has_buildings", True):
        named += [building.name for building in notice.buildings.all()]
    if not named:
        return notice.place.label
    names = "、".join(named)
    return _("%(place)s: %(names)s") % {"place": notice.place.label, "names": names}


def extra_rows(notice: "NoticePage") -> list[tuple[str, Any]]:
    """The extra fields as (label, value): as they were asked for when it went public."""
    asked = notice.asked
    specs = asked.fields if asked else ()
    rows = [(spec.label, spec.shown(notice.extra.get(spec.key, ""))) for spec in specs]
    return [(label, value) for label, value in rows if value != ""]


def _event(notice: "NoticePage") -> dict[str, str] | None:
    """When what the notice is about takes place, or took place."""
    begins, ends = notice.event_starts_at, notice.event_ends_at
    if begins is None:
        return None
    text = _moment(begins)
    if ends is not None:
        same_day = timezone.localdate(begins) == timezone.localdate(ends)
        end = date_format(timezone.localtime(ends), "TIME_FORMAT") if same_day else _moment(ends)
        text = _("%(start)s to %(end)s") % {"start": text, "end": end}
    period = notice.legal_period
    reported = period is not None and period.rule == Rule.DELAY
    return {"title": _("When it took place") if reported else _("When it is"), "text": text}


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
