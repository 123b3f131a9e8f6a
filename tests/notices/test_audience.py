"""Whom a notice means: everybody at its place, or those it names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notices.models import NoticePage
from notices.queries import next_cut, notices_for
from notices.refusal import NoticeRefused
from notices.services import NewNotice, notices_publish_many
from portal.demo import factories
from tests.notices.conftest import NOW


@pytest.fixture
def sibling(neighbourhood):
    return factories.place("COMMUNITY", neighbourhood.subdistrict, code="PC002", name="幸福里小区")


def named(pages, *communities):
    item = NewNotice(
        factories.NoticePageFactory(title="只面向部分小区", publicity_start=NOW.date()),
        pages.county,
        NOW,
        communities=list(communities),
    )
    return notices_publish_many(new=[item], user=None)[0]


def test_a_county_notice_shows_only_where_it_is_meant(pages, neighbourhood, sibling, now):
    notice = named(pages, sibling)
    everyone = factories.notice(pages.county, NOW, title="面向全县")
    assert set(notices_for(sibling)) == {notice, everyone}
    assert set(notices_for(neighbourhood.community)) == {everyone}
    assert set(notices_for(neighbourhood.county)) == {notice, everyone}
    assert set(notices_for(neighbourhood.subdistrict)) == {notice, everyone}
    assert not notices_for(neighbourhood.other_county).exists()


def test_a_draft_names_communities_and_its_versions_keep_them(pages, neighbourhood, sibling, now):
    draft = factories.notice(pages.county, publicity_start=NOW.date())
    draft.communities = [sibling]
    draft.save_revision().publish()
    draft = NoticePage.objects.get(pk=draft.pk)
    assert draft.is_narrowed
    assert set(notices_for(neighbourhood.community)) == set()
    draft.communities = []
    draft.save_revision().publish()
    assert not NoticePage.objects.get(pk=draft.pk).is_narrowed
    assert set(notices_for(neighbourhood.community)) == {draft}


@pytest.mark.parametrize("where", ["county", "community"])
def test_only_what_lies_at_the_place_can_be_named(where, pages, neighbourhood, now):
    draft = factories.notice(getattr(pages, where), publicity_start=NOW.date())
    draft.communities = [neighbourhood.other]
    draft.buildings = [factories.BuildingFactory(place=neighbourhood.other)]
    with pytest.raises(NoticeRefused) as refused:
        draft.save_revision().publish()
    assert set(refused.value.message_dict) == {"communities", "buildings"}


def test_the_page_says_whom_it_means(pages, neighbourhood, sibling, now, client):
    assert "平城区：幸福里小区" in client.get(named(pages, sibling).url).content.decode()
    draft = factories.notice(pages.community, publicity_start=NOW.date())
    draft.buildings = [neighbourhood.building]
    draft.save_revision().publish()
    assert "和平里小区：1号楼" in client.get(draft.url).content.decode()


def test_the_editor_offers_what_lies_at_the_place(pages, neighbourhood, sibling, root, client, now):
    client.force_login(root)
    county = factories.notice(pages.county)
    html = client.get(f"/staff/pages/{county.pk}/edit/").content.decode()
    assert "幸福里小区" in html
    assert "矿工里小区" not in html
    community = factories.notice(pages.community)
    form = client.get(f"/staff/pages/{community.pk}/edit/").context["form"]
    assert "communities" not in form.fields
    assert list(form.fields["buildings"].queryset) == [neighbourhood.building]


def test_a_list_is_one_query_by_its_indexes(pages, neighbourhood, sibling, now):
    named(pages, sibling)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = notices_for(neighbourhood.community)[:20].explain()
    assert "place_id" in plan
    assert "SCAN notices_noticepage" not in plan
    assert "Seq Scan on notices_noticepage" not in plan
    assert next_cut(neighbourhood.community, NOW) is None


def test_the_list_costs_the_same_with_many(pages, neighbourhood, sibling, now, client):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            list(notices_for(neighbourhood.community))
        return len(seen)

    named(pages, sibling)
    few = cost()
    for _ in range(5):
        named(pages, sibling, neighbourhood.community)
    assert cost() == few == 1
