import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from feedback.surveys.models import Survey, SurveyPlace
from notices.models import NoticePage, NoticeType
from portal.accounts.models import User
from portal.demo import factories
from portal.pages.models import CommunityPage, CountyPage, SubdistrictPage
from portal.pages.services import pages_ensure
from portal.places.models import Place
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
#: Latin words a Chinese page may hold.
NAMES = {"Linli", "LINLI", "English", "WeChat", "QR", "Tab", "WCAG", "AA", "GB", "Cookie", "ICP"}


@pytest.fixture
def survey(neighbourhood: Neighbourhood) -> Survey:
    now = timezone.now()
    survey = Survey.objects.create(
        slug="satisfaction",
        title_zh="改造后满意度调查",
        title_en="Satisfaction after the renovation",
        live=True,
        opens_at=now - timedelta(days=2),
        closes_at=now + timedelta(days=20),
        headline="B1",
    )
    SurveyPlace.objects.create(survey=survey, place=neighbourhood.county)
    return survey


def _notice(
    parent: CommunityPage | CountyPage, title: str, code: str = "N12", **fields: Any
) -> Any:
    notice = NoticePage(
        title=title,
        place=parent.place,
        notice_type=NoticeType.objects.get(code=code),
        publicity_start=timezone.localdate(),
        live=False,
        **fields,
    )
    parent.add_child(instance=notice)
    NoticePage.objects.filter(pk=notice.pk).update(live=True)
    return notice


def _get(client: Client, page: Any) -> str:
    answer = client.get(page.get_url())
    assert answer.status_code == 200
    return answer.content.decode()


def _text(html: str) -> str:
    """What a reader sees: no tags, nothing in head, nothing marked as being in Chinese."""
    body = html.split("<body", 1)[1]
    body = re.sub(r'<(\w+)[^>]*lang="zh-Hans"[^>]*>[^<]*</\1>', "", body)
    body = re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", body, flags=re.S)
    return re.sub(r"<[^>]+>", " ", body)


def test_the_home_page_leads_to_counties_surveys_and_notices(
    client: Client, community_page: CommunityPage, survey: Survey
) -> None:
    _notice(community_page, "楼道照明修复公告")
    page = client.get("/").content.decode()
    assert "平城区" in page
    assert "1个小区" in page
    assert survey.title_zh in page
    assert "楼道照明修复公告" in page


def test_the_home_page_stands_without_any_register(client: Client, db: None) -> None:
    assert client.get("/").status_code == 200


def test_a_community_page_shows_what_is_open_now(
    client: Client, community_page: CommunityPage, survey: Survey
) -> None:
    page = _get(client, community_page)
    assert reverse("surveys:answer", args=[survey.slug, community_page.place.code]) in page
    assert f"{reverse('complaints:file')}?place={community_page.place.code}" in page


def test_the_next_cut_comes_before_everything_else(
    client: Client, community_page: CommunityPage
) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    _notice(community_page, "更换阀门停水", "N10", event_starts_at=tomorrow)
    page = _get(client, community_page)
    assert page.index("更换阀门停水") < page.index("正在进行")


def test_a_cut_that_is_over_is_gone(client: Client, community_page: CommunityPage) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    _notice(community_page, "更换阀门停水", "N10", event_starts_at=yesterday)
    assert 'class="cut"' not in _get(client, community_page)


def test_a_community_lists_its_own_and_its_countys_notices(
    client: Client, community_page: CommunityPage, county_page: CountyPage
) -> None:
    _notice(community_page, "本小区公告")
    _notice(county_page, "本县区公告")
    other = CommunityPage.objects.exclude(pk=community_page.pk).get()
    _notice(other, "别处公告")
    page = _get(client, community_page)
    assert "本小区公告" in page
    assert "本县区公告" in page
    assert "别处公告" not in page


def test_what_still_runs_comes_before_what_is_over(
    client: Client, community_page: CommunityPage
) -> None:
    today = timezone.localdate()
    running = _notice(community_page, "还在公示", publicity_end=today + timedelta(days=3))
    over = _notice(community_page, "已经结束", publicity_end=today)
    start = today - timedelta(days=20)
    NoticePage.objects.filter(pk=running.pk).update(publicity_start=start)
    NoticePage.objects.filter(pk=over.pk).update(
        publicity_start=today - timedelta(days=9), publicity_end=today - timedelta(days=1)
    )
    page = _get(client, community_page)
    assert page.index("还在公示") < page.index("已经结束")


def test_the_committees_number_can_be_tapped(
    client: Client, community_page: CommunityPage, neighbourhood: Neighbourhood
) -> None:
    neighbourhood.subdistrict.phone = "0352-502 1234"
    neighbourhood.subdistrict.save()
    page = _get(client, community_page)
    assert 'href="tel:0352-5021234"' in page
    assert "请社区上门协助" in page


