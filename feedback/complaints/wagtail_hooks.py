from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from feedback.complaints.due import next_due
from feedback.complaints.permissions import (
    complaints_visible_to,
    has_worklist,
    may_edit_board,
    may_handle_any,
    may_judge_signals,
    may_view_any,
)
from feedback.complaints.setup_screens import ComplaintSetupGroup
from feedback.complaints.staff_filters import end_of_day

ON_THE_PANEL = 10


class ComplaintsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_view_any(request.user)


class TodayMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return has_worklist(request.user)


class LedgersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_handle_any(request.user)


class BoardMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_edit_board(request.user)


class SignalsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_judge_signals(request.user)


class TodayPanel(Component):
    """今天要办: what is due before tonight, the most urgent first, with the hours left."""

    name = "complaints_today"
    template_name = "complaints/staff/today.html"
    order = 50

    class Media:
        css = {"all": ["complaints/staff.css"]}

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        due = complaints_visible_to(self.request.user).due_before(end_of_day(now))
        rows = list(due.for_list()[: ON_THE_PANEL + 1])
        return {
            "rows": [(row, next_due(row, now)) for row in rows[:ON_THE_PANEL]],
            "more": len(rows) > ON_THE_PANEL,
        }


@hooks.register("register_admin_urls")
def register_complaints_urls() -> list[URLResolver]:
    return [
        path("complaints/", include("feedback.complaints.staff_urls")),
        path("complaint-ledgers/", include("feedback.complaints.ledger_urls")),
        path("complaint-board/", include("feedback.complaints.publishing_urls")),
        path("supervision/", include("feedback.complaints.supervision_urls")),
        path("complaint-signals/", include("feedback.complaints.signal_urls")),
        path("complaint-people/", include("feedback.complaints.people_urls")),
    ]


@hooks.register("register_admin_menu_item")
def register_complaints_menu_item() -> MenuItem:
    return ComplaintsMenuItem(
        _("Complaints"), reverse("complaints_staff:list"), icon_name="comment", order=300
    )


@hooks.register("register_admin_menu_item")
def register_today_menu_item() -> MenuItem:
    return TodayMenuItem(
        _("To do today"), reverse("complaints_staff:today"), icon_name="tasks", order=299
    )


@hooks.register("register_admin_viewset")
def register_complaints_viewsets() -> list[Any]:
    return [ComplaintSetupGroup()]


@hooks.register("register_admin_menu_item")
def register_ledgers_menu_item() -> MenuItem:
    return LedgersMenuItem(
        _("Ledger imports"), reverse("complaints_ledgers:list"), icon_name="upload", order=305
    )


@hooks.register("register_admin_menu_item")
def register_publishing_menu_item() -> MenuItem:
    return BoardMenuItem(
        _("Published cases"), reverse("complaints_publishing:cases"), icon_name="view", order=306
    )


@hooks.register("register_admin_menu_item")
def register_we_did_menu_item() -> MenuItem:
    return BoardMenuItem(
        _("You said, we did"), reverse("complaints_publishing:we_did"), icon_name="check", order=307
    )


@hooks.register("register_admin_menu_item")
def register_supervision_menu_item() -> MenuItem:
    return BoardMenuItem(
        _("Resident supervisors"),
        reverse("complaints_supervision:log"),
        icon_name="group",
        order=308,
    )


@hooks.register("register_admin_menu_item")
def register_signals_menu_item() -> MenuItem:
    return SignalsMenuItem(
        _("Signs of gaming"), reverse("complaints_signals:list"), icon_name="warning", order=309
    )


@hooks.register("construct_homepage_panels")
def add_today_panel(request: HttpRequest, panels: list[Component]) -> None:
    if has_worklist(request.user):
        panels.append(TodayPanel(request))
