"""Showing single cases to everybody: with consent, screened, and taken down when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.models import (
    Complaint,
    ComplaintEvent,
    ComplaintPhoto,
    PublishedCase,
    WeDid,
)
from feedback.complaints.services.changing import complaint_lock
from feedback.complaints.services.log import event_add
from feedback.complaints.states import State
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.intake.screening import masked, personal_data
from portal.places.models import Place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind
#: What stands for words that the editor hides on top of what was found.
LEFT_OUT = "〔略〕"


@dataclass(frozen=True)
class Screened:
    """What the editor decided: for every finding of the text, in order, whether it is masked."""

    reported: Sequence[bool]
    done: Sequence[bool]
    also: Sequence[str] = ()


def complaint_consent(*, complaint: Complaint, agrees: bool, now: datetime) -> Complaint:
    """The resident, who showed number and secret, agrees to publication or takes it back.

    Taking it back takes down what was published. The same answer twice changes nothing.
    """
    with transaction.atomic():
        row = complaint_lock(complaint)
        if row.category.is_restricted:
            raise ValidationError(_("This report is never published."))
        if row.may_publish != agrees:
            row.may_publish = agrees
            row.save(update_fields=["may_publish"])
            kind = Kind.CONSENTED if agrees else Kind.CONSENT_TAKEN
            event_add(row, kind, now=now, public=True)
            if not agrees:
                for case in PublishedCase.objects.select_for_update().filter(
                    complaint=row, removed_at=None
                ):
                    _take_down(case, row, now=now, by=None, reason="")
    complaint.refresh_from_db()
    return complaint


def reply_of(complaint: Complaint) -> str:
    """What staff said they did, when they last reported it as solved."""
    last = complaint.events.filter(kind=Kind.RESOLVED, is_public=True).order_by("-at", "-pk")
    return last.values_list("text", flat=True).first() or ""


def case_masked(complaint: Complaint, screened: Screened) -> tuple[str, str]:
    """(what was reported, what was done) as the public would read them.

    Raises ValidationError unless every finding was decided.
    """
    return (
        _masked(complaint.text, screened.reported, screened.also),
        _masked(reply_of(complaint), screened.done, screened.also),
    )


def case_publish(
    *,
    complaint: Complaint,
    by: "User",
    screened: Screened,
    now: datetime,
    before: ComplaintPhoto | None = None,
    after: ComplaintPhoto | None = None,
) -> PublishedCase:
    """Publish one closed case. Raises ValidationError without the resident's consent, while it is
    not closed, for findings that were not decided and for photos that nobody looked over."""
    with transaction.atomic():
        row = complaint_lock(complaint)
        require(by, Action.BOARD_EDIT, row.community)
        _check_publishable(row, [photo for photo in (before, after) if photo])
        reported, done = case_masked(row, screened)
        fields = {
            "text": reported,
            "done": done,
            "before": before,
            "after": after,
            "published_at": now,
            "published_by": by,
            "removed_at": None,
        }
        case, _new = PublishedCase.objects.update_or_create(complaint=row, defaults=fields)
        event_add(row, Kind.PUBLISHED, now=now, actor=by, public=True)
        generation_bump()
    return case


def case_remove(*, case: PublishedCase, by: "User", reason: str, now: datetime) -> PublishedCase:
    """Take a published case down. The reason stays internal."""
    if not reason.strip():
        raise ValidationError({"reason": _("Please write something here.")})
    with transaction.atomic():
        complaint = complaint_lock(case.complaint)
        require(by, Action.BOARD_EDIT, complaint.community)
        row = PublishedCase.objects.select_for_update().get(pk=case.pk)
        if row.removed_at is None:
            _take_down(row, complaint, now=now, by=by, reason=reason)
    case.refresh_from_db()
    return case


def we_did_save(
    *,
    by: "User",
    community: Place,
    said: str,
    did: str,
    done_date: date,
    now: datetime,
    where: str = "",
    survey_key: str = "",
    cases: Sequence[PublishedCase] = (),
    photo: ContentFile[bytes] | None = None,
    entry: WeDid | None = None,
) -> WeDid:
    """Enter or change one “you said, we did”. `photo` is cleaned by intake.

    Raises ValidationError for a day to come and for cases of another community.
    """
    _check_we_did(community, done_date, cases, now)
    with transaction.atomic():
        require(by, Action.BOARD_EDIT, community)
        row = entry or WeDid(created_at=now, created_by=by)
        if entry is not None and entry.community_id != community.pk:
            raise ValidationError({"community": _("An entry stays with its community.")})
        row.community, row.said, row.did, row.where = community, said, did, where
        row.done_date, row.survey_key = done_date, survey_key
        old = row.photo.name if photo is not None else ""
        if photo is not None:
            row.photo.save(f"{row.token}.jpg", photo, save=False)
        row.full_clean(exclude=["community", "created_by", "photo"])
        row.save()
        row.cases.set(cases)
        generation_bump()
        if old:
            storage = row.photo.storage
            transaction.on_commit(lambda: storage.delete(old))
    return row


def we_did_remove(*, entry: WeDid, by: "User", now: datetime) -> WeDid:
    with transaction.atomic():
        require(by, Action.BOARD_EDIT, entry.community)
        WeDid.objects.filter(pk=entry.pk, removed_at=None).update(removed_at=now)
        generation_bump()
    entry.refresh_from_db()
    return entry


def _check_publishable(row: Complaint, photos: Sequence[ComplaintPhoto]) -> None:
    if not row.may_publish or row.category.is_restricted:
        raise ValidationError(_("The resident has not agreed that this case is published."))
    if row.state != State.CLOSED:
        raise ValidationError(_("Only a case that the resident closed can be published."))
    known = PublishedCase.objects.filter(complaint=row, removed_at=None)
    if known.exists():
        raise ValidationError(_("This case is published already."))
    for photo in photos:
        if photo.complaint_id != row.pk or photo.screened_at is None:
            raise ValidationError(_("Somebody must look a photo over before it is published."))


def _check_we_did(
    community: Place, done_date: date, cases: Sequence[PublishedCase], now: datetime
) -> None:
    if not community.is_community:
        raise ValidationError({"community": _("Please choose a residential community.")})
    if done_date > timezone.localdate(now):
        raise ValidationError({"done_date": _("This day has not come yet.")})
    if any(case.complaint.community_id != community.pk for case in cases):
        raise ValidationError({"cases": _("These cases belong to another community.")})


def _take_down(
    case: PublishedCase, complaint: Complaint, *, now: datetime, by: "User | None", reason: str
) -> None:
    case.text = case.done = ""
    case.before = case.after = None
    case.removed_at = now
    case.save(update_fields=["text", "done", "before", "after", "removed_at"])
    case.we_did.clear()
    event_add(complaint, Kind.TAKEN_DOWN, now=now, actor=by, text=reason)
    generation_bump()


def _masked(text: str, decisions: Sequence[bool], also: Sequence[str]) -> str:
    findings = personal_data(text)
    if len(findings) != len(decisions):
        raise ValidationError(_("Please decide for every marked place."))
    hidden = [f for f, mask in zip(findings, decisions, strict=True) if mask]
    result = masked(text, hidden)
    for word in also:
        result = result.replace(word, LEFT_OUT)
    return result
