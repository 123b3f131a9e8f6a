"""A sub-district publishes at a page of its own, for the residents of its communities."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notices.coverage import publicity_coverage
from notices.listing import crumbs
from notices.models import NoticePage
from notices.queries import notices_for
from portal.accounts.roles import Role
from portal.demo import factories
from portal.messages import services
from portal.messages.models import Delivery, Subscription
from portal.messages.states import Channel
from portal.pages.models import SubdistrictPage
from portal.pages.services import pages_ensure
from portal.places.models import Place
from tests.notices.conftest import NOW
from tests.notices.test_review import decide
from tests.notices.test_staff import posted


@pytest.fixture
def page(pages, neighbourhood):
    return SubdistrictPage.objects.get(place=neighbourhood.subdistrict)


@pytest.fixture
def sibling(neighbourhood):
    return factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="幸福里小区")


@pytest.fixture
def officer(neighbourhood):
    return factories.staff("officer", Role.COMMUNITY_STAFF, neighbourhood.subdistrict)


def edit(client, notice, action, **changes):
    data = {"publicity_start": "", "publicity_end": ""} | changes
    url = reverse("wagtailadmin_pages:edit", args=[notice.pk])
    return client.post(url, posted(action=action, **data))


def test_its_staff_publish_through_the_review_of_the_county(
    page, neighbourhood, officer, reviewer, client, now
):
    client.force_login(officer)
    rows = client.get(reverse("notice_start_place")).context["rows"]
    assert [row["place"] for row in rows] == [neighbourhood.subdistrict, neighbourhood.community]
    draft = factories.notice(page, kind="N04", owner=officer, publicity_end=None)
    draft.save_revision(user=officer)
    assert edit(client, draft, "action-submit").status_code == 302
    client.force_login(reviewer)
    assert decide(client, draft, "approve").status_code == 302
    notice = NoticePage.objects.get(pk=draft.pk)
    assert notice.live
    assert notice.place == neighbourhood.subdistrict
    assert notice.url == f"{page.url}{notice.slug}/"


def test_what_needs_no_review_its_staff_publish_themselves(page, officer, now):
    draft = factories.notice(page, kind="N12", publicity_start=NOW.date())
    draft.publicity_end = NOW.date() + timedelta(days=20)
    draft.save_revision(user=officer).publish(user=officer)
    assert NoticePage.objects.get(pk=draft.pk).live


def test_staff_of_one_community_cannot_write_at_it(page, clerk, client, now):
    draft = factories.notice(page, kind="N12")
    client.force_login(clerk)
    assert client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).status_code == 404
    assert not page.permissions_for_user(clerk).can_add_subpage()


def test_residents_of_its_communities_see_it_and_others_do_not(page, neighbourhood, sibling, now):
    notice = factories.notice(page, NOW, title="街道公告")
    below, above = [neighbourhood.community, sibling], [neighbourhood.county, neighbourhood.city]
    for place in [neighbourhood.subdistrict, *below, *above]:
        assert set(notices_for(place)) == {notice}
    for place in (neighbourhood.other, neighbourhood.other_county):
        assert not notices_for(place).exists()


def test_it_may_name_some_of_its_communities(page, neighbourhood, sibling, root, client, now):
    draft = factories.notice(page, publicity_start=NOW.date())
    client.force_login(root)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[draft.pk])).content.decode()
    assert "幸福里小区" in html
    assert "矿工里小区" not in html
    draft.communities = [sibling]
    draft.save_revision().publish()
    assert set(notices_for(sibling)) == {draft}
    assert not notices_for(neighbourhood.community).exists()


def test_it_counts_for_the_coverage_of_each_of_its_communities(page, neighbourhood, sibling, now):
    project = factories.RenovationProjectFactory(county=neighbourhood.county, completed_date=None)
    for community in (neighbourhood.community, sibling):
        factories.ProjectCommunityFactory(
            project=project,
            community=community,
            start_date=NOW.date() + timedelta(days=21),
            completed_date=None,
        )

    def published():
        cells = publicity_coverage(neighbourhood.county, NOW.date())
        return [cell.published for cell in cells if cell.required.code == "N03"]

    assert published() == [None, None]
    factories.notice(page, NOW, kind="N03")
    assert published() == [NOW.date(), NOW.date()]


def test_its_page_shows_its_notices_and_its_communities(page, pages, neighbourhood, client, now):
    factories.notice(page, NOW, title="街道公告")
    factories.notice(pages.community, NOW, title="小区公告")
    factories.notice(pages.other, NOW, title="别处公告")
    html = client.get(page.url).content.decode()
    assert "街道公告" in html
    assert "小区公告" in html
    assert "别处公告" not in html
    assert pages.community.url in html
    assert pages.other.url not in html
    assert reverse("outbox:subscribe", args=[neighbourhood.subdistrict.code]) in html
    assert pages.county.url in html
    # And the ways to it: from a community, the county, a list, and by its code.
    next_door = factories.place(
        "SUBDISTRICT", neighbourhood.county, code="140213052", name="新旺街道"
    )
    factories.place("COMMUNITY", next_door, code="PC009", name="新里小区")
    pages_ensure()
    by_code = reverse("pages:community", args=[neighbourhood.subdistrict.code])
    assert by_code in client.get(pages.community.url).content.decode()
    assert by_code in client.get(f"{pages.county.url}?part=140213051").content.decode()
    assert ("古城街道", by_code) in crumbs(neighbourhood.subdistrict)
    assert client.get(by_code)["Location"] == page.url
    assert client.get(f"/en{page.url}").status_code == 200


def test_its_page_costs_the_same_however_many_communities_it_has(
    page, neighbourhood, client, now, django_assert_max_num_queries
):
    for number in range(30):
        factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"N{number}", name="新村")
    pages_ensure()
    client.get(page.url)
    with django_assert_max_num_queries(14):
        client.get(page.url)


def test_subscribers_of_its_communities_and_its_own_are_told(page, neighbourhood, client, now):
    told = {
        "sub@example.org": neighbourhood.subdistrict,
        "home@example.org": neighbourhood.community,
    }
    others = {"away@example.org": neighbourhood.other, "county@example.org": neighbourhood.county}
    for to, place in {**told, **others}.items():
        subscribe(to, place)
    assert client.get(reverse("outbox:subscribe", args=["140213051"])).status_code == 200
    Delivery.objects.all().delete()
    draft = factories.notice(page, kind="N12", publicity_start=NOW.date())
    draft.publicity_end = NOW.date() + timedelta(days=20)
    draft.save_revision().publish()
    services.bulletins_sweep(now=NOW + timedelta(days=1))
    assert {delivery.to for delivery in Delivery.objects.all()} == set(told)


def subscribe(to: str, place: Place) -> None:
    services.subscription_request(
        place=place, channel=Channel.EMAIL, to=to, language="zh-hans", now=NOW - timedelta(days=1)
    )
    services.subscription_confirm(
        pk=Subscription.objects.latest("pk").pk, now=NOW - timedelta(hours=1)
    )
