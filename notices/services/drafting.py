"""A notice begins as a draft from the template of its type, with the place's own data filled in."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext as _
from wagtail.models import Page
from wagtail.rich_text import RichText

from notices.blanks import filled
from notices.models import NoticePage, NoticeType, NoticeVariant
from notices.place_facts import facts_of
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require


@transaction.atomic
def notice_start(
    *,
    parent: Page,
    notice_type: NoticeType,
    variant: NoticeVariant | None = None,
    user: User,
    now: datetime,
) -> NoticePage:
    """A draft of `notice_type` below `parent`, the page of a place, with its first version.

    Raises PermissionDenied, and ValidationError for a type that is not offered or lacks its kind.
    """
    page = parent.specific
    place: Place | None = getattr(page, "place", None)
    if place is None or not NoticePage.can_create_at(page):
        raise PermissionDenied
    require(user, Action.PAGE_EDIT, place)
    if not notice_type.offered:
        raise ValidationError(_("This type is not offered for new notices."))
    if notice_type.has_variants != (variant is not None):
        raise ValidationError(_("Say which kind; the legal period depends on it."))
    if variant is not None and variant.notice_type_id != notice_type.pk:
        raise ValidationError(_("This kind belongs to another type of notice."))
    notice = drafted(place, notice_type, variant)
    notice.owner = user
    page.add_child(instance=notice)
    notice.save_revision(user=user, log_action=True, clean=False)
    return notice


def drafted(place: Place, kind: NoticeType, variant: NoticeVariant | None) -> NoticePage:
    """An unsaved draft. The words of the kind (variant) go before those of its type."""
    facts = facts_of(place)
    title = (variant and variant.title_template) or kind.title_template or kind.name_zh
    body = (variant and variant.body_template) or kind.body_template
    return NoticePage(
        title=filled(title, facts)[:255],
        notice_type=kind,
        variant=variant,
        body=body_blocks(filled(body, facts)),
        issuer=place.name,
        contact_phone=facts["电话"],
        extra=_known_fields(kind, variant, facts),
        live=False,
        has_unpublished_changes=True,
        place=place,
    )


def body_blocks(text: str) -> list[tuple[str, object]]:
    """The blocks of a text: a paragraph a line, a heading where it begins with #."""
    blocks: list[tuple[str, object]] = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith("#"):
            blocks.append(("heading", line.lstrip("# ")[:100]))
        elif line:
            blocks.append(("paragraph", RichText(f"<p>{escape(line)}</p>")))
    return blocks


def _known_fields(
    kind: NoticeType, variant: NoticeVariant | None, facts: dict[str, str]
) -> dict[str, str]:
    """What the record knows of the extra fields, by the key they have in every type."""
    known = {
        "contractor": facts["施工单位"],
        "hotline": facts["电话"],
        "communities": facts["小区数"],
        "households": facts["户数"],
    }
    code = variant.code if variant else ""
    keys = {spec.key for spec in kind.specs if spec.concerns(code)}
    return {key: text for key, text in known.items() if key in keys and text}
