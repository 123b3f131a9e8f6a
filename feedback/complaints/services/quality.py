"""Quality cases: tied to project, part of the works and contractor, and inspected again."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, ComplaintEvent, QualityCase, Reinspection
from feedback.complaints.permissions import require_handle_openly
from feedback.complaints.services.changing import complaint_change, move, need, need_open
from feedback.complaints.services.log import event_add, photos_add
from feedback.complaints.states import INSPECTABLE, PhotoKind, State, WorkItem
from portal.accounts.models import Organisation
from portal.projects.models import ProjectCommunity, RenovationProject

if TYPE_CHECKING:
    from portal.accounts.models import User

Kind = ComplaintEvent.Kind


def complaint_quality_mark(
    *,
    complaint: Complaint,
    by: "User",
    project: RenovationProject,
    work_item: str,
    now: datetime,
    contractor: Organisation | None = None,
) -> QualityCase:
    """Say that the works are at fault: of which project, which part, whose work. May be corrected
    as long as nobody has inspected the repair."""
    if work_item not in WorkItem.values:
        raise ValidationError({"work_item": _("Please choose a part of the works.")})
    with complaint_change(complaint, by, require_handle_openly) as row:
        need_open(row)
        members = ProjectCommunity.objects.filter(project=project, community=row.community_id)
        if not members.exists():
            message = _("This project does not renovate the community.")
            raise ValidationError({"project": message})
        if Reinspection.objects.filter(quality__complaint=row).exists():
            raise ValidationError(_("The repair has been inspected already."))
        quality, _created = QualityCase.objects.update_or_create(
            complaint=row,
            defaults={"project": project, "work_item": work_item, "contractor": contractor},
        )
        data = {"project": project.code, "work_item": str(work_item)}
        event_add(row, Kind.QUALITY, now=now, actor=by, organisation=contractor, data=data)
    return quality


def complaint_reinspect(
    *,
    complaint: Complaint,
    by: "User",
    passed: bool,
    note: str,
    photo: ContentFile[bytes],
    now: datetime,
) -> Reinspection:
    """复检: look at the repair, keep a photo of it. One that is not good goes back to whoever does
    it, and its deadline stays what it was."""
    need(note, "note")
    with complaint_change(complaint, by, require_handle_openly) as row:
        quality = QualityCase.objects.filter(complaint=row).first()
        if quality is None or row.state not in INSPECTABLE:
            raise ValidationError(_("There is no repair to inspect."))
        if not photos_add(row, [photo], now=now, staff=by, kind=PhotoKind.INSPECTION):
            raise ValidationError({"photo": _("This photo is there already. Take a new one.")})
        inspection = Reinspection.objects.create(
            quality=quality,
            passed=passed,
            inspected_at=now,
            inspector=by,
            photo=row.photos.order_by("-pk").first(),
            note=note.strip(),
        )
        event_add(
            row,
            Kind.REINSPECTED,
            now=now,
            actor=by,
            text=note,
            public=True,
            data={"passed": passed},
        )
        if not passed and row.state in {State.RESOLVED, State.UNCONFIRMED}:
            move(row, State.ASSIGNED if row.assigned_to_id else State.ACCEPTED, now=now, by=by)
            row.resolved_at = row.resolved_by = None
            row.save(update_fields=["state", "resolved_at", "resolved_by"])
    return inspection
