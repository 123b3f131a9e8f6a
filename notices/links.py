"""How a link to a page inside a text becomes an address."""

from wagtail.models import Page
from wagtail.rich_text.pages import PageLinkHandler


class PlainPageLinkHandler(PageLinkHandler):
    """A link needs an address, which the page's own row has: Wagtail reads each kind's, too."""

    @classmethod
    def get_many(cls, attrs_list: list[dict[str, str]]) -> list[Page | None]:
        ids = [attrs.get("id", "") for attrs in attrs_list]
        wanted = {int(pk) for pk in ids if pk.isdecimal()}
        pages = Page.objects.only("url_path", "slug", "locale").in_bulk(wanted)
        return [pages.get(int(pk)) if pk.isdecimal() else None for pk in ids]
