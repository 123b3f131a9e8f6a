"""Signs of gaming: found every night, judged by the evaluator; device marks kept for a month."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.gaming import KEPT, signs
from feedback.complaints.models import Complaint, DeviceMark, GamingSignal
from portal.accounts.roles import Action
from portal.common.keys import current_key, keyed_digest
from portal.intake.receipts import is_key
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User


def device_mark(*, complaint: Complaint, deed: str, device_key: str, now: datetime) -> bool:
    """Note on which device a case was filed or confirmed, if its script gave a key.

    Only a keyed hash is kept. Nothing is noted for restricted reports, or without a key.
    """
    if not is_key(device_key) or complaint.category.is_restricted:
        return False
    device = keyed_digest(current_key("BLIND_INDEX_KEY")[1], "device", device_key).hex()
    fields = {"device": device, "at": now}
    return DeviceMark.objects.get_or_create(complaint=complaint, deed=deed, defaults=fields)[1]


def device_marks_expire(*, now: datetime) -> int:
    return DeviceMark.objects.filter(at__lt=now - KEPT).delete()[0]


def signals_sweep(*, now: datetime) -> int:
    """Tell what is not told yet; how many signs. Twice is safe: a sign is told once by its key."""
    told = 0
    for sign in list(signs()):
        with transaction.atomic():
            fields = {
                "community_id": sign.community,
                "at": sign.at,
                "data": sign.data,
                "found_at": now,
            }
            row, is_new = GamingSignal.objects.get_or_create(
                kind=sign.kind, key=sign.key, defaults=fields
            )
            if is_new:
                row.complaints.set(sign.complaints)
                told += 1
    return told


def signal_judge(
    *, signal: GamingSignal, by: "User", judgement: str, reason: str, now: datetime
) -> GamingSignal:
    """The evaluator says what it was, and why. A judgement can be changed, never left out."""
    problems = {}
    if judgement not in GamingSignal.Judgement.values:
        problems["judgement"] = _("Please choose one of the answers.")
    if not reason.strip():
        problems["reason"] = _("Please write something here.")
    if problems:
        raise ValidationError(problems)
    with transaction.atomic():
        row = GamingSignal.objects.select_for_update().get(pk=signal.pk)
        require(by, Action.SIGNAL_REVIEW, row.community)
        row.judgement, row.reason = judgement, reason.strip()
        row.reviewed_at, row.reviewed_by = now, by
        row.save(update_fields=["judgement", "reason", "reviewed_at", "reviewed_by"])
    signal.refresh_from_db()
    return signal
