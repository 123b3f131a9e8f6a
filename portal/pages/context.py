"""What the frame of every page needs. Nothing here depends on who is looking."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, ResolverMatch, reverse, translate_url
from django.utils.functional import cached_property
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.common.parts import part

VIEW_PARAMETER = "view"
LARGE = "large"
#: Parts of an address that lead to other content, not to the same in another shape.
OWN_PAGE = frozenset({"page", "type", "state", "year", "part", "place", "period"})

LANGUAGE_TAGS = {"zh-hans": ("zh-Hans", "中文"), "en": ("en", "English")}
NAVIGATION = [
    ("pages:find", pgettext_lazy("navigation", "Find my community")),
    ("complaints:track", pgettext_lazy("navigation", "Follow a complaint")),
    ("indicators:overview", pgettext_lazy("navigation", "Published figures")),
]
FOOTER = [
    ("complaints:board_start", _("What became of complaints")),
    ("pages:site_map", _("Site map")),
    ("pages:accessibility", _("Accessibility")),
    ("pages:privacy", _("Privacy")),
    ("wagtailadmin_home", _("Sign in for staff")),
]
FOOTER_FACTS = [
    ("sponsor", _("Sponsor"), ""),
    ("operator", _("Operator"), ""),
    ("contact", _("Contact"), ""),
    ("icp_number", _("ICP filing"), "https://beian.miit.gov.cn/"),
    ("police_number", _("Public security filing"), "https://beian.mps.gov.cn/"),
    ("site_code", _("Site identification code"), ""),
]


@dataclass(frozen=True)
class Link:
    text: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Language:
    """`url` for readers, `whole` for search engines."""

    tag: str
    name: str
    url: str
    whole: str
    current: bool


class Frame:
    """`site` in templates: computed only as far as a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def demonstration(self) -> bool:
        return bool(settings.DEMONSTRATION)

    @property
    def large_type(self) -> bool:
        return self.request.GET.get(VIEW_PARAMETER) == LARGE

    @property
    def view_url(self) -> str:
        """The page itself in the other type size, for browsers without script."""
        query = self.request.GET.copy()
        query[VIEW_PARAMETER] = "standard" if self.large_type else LARGE
        return f"{self.request.path}?{query.urlencode()}"

    @property
    def home_url(self) -> str:
        return reverse("wagtail_serve", args=[""])

    @property
    def home_crumbs(self) -> list[tuple[str, str]]:
        return [(str(_("Home")), self.home_url)]

    @property
    def picture_url(self) -> str:
        """What a shared link shows beside its title."""
        return self.request.build_absolute_uri(static("linli/share.png"))

    @property
    def is_chinese(self) -> bool:
        return get_language() != "en"

    @cached_property
    def languages(self) -> list[Language]:
        """The page in each language; empty where the address is not one of a translated page."""
        here = self.request.get_full_path()
        current = get_language()
        match = self.request.resolver_match
        languages = []
        for code, _name in settings.LANGUAGES:
            tag, name = LANGUAGE_TAGS[code]
            url = here if code == current else _translated(here, match, code)
            if code != current and url == here:
                return []
            whole = self._whole(url)
            languages.append(Language(tag, name, url, whole, code == current))
        return languages

    @property
    def canonical_url(self) -> str:
        """The one address of this page: without the type size and what others add to links."""
        return self._whole(self.request.get_full_path())

    def _whole(self, url: str) -> str:
        """With the host, and with those parts of the address that make a page of its own."""
        path, _mark, query = url.partition("?")
        kept = [(name, value) for name, value in parse_qsl(query) if name in OWN_PAGE]
        tail = f"?{urlencode(kept)}" if kept else ""
        return f"{self.request.scheme}://{self.request.get_host()}{path}{tail}"

    @cached_property
    def navigation(self) -> list[Link]:
        path = self.request.path
        links = part(("frame links", "navigation"), self._navigation)
        home = links[0].url
        return [
            replace(link, current=path == home if link.url == home else path.startswith(link.url))
            for link in links
        ]

    @property
    def current(self) -> tuple[str, ...]:
        """Where in the navigation this page is."""
        return tuple(link.url for link in self.navigation if link.current)

    def _navigation(self) -> list[Link]:
        return [Link(str(_("Home")), self.home_url), *self._links(NAVIGATION)]

    @property
    def footer_links(self) -> list[Link]:
        return self._links(FOOTER)

    @property
    def footer_facts(self) -> list[dict[str, Any]]:
        """What the installation has set of a government site's footer; nothing is made up."""
        return [
            {"name": name, "value": settings.SITE_FOOTER[key], "url": url}
            for key, name, url in FOOTER_FACTS
            if settings.SITE_FOOTER.get(key)
        ]

    @staticmethod
    def _links(names: Iterable[tuple[str, Any]]) -> list[Link]:
        links = []
        for name, text in names:
            try:
                url = reverse(name)
            except NoReverseMatch:
                continue
            links.append(Link(str(text), url))
        return links


def _translated(here: str, match: ResolverMatch | None, code: str) -> str:
    """As Django's `translate_url`, which finds out again what the request knows already."""
    if match is None or not match.view_name:
        return translate_url(here, code)
    _path, mark, query = here.partition("?")
    with override(code):
        try:
            url = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
        except NoReverseMatch:
            return here
    return f"{url}{mark}{query}"


def site(request: HttpRequest) -> dict[str, Frame]:
    return {"site": Frame(request)}
