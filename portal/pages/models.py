"""The pages of the site's tree: home, county, sub-district, community.

Each but the home page belongs to a Place. The page of a sub-district stands beside those of its
communities, below the county: no address of a community depends on it.
"""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet

from notices.locks import NoticePlacePermissionTester
from portal.places.models import Place, PlaceLevel

if TYPE_CHECKING:
    from portal.accounts.models import User

RICH_TEXT = ["h3", "bold", "ol", "ul", "link", "document-link"]


class HomePage(Page):
    """The root of the site: where somebody finds their community."""

    introduction = models.CharField(_("introduction"), max_length=200, blank=True)

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["pages.CountyPage"]
    template = "pages/home.html"
    content_panels = [*Page.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from portal.pages.overview import home_overview

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | {"overview": home_overview(now=timezone.now())}


class CountyPage(Page):
    """A county: its communities, its own notices, its figures."""

    place = models.OneToOneField(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="county_page"
    )

    is_creatable = False
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.SubdistrictPage", "pages.CommunityPage", "notices.NoticePage"]
    template = "pages/county.html"

    class Meta:
        verbose_name = _("county page")
        verbose_name_plural = _("county pages")

    def permissions_for_user(self, user: "User") -> NoticePlacePermissionTester:
        return NoticePlacePermissionTester(user, self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from portal.pages.overview import county_overview

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        overview = county_overview(self, query=request.GET, now=timezone.now())
        return context | {"overview": overview, "place": self.place}


class SubdistrictPage(Page):
    """A sub-district: what it publishes for its communities, and the way to them."""

    place = models.OneToOneField(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="subdistrict_page"
    )

    is_creatable = False
    parent_page_types = ["pages.CountyPage"]
    subpage_types = ["notices.NoticePage"]
    template = "pages/subdistrict.html"

    class Meta:
        verbose_name = _("sub-district page")
        verbose_name_plural = _("sub-district pages")

    def permissions_for_user(self, user: "User") -> NoticePlacePermissionTester:
        return NoticePlacePermissionTester(user, self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from portal.pages.overview import subdistrict_overview

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        overview = subdistrict_overview(self, query=request.GET, now=timezone.now())
        return context | {"overview": overview, "place": self.place}


class CommunityPageQuerySet(PageQuerySet):
    def under(self, place: Place) -> Self:
        return self.filter(place__path__startswith=place.path)

    def for_list(self) -> Self:
        """As lists show them: with the place, by name within their part of the tree."""
        return self.live().select_related("place").order_by("place__path", "pk")


class CommunityPageManager(PageManager.from_queryset(CommunityPageQuerySet)):  # type: ignore[misc]
    pass


class CommunityPage(Page):
    """What a resident sees first of their own community."""

    place = models.OneToOneField(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="community_page"
    )
    about = RichTextField(
        _("what is being renovated here"),
        features=RICH_TEXT,
        blank=True,
        help_text=_("Contents, dates, who builds: what residents ask first."),
    )

    objects = CommunityPageManager()

    is_creatable = False
    parent_page_types = ["pages.CountyPage"]
    subpage_types = ["notices.NoticePage"]
    template = "pages/community.html"
    content_panels = [*Page.content_panels, FieldPanel("about")]

    class Meta:
        verbose_name = _("community page")
        verbose_name_plural = _("community pages")

    def permissions_for_user(self, user: "User") -> NoticePlacePermissionTester:
        return NoticePlacePermissionTester(user, self)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from portal.pages.overview import community_overview

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        overview = community_overview(self, now=timezone.now())
        return context | {"overview": overview, "place": self.place}


PlacePage = CountyPage | SubdistrictPage | CommunityPage
#: Level → the model of its pages, from the county down.
PAGES: dict[str, type[PlacePage]] = {
    PlaceLevel.COUNTY: CountyPage,
    PlaceLevel.SUBDISTRICT: SubdistrictPage,
    PlaceLevel.COMMUNITY: CommunityPage,
}
