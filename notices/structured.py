"""What search engines read of a notice (schema.org, JSON-LD)."""

import json
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from notices.models import NoticePage

#: In a script element nothing but its end could be taken for markup; none of these can be.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def notice_data(notice: "NoticePage", address: str, crumbs: list[tuple[Any, str]]) -> SafeString:
    """The content of a `<script type="application/ld+json">`. `crumbs` have whole addresses."""
    article: dict[str, Any] = {
        "@type": "Article",
        "headline": notice.title,
        "inLanguage": "zh-Hans",
        "mainEntityOfPage": address,
        "articleSection": notice.notice_type.label if notice.notice_type else None,
        "datePublished": _iso(notice.first_published_at),
        "dateModified": _iso(notice.last_published_at),
        "temporalCoverage": _period(notice),
        "spatialCoverage": {"@type": "Place", "name": notice.place.name},
        "author": {"@type": "Organization", "name": notice.issuer or notice.place.name},
    }
    items = [
        {"@type": "ListItem", "position": number, "name": str(text), "item": url}
        for number, (text, url) in enumerate(crumbs, 1)
    ]
    trail = {"@type": "BreadcrumbList", "itemListElement": items}
    known = {name: value for name, value in article.items() if value}
    data = {"@context": "https://schema.org", "@graph": [known, trail]}
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))


def _iso(moment: Any) -> str:
    return moment.isoformat() if moment else ""


def _period(notice: "NoticePage") -> str:
    if not notice.publicity_start:
        return ""
    end = notice.publicity_end.isoformat() if notice.publicity_end else ".."
    return f"{notice.publicity_start.isoformat()}/{end}"
