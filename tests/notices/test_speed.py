"""How often the database is asked for a notice and for a list, with everything they can hold."""

import io
from typing import Any

import pytest
from django.core.files.images import ImageFile
from django.utils import timezone
from PIL import Image
from wagtail.models import PageViewRestriction
from wagtail.rich_text import RichText

from notices.models import NoticeAttachment, NoticePage
from notices.reading import page_context
from portal.demo import factories
from portal.media.models import PlaceDocument, PlaceImage

PAGE_QUERIES = 10
LIST_QUERIES = 8


def _picture(place: Any, name: str) -> PlaceImage:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "#14524b").save(file, "JPEG")
    return PlaceImage.objects.create(title=name, file=ImageFile(file, f"{name}.jpg"), place=place)


@pytest.fixture
def full(pages: Any, now: Any) -> NoticePage:
    """A notice with texts full of links, pictures, and attachments of both kinds."""
    place = pages.community.place
    document = PlaceDocument.objects.create(title="方案", place=place)
    link = '<a linktype="page" id="{}">另见</a><a linktype="document" id="{}">文件</a>'
    text = RichText(f"<p>{link.format(pages.county.pk, document.pk)}</p>")
    figures = [
        ("image", {"image": _picture(place, f"p{n}"), "alternative": "现场", "caption": ""})
        for n in range(2)
    ]
    notice = factories.notice(
        pages.community, now, kind="N04", body=[("heading", "说明"), *[("paragraph", text)] * 5]
    )
    notice.body.extend(figures)
    notice.save()
    NoticeAttachment.objects.create(page=notice, title="方案", document=document)
    NoticeAttachment.objects.create(page=notice, title="照片", image=_picture(place, "a"))
    return notice


def test_a_shared_link_shows_the_picture_of_the_notice(full: NoticePage, client: Any) -> None:
    html = client.get(full.url).content.decode()
    picture = html.split('property="og:image" content="')[1].split('"')[0]
    assert picture.startswith("http://testserver/media/images/p0")
    assert 'property="og:image:width" content="40"' in html
    assert 'property="og:image:height" content="30"' in html


def test_nothing_private_is_in_a_shared_link(full: NoticePage, rf: Any) -> None:
    PageViewRestriction.objects.create(
        page=full.get_parent(), restriction_type=PageViewRestriction.LOGIN
    )
    notice = NoticePage.objects.for_page().get(pk=full.pk)
    assert page_context(notice, rf.get(full.url), timezone.localdate())["picture"] is None


@pytest.mark.parametrize("language", ["", "/en"])
def test_a_page_full_of_links_and_pictures_has_few_queries(
    full: NoticePage, client: Any, django_assert_max_num_queries: Any, language: str
) -> None:
    address = language + full.url
    html = client.get(address).content.decode()
    assert html.count(f'<a href="{language}/pingcheng/">另见') == 5
    assert "<h2>说明</h2>" in html
    assert html.count('<figure class="notice-figure"><img') == 3
    assert "&lt;" not in html.split('class="prose"')[1].split("</article>")[0]
    with django_assert_max_num_queries(PAGE_QUERIES):
        client.get(address)


@pytest.mark.parametrize("query", [{}, {"q": "改造进度"}, {"state": "OPEN", "type": "N12"}])
def test_a_list_has_few_queries(
    pages: Any, now: Any, client: Any, django_assert_max_num_queries: Any, query: dict[str, str]
) -> None:
    for _ in range(25):
        factories.notice(pages.community, now)
    client.get("/notices/PC001/", query)
    with django_assert_max_num_queries(LIST_QUERIES):
        assert client.get("/notices/PC001/", query).context["listing"].total == 25


def test_a_link_to_a_page_that_is_gone_leads_nowhere(pages: Any, now: Any, client: Any) -> None:
    text = RichText('<p><a linktype="page" id="99999">另见</a></p>')
    notice = factories.notice(pages.community, now, body=[("paragraph", text)])
    assert "<a>另见</a>" in client.get(notice.url).content.decode()


@pytest.mark.parametrize("which", ["notice", "community", "county"])
def test_a_private_page_stays_private(pages: Any, now: Any, client: Any, which: str) -> None:
    notice = factories.notice(pages.community, now)
    page = {"notice": notice, "community": pages.community, "county": pages.county}[which]
    assert client.get(notice.url).status_code == 200
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    answer = client.get(notice.url)
    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]


def test_a_draft_and_a_withdrawn_notice_have_no_page(pages: Any, now: Any, client: Any) -> None:
    draft = factories.notice(pages.community, title="草稿")
    assert client.get(draft.url).status_code == 404
    notice = factories.notice(pages.community, now)
    NoticePage.objects.filter(pk=notice.pk).update(live=False)
    assert client.get(notice.url).status_code == 404


def test_the_same_end_of_an_address_below_another_page_is_another_notice(
    pages: Any, now: Any, client: Any
) -> None:
    here = factories.notice(pages.community, now, title="此处")
    there = factories.notice(pages.other, now, title="彼处")
    assert here.slug == there.slug
    assert "此处" in client.get(here.url).content.decode()
    assert "彼处" in client.get(there.url).content.decode()
    assert client.get(f"/pingcheng/{here.slug}/").status_code == 404
