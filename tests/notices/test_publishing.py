"""Every way Wagtail has of making a notice public ends at the guard."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.actions.create_page import CreatePageAction
from wagtail.actions.edit_page import EditPageAction
from wagtail.models import PageLogEntry, Revision

from notices.models import NoticePage, PublishFailure
from notices.refusal import NoticeRefused
from notices.services import publications_due
from portal.demo import factories
from tests.notices.conftest import NOW

SHORT = {"kind": "N04", "publicity_start": date(2026, 3, 2), "publicity_end": date(2026, 3, 3)}
LAWFUL = {"kind": "N04", "publicity_start": date(2026, 3, 2), "publicity_end": date(2026, 3, 11)}


def is_live(page) -> bool:
    return NoticePage.objects.get(pk=page.pk).live


def test_a_lawful_draft_is_published_and_belongs_to_the_place_of_its_page(pages, now):
    page = factories.notice(pages.community, **LAWFUL)
    page.save_revision().publish()
    page = NoticePage.objects.get(pk=page.pk)
    assert page.live
    assert page.place == pages.community.place
    assert page.slug.startswith("n04-20260302")


def test_publishing_a_revision_refuses_what_is_not_lawful(pages, now):
    page = factories.notice(pages.community, **SHORT)
    with pytest.raises(NoticeRefused) as refused:
        page.save_revision().publish()
    assert "publicity_end" in refused.value.message_dict
    assert not is_live(page)


def test_saving_a_live_page_refuses_what_is_not_lawful(pages, now):
    page = factories.notice(pages.community, **SHORT)
    page.live = True
    for clean in (True, False):
        with pytest.raises(NoticeRefused):
            page.save(clean=clean)
    assert not is_live(page)


def test_a_live_notice_cannot_be_cut_short_by_a_new_version(pages, now):
    page = factories.notice(pages.community, now, **LAWFUL)
    page.publicity_end = date(2026, 3, 4)
    with pytest.raises(NoticeRefused):
        page.save_revision().publish()
    assert NoticePage.objects.get(pk=page.pk).publicity_end == date(2026, 3, 11)


def test_a_correction_of_a_live_notice_keeps_its_first_day(pages, now):
    page = factories.notice(pages.community, now, **LAWFUL)
    with time_machine.travel(NOW + timedelta(days=3)):
        page.title = "改造方案征求意见（更正）"
        page.save_revision().publish()
    assert NoticePage.objects.get(pk=page.pk).title == "改造方案征求意见（更正）"


def test_a_copy_begins_a_period_of_its_own(pages, now):
    page = factories.notice(pages.community, NOW - timedelta(days=90), kind="N04")
    copied = CopyPageAction(page, to=pages.other, keep_live=True, update_attrs={"slug": "again"})
    copy = copied.execute(skip_permission_checks=True)
    copy = NoticePage.objects.get(pk=copy.pk)
    assert (copy.publicity_start, copy.publicity_end) == (date(2026, 3, 2), date(2026, 3, 11))
    assert copy.place == pages.other.place
    assert copy.first_published_at is None or copy.first_published_at >= now


def test_an_alias_is_refused(pages, now):
    page = factories.notice(pages.community, now, **LAWFUL)
    with pytest.raises(NoticeRefused):
        CreatePageAliasAction(page, parent=pages.other).execute(skip_permission_checks=True)


def schedule(page, moment):
    page.go_live_at = moment
    page.save_revision().publish()
    assert not is_live(page)
    assert page.revisions.filter(approved_go_live_at=moment).count() == 1


def test_due_revisions_are_published_one_by_one_and_only_once(pages, now):
    pages_due = [factories.notice(pages.community, **LAWFUL) for _ in range(3)]
    for page in pages_due:
        schedule(page, now + timedelta(minutes=5))
    assert publications_due(now=now).published == 0
    with time_machine.travel(now + timedelta(minutes=6), tick=False):
        assert publications_due(now=now + timedelta(minutes=6)).published == 3
        assert publications_due(now=now + timedelta(minutes=6)).published == 0
    assert all(is_live(page) for page in pages_due)
    published = PageLogEntry.objects.filter(action="wagtail.publish.scheduled")
    assert set(published.values_list("page_id", flat=True)) == {page.pk for page in pages_due}


def test_a_failed_publication_holds_up_no_other_and_is_kept_to_be_shown(pages, now, caplog):
    late = factories.notice(pages.community, **LAWFUL)
    good = factories.notice(pages.community, **LAWFUL)
    for page in (late, good):
        schedule(page, now + timedelta(minutes=5))
    # The worker slept for three days: the period of the first notice is too short by now.
    revision = Revision.objects.filter(object_id=str(good.pk)).latest("pk")
    revision.content["publicity_start"] = revision.content["publicity_end"] = None
    revision.save()
    later = now + timedelta(days=3)
    with time_machine.travel(later, tick=False):
        run = publications_due(now=later)
    assert (run.published, run.failed) == (1, 1)
    assert is_live(good)
    assert not is_live(late)
    failure = PublishFailure.objects.get()
    assert failure.object_id == str(late.pk)
    assert failure.place == pages.community.place
    assert failure.message
    assert "Refused to publish" in caplog.text
    # It became an ordinary draft and is not tried for ever.
    assert not Revision.objects.exclude(approved_go_live_at=None).exists()


def test_a_technical_fault_is_tried_again(pages, now, monkeypatch):
    page = factories.notice(pages.community, **LAWFUL)
    schedule(page, now + timedelta(minutes=5))
    later = now + timedelta(minutes=6)

    def broken(*args, **kwargs):
        raise OSError("the disk is full")

    with time_machine.travel(later, tick=False):
        with monkeypatch.context() as patch:
            patch.setattr(Revision, "publish", broken)
            assert publications_due(now=later).failed == 1
            assert publications_due(now=later).failed == 1
        assert PublishFailure.objects.get().attempts == 2
        assert "disk" not in PublishFailure.objects.get().message
        assert publications_due(now=later).published == 1
    assert is_live(page)
    assert not PublishFailure.objects.exists()


def test_wagtails_expiry_never_takes_a_notice_away(pages, now):
    page = factories.notice(pages.community, now, **LAWFUL)
    page.expire_at = now + timedelta(days=1)
    with pytest.raises(ValidationError):
        page.save_revision().publish()


@pytest.mark.parametrize("published", [True, False])
def test_a_published_notice_leaves_only_through_the_service(pages, now, published):
    page = factories.notice(pages.community, now if published else None, **LAWFUL)
    with pytest.raises(NoticeRefused):
        page.move(pages.other, pos="last-child")
    if published:
        with pytest.raises(NoticeRefused):
            page.unpublish()
        with pytest.raises(NoticeRefused):
            page.delete()
        assert is_live(page)
    else:
        page.delete()
        assert not NoticePage.objects.filter(pk=page.pk).exists()


def test_wagtails_action_for_programs_asks_the_guard_and_the_review(pages, clerk, root, now):
    """What its API calls: a clerk needs the review, and nobody publishes what is incomplete."""
    draft = factories.notice(pages.community, **SHORT)
    for user, refusal in ((clerk, PermissionDenied), (root, NoticeRefused)):
        with pytest.raises(refusal), transaction.atomic():
            EditPageAction(draft, user=user, publish=True).execute()
        assert not is_live(draft)
    parent = pages.community
    with pytest.raises(PermissionDenied):
        page = factories.NoticePageFactory(**SHORT)
        CreatePageAction(page, parent=parent, user=clerk, publish=True).execute()


def test_the_preview_opens_at_the_width_of_a_phone(pages):
    assert NoticePage().default_preview_size == "mobile"


@time_machine.travel(NOW, tick=False)
def test_a_preview_shows_the_days_it_would_have(pages, clerk, client):
    draft = factories.notice(pages.community, kind="N04", publicity_start=None, publicity_end=None)
    draft.save_revision(user=clerk)
    client.force_login(clerk)
    html = client.get(reverse("wagtailadmin_pages:view_draft", args=[draft.pk])).content.decode()
    assert "2026年3月2日" in html
    assert "2026年3月11日" in html
    assert NoticePage.objects.get(pk=draft.pk).publicity_start is None
