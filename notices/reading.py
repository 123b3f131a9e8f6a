"""What the public page of a notice shows around its text."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from wagtail.models import PageViewRestriction

from notices.body import body_html, first_picture
from notices.changes import changes_of
from notices.holidays import unknown_years
from notices.links import Roots, page_address
from notices.public_objections import objections_shown
from notices.states import Publicity, Rule
from notices.structured import notice_data
from portal.common.qr import qr_svg
from portal.places.models import Place

if TYPE_CHECKING:
    from notices.models import NoticePage

TONES = {Publicity.OPEN: "good", Publicity.UPCOMING: "info", Publicity.ENDED: ""}


def chinese(text: str) -> SafeString:
    """What staff wrote, marked as Chinese so that readers and screen readers are told."""
    return format_html('<span lang="zh-Hans">{}</span>', text)


def page_context(notice: "NoticePage", request: HttpRequest, today: date) -> dict[str, Any]:
    state = notice.publicity(today)
    roots = notice._get_site_root_paths(notice)
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
        "body": body_html(notice.body, roots),
        "picture": _picture(notice, request),
        "crumbs": crumbs,
        "event": _event(notice),
        "facts": [*_facts(notice), *extra_rows(notice)],
        "postings": _postings(notice),
        "unknown_years": unknown_years(notice),
        "contact_label": chinese(notice.contact or notice.issuer),
    }


def _structured(
    notice: "NoticePage", request: HttpRequest, address: str, crumbs: list[tuple[Any, str]]
) -> SafeString:
    whole = [(strip_tags(str(text)), request.build_absolute_uri(url)) for text, url in crumbs]
    return notice_data(notice, address, whole)


def _picture(notice: "NoticePage", request: HttpRequest) -> dict[str, Any] | None:
    """What a shared link shows: a picture of the notice, where it has one and is for everybody."""
    shown = None if is_private(notice) else first_picture(notice.body)
    if shown is None:
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
    return any(row["is_private"] or row["alias_of"] for row in _line(notice))


def _line(notice: "NoticePage") -> list[dict[str, Any]]:
    """The pages above the notice and itself, the root first: one query for all that is asked."""
    line: list[dict[str, Any]] | None = getattr(notice, "_line_to_root", None)
    if line is None:
        restricted = Exists(PageViewRestriction.objects.filter(page=OuterRef("pk")))
        pages = notice.get_ancestors(inclusive=True).annotate(is_private=restricted)
        names = ["depth", "title", "url_path", "live", "alias_of", "is_private"]
        line = notice._line_to_root = list(pages.values(*names))
    return line


def _crumbs(notice: "NoticePage", roots: Roots) -> list[tuple[Any, str]]:
    """From the home page down to the place; the site's own root has no crumb but "Home"."""
    crumbs: list[tuple[Any, str]] = [(_("Home"), reverse("wagtail_serve", args=[""]))]
    above = [row for row in _line(notice)[:-1] if row["depth"] > 2 and row["live"]]
    labels = _labels(notice.place)
    for row in above:
        text = labels.get(row["title"]) or chinese(row["title"])
        crumbs.append((text, page_address(row["url_path"], roots)))
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
