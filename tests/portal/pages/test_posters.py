"""Posters for stairwells, from the staff's screen to the page somebody lands on who scans one."""

import io
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import vl_convert
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from portal.accounts.models import User
from portal.demo import factories
from portal.pages.models import CommunityPage
from portal.places.models import Building
from portal.places.signs import building_sign
from tests.conftest import Neighbourhood

pytestmark = pytest.mark.django_db
QR = re.compile(r'<svg[^>]*class="qr".*?</svg>', re.DOTALL)
SVG = "http://www.w3.org/2000/svg"
#: 2 cm at 300 dots an inch.
DOTS = 236


@pytest.fixture
def buildings(neighbourhood: Neighbourhood) -> list[Building]:
    """Building 1 of the neighbourhood, then 2 and 10, made in another order."""
    place = neighbourhood.community
    ten, two = (factories.BuildingFactory(place=place, name=f"{n}号楼") for n in (10, 2))
    return [neighbourhood.building, two, ten]


def _at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _print(client: Client, place_code: str, buildings: list[Building], size: str = "A4") -> Any:
    query = {"size": size, "building": [building.pk for building in buildings]}
    return client.get(reverse("posters:print", args=[place_code]), query)


def _scanned(svg: str, picture: Path) -> str:
    """What zbar reads from the drawing, 2 cm wide on white paper."""
    sized = svg.replace("<svg", f'<svg xmlns="{SVG}" width="{DOTS}" height="{DOTS}"', 1)
    drawn = Image.open(io.BytesIO(vl_convert.svg_to_png(sized)))
    assert drawn.size == (DOTS, DOTS)
    paper = Image.new("RGB", (DOTS + 100, DOTS + 100), "white")
    paper.paste(drawn, (50, 50), drawn)
    paper.save(picture)
    command = ["zbarimg", "--raw", "-q", str(picture)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.zbar
def test_the_qr_of_each_poster_is_read_from_two_centimetres_and_leads_to_its_building(
    clerk: User, client: Client, buildings: list[Building], tmp_path: Any, settings: Any
) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://linli.pingcheng.example.gov.cn"
    html = _print(_at_desk(clerk), "PC001", buildings).content.decode()
    drawn = QR.findall(html)
    assert len(drawn) == len(buildings)
    for building, svg in zip(buildings, drawn, strict=True):
        read = _scanned(svg, tmp_path / "qr.png")
        assert read == f"https://linli.pingcheng.example.gov.cn/b/{building_sign(building)}/"
        page = client.get(urlsplit(read).path)
        assert building.name in page.content.decode()


def test_staff_choose_buildings_in_the_order_of_the_road(
    clerk: User, buildings: list[Building]
) -> None:
    page = _at_desk(clerk).get(reverse("posters:choose", args=["PC001"]))
    form = page.context["form"]
    assert [name for _pk, name in form.fields["building"].choices] == ["1号楼", "2号楼", "10号楼"]
    assert page.content.decode().count("checked") >= len(buildings) + 1


@pytest.mark.parametrize("size", ["A4", "A3"])
def test_only_what_was_chosen_is_printed_on_the_paper_that_was_chosen(
    clerk: User, buildings: list[Building], size: str
) -> None:
    html = _print(_at_desk(clerk), "PC001", buildings[1:], size).content.decode()
    assert html.count('<article class="sheet">') == 2
    assert "posters-" + size in html
    assert "2号楼" in html
    assert "1号楼</span>" not in html


@pytest.mark.parametrize("query", ["", "size=A4", "size=A5&building=1", "building=x&size=A3"])
def test_a_choice_that_makes_no_sense_is_said_at_the_field(
    clerk: User, buildings: list[Building], query: str
) -> None:
    answer = _at_desk(clerk).get(reverse("posters:print", args=["PC001"]) + f"?{query}")
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_another_communitys_building_is_no_choice(
    clerk: User, buildings: list[Building], neighbourhood: Neighbourhood
) -> None:
    foreign = factories.BuildingFactory(place=neighbourhood.other, name="9号楼")
    assert _print(_at_desk(clerk), "PC001", [foreign]).context["form"].errors["building"]


@pytest.mark.parametrize("name", ["choose", "print"])
def test_who_may_print_posters(
    name: str,
    clerk: User,
    reviewer: User,
    administrator: User,
    outsider: User,
    approver: User,
    neighbourhood: Neighbourhood,
) -> None:
    address = reverse(f"posters:{name}", args=[neighbourhood.community.code])
    for user, status in [
        (clerk, 200),
        (reviewer, 200),
        (administrator, 200),
        (outsider, 404),
        (approver, 403),
    ]:
        assert _at_desk(user).get(address).status_code == status, user


def test_the_list_shows_ones_own_communities(
    clerk: User, administrator: User, approver: User, neighbourhood: Neighbourhood
) -> None:
    address = reverse("posters:places")
    own = _at_desk(clerk).get(address).content.decode()
    assert "和平里小区" in own
    assert "矿工里小区" not in own
    found = _at_desk(administrator).get(address, {"q": "矿工"}).content.decode()
    assert "矿工里小区" in found
    assert "和平里小区" not in found
    assert _at_desk(approver).get(address).status_code in {302, 403}


def test_the_page_of_a_building_offers_what_one_can_do_there(
    client: Client, community_page: CommunityPage, neighbourhood: Neighbourhood
) -> None:
    now = timezone.now()
    place, sign = neighbourhood.community, building_sign(neighbourhood.building)
    place.phone = "0352-1234567"
    place.save()
    factories.published_survey("SATISFACTION", place, now=now)
    objected = factories.notice(
        community_page, now, kind="N04", title="方案征求意见", objection="请送交居委会。"
    )
    factories.notice(community_page, now - timedelta(days=90), title="旧公告", kind="N04")
    html = client.get(f"/b/{sign}/").content.decode()
    assert "1号楼" in html
    assert f"/complaints/new/?at={sign}" in html
    assert "/surveys/" in html
    assert "tel:0352-1234567" in html
    objections = html.split('id="object"')[1].split("</section>")[0]
    assert objected.url in objections
    assert "旧公告" not in objections
    assert client.get(f"/en/b/{sign}/").status_code == 200


def test_the_page_of_a_building_is_the_same_for_everyone_and_found_by_nobody_else(
    client: Client, community_page: CommunityPage, neighbourhood: Neighbourhood, settings: Any
) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    sign = building_sign(neighbourhood.building)
    first = client.get(f"/b/{sign}/")
    assert "public" in first["Cache-Control"]
    assert not first.cookies
    assert "noindex" in first.content.decode()
    assert "Disallow: /b/" in client.get("/robots.txt").content.decode()


@pytest.mark.parametrize("sign", ["1-00000000", "x", "1", "-", "%00", "公告"])
def test_a_made_up_sign_leads_nowhere(
    client: Client, neighbourhood: Neighbourhood, sign: str
) -> None:
    assert client.get(f"/b/{sign}/").status_code == 404


def test_a_building_page_has_few_queries(
    client: Client,
    community_page: CommunityPage,
    neighbourhood: Neighbourhood,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(12):
        factories.notice(community_page, timezone.now(), title=f"公告{number}", kind="N04")
    address = f"/b/{building_sign(neighbourhood.building)}/"
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)
