"""What Wagtail's own screens, bulk actions and API may not do with a notice."""

from wagtail.models import PagePermissionTester

from notices.reviewers import reviews


class NoticePermissionTester(PagePermissionTester):
    """A notice that was public leaves its place only through `notices.services`, with a reason.

    This hides Wagtail's buttons and closes its views, bulk actions and API to everybody. What needs
    a review is published by its reviewers only.
    """

    def can_publish(self) -> bool:
        if not super().can_publish():
            return False
        return not self.page.needs_review or reviews(self.user, self.page)

    def can_unschedule(self) -> bool:
        """It becomes a draft again, and whoever publishes it then is asked anew."""
        return bool(super().can_publish())

    def can_set_view_restrictions(self) -> bool:
        """A notice behind a password would be withdrawn without a reason."""
        return False

    def can_unpublish(self) -> bool:
        return False

    def can_move(self) -> bool:
        return False

    def can_move_to(self, destination: object) -> bool:
        return False

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """A draft that nobody has read may still be thrown away."""
        if self.page.first_published_at:
            return False
        return bool(super().can_delete(ignore_bulk=ignore_bulk))


class NoticePlacePermissionTester(PagePermissionTester):
    """For the pages that notices lie below.

    To create and publish in one go, or to copy what is live, is for reviewers: of a notice that
    does not exist yet Wagtail asks its parent, which does not know the type.
    """

    def can_publish_subpage(self) -> bool:
        return bool(super().can_publish_subpage()) and reviews(self.user, self.page)

    def can_set_view_restrictions(self) -> bool:
        """It would hide every notice below."""
        return False
