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
from feedback.complaints.services.log import photos_add
from feedback.complaints.services.quality import complaint_quality_mark
from feedback.complaints.states import Channel
from portal.accounts.models import Organisation
from portal.accounts.roles import Action
from portal.common.generation import generation_bump
from portal.intake.photos import MAX_PHOTOS
from portal.intake.receipts import new_key
from portal.places.models import Building, Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark
from portal.projects.models import ProjectCommunity, RenovationProject

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
    *,
    finding: VisitFinding,
    by: "User",
    category: Category,
    now: datetime,
    photos: Sequence[VisitPhoto] = (),
    project: RenovationProject | None = None,
    work_item: str = "",
    contractor: Organisation | None = None,
    key: str = "",
) -> Complaint:
    """Make a case of what a visit found, with those `photos` of the visit that show it; from there
    it goes like any other. Sent twice, it gives the case that is there.

    In a community of a renovation project it is a quality case of `project`, and `work_item` must
    be given. `key` is an intake key, made here where there is none. Raises ValidationError for
    what does not fit together.
    """
    with transaction.atomic():
        row = (
            VisitFinding.objects.select_for_update(of=("self",))
            .select_related("visit__community", "building", "complaint__category")
            .get(pk=finding.pk)
        )
        community = row.visit.community
        require(by, Action.BOARD_EDIT, community)
        if row.complaint is not None:
            return row.complaint
        if project is None and ProjectCommunity.objects.filter(community=community).exists():
            raise ValidationError({"project": _("Please say which works are at fault.")})
        if any(photo.visit_id != row.visit_id for photo in photos):
            raise ValidationError({"photos": _("This photo belongs to another visit.")})
        complaint = complaint_file(
            key=key or new_key(),
            community=community,
            category=category,
            text=row.text,
            building=row.building,
            channel=Channel.SUPERVISION,
            staff=by,
            now=now,
        ).complaint
        photos_add(complaint, [_copy(photo) for photo in photos], now=now, staff=by)
        if project is not None:
            complaint_quality_mark(
                complaint=complaint,
                by=by,
                project=project,
                work_item=work_item,
                contractor=contractor,
                now=now,
            )
        row.complaint = complaint
        row.save(update_fields=["complaint"])
        generation_bump()
    finding.refresh_from_db()
    return complaint


def _copy(photo: VisitPhoto) -> ContentFile[bytes]:
    """One of its own: a photo of the case may be drawn over or go, that of the log stays."""
    with photo.file.open() as file:
        return ContentFile(file.read())


def _changed(community: Place) -> None:
    """The log shows in public, and I17 is made of it."""
    stale_mark(kind=StaleMark.Kind.PROJECT, place=community)
    generation_bump()
