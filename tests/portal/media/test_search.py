"""Searching pictures and files on the staff screens, narrowed to one's own places."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from portal.media.models import PlaceDocument


@pytest.fixture
def files(neighbourhood) -> list[PlaceDocument]:
    return [
        PlaceDocument.objects.create(
            title=title, place=place, file=ContentFile(b"x", name=f"{place.code}.txt")
        )
        for title, place in (
            ("屋面防水公示表", neighbourhood.community),
            ("屋面防水验收表", neighbourhood.other),
        )
    ]


def test_a_search_finds_the_files_of_ones_own_places_only(files, clerk, client):
    client.force_login(clerk)
    found = client.get(reverse("wagtaildocs:index"), {"q": "防水"}).content.decode()
    assert "屋面防水公示表" in found
    assert "屋面防水验收表" not in found


@pytest.mark.parametrize("screen", ["wagtaildocs:index", "wagtailimages:index"])
@pytest.mark.parametrize("words", ["防水", "%'\"", "没有这样的文件", "\x00"])
def test_no_search_breaks_the_list(screen, words, files, clerk, client):
    client.force_login(clerk)
    assert client.get(reverse(screen), {"q": words}).status_code == 200


@pytest.mark.parametrize(
    "screen", ["wagtaildocs_chooser:choose_results", "wagtailimages_chooser:choose_results"]
)
def test_no_search_breaks_the_chooser(screen, files, clerk, client):
    client.force_login(clerk)
    assert client.get(reverse(screen), {"q": "防水"}).status_code == 200


@pytest.mark.parametrize("query", [{}, {"q": "防水"}])
def test_the_chooser_offers_ones_own_places_and_those_above(
    query, files, neighbourhood, clerk, client
):
    PlaceDocument.objects.create(
        title="全县防水标准",
        place=neighbourhood.county,
        file=ContentFile(b"x", name="county.txt"),
    )
    client.force_login(clerk)
    url = reverse("wagtaildocs_chooser:choose_results")
    found = client.get(url, query).content.decode()
    assert "屋面防水公示表" in found
    assert "全县防水标准" in found
    assert "屋面防水验收表" not in found
    other = files[1]
    chosen = client.get(reverse("wagtaildocs_chooser:chosen", args=[other.pk]))
    assert chosen.status_code in {403, 404}
