"""Photos of the paper on the board: later, without a new version."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from notices.models import NoticePosting
from notices.services import posting_add, posting_delete
from portal.accounts.roles import Role
from portal.demo import factories
from portal.media.models import PlaceImage
from tests.notices.conftest import NOW


def photo(content: bytes | None = None) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    return SimpleUploadedFile("board.png", content or out.getvalue(), "image/png")


@pytest.fixture
def notice(pages, now):
    return factories.notice(pages.community, NOW - timedelta(days=1))


def add(notice, user, **changes):
    fields = {"photo": photo(), "taken_on": NOW.date(), "now": NOW} | changes
    return posting_add(notice=notice, user=user, **fields)


def test_a_photo_makes_no_new_version_and_stands_on_the_page(notice, neighbourhood, clerk, client):
    before = notice.revisions.count()
    posting = add(notice, clerk, building=neighbourhood.building)
    assert notice.revisions.count() == before
    assert posting.image.place == neighbourhood.community
    html = client.get(notice.url).content.decode()
    assert "2026年3月2日 · 1号楼" in html


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("taken_on", {"taken_on": date(2026, 3, 3)}),
        ("photo", {"photo": photo(b"not a picture")}),
    ],
)
def test_what_is_no_proof_is_refused_at_its_field(field, changes, notice, clerk):
    with pytest.raises(ValidationError) as refused:
        add(notice, clerk, **changes)
    assert set(refused.value.message_dict) == {field}
    assert not PlaceImage.objects.exists()


def test_a_building_elsewhere_and_a_draft_are_refused(notice, pages, neighbourhood, clerk):
    elsewhere = factories.BuildingFactory(place=neighbourhood.other)
    with pytest.raises(ValidationError):
        add(notice, clerk, building=elsewhere)
    with pytest.raises(ValidationError):
        add(factories.notice(pages.community), clerk)


MAY = {Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_adds_and_takes_away(role, notice, neighbourhood, clerk, client):
    posting = add(notice, clerk)
    user = factories.staff("somebody", role, neighbourhood.county)
    client.force_login(user)
    url = reverse("notice_postings", args=[notice.pk])
    answer = client.post(url, {"photo": photo(), "taken_on": "2026-03-02", "building": ""})
    assert answer.status_code == (302 if role in MAY else 403)
    assert NoticePosting.objects.count() == (2 if role in MAY else 1)
    gone = reverse("notice_posting_delete", args=[notice.pk, posting.pk])
    client.post(gone)
    assert NoticePosting.objects.filter(pk=posting.pk).exists() == (role not in MAY)
    if role not in MAY:
        with pytest.raises(PermissionDenied):
            posting_delete(posting=posting, user=user)


def test_another_community_does_not_see_the_screen(notice, outsider, client):
    client.force_login(outsider)
    assert client.get(reverse("notice_postings", args=[notice.pk])).status_code == 404


def test_a_wrong_photo_is_said_on_the_screen(notice, clerk, client):
    client.force_login(clerk)
    url = reverse("notice_postings", args=[notice.pk])
    answer = client.post(url, {"photo": photo(b"x"), "taken_on": "2026-03-09"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
