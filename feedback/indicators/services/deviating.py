"""Reasons for deviations (偏差原因分析及改进措施): no self-assessment is filed without them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from feedback.indicators.cards import Scope, place_of, reasons_of
from feedback.indicators.models import DeviationReason
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def deviations_write(
    *, actor: "User", scope: Scope, year: int, texts: Mapping[str, str], now: datetime
) -> int:
    """Keep what was written for each indicator; how many texts are new or changed.

    An empty text changes nothing: what was written stays on record. Raises PermissionDenied without
    the right to propose targets at the place (of a project: at its county).
    """
    require(actor, Action.TARGET_PROPOSE, place_of(scope))
    known = reasons_of(scope, year)
    rows = [
        DeviationReason(
            place=scope if isinstance(scope, Place) else None,
            project=None if isinstance(scope, Place) else scope,
            year=year,
            indicator=code,
            text=text.strip(),
            written_by=actor,
            written_at=now,
        )
        for code, text in texts.items()
        if text.strip() and text.strip() != known.get(code)
    ]
    DeviationReason.objects.bulk_create(rows)
    return len(rows)
