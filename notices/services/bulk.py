"""Many notices at once, as demonstration data and imports bring them.

One by one, a notice costs 35–60 ms to publish: a walk through the tree, a revision, a log entry,
two indexes. Here each of these is done once for all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, prefetch_related_objects
from modelsearch.backends import get_search_backends
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision

from notices.announcements import notice_announce
from notices.draft_plans import plan_problems, plan_tie
from notices.guard import dates_fill, notice_problems, terms_keep
from notices.models import NoticeAttachment, NoticePage
from notices.refusal import NoticeRefused
from notices.stale import coverage_stale
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.places.models import Building, Place
from portal.places.permissions import require

INDEX_BATCH = 200


@dataclass
class NewNotice:
    """An unsaved notice, the page it goes below, and when it went (or goes) public.

    Empty publicity dates are filled as on any publication. `attachments` are unsaved, without page.
    """

    notice: NoticePage
    parent: Page
    published_at: datetime
    attachments: list[NoticeAttachment] = field(default_factory=list)
    communities: list[Place] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)


@transaction.atomic
def notices_publish_many(
    *, new: Sequence[NewNotice], user: User | None, announce: bool = False
) -> list[NoticePage]:
    """Publish all of `new`, or none. Each is judged by the guard as of its `published_at`.

    With `announce` subscribers are told of each; a record of the past is no news. Without a user (a
    command on the server) no right is asked for. Raises NoticeRefused and PermissionDenied.
    Wagtail's publish signals are not sent.
    """
    kinds = [item.notice.notice_type for item in new if item.notice.notice_type]
    prefetch_related_objects(kinds, "fields")
    by_parent: dict[int, list[NewNotice]] = defaultdict(list)
    for item in new:
        by_parent[item.parent.pk].append(item)
    for items in by_parent.values():
        _prepare(items, user)
    _insert(new)
    _tie_plans(new)
    for parent_id, items in by_parent.items():
        Page.objects.filter(pk=parent_id).update(numchild=F("numchild") + len(items))
    _add_history(new, user)
    notices = [item.notice for item in new]
    _add_to_indexes(notices, [item.notice for item in new if item.attachments])
    if announce:
        for item in new:
            notice_announce(item.notice, now=item.published_at)
    coverage_stale(*{notice.place_id: notice.place for notice in notices}.values())
    generation_bump()
    return notices


def _prepare(items: list[NewNotice], user: User | None) -> None:
    """Everything a notice needs before its rows are written; `items` share their parent."""
    parent = Page.objects.select_for_update().get(pk=items[0].parent.pk).specific
    if user is not None:
        require(user, Action.PAGE_PUBLISH, parent.place)
        if any(item.notice.needs_review for item in items):
            require(user, Action.NOTICE_REVIEW, parent.place)
    last = parent.get_last_child()
    path = last.path if last else None
    slugs = set(parent.get_children().values_list("slug", flat=True))
    content_type = ContentType.objects.get_for_model(NoticePage)
    for item in items:
        notice = item.notice
        path = _next_path(parent, path)
        notice.path, notice.depth, notice.numchild = path, parent.depth + 1, 0
        notice.content_type, notice.locale_id = content_type, parent.locale_id
        notice.place, notice.owner = parent.place, user
        _go_live(item)
        notice.slug = _free_slug(notice, slugs)
        notice.url_path = f"{parent.url_path}{notice.slug}/"


def _go_live(item: NewNotice) -> None:
    notice, moment = item.notice, item.published_at
    notice.live, notice.has_unpublished_changes = True, False
    notice.draft_title = notice.title
    notice.first_published_at = notice.last_published_at = moment
    notice.latest_revision_created_at = moment
    notice.communities.set(item.communities)
    notice.buildings.set(item.buildings)
    notice.is_narrowed = bool(item.communities)
    dates_fill(notice, now=moment)
    terms_keep(notice)
    if problems := notice_problems(notice, now=moment):
        raise NoticeRefused(problems)


def _tie_plans(new: Sequence[NewNotice]) -> None:
    """After the insert, since the draft plan may be one of them."""
    for item in new:
        plan_tie(item.notice)
        if problems := plan_problems(item.notice, now=item.published_at):
            raise NoticeRefused(problems)
    tied = [item.notice for item in new if item.notice.about_id]
    NoticePage.objects.bulk_update(tied, ["about"])


def _next_path(parent: Page, last: str | None) -> str:
    if last is None:
        return str(Page._get_path(parent.path, parent.depth + 1, 1))
    return str(Page(path=last, depth=parent.depth + 1)._inc_path())


def _free_slug(notice: NoticePage, taken: set[str]) -> str:
    code = notice.notice_type.code.lower() if notice.notice_type else "notice"
    base = slug = f"{code}-{notice.publicity_start:%Y%m%d}"
    number = 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    taken.add(slug)
    return slug


def _insert(new: Sequence[NewNotice]) -> None:
    columns = [f.attname for f in Page._meta.concrete_fields if not f.primary_key]
    pages = Page.objects.bulk_create(
        [Page(**{name: getattr(item.notice, name) for name in columns}) for item in new]
    )
    attachments = []
    for item, page in zip(new, pages, strict=True):
        item.notice.id = item.notice.page_ptr_id = page.pk
        # Only the notice's own row: the page's is written already.
        item.notice.save_base(raw=True, force_insert=True)
        for order, attachment in enumerate(item.attachments):
            attachment.page, attachment.sort_order = item.notice, order
            attachments.append(attachment)
    NoticeAttachment.objects.bulk_create(attachments)
    _insert_audience(new)


def _insert_audience(new: Sequence[NewNotice]) -> None:
    communities, buildings = NoticePage.communities.through, NoticePage.buildings.through
    communities.objects.bulk_create(
        communities(noticepage_id=item.notice.pk, place_id=place.pk)
        for item in new
        for place in item.communities
    )
    buildings.objects.bulk_create(
        buildings(noticepage_id=item.notice.pk, building_id=building.pk)
        for item in new
        for building in item.buildings
    )


def _add_history(new: Sequence[NewNotice], user: User | None) -> None:
    """A revision and a log entry for each, so that the editor's history is whole."""
    own = ContentType.objects.get_for_model(NoticePage)
    base = ContentType.objects.get_for_model(Page)
    revisions = Revision.objects.bulk_create(
        [
            Revision(
                content_type=own,
                base_content_type=base,
                object_id=str(item.notice.pk),
                object_str=item.notice.title,
                created_at=item.published_at,
                user=user,
                content=item.notice.serializable_data(),
            )
            for item in new
        ]
    )
    entries = []
    for item, revision in zip(new, revisions, strict=True):
        item.notice.latest_revision_id = item.notice.live_revision_id = revision.pk
        entries.append(_log_entry(item, revision, own, user))
    Page.objects.bulk_update(
        [_base_page(item.notice) for item in new], ["latest_revision", "live_revision"]
    )
    PageLogEntry.objects.bulk_create(entries)


def _base_page(notice: NoticePage) -> Page:
    return Page(
        pk=notice.pk,
        latest_revision_id=notice.latest_revision_id,
        live_revision_id=notice.live_revision_id,
    )


def _log_entry(
    item: NewNotice, revision: Revision, content_type: Any, user: User | None
) -> PageLogEntry:
    return PageLogEntry(
        content_type=content_type,
        page_id=item.notice.pk,
        label=item.notice.title,
        action="wagtail.publish",
        timestamp=item.published_at,
        user=user,
        revision=revision,
        content_changed=True,
    )


def _add_to_indexes(notices: list[NoticePage], with_files: list[NoticePage]) -> None:
    for backend in get_search_backends(with_auto_update=True):
        for start in range(0, len(notices), INDEX_BATCH):
            backend.add_bulk(NoticePage, notices[start : start + INDEX_BATCH])
    for notice in with_files:
        ReferenceIndex.create_or_update_for_object(notice)
