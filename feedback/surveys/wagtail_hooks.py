from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet

from feedback.surveys.editor import SurveyPublishItem, SurveyViewSet
from feedback.surveys.editor_choices import survey_place_chooser
from feedback.surveys.models import Survey
from feedback.surveys.permissions import REACH_ACTIONS
from feedback.surveys.queries import surveys_asked
from portal.places.models import Place
from portal.places.permissions import can_somewhere

register_snippet(SurveyViewSet)


class SurveysMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return any(can_somewhere(request.user, action) for action in REACH_ACTIONS)


@hooks.register("register_admin_viewset")
def register_survey_places() -> Any:
    return survey_place_chooser


@hooks.register("register_admin_urls")
def register_survey_urls() -> list[URLResolver]:
    return [path("surveys/", include("feedback.surveys.staff_urls"))]


@hooks.register("register_admin_menu_item")
def register_surveys_menu_item() -> MenuItem:
    return SurveysMenuItem(
        _("Surveys"), reverse("surveys_staff:list"), icon_name="clipboard-list", order=310
    )


@hooks.register("register_log_actions")
def survey_log_actions(actions: Any) -> None:
    actions.register_action(
        "surveys.microdata_export", _("Export single answers"), _("Single answers exported")
    )


@hooks.register("complaints_surveys_asked")
def surveys_for_we_did(places: QuerySet[Place]) -> list[tuple[str, str]]:
    """What an entry of “you said, we did” can name."""
    return surveys_asked(places, timezone.now())


@hooks.register("construct_snippet_action_menu")
def offer_publishing(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Publishing where the assignments allow it, and never unpublishing."""
    if not issubclass(context["model"], Survey):
        return
    items[:] = [item for item in items if item.name not in {"action-publish", "action-unpublish"}]
    item = SurveyPublishItem(order=30)
    if item.is_shown(context):
        items.append(item)
