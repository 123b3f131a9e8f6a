"""Objections from receipt to published answer: one key is one objection, sent twice or not."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notices.draft_plans import UPTAKE
from notices.models import NoticePage, Objection, ObjectionEvent
from notices.states import Disposition, Publicity
from portal.accounts.roles import Action
from portal.common.canonical import canonical_json
from portal.common.generation import generation_bump
from portal.common.keys import blind_index, current_key, keyed_digest
from portal.intake.receipts import receipt, receipt_hash, receipt_hashes, receipts
from portal.intake.screening import Kind, personal_data
from portal.places.models import Building, Household
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

PRIVACY_VERSION = "2026-1"
MAX_TEXT = 2000
#: A summary that holds so much of the objection word for word shows who wrote it.
VERBATIM = 15


@dataclass(frozen=True)
class ObjectionFiled:
    """`receipt` opens the objection; `duplicate` says it had been filed before."""

    objection: Objection
    receipt: str
    duplicate: bool


class ObjectionConflict(Exception):
    """The key has been used for other content. `objection` is what is stored under it."""

    def __init__(self, objection: Objection) -> None:
        super().__init__("The same key was sent with other content")
        self.objection = objection


class ObjectionsClosed(ValidationError):
    """The notice takes no objection (any more, yet, or at all); the message says since when."""


def closed_reason(notice: NoticePage, now: datetime) -> str:
    """Why `notice` takes no objections at `now`, in words; empty while it takes them."""
    today = timezone.localdate(now)
    if not notice.live or not notice.allows_objections:
        return _("This notice takes no objections.")
    state = notice.publicity(today)
    if state == Publicity.ENDED and notice.publicity_end:
        day = date_format(notice.publicity_end, "DATE_FORMAT")
        return _("Objections were taken until %(day)s, the last day of the publicity.") % {
            "day": day
        }
    if state == Publicity.UPCOMING and notice.publicity_start:
        day = date_format(notice.publicity_start, "DATE_FORMAT")
        return _("Objections are taken from %(day)s on.") % {"day": day}
    return ""


def objection_file(
    *,
    key: str,
    notice: NoticePage,
    text: str,
    now: datetime,
    building: Building | None = None,
    household: Household | None = None,
    contact: str = "",
) -> ObjectionFiled:
    """Object to `notice`. The same key with the same content gives the same receipt again, also
    after the period.

    Raises ObjectionConflict for the same key with other content, ObjectionsClosed outside the
    publicity period (its days included, Asia/Shanghai), ValidationError for what does not fit.
    """
    building = household.building if household else building
    digest = _digest(notice, text, building, household, contact)
    with transaction.atomic():
        known = _known(key, digest)
        if known:
            return known
        if reason := closed_reason(notice, now):
            raise ObjectionsClosed(reason)
        _check(notice, text, building)
        try:
            with transaction.atomic():
                objection = Objection.objects.create(
                    notice=notice,
                    text=text.strip(),
                    building=building,
                    household=household,
                    contact=contact,
                    contact_index=blind_index(contact),
                    privacy_version=PRIVACY_VERSION if contact else "",
                    filed_at=now,
                    receipt_hash=receipt_hash(receipt(key)),
                    content_hash=digest,
                )
        except IntegrityError:
            # Another request with this key came first, between our look and our insert.
            if raced := _known(key, digest):
                return raced
            raise
        _log(objection, ObjectionEvent.Kind.FILED, now, None)
        generation_bump()
    return ObjectionFiled(objection, receipt(key), duplicate=False)


def _check(notice: NoticePage, text: str, building: Building | None) -> None:
    problems: dict[str, str] = {}
    if building is not None and not building.place.path.startswith(notice.place.path):
        problems["building"] = _("This building does not belong to the place of the notice.")
    if not text.strip():
        problems["text"] = _("Please write what you object to.")
    elif len(text) > MAX_TEXT:
        problems["text"] = _("Please write no more than 2000 characters.")
    if problems:
        raise ValidationError(problems)


def _digest(
    notice: NoticePage,
    text: str,
    building: Building | None,
    household: Household | None,
    contact: str,
) -> str:
    """Keyed: a plain hash over a known text and an unknown phone number would give it away."""
    content = {
        "notice": notice.pk,
        "text": "".join(text.split()),
        "building": building.pk if building else None,
        "household": household.pk if household else None,
        "contact": contact,
    }
    secret = current_key("BLIND_INDEX_KEY")[1]
    return keyed_digest(secret, "objection", canonical_json(content).decode()).hex()


def _known(key: str, digest: str) -> ObjectionFiled | None:
    known = (
        Objection.objects.filter(receipt_hash__in=receipt_hashes(key))
        .select_related("notice__place")
        .first()
    )
    if known is None:
        return None
    if known.content_hash != digest:
        raise ObjectionConflict(known)
    text = next(text for text in receipts(key) if receipt_hash(text) == known.receipt_hash)
    return ObjectionFiled(known, text, duplicate=True)


@transaction.atomic
def objection_answer(
    *,
    objection: Objection,
    disposition: str,
    summary: str,
    reason: str,
    user: "User",
    now: datetime,
    names_checked: bool = False,
) -> Objection:
    """Say what becomes of an objection, in words everybody may read; or change it.

    Raises PermissionDenied, and ValidationError for a missing summary or reason, for the resident's
    own words, for personal data in them, and for a change once the uptake notice is public. What
    only looks like a name passes with `names_checked`. The same answer again changes nothing.
    """
    locked = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    notice = locked.notice
    require(user, Action.OBJECTION_ANSWER, notice.place)
    summary, reason = " ".join(summary.split()), reason.strip()
    _check_answer(locked, disposition, summary, reason)
    _check_personal({"summary": summary, "reason": reason}, names_checked=names_checked)
    if (locked.disposition, locked.summary, locked.reason) == (disposition, summary, reason):
        return locked
    if locked.disposition and uptake_of(notice) is not None:
        raise ValidationError(_("The uptake notice is public, so the answer can't be changed."))
    kind = ObjectionEvent.Kind.CHANGED if locked.disposition else ObjectionEvent.Kind.ANSWERED
    locked.disposition, locked.summary, locked.reason = disposition, summary, reason
    locked.answered_at = now
    locked.save(update_fields=["disposition", "summary", "reason", "answered_at"])
    _log(locked, kind, now, user)
    generation_bump()
    return locked


def uptake_of(notice: NoticePage) -> NoticePage | None:
    """The public uptake notice about `notice`, or about the plan it was withdrawn and posted anew
    as."""
    about = Q(about=notice)
    if notice.is_draft_plan and not notice.live and notice.publicity_start:
        about |= Q(
            about__notice_type=notice.notice_type,
            about__place=notice.place,
            about__publicity_start__gte=notice.publicity_start,
        )
    public = NoticePage.objects.live().filter(about, notice_type__code=UPTAKE)
    found: NoticePage | None = public.order_by("pk").first()
    return found


def _check_answer(objection: Objection, disposition: str, summary: str, reason: str) -> None:
    problems: dict[str, str] = {}
    if disposition not in Disposition.values:
        problems["disposition"] = _("Please say what becomes of it.")
    if not summary:
        problems["summary"] = _("Say in public words what it is about.")
    elif _copies(objection.text, summary):
        problems["summary"] = _(
            "These are the resident's own words. Say what it is about in yours, so that nobody can "
            "tell who objected."
        )
    if not reason:
        problems["reason"] = _("Give the reason; residents read it.")
    elif _copies(objection.text, reason):
        problems["reason"] = _("Please don't quote the resident.")
    if problems:
        raise ValidationError(problems)


def _check_personal(texts: dict[str, str], *, names_checked: bool) -> None:
    problems: dict[str, ValidationError] = {}
    for field, text in texts.items():
        found = personal_data(text)
        sure = [finding for finding in found if finding.kind != Kind.NAME]
        if sure:
            problems[field] = ValidationError(
                _("Everybody reads this, so please leave out: %(found)s.")
                % {"found": "、".join(f"{f.kind.label} {f.text}" for f in sure)}
            )
        elif found and not names_checked:
            problems[field] = ValidationError(
                _("Is this the name of a person? %(found)s. If not, say so below.")
                % {"found": "、".join(finding.text for finding in found)},
                code="names",
            )
    if problems:
        raise ValidationError(problems)


def _copies(text: str, public: str) -> bool:
    """Whether `public` holds a stretch of `text` word for word."""
    said, shown = "".join(text.split()), "".join(public.split())
    if len(said) < VERBATIM:
        return False
    return any(said[i : i + VERBATIM] in shown for i in range(len(said) - VERBATIM + 1))


@transaction.atomic
def objection_contact_show(*, objection: Objection, user: "User", now: datetime) -> str:
    """The phone number in full. Every look is logged. Raises PermissionDenied."""
    require(user, Action.OBJECTION_ANSWER, objection.notice.place)
    if objection.contact:
        _log(objection, ObjectionEvent.Kind.CONTACT_SHOWN, now, user)
    return objection.contact


def _log(objection: Objection, kind: str, now: datetime, user: "User | None") -> None:
    says = kind in {ObjectionEvent.Kind.ANSWERED, ObjectionEvent.Kind.CHANGED}
    ObjectionEvent.objects.create(
        objection=objection,
        kind=kind,
        at=now,
        actor=user,
        disposition=objection.disposition if says else "",
        summary=objection.summary if says else "",
        reason=objection.reason if says else "",
    )
