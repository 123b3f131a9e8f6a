"""Which template the evaluation report of a place is made with."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction

from feedback.indicators.models import ReportTemplate
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def report_template_keep(
    *, actor: "User", place: Place, name: str, content: bytes, now: datetime
) -> ReportTemplate:
    """From now on `content` is the template of `place` and what lies below; empty: the shipped one.

    The caller has tried it (word.report_write). Raises PermissionDenied without the right to judge
    scores at the place.
    """
    require(actor, Action.SCORE_ASSESS, place)
    file = ContentFile(content, name="template.docx") if content else ""
    return ReportTemplate.objects.create(
        place=place, file=file, name=name[:120] if content else "", kept_by=actor, kept_at=now
    )
