from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from wagtail.models import Page

from notices.coverage import periods_ended
from notices.models import NoticePage, NoticeRemoval
from notices.services import notice_delete, notice_move, notice_unpublish, objection_file
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.messages.models import Bulletin, Delivery
from tests.notices.conftest import NOW


@pytest.fixture
def notice(pages):
    return factories.notice(pages.community, NOW - timedelta(days=3))


def withdraw(notice, user, **changes):
    fields = {"notice": notice, "user": user, "reason": "误发到本小区", "now": NOW} | changes
    return notice_unpublish(**fields)


def test_a_withdrawn_notice_is_gone_and_the_reason_stays(notice, clerk, client):
    withdraw(notice, clerk)
    answer = client.get(notice.url)
    assert answer.status_code == 410
    assert "误发到本小区" in answer.content.decode()
    assert clerk.username not in answer.content.decode()
    removal = NoticeRemoval.objects.get()
    assert (removal.reason, removal.user, removal.removed_at) == ("误发到本小区", clerk, NOW)
    assert removal.action == "UNPUBLISH"


def test_published_again_its_period_begins_anew(notice, clerk, now):
    withdraw(notice, clerk)
    page = NoticePage.objects.get(pk=notice.pk)
    with pytest.raises(ValidationError) as refused:
        page.save_revision().publish()
    assert "publicity_start" in refused.value.message_dict


def test_a_moved_notice_belongs_to_the_other_place(notice, administrator, pages, client, now):
    notice_move(notice=notice, to=pages.other, user=administrator, reason="发错小区", now=NOW)
    page = NoticePage.objects.get(pk=notice.pk)
    assert page.place == pages.other.place
    assert page.get_parent().pk == pages.other.pk
    assert client.get(page.url).status_code == 200
    removal = NoticeRemoval.objects.get()
    assert (removal.place, removal.to_place) == (pages.community.place, pages.other.place)


def test_a_moved_public_notice_is_removed_here_and_published_anew_there(
    administrator, pages, now, clerk
):
    """Nobody saw it there before, so the days it stood here do not count."""
    notice = factories.notice(pages.community, NOW - timedelta(days=3))
    NoticePage.objects.filter(pk=notice.pk).update(owner=clerk)
    User.objects.filter(pk=clerk.pk).update(email="clerk@example.org")
    notice = NoticePage.objects.get(pk=notice.pk)
    notice.publicity_end = NOW.date() + timedelta(days=60)
    notice.save_revision().publish()
    move(notice, administrator, pages)
    page = NoticePage.objects.get(pk=notice.pk)
    assert (page.live, page.publicity_start, page.first_published_at) == (True, NOW.date(), NOW)
    removal = NoticeRemoval.objects.get()
    assert removal.was_early
    assert Delivery.objects.get().to == "clerk@example.org"
    assert "发错小区" in Delivery.objects.get().body
    # It can be corrected there as any other.
    page = page.get_latest_revision_as_object()
    page.title = "更正"
    page.save_revision().publish()
    ended = periods_ended([removal.place], NOW.date())
    assert [one.was_early for one in ended[removal.place.pk]] == [True]


def move(notice, user, pages, **changes):
    notice = NoticePage.objects.get(pk=notice.pk)
    fields = {"notice": notice, "to": pages.other, "user": user, "reason": "发错小区", "now": NOW}
    return notice_move(**(fields | changes))


def test_a_move_that_would_cut_the_period_short_is_refused(administrator, pages, now):
    start = NOW - timedelta(days=4)
    notice = factories.notice(pages.community, start, kind="N04", publicity_start=start.date())
    with pytest.raises(ValidationError) as refused:
        move(notice, administrator, pages)
    assert "2026年3月11日" in str(refused.value.messages)
    notice = NoticePage.objects.get(pk=notice.pk)
    assert (notice.place, notice.get_parent().pk) == (pages.community.place, pages.community.pk)
    assert not NoticeRemoval.objects.exists()


def test_what_has_objections_or_is_over_stays(administrator, pages, now):
    plan = factories.notice(pages.community, NOW, kind="N04", publicity_start=NOW.date())
    objection_file(key=new_key(), notice=plan, text="车棚请靠北边一些", now=NOW)
    over = factories.notice(pages.community, NOW - timedelta(days=90))
    for notice, reason in ((plan, "异议"), (over, "期满")):
        with pytest.raises(ValidationError) as refused:
            move(notice, administrator, pages)
        assert reason in str(refused.value.messages)


def test_a_draft_moves_without_ado(administrator, pages, now):
    move(factories.notice(pages.community), administrator, pages)
    page = NoticePage.objects.get()
    assert (page.live, page.place) == (False, pages.other.place)
    assert not Bulletin.objects.exists()


def test_a_refused_move_says_why_on_the_screen(administrator, pages, now, client):
    notice = factories.notice(pages.community, NOW - timedelta(days=90))
    client.force_login(administrator)
    url = reverse("notice_remove", args=[notice.pk])
    answer = client.post(url, {"action": "MOVE", "to": pages.other.pk, "reason": "发错小区"})
    assert answer.status_code == 200
    assert "期满" in answer.content.decode()


