from notices.models.attachments import NoticeAttachment, NoticePosting
from notices.models.objections import Objection, ObjectionEvent, ObjectionQuerySet
from notices.models.pages import NoticePage, NoticeQuerySet
from notices.models.records import NoticeRemoval, PublishFailure
from notices.models.requirements import RequiredNotice
from notices.models.review import PlaceReviewTask
from notices.models.types import LegalPeriod, NoticeField, NoticeType, NoticeVariant

__all__ = [
    "LegalPeriod",
    "NoticeAttachment",
    "NoticeField",
    "NoticePage",
    "NoticePosting",
    "NoticeQuerySet",
    "NoticeRemoval",
    "NoticeType",
    "NoticeVariant",
    "Objection",
    "ObjectionEvent",
    "ObjectionQuerySet",
    "PlaceReviewTask",
    "PublishFailure",
    "RequiredNotice",
]
