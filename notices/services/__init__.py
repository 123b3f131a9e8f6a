"""Every write on a notice that has a side effect."""

from notices.services.bulk import NewNotice, notices_publish_many
from notices.services.publication import publications_due, revision_publish
from notices.services.removal import notice_delete, notice_move, notice_unpublish

__all__ = [
    "NewNotice",
    "notice_delete",
    "notice_move",
    "notice_unpublish",
    "notices_publish_many",
    "publications_due",
    "revision_publish",
]
