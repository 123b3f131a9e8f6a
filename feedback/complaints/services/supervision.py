"""The supervisors' log: who serves, when they went, what they found, and what became of it."""

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
    Category,
    Complaint,
    SupervisionVisit,
    Supervisor,
    VisitFinding,
    VisitPhoto,
)
from feedback.complaints.services.filing import complaint_file
from feedback.complaints.states import Channel
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.intake.photos import MAX_PHOTOS
from portal.intake.receipts import new_key
from portal.places.models import Building, Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True)
class Seen:
    """One thing that is not right, and at which building (None: elsewhere)."""

    text: str
    building: Building | None = None


def supervisor_save(
    *,
    by: "User",
    community: Place,
    name: str,
    alias: str,
    shows_alias: bool,
    from_date: date,
    to_date: date | None = None,
    supervisor: Supervisor | None = None,
) -> Supervisor:
    """Enter or change a supervisor. Raises ValidationError for a term that ends before it begins
    and for a name that is to be shown and is not given."""
    if not community.is_community:
        raise ValidationError({"community": _("Please choose a residential community.")})
    with transaction.atomic():
        require(by, Action.BOARD_EDIT, community)
        row = supervisor or Supervisor(community=community)
        if row.community_id != community.pk:
            raise ValidationError({"community": _("A supervisor stays with the community.")})
        row.name, row.alias, row.shows_alias = name, alias, shows_alias
        row.from_date, row.to_date = from_date, to_date
        row.full_clean(exclude=["community"])
        row.save()
        _changed(community)
    return row


def visit_record(
    *,
    by: "User",
    community: Place,
    visit_date: date,
    supervisors: Sequence[Supervisor],
    seen: str,
    now: datetime,
    findings: Sequence[Seen] = (),
    photos: Sequence[ContentFile[bytes]] = (),
) -> SupervisionVisit:
    """Record a visit. `photos` are cleaned by intake, and looked over by who records it.

    Raises ValidationError for a day to come, and for supervisors who did not serve that day.
    """
    problems: dict[str, str] = {}
    if visit_date > timezone.localdate(now):
        problems["visit_date"] = _("This day has not come yet.")
    serving = Supervisor.objects.filter(community=community).serving_on(visit_date)
    known = set(serving.values_list("pk", flat=True))
    if not supervisors or any(one.pk not in known for one in supervisors):
        problems["supervisors"] = _("Please choose who went; they must serve on that day.")
    if any(one.building and one.building.place_id != community.pk for one in findings):
        problems["building"] = _("This building does not belong to the community.")
    if len(photos) > MAX_PHOTOS:
        problems["photos"] = _("No more than 6 photos can be added.")
    if problems:
        raise ValidationError(problems)
    with transaction.atomic():
        require(by, Action.BOARD_EDIT, community)
        visit = SupervisionVisit.objects.create(
            community=community, visit_date=visit_date, seen=seen, created_at=now, created_by=by
        )
        visit.supervisors.set(supervisors)
        for one in findings:
            VisitFinding.objects.create(visit=visit, text=one.text, building=one.building)
        for photo in photos:
            row = VisitPhoto(visit=visit)
            row.file.save(f"{row.token}.jpg", photo, save=False)
            row.save()
        _changed(community)
    return visit


def finding_file(
    *, finding: VisitFinding, by: "User", category: Category, now: datetime, key: str = ""
) -> Complaint:
    """Make a case of what a visit found; from there it goes like any other. Once only.

    `key` is an intake key, made here where there is none.
    """
    with transaction.atomic():
        row = (
            VisitFinding.objects.select_for_update(of=("self",))
            .select_related("visit__community", "building")
            .get(pk=finding.pk)
        )
        require(by, Action.BOARD_EDIT, row.visit.community)
        if row.complaint_id:
            raise ValidationError(_("This finding is a case already."))
        filed = complaint_file(
            key=key or new_key(),
            community=row.visit.community,
            category=category,
            text=row.text,
            building=row.building,
            channel=Channel.SUPERVISION,
            staff=by,
            now=now,
        )
        row.complaint = filed.complaint
        row.save(update_fields=["complaint"])
        generation_bump()
    finding.refresh_from_db()
    return filed.complaint


def _changed(community: Place) -> None:
    """The log shows in public, and I17 is made of it."""
    stale_mark(kind=StaleMark.Kind.PROJECT, place=community)
    generation_bump()