def test_a_page_says_when_there_is_nothing(client: Client, community_page: CommunityPage) -> None:
    page = _get(client, community_page)
    assert "暂无公告" in page
    assert "目前没有正在进行的问卷" in page


@pytest.mark.parametrize("count", [3, 30])
def test_a_county_costs_the_same_however_many_communities_it_has(
    client: Client,
    neighbourhood: Neighbourhood,
    django_assert_max_num_queries: Any,
    count: int,
) -> None:
    for number in range(count):
        name = f"新村{number}"
        factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"N{number}", name=name)
    pages_ensure()
    page = CountyPage.objects.get(place=neighbourhood.county)
    _get(client, page)
    with django_assert_max_num_queries(16):
        html = _get(client, page)
    assert html.count("新村") == count


def test_a_county_leads_to_the_pages_that_parts_of_it_have(
    client: Client, county_page: CountyPage, neighbourhood: Neighbourhood
) -> None:
    committee = factories.place("COMMITTEE", neighbourhood.county, code="KJ1", name="开源社区")
    factories.place("COMMUNITY", committee, code="KJ001", name="开源小区")
    new = factories.place("SUBDISTRICT", neighbourhood.county, code="140213059", name="新街道")
    factories.place("COMMUNITY", new, code="XJ001", name="新小区")
    pages_ensure()

    def links(part: Place) -> bool:
        html = client.get(county_page.get_url(), {"part": part.code}).content.decode()
        assert f'aria-current="true">{part.label}' in html
        return reverse("pages:community", args=[part.code]) in html

    assert not links(committee)
    assert client.get(reverse("pages:community", args=[committee.code])).status_code == 404
    assert links(new)
    # Its page is made a moment after the place.
    SubdistrictPage.objects.get(place=new).delete()
    assert not links(new)


def test_a_community_leads_to_its_sub_district_once_that_has_a_page(
    client: Client, community_page: CommunityPage, neighbourhood: Neighbourhood
) -> None:
    above = reverse("pages:community", args=[neighbourhood.subdistrict.code])
    page = SubdistrictPage.objects.get(place=neighbourhood.subdistrict)
    assert above in _get(client, community_page)
    page.unpublish()
    assert above not in _get(client, community_page)
    page.delete()
    assert above not in _get(client, community_page)
    assert client.get(above).status_code == 404


def test_a_county_is_narrowed_by_sub_district(
    client: Client, county_page: CountyPage, neighbourhood: Neighbourhood
) -> None:
    for code, name in (("140213052", "新旺街道"), ("140213057", "御河街道")):
        part = factories.place("SUBDISTRICT", neighbourhood.county, code=code, name=name)
        factories.place("COMMUNITY", part, code=f"{code}-1", name=f"{name}小区")
    pages_ensure()
    page = client.get(county_page.get_url(), {"part": "140213057"}).content.decode()
    assert "御河街道小区" in page
    assert "和平里小区" not in page
    nonsense = client.get(county_page.get_url(), {"part": "no", "page": "x"}).content.decode()
    assert "和平里小区" in nonsense


@pytest.mark.parametrize("count", [3, 30])
def test_the_home_page_costs_the_same_however_much_is_open(
    client: Client, community_page: CommunityPage, django_assert_max_num_queries: Any, count: int
) -> None:
    for number in range(count):
        _notice(community_page, f"公告{number}")
    client.get("/")
    with django_assert_max_num_queries(9):
        client.get("/")


