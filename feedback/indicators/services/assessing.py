"""What an evaluator adds to a score: a band of a qualitative indicator, or a deduction."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.indicators.cards import place_of
from feedback.indicators.definitions import Rule
from feedback.indicators.models import Assessment
from feedback.indicators.schemes import SchemeCode, scheme_on
from feedback.indicators.states import AssessmentKind
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require
from portal.projects.models import RenovationProject

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def assessment_add(
    *,
    actor: "User",
    scope: Place | RenovationProject,
    year: int,
    indicator: str,
    value: Decimal,
    reason: str,
    now: datetime,
) -> Assessment:
    """Add a judgement under the EVALUATION scheme; the one before stays on record.

    `value` is a percentage for a qualitative indicator, else points to deduct. Raises
    PermissionDenied without the right at the place (of a project: at its county), ValidationError
    by field.
    """
    require(actor, Action.SCORE_ASSESS, place_of(scope))
    day = date(year, 12, 31)
    scheme = scheme_on(SchemeCode.EVALUATION, day)
    part = next((one for one in scheme.parts(day) if one.definition.code == indicator), None)
    if part is None:
        raise ValidationError({"indicator": _("This indicator is not scored.")})
    is_band = part.definition.rule == Rule.S5
    most = Decimal(100) if is_band else part.weight
    if not 0 <= value <= most:
        raise ValidationError({"value": _("Enter a number from 0 to %(most)s.") % {"most": most}})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    return Assessment.objects.create(
        place=scope if isinstance(scope, Place) else None,
        project=None if isinstance(scope, Place) else scope,
        year=year,
        indicator=indicator,
        scheme=scheme.code,
        scheme_version=scheme.version,
        kind=AssessmentKind.BAND if is_band else AssessmentKind.DEDUCTION,
        value=value,
        reason=reason.strip(),
        assessed_by=actor,
        assessed_at=now,
    )
