"""Every write on a notice that has a side effect."""

from notices.services.bulk import NewNotice, notices_publish_many
from notices.services.drafting import notice_start
from notices.services.objections import (
    MAX_TEXT,
    PRIVACY_VERSION,
    ObjectionConflict,
    ObjectionFiled,
    ObjectionsClosed,
    closed_reason,
    objection_answer,
    objection_contact_show,
    objection_file,
    uptake_of,
)
from notices.services.posting import posting_add, posting_delete
from notices.services.publication import publications_due, revision_publish
from notices.services.removal import notice_delete, notice_move, notice_unpublish
from notices.services.requirements import required_notice_save
from notices.services.types import notice_type_save
from notices.services.uptake import uptake_draft

__all__ = [
    "MAX_TEXT",
    "PRIVACY_VERSION",
    "NewNotice",
    "ObjectionConflict",
    "ObjectionFiled",
    "ObjectionsClosed",
    "closed_reason",
    "notice_delete",
    "notice_move",
    "notice_start",
    "notice_type_save",
    "notice_unpublish",
    "notices_publish_many",
    "objection_answer",
    "objection_contact_show",
    "objection_file",
    "posting_add",
    "posting_delete",
    "publications_due",
    "required_notice_save",
    "revision_publish",
    "uptake_draft",
    "uptake_of",
]
