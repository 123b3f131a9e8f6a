"""A household says whether it was done: one verdict each, sent twice it is one."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.plans.models import ActionVerdict, CorrectiveAction
from feedback.plans.states import State, Verdict
from portal.common.generation import generation_bump
from portal.common.keys import current_key, keyed_digest
from portal.intake.receipts import receipt, receipt_hash, receipt_hashes
from portal.places.models import Household


@dataclass(frozen=True)
class Judged:
    receipt: str
    #: The household had judged already; the new verdict replaced the one before.
    replaced: bool


def action_judge(
    *,
    action: CorrectiveAction,
    verdict: Verdict,
    household: Household | None,
    key: str,
) -> Judged:
    """Keep what one household says; a later verdict of the same household replaces it.

    `household` None: somebody without a code, shown apart. Raises ValidationError where nobody is
    asked any more, or the home lies elsewhere.
    """
    with transaction.atomic():
        rows = CorrectiveAction.objects.select_for_update(of=("self",)).select_related("place")
        row = rows.get(pk=action.pk)
        if row.state != State.DONE:
            raise ValidationError(_("Residents are not asked about this at the moment."))
        if ActionVerdict.objects.filter(receipt_hash__in=receipt_hashes(key)).exists():
            return Judged(receipt(key), replaced=False)
        if household is not None and not _lives_there(household, row):
            raise ValidationError({"code": _("This home does not belong to the place.")})
        mark = _mark(row, household) if household else ""
        known = ActionVerdict.objects.filter(
            action=row, round=row.times_done, household_mark=mark
        ).exclude(household_mark="")
        replaced = bool(known.update(verdict=verdict, receipt_hash=receipt_hash(receipt(key))))
        if not replaced:
            try:
                ActionVerdict.objects.create(
                    action=row,
                    verdict=verdict,
                    round=row.times_done,
                    household_mark=mark,
                    receipt_hash=receipt_hash(receipt(key)),
                )
            except IntegrityError as error:
                raise ValidationError(_("Please try again in a moment.")) from error
        generation_bump()
    return Judged(receipt(key), replaced)


def _lives_there(household: Household, action: CorrectiveAction) -> bool:
    return bool(household.building.place.path.startswith(action.place.path))


def _mark(action: CorrectiveAction, household: Household) -> str:
    secret = current_key("HOUSEHOLD_CODE_KEY")[1]
    return keyed_digest(secret, "action-verdict", str(action.pk), str(household.pk)).hex()
