from feedback.complaints.models.absences import Absence
from feedback.complaints.models.alarms import Alarm
from feedback.complaints.models.board import PublishedCase, WeDid
from feedback.complaints.models.case_queries import MAX_CALLS, ComplaintQuerySet
from feedback.complaints.models.cases import Complaint
from feedback.complaints.models.categories import Category
from feedback.complaints.models.emergencies import EmergencyNumber
from feedback.complaints.models.followers import Follower, TrackingLink
from feedback.complaints.models.ledgers import LedgerImport, LedgerImportRow, LedgerSource
from feedback.complaints.models.next_due import due_condition
from feedback.complaints.models.petitions import Petition
from feedback.complaints.models.quality import QualityCase, Reinspection
from feedback.complaints.models.records import Callback, ComplaintEvent, ComplaintPhoto
from feedback.complaints.models.rules import DeadlineRule, ReplyTemplate, Route
from feedback.complaints.models.signals import DeviceMark, GamingSignal
from feedback.complaints.models.supervision import (
    SupervisionVisit,
    Supervisor,
    VisitFinding,
    VisitPhoto,
)
from feedback.complaints.models.tallies import ComplaintTally

__all__ = [
    "MAX_CALLS",
    "Absence",
    "Alarm",
    "Callback",
    "Category",
    "Complaint",
    "ComplaintEvent",
    "ComplaintPhoto",
    "ComplaintQuerySet",
    "ComplaintTally",
    "DeadlineRule",
    "DeviceMark",
    "EmergencyNumber",
    "Follower",
    "GamingSignal",
    "LedgerImport",
    "LedgerImportRow",
    "LedgerSource",
    "Petition",
    "PublishedCase",
    "QualityCase",
    "Reinspection",
    "ReplyTemplate",
    "Route",
    "SupervisionVisit",
    "Supervisor",
    "TrackingLink",
    "VisitFinding",
    "VisitPhoto",
    "WeDid",
    "due_condition",
]
