from datetime import date, timedelta

import pytest
from wagtail.models import Page, PageLogEntry

from notices.models import NoticeAttachment, NoticePage
from notices.queries import all_notices, searched
from notices.refusal import NoticeRefused
from notices.services import NewNotice, notices_publish_many
from portal.demo import factories
from portal.media.models import PlaceDocument
from tests.notices.conftest import NOW


def new(parent, days_ago=0, **fields):
    fields.setdefault("kind", "N04")
    page = factories.NoticePageFactory(**fields)
    return NewNotice(page, parent, NOW - timedelta(days=days_ago))


def test_many_notices_leave_a_whole_tree_with_history_and_index(pages, neighbourhood, client):
    document = PlaceDocument.objects.create(title="公示表", place=neighbourhood.community)
    items = [new(parent, days) for parent in (pages.community, pages.county) for days in (0, 0, 9)]
    items[0].attachments.append(NoticeAttachment(title="公示表", document=document))
    made = notices_publish_many(new=items, user=None)

    assert Page.find_problems() == ([], [], [], [], [])
    parent = Page.objects.get(pk=pages.community.pk)
    assert parent.numchild == 3
    assert sorted(parent.get_children().values_list("slug", flat=True)) == [
        "n04-20260221",
        "n04-20260302",
        "n04-20260302-2",
    ]
    assert searched(all_notices(), "改造进度").count() == 6
    page = NoticePage.objects.get(pk=made[0].pk)
    assert client.get(page.url).status_code == 200
    assert page.attachments.get().document == document
    assert page.get_latest_revision().as_object().title == page.title
    assert page.live_revision == page.latest_revision
    assert PageLogEntry.objects.get(page_id=page.pk).timestamp == NOW
    # The next one goes on as if they had come one by one.
    single = factories.notice(pages.community, kind="N04", publicity_start=date(2026, 3, 2))
    assert single.slug == "n04-20260302-3"
    assert Page.find_problems() == ([], [], [], [], [])


def test_all_or_none_and_each_as_of_its_own_day(pages):
    good = new(pages.community, days_ago=900)
    bad = new(pages.community, publicity_start=date(2026, 3, 2), publicity_end=date(2026, 3, 3))
    with pytest.raises(NoticeRefused):
        notices_publish_many(new=[good, bad], user=None)
    assert not NoticePage.objects.exists()
    assert Page.objects.get(pk=pages.community.pk).numchild == 0


def test_its_cost_hardly_grows(pages, django_assert_max_num_queries):
    few = [new(pages.community) for _ in range(3)]
    many = [new(pages.county) for _ in range(60)]
    with django_assert_max_num_queries(40):
        notices_publish_many(new=few, user=None)
    with django_assert_max_num_queries(40 + 3 * 60):
        notices_publish_many(new=many, user=None)