def test_the_record_outlives_a_deleted_notice(notice, clerk):
    notice_delete(notice=notice, user=clerk, reason="重复发布", now=NOW)
    assert not Page.objects.filter(pk=notice.pk).exists()
    assert NoticeRemoval.objects.get().title == notice.title


def test_a_reason_is_needed(notice, clerk):
    for call in (notice_unpublish, notice_delete):
        with pytest.raises(ValidationError) as refused:
            call(notice=notice, user=clerk, reason="  ", now=NOW)
        assert "reason" in refused.value.message_dict
    assert NoticePage.objects.get(pk=notice.pk).live
    assert not NoticeRemoval.objects.exists()


def test_it_moves_only_to_the_page_of_another_place(notice, administrator, pages):
    home = pages.county.get_parent()
    for to in (pages.community, home, notice):
        with pytest.raises(ValidationError):
            notice_move(notice=notice, to=to, user=administrator, reason="试", now=NOW)


def test_the_right_is_needed_at_both_places(notice, clerk, outsider, pages):
    for user in (clerk, outsider):
        with pytest.raises(PermissionDenied):
            notice_move(notice=notice, to=pages.other, user=user, reason="发错小区", now=NOW)


MAY = {Role.COMMUNITY_STAFF, Role.COUNTY_REVIEWER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", list(Role))
def test_who_may_withdraw(notice, role, neighbourhood, pages):
    at = neighbourhood.community if role == Role.COMMUNITY_STAFF else neighbourhood.city
    user = factories.staff("somebody", role, at)
    if role in MAY:
        withdraw(notice, user)
        assert not NoticePage.objects.get(pk=notice.pk).live
    else:
        with pytest.raises(PermissionDenied):
            withdraw(notice, user)
        assert NoticePage.objects.get(pk=notice.pk).live


STATES = ["draft", "scheduled", "live", "ended", "withdrawn"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("who", "answer"), [("clerk", 200), ("reviewer", 200), ("evaluator", 403), ("outsider", 404)]
)
def test_the_removal_screen_by_role_and_state(state, who, answer, request, client, pages, now):
    user = request.getfixturevalue(who)
    notice = in_state(state, pages.community, request.getfixturevalue("clerk"))
    client.force_login(user)
    assert client.get(reverse("notice_remove", args=[notice.pk])).status_code == answer


def in_state(state, parent, clerk):
    if state in {"draft", "scheduled"}:
        notice = factories.notice(parent)
        if state == "scheduled":
            notice.go_live_at = NOW + timedelta(days=1)
            notice.save_revision().publish()
        return notice
    age = timedelta(days=90 if state == "ended" else 3)
    notice = factories.notice(parent, NOW - age)
    if state == "withdrawn":
        withdraw(notice, clerk)
    return notice


@pytest.mark.parametrize("action", [notice_unpublish, notice_delete])
def test_an_early_removal_is_listed_for_residents_and_for_staff(
    action, notice, clerk, outsider, pages, client, django_assert_max_num_queries
):
    late = factories.notice(pages.community, NOW - timedelta(days=90), title="早已期满的公示")
    action(notice=notice, user=clerk, reason="误发到本小区", now=NOW)
    action(notice=late, user=clerk, reason="内容已过时", now=NOW)
    assert [removal.was_early for removal in NoticeRemoval.objects.order_by("pk")] == [True, False]
    public = reverse("notices:withdrawn", args=[pages.community.place.code])
    with django_assert_max_num_queries(8):
        html = client.get(public).content.decode()
    assert "误发到本小区" in html
    assert html.count("原定公示至") == 1
    assert (
        "误发"
        not in client.get(
            reverse("notices:withdrawn", args=[pages.other.place.code])
        ).content.decode()
    )
    client.force_login(clerk)
    url = reverse("notice_removals")
    assert "内容已过时" in client.get(url).content.decode()
    early = client.get(url, {"early": "1"}).content.decode()
    assert "误发到本小区" in early
    assert "内容已过时" not in early
    client.force_login(outsider)
    assert "误发到本小区" not in client.get(url).content.decode()


def test_a_draft_that_was_never_public_is_not_gone_but_unknown(pages, client):
    draft = factories.notice(pages.community)
    assert client.get(draft.url).status_code == 404


def test_a_clerk_withdraws_on_the_screen(notice, clerk, client):
    client.force_login(clerk)
    url = reverse("notice_remove", args=[notice.pk])
    answer = client.post(url, {"action": "UNPUBLISH", "reason": ""})
    assert answer.status_code == 200
    assert NoticePage.objects.get(pk=notice.pk).live
    answer = client.post(url, {"action": "MOVE", "reason": "发错小区"})
    assert answer.status_code == 200
    answer = client.post(url, {"action": "UNPUBLISH", "reason": "误发到本小区"})
    assert answer.status_code == 302
    assert not NoticePage.objects.get(pk=notice.pk).live
