"""Review by whoever may review at the place of the page: derived from assignments, no groups."""

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page, Task, TaskState, WorkflowState

from notices.review_words import review_announce, review_result
from notices.reviewers import reviewed_pages, reviews

if TYPE_CHECKING:
    from portal.accounts.models import User


class PlaceReviewTask(Task):
    """A step of a workflow for every place at once. While it lasts, only its reviewers write."""

    class Meta:
        verbose_name = _("review by the county")
        verbose_name_plural = _("reviews by the county")

    @classmethod
    def get_description(cls) -> str:
        return str(_("Whoever reviews notices at the place of the page"))

    def start(self, workflow_state: WorkflowState, user: "User | None" = None) -> TaskState:
        page = workflow_state.content_object
        if page.locked_by and not reviews(page.locked_by, page):
            page.locked, page.locked_by, page.locked_at = False, None, None
            page.save(update_fields=["locked", "locked_by", "locked_at"])
        state = super().start(workflow_state, user=user)
        review_announce(state, page, user, timezone.now())
        return state

    @transaction.atomic
    def on_action(
        self, task_state: TaskState, user: "User", action_name: str, **kwargs: Any
    ) -> None:
        super().on_action(task_state, user, action_name, **kwargs)
        page = task_state.workflow_state.content_object
        review_result(task_state, page, action_name == "approve", timezone.now())

    def user_can_access_editor(self, obj: Page, user: "User") -> bool:
        return reviews(user, obj)

    def locked_for_user(self, obj: Page, user: "User") -> bool:
        return not reviews(user, obj)

    def user_can_lock(self, obj: Page, user: "User") -> bool:
        return reviews(user, obj)

    def get_actions(self, obj: Page, user: "User") -> list[tuple[str, Any, bool]]:
        if not reviews(user, obj):
            return []
        return [
            ("reject", _("Send back with a remark"), True),
            ("approve", _("Approve"), False),
            ("approve", _("Approve with a remark"), True),
        ]

    def get_task_states_user_can_moderate(
        self, user: "User", **kwargs: Any
    ) -> "QuerySet[TaskState]":
        pages = reviewed_pages(user).annotate(key=Cast("pk", CharField()))
        return TaskState.objects.filter(
            task_id=self.pk,
            status=TaskState.STATUS_IN_PROGRESS,
            workflow_state__base_content_type=ContentType.objects.get_for_model(Page),
            workflow_state__object_id__in=pages.values("key"),
        )
