from notices.models.pages import NoticeAttachment, NoticePage, NoticeQuerySet
from notices.models.records import NoticeRemoval, PublishFailure
from notices.models.types import LegalPeriod, NoticeType, NoticeVariant

__all__ = [
    "LegalPeriod",
    "NoticeAttachment",
    "NoticePage",
    "NoticeQuerySet",
    "NoticeRemoval",
    "NoticeType",
    "NoticeVariant",
    "PublishFailure",
]
