"""What Wagtail's own screens, bulk actions and API may not do with a notice."""

from wagtail.models import PagePermissionTester


class NoticePermissionTester(PagePermissionTester):
    """A notice that was public leaves its place only through `notices.services`, with a reason.

    This hides Wagtail's buttons and closes its views, bulk actions and API to everybody.
    """

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