def test_a_community_page_has_few_queries(
    client: Client,
    community_page: CommunityPage,
    survey: Survey,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(30):
        _notice(community_page, f"公告{number}")
    _get(client, community_page)
    with django_assert_max_num_queries(22):
        _get(client, community_page)


PUBLIC = ["/", "/find/", "/find/?q=hpl", "/h/", "/privacy/", "/accessibility/", "/site-map/"]


@pytest.fixture
def addresses(community_page: CommunityPage, county_page: CountyPage, survey: Survey) -> list[str]:
    _notice(community_page, "楼道照明修复公告")
    poster = reverse("pages:poster", args=[community_page.place.code])
    return [*PUBLIC, community_page.get_url(), county_page.get_url(), poster, "/nosuch/"]


def test_english_pages_hold_no_chinese_but_names_and_what_staff_wrote(
    client: Client, addresses: list[str], neighbourhood: Neighbourhood
) -> None:
    for place in [neighbourhood.community, neighbourhood.other, neighbourhood.subdistrict]:
        place.name_en = f"Place {place.pk}"
        place.save()
    other_sub = neighbourhood.other.get_parent()
    other_sub.name_en = "Xinpingwang"
    other_sub.save()
    for address in addresses:
        text = _text(client.get(f"/en{address}").content.decode())
        assert not HAN.findall(text), address


def test_chinese_pages_hold_no_english(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        text = re.sub(r"https?://\S+", "", _text(client.get(address).content.decode()))
        assert not set(LATIN.findall(text)) - NAMES, address


def test_the_language_switch_keeps_the_page(client: Client, addresses: list[str]) -> None:
    for address in addresses[:-1]:
        assert f'href="/en{address}"' in client.get(address).content.decode(), address
        assert f'href="{address}"' in client.get(f"/en{address}").content.decode(), address


def test_no_page_has_inline_script_or_style(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        html = client.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", html), address


def test_no_page_sets_a_cookie(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        assert not client.get(address).cookies, address


def test_every_page_says_that_its_data_are_made_up(
    client: Client, addresses: list[str], settings: Any
) -> None:
    for address in addresses:
        assert "演示数据" in client.get(address).content.decode(), address
    settings.DEMONSTRATION = False
    assert "演示数据" not in client.get("/").content.decode()


def test_every_page_has_one_main_heading_and_a_title(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        html = client.get(address).content.decode()
        assert html.count("<h1") == 1, address
        assert re.search(r"<title>[^<]+ - 邻里</title>", html), address


def test_large_type_works_without_script(client: Client, db: None) -> None:
    page = client.get("/privacy/").content.decode()
    assert 'href="/privacy/?view=large"' in page
    assert 'class="large-type"' not in page
    large = client.get("/privacy/?view=large").content.decode()
    assert 'class="large-type"' in large
    assert 'href="/privacy/?view=standard"' in large


def test_the_footer_shows_only_what_is_set(client: Client, db: None, settings: Any) -> None:
    assert "ICP" not in client.get("/").content.decode()
    settings.SITE_FOOTER = {**settings.SITE_FOOTER, "icp_number": "晋ICP备00000000号"}
    page = client.get("/").content.decode()
    assert "晋ICP备00000000号" in page
    assert "主办单位" not in page


def test_the_poster_has_a_qr_of_the_community_page(
    client: Client, community_page: CommunityPage
) -> None:
    page = client.get(reverse("pages:poster", args=[community_page.place.code])).content.decode()
    assert 'class="qr"' in page
    assert f"http://testserver{community_page.get_url()}" in page
    assert client.get(reverse("pages:poster", args=["nosuch"])).status_code == 404


def test_a_place_code_leads_to_its_page(client: Client, community_page: CommunityPage) -> None:
    answer = client.get(reverse("pages:community", args=[community_page.place.code]))
    assert answer["Location"] == community_page.get_url()
    assert client.get(reverse("pages:community", args=["1402"])).status_code == 404


def test_a_missing_page_offers_the_search(client: Client, db: None) -> None:
    answer = client.get("/nosuch/")
    assert answer.status_code == 404
    assert "您访问的页面不存在" in answer.content.decode()
    assert "This page does not exist" in client.get("/en/nosuch/").content.decode()


def test_the_error_page_of_last_resort_needs_nothing() -> None:
    from django.template.loader import get_template

    for name in ("500.html", "400.html"):
        page = get_template(name).render()
        assert "回到首页" in page
        assert "To the home page" in page
        assert "{" not in page


def test_an_unexpected_failure_shows_it_in_both_languages(
    community_page: CommunityPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("portal.pages.overview.home_overview", fail)
    answer = Client(raise_request_exception=False).get("/")
    assert answer.status_code == 500
    assert "系统暂时出错" in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()


def test_robots_are_told_where_not_to_go(client: Client, db: None) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /staff/" in text
    assert "Disallow: /h/" in text


def test_the_staff_screens_carry_our_name_and_the_label(
    client: Client, administrator: User, community_page: CommunityPage
) -> None:
    client.force_login(administrator)
    page = client.get("/staff/").content.decode()
    assert "linli-brand" in page
    assert "演示数据" in page
    assert "工作台" in page
    assert "linli/staff.css" in page


def test_without_script_the_menu_does_not_cover_the_staff_screens(
    client: Client, administrator: User, community_page: CommunityPage
) -> None:
    client.force_login(administrator)
    page = client.get("/staff/figures/").content.decode()
    head = page[: page.index("</head>")]
    assert re.search(r"<noscript><link [^>]*linli/staff-without-script.css", head)
    assert re.search(r'<noscript><p [^>]*><a href="/staff/">工作台</a>', page)


def test_a_page_speaks_the_language_of_its_address(
    client: Client, community_page: CommunityPage
) -> None:
    assert '<html lang="zh-Hans"' in _get(client, community_page)
    with translation.override("en"):
        address = community_page.get_url()
    assert address.startswith("/en/")
    assert '<html lang="en"' in client.get(address).content.decode()
