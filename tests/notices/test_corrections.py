"""What may not change in a notice that is public, and what residents are told of what did."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from notices.changes import changes_of
from notices.models import NoticeAttachment, NoticePage
from notices.queries import all_notices, searched
from notices.refusal import NoticeRefused
from notices.services import notice_unpublish
from portal.demo import factories
from portal.media.models import PlaceDocument
from portal.messages.models import Bulletin
from tests.notices.conftest import NOW
from tests.notices.test_announcements import water_cut
from tests.notices.test_audience import sibling  # noqa: F401
from tests.notices.test_staff import posted

LAST = date(2026, 4, 30)


@pytest.fixture
def plan(pages, now):
    start = NOW.date()
    return factories.notice(
        pages.community, now, kind="N04", publicity_start=start, publicity_end=LAST
    )


def correct(page, days, named=None, **fields):
    """Publish `page` with `fields`, `days` after it went public."""
    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        page = NoticePage.objects.get(pk=page.pk)
        for name, value in fields.items():
            setattr(page, name, value)
        if named is not None:
            page.communities.set(named)
        page.save_revision().publish()
        return NoticePage.objects.get(pk=page.pk)


def refused(page, days, **changes):
    with pytest.raises(NoticeRefused) as error:
        correct(page, days, **changes)
    return [problem.field for problem in error.value.problems]


@pytest.mark.parametrize(
    ("days", "end"),
    [(1, LAST - timedelta(days=1)), (14, date(2026, 3, 11)), (80, date(2026, 5, 10)), (1, None)],
)
def test_a_last_day_is_kept_or_put_off(plan, days, end):
    assert refused(plan, days, publicity_end=end) == ["publicity_end"]
    assert NoticePage.objects.get(pk=plan.pk).publicity_end == LAST


def test_a_longer_period_and_a_slip_of_the_pen_go_through(plan):
    assert correct(plan, 5, publicity_end=date(2026, 5, 8)).publicity_end == date(2026, 5, 8)
    assert correct(plan, 90, title="更正后的题目").title == "更正后的题目"


def test_a_last_day_is_not_put_off_beyond_two_years_but_an_old_one_stands(plan, root, client):
    assert refused(plan, 5, publicity_end=date(2062, 4, 30)) == ["publicity_end"]
    NoticePage.objects.filter(pk=plan.pk).update(publicity_end=date(2062, 4, 30))
    assert correct(plan, 5, title="更正后的题目").title == "更正后的题目"
    client.force_login(root)
    url = reverse("wagtailadmin_pages:edit", args=[plan.pk])
    assert client.post(url, posted(publicity_end="2062-04-30")).status_code == 302
    assert refused(plan, 5, publicity_end=date(2062, 5, 30)) == ["publicity_end"]


def test_what_has_begun_does_not_begin_anew(plan):
    assert refused(plan, 3, publicity_start=date(2026, 3, 9)) == ["publicity_start"]


def test_the_editor_says_it_at_the_field(plan, root, client):
    client.force_login(root)
    url = reverse("wagtailadmin_pages:edit", args=[plan.pk])
    response = client.post(url, posted())
    assert "2026年4月30日" in response.context["form"].errors["publicity_end"][0]
    assert client.post(url, posted(publicity_end="2026-05-08")).status_code == 302


def cut(pages, days=5):
    page = water_cut(pages.community)
    page.event_starts_at = NOW + timedelta(days=days)
    page.event_ends_at = page.event_starts_at + timedelta(hours=8)
    page.publicity_end = None
    page.save_revision().publish()
    return NoticePage.objects.get(pk=page.pk)


def test_an_event_brought_nearer_keeps_the_lead_from_today(pages, now):
    page = cut(pages)
    soon = NOW + timedelta(days=2, minutes=30)
    assert "event_starts_at" in refused(page, 2, event_starts_at=soon)
    assert Bulletin.objects.count() == 1
    moved = correct(page, 2, event_starts_at=NOW + timedelta(days=4))
    assert moved.event_starts_at == NOW + timedelta(days=4)


def test_each_new_time_of_a_cut_is_urgent_news(pages, now, clerk):
    page = cut(pages)
    first, second = page.event_starts_at, NOW + timedelta(days=7)
    for days, begins in ((1, second), (2, first), (3, first)):
        ends = begins + timedelta(hours=8)
        page = correct(page, days, event_starts_at=begins, event_ends_at=ends, title=f"停水{days}")
    news = Bulletin.objects.order_by("pk")
    assert [one.urgent for one in news] == [True, True, True]
    assert [one.texts["zh-hans"]["title"] for one in news[1:]] == [
        "时间变更：停水1",
        "时间变更：停水2",
    ]
    later = NOW + timedelta(days=4)
    with time_machine.travel(later, tick=False):
        notice_unpublish(notice=page, user=clerk, reason="不停水了", now=later)
    assert not Bulletin.objects.filter(withdrawn_at=None, withdraws=None).exists()


def test_nobody_is_dropped_while_it_is_posted(pages, now, neighbourhood, sibling):  # noqa: F811
    one, both = [sibling], [sibling, neighbourhood.community]
    page = factories.notice(pages.county, now, kind="N01", publicity_start=NOW.date())
    assert refused(page, 1, named=one) == ["communities"]
    other = factories.notice(pages.county, kind="N01", publicity_start=NOW.date())
    other.communities.set(both)
    other.save_revision().publish()
    assert refused(other, 1, named=one) == ["communities"]
    assert not correct(other, 1, named=[]).is_narrowed


# --- what changed, in words; and what is found ---


def test_residents_read_what_changed_in_fields_audience_and_files(
    pages,
    now,
    neighbourhood,
    sibling,  # noqa: F811
    client,
):
    page = factories.notice(pages.county, kind="N04", publicity_start=NOW.date())
    page.communities.set([neighbourhood.community])
    page.save_revision().publish()
    page = NoticePage.objects.get(pk=page.pk)
    file = PlaceDocument.objects.create(
        title="图纸", file=ContentFile(b"%PDF-1.4", "plan.pdf"), place=page.place
    )
    page.attachments.add(NoticeAttachment(title="总平面图", document=file))
    both = [neighbourhood.community, sibling]
    page.communities.set(both)
    page.extra = {**page.extra, "budget": "999999"}
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        page.save_revision().publish()
    page = NoticePage.objects.get(pk=page.pk)
    (change,) = changes_of(page)
    said = {field.label: (field.before, field.after) for field in change.fields}
    assert said["附件"] == ("", "总平面图")
    assert said["仅面向这些小区"] == ("和平里小区", "和平里小区、幸福里小区")
    budget = next(spec for spec in page.asked.fields if spec.key == "budget")
    assert said[budget.label][1] == budget.shown("999999")
    shown = client.get(page.url).content.decode()
    assert budget.shown("999999") in shown
    assert "幸福里小区</ins>" in shown


def test_what_the_extra_fields_say_is_found_and_fed(pages, now, client):
    page = factories.notice(pages.community, now, kind="N14", publicity_start=NOW.date())
    page = correct(
        page, 0, extra={**page.extra, "warranty": "屋面防水保修五年"}, issuer="独角兽办公室"
    )
    assert list(searched(all_notices(), "屋面防水保修")) == [page]
    assert not searched(all_notices(), "独角兽").exists()
    feed = client.get(reverse("notices:place_atom", args=[page.place.code]))
    assert "屋面防水保修五年" in feed.content.decode()
