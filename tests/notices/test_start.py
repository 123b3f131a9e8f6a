"""A notice begins with its type: a draft from the template, with the place's own data."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from notices.blanks import UNKNOWN
from notices.guard import notice_problems
from notices.models import NoticePage, NoticeType
from notices.services import notice_start
from portal.accounts.roles import Role
from portal.demo import factories
from tests.notices.conftest import NOW


def start(parent, user, code="N04", variant=None):
    kind = NoticeType.objects.get(code=code)
    one = kind.variants.get(code=variant) if variant else None
    return notice_start(parent=parent, notice_type=kind, variant=one, user=user, now=NOW)


def test_a_draft_speaks_of_its_own_community(pages, neighbourhood, clerk, now):
    neighbourhood.community.phone = "0352-1234567"
    neighbourhood.community.save()
    draft = start(pages.community, clerk)
    draft = NoticePage.objects.get(pk=draft.pk)
    assert not draft.live
    assert draft.owner == clerk
    assert draft.title == "和平里小区改造方案（征求意见稿）"
    text = str(draft.body)
    assert "1栋楼、12户" in text
    assert "0352-1234567" in text
    assert draft.contact_phone == "0352-1234567"
    assert draft.get_latest_revision().user == clerk


def test_the_words_of_the_kind_go_before_those_of_its_type(pages, clerk, now):
    draft = start(pages.community, clerk, "N10", "GAS")
    assert draft.title == "和平里小区停气通知"
    assert "燃气" in str(draft.body)


def test_what_nobody_knows_is_left_blank_and_keeps_it_from_going_public(pages, clerk, now):
    draft = start(pages.community, clerk, "N08")
    assert UNKNOWN in draft.title
    fields = {problem.field for problem in notice_problems(draft, now=now)}
    assert {"title", "contact_phone", "extra_N08_bidder"} <= fields


def test_every_type_has_a_template_that_fills(pages, root, now):
    for kind in NoticeType.objects.all():
        for variant in list(kind.variants.all()) or [None]:
            draft = notice_start(
                parent=pages.community, notice_type=kind, variant=variant, user=root, now=now
            )
            assert "{" not in draft.title + str(draft.body), kind.code
            assert draft.body or (variant and variant.code == "EMERGENCY"), kind.code


def test_a_type_that_makes_no_sense_is_refused(pages, clerk, now):
    kind = NoticeType.objects.get(code="N10")
    for choice in ({"variant": None}, {"variant": variant_of("N07")}):
        with pytest.raises(ValidationError):
            notice_start(parent=pages.community, notice_type=kind, user=clerk, now=now, **choice)
    NoticeType.objects.filter(code="N04").update(offered=False)
    with pytest.raises(ValidationError):
        start(pages.community, clerk)
    assert not NoticePage.objects.exists()


def variant_of(code):
    return NoticeType.objects.get(code=code).variants.first()


@pytest.mark.parametrize("role", list(Role))
def test_who_starts_a_notice(role, pages, neighbourhood, client, now):
    user = factories.staff("somebody", role, neighbourhood.county)
    client.force_login(user)
    answer = client.post(reverse("notice_start", args=[pages.community.pk]), {"kind": "N04"})
    writers = {Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}
    assert NoticePage.objects.exists() == (role in writers)
    assert answer.status_code == (302 if role in writers else 403)
    if role not in writers:
        with pytest.raises(PermissionDenied):
            start(pages.community, user)


def test_another_community_does_not_exist(pages, outsider, client):
    client.force_login(outsider)
    url = reverse("notice_start", args=[pages.community.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, {"kind": "N04"}).status_code == 404


def test_the_screens_lead_from_the_place_to_the_type(pages, clerk, reviewer, client):
    client.force_login(clerk)
    answer = client.get(reverse("notice_start_place"))
    assert answer.url == reverse("notice_start", args=[pages.community.pk])
    add = reverse("wagtailadmin_pages:add", args=["notices", "noticepage", pages.community.pk])
    assert client.get(add).url == answer.url
    html = client.get(answer.url).content.decode()
    assert "公示不少于 7 个工作日" in html
    assert "提前 24 小时" in html
    assert client.post(answer.url, {"kind": "N99"}).status_code == 200
    asked = client.get(f"{answer.url}?type=N09").content.decode()
    assert re.findall(r'name="kind" value="([^"]+)"', asked) == ["N09"]
    assert client.get(f"{answer.url}?type=N99").content.decode().count('name="kind"') > 18
    client.force_login(reviewer)
    html = client.get(reverse("notice_start_place")).content.decode()
    assert "平城区" in html
    assert "和平里小区" in html
    assert "矿工里小区" not in html


def test_the_checklist_follows_what_is_written(pages, clerk, outsider, client, now):
    from tests.notices.test_staff import posted

    draft = start(pages.community, clerk)
    client.force_login(clerk)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "发布前还缺" in html
    assert "图纸查阅地点" in html
    url = reverse("notice_check", args=[draft.pk])
    whole = client.post(url, posted(action=None)).content.decode()
    assert "没有缺项" in whole
    part = client.post(url, posted(action=None, extra_N04_drawings="")).content.decode()
    assert "#id_extra_N04_drawings" in part
    assert NoticePage.objects.get(pk=draft.pk).get_latest_revision_as_object().title == draft.title
    client.force_login(outsider)
    assert client.post(url, posted(action=None)).status_code == 404
