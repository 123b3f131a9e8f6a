"""Addresses of pages from their own row, many at once.

Wagtail's link handler reads each kind of page that a text links to, one text at a time.
"""

import re
from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.html import escape
from wagtail.models import Page, Site, SiteRootPath

from portal.common.parts import part

_PAGE_LINK = re.compile(r'<a\b[^>]*\blinktype="page"[^>]*>')
_ID = re.compile(r'\bid="(\d{1,18})"')

Roots = Sequence[SiteRootPath]


def site_roots() -> Roots:
    """Where the site begins, without asking the shared cache for it on each page."""
    roots: Roots = part(("site roots",), Site.get_site_root_paths)
    return roots


def share_roots(pages: Iterable[Page]) -> None:
    """Where the site begins, for all of `pages` at once: each would ask the cache for it."""
    roots = site_roots()
    for page in pages:
        page._wagtail_cached_site_root_paths = roots


def page_address(url_path: str, roots: Roots) -> str:
    """The address of the page at `url_path` in the reader's language."""
    if len(roots) == 1 and url_path.startswith(roots[0].root_path):
        return reverse("wagtail_serve", args=[url_path.removeprefix(roots[0].root_path)])
    page = Page(url_path=url_path)
    page._wagtail_cached_site_root_paths = roots
    return page.get_url() or ""


def page_links_expand(html: str, roots: Roots) -> str:
    """`html` with an address in every link to a page; a link to a page that is gone has none."""
    ids = {int(found.group(1)) for link in _PAGE_LINK.findall(html) if (found := _ID.search(link))}
    if not ids:
        return html
    paths = dict(Page.objects.filter(pk__in=ids).order_by().values_list("pk", "url_path"))

    def opening(link: re.Match[str]) -> str:
        found = _ID.search(link.group())
        path = paths.get(int(found.group(1))) if found else None
        return f'<a href="{escape(page_address(path, roots))}">' if path else "<a>"

    return _PAGE_LINK.sub(opening, html)
