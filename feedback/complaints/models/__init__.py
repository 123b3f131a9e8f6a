from feedback.complaints.models.absences import Absence
from feedback.complaints.models.cases import Complaint, ComplaintQuerySet, due_condition
from feedback.complaints.models.categories import Category
from feedback.complaints.models.followers import Follower, TrackingLink
from feedback.complaints.models.records import Callback, ComplaintEvent, ComplaintPhoto
from feedback.complaints.models.tallies import ComplaintTally

__all__ = [
    "Absence",
    "Callback",
    "Category",
    "Complaint",
    "ComplaintEvent",
    "ComplaintPhoto",
    "ComplaintQuerySet",
    "ComplaintTally",
    "Follower",
    "TrackingLink",
    "due_condition",
]
