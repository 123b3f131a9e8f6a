"""The uptake notice (N05), drafted from the answers to the objections to a draft plan (N04)."""

import json
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override

from notices.draft_plans import UPTAKE
from notices.models import NoticePage, NoticeType, Objection
from notices.services.objections import uptake_of
from notices.states import Disposition
from notices.uptake_table import answer_row, block_id, block_ids
from portal.accounts.roles import Action
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

#: What reports on the period is dated to the end of office hours of its last day.
CLOSES = time(18, 0)
#: Extra field of the type → the number that goes there.
COUNTED = {
    "received": None,
    "accepted": Disposition.ADOPTED,
    "partly": Disposition.PARTLY,
    "rejected": Disposition.REJECTED,
    "out_of_scope": Disposition.OUT_OF_SCOPE,
}


@transaction.atomic
def uptake_draft(*, notice: NoticePage, user: "User", now: datetime) -> NoticePage:
    """Draft the uptake notice about `notice` from the answers, or bring its draft up to date.

    Only the count and the table are written anew in a draft that exists; what staff added stays.
    Raises PermissionDenied, and ValidationError while an objection has no answer, and once the
    uptake notice is public or under review.
    """
    require(user, Action.PAGE_EDIT, notice.place)
    received = Objection.objects.shown_with(notice)
    objections = list(received.answered().order_by("filed_at", "pk"))
    if received.unanswered().exists():
        raise ValidationError(_("Answer every objection first."))
    if uptake_of(notice) is not None:
        raise ValidationError(_("The uptake notice about this notice is public already."))
    page = _draft_of(notice, user) or _new_draft(notice, user)
    # A notice is Chinese, whatever the language of the screen.
    with override("zh-hans"):
        page.body = _body(page, notice, objections)
    page.extra = {**page.extra, **_numbers(page.notice_type, objections)}
    if page.pk is None:
        page.latest_revision_created_at = now
        notice.get_parent().specific.add_child(instance=page)
    page.save_revision(user=user, log_action=True, changed=True)
    return page


def _draft_of(notice: NoticePage, user: "User") -> NoticePage | None:
    draft = NoticePage.objects.filter(about=notice, notice_type__code=UPTAKE, live=False)
    found = draft.order_by("-pk").first()
    if found is None:
        return None
    lock = found.get_lock()
    if lock is not None and lock.for_user(user):
        raise ValidationError(_("The uptake notice is under review and can't be changed now."))
    latest: NoticePage = found.get_latest_revision_as_object()
    return latest


def _new_draft(notice: NoticePage, user: "User") -> NoticePage:
    kind = NoticeType.objects.get(code=UPTAKE)
    with override("zh-hans"):
        title = _("What became of the comments on “%(title)s”") % {"title": notice.title}
    ended = notice.publicity_end
    return NoticePage(
        title=title[:255],
        notice_type=kind,
        about=notice,
        issuer=notice.issuer,
        contact=notice.contact,
        contact_phone=notice.contact_phone,
        event_starts_at=ended
        and timezone.make_aware(datetime.combine(ended, CLOSES), timezone.get_default_timezone()),
        owner=user,
        live=False,
    )


def _numbers(kind: NoticeType | None, objections: list[Objection]) -> dict[str, str]:
    """The counts for those extra fields that the type has."""
    known = {spec.key for spec in kind.specs} if kind else set()
    return {key: str(_count(objections, wanted)) for key, wanted in COUNTED.items() if key in known}


def _count(objections: list[Objection], wanted: Disposition | None) -> int:
    return sum(1 for item in objections if wanted is None or item.disposition == wanted)


def _body(page: NoticePage, notice: NoticePage, objections: list[Objection]) -> str:
    """The body as it was, with our two blocks put in their places, or at the end."""
    ours = [_paragraph(notice, objections), *_table(notice, objections)]
    blocks: list[dict[str, Any]] = list(page.body.get_prep_value()) if page.body else []
    old_ids = block_ids(notice)
    places = [index for index, block in enumerate(blocks) if block.get("id") in old_ids]
    at = places[0] if places else len(blocks)
    kept_before = [block for block in blocks[:at] if block.get("id") not in old_ids]
    kept_after = [block for block in blocks[at:] if block.get("id") not in old_ids]
    return json.dumps([*kept_before, *ours, *kept_after])


def _paragraph(notice: NoticePage, objections: list[Objection]) -> dict[str, Any]:
    link = format_html('<a linktype="page" id="{}">{}</a>', notice.pk, notice.title)
    if objections:
        counts = "、".join(
            _("%(number)s %(disposition)s")
            % {"number": _count(objections, choice), "disposition": choice.label}
            for choice in Disposition
            if _count(objections, choice)
        )
        text = _("Objections to {notice} while it was posted: {number} ({counts}).")
    else:
        counts, text = "", _("Nobody objected to {notice} while it was posted.")
    html = format_html(
        "<p>{}</p>", format_html(text, notice=link, number=len(objections), counts=counts)
    )
    return {"type": "paragraph", "value": str(html), "id": block_id(notice, "count")}


def _table(notice: NoticePage, objections: list[Objection]) -> list[dict[str, Any]]:
    if not objections:
        return []
    headings = [_("What it is about"), _("Disposition"), _("Reason")]
    value = {
        "columns": [{"type": "text", "heading": heading} for heading in headings],
        "rows": [{"values": answer_row(item)} for item in objections],
        "caption": _("Objections and what became of them"),
    }
    return [{"type": "table", "value": value, "id": block_id(notice, "table")}]
