from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component

from feedback.indicators.action_links import figures_of
from feedback.indicators.models import FigureAlert, TargetVersion
from portal.accounts.roles import Action
from portal.places.permissions import can_somewhere, places_with


class FiguresMenu(SubmenuMenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.FIGURES_VIEW)


class ExportsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.FIGURES_EXPORT)


class FiguresPanel(Component):
    """What waits for whoever looks after figures, on the first screen after signing in."""

    name = "figures"
    template_name = "indicators/panel.html"
    order = 60

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        visible = places_with(self.request.user, Action.FIGURES_VIEW)
        return {
            "targets": TargetVersion.objects.in_places(visible).pending().count(),
            "alerts": FigureAlert.objects.in_places(visible).standing().count(),
            "may_export": can_somewhere(self.request.user, Action.FIGURES_EXPORT),
        }


@hooks.register("construct_homepage_panels")
def add_figures_panel(request: HttpRequest, panels: list[Component]) -> None:
    if can_somewhere(request.user, Action.FIGURES_VIEW):
        panels.append(FiguresPanel(request))


hooks.register("corrective_action_links", figures_of)


@hooks.register("register_admin_urls")
def register_figures_urls() -> list[URLResolver]:
    return [path("figures/", include("feedback.indicators.staff_urls"))]


@hooks.register("register_admin_menu_item")
def register_figures_menu() -> MenuItem:
    return FiguresMenu(
        _("Figures"),
        Menu(
            items=[
                MenuItem(
                    _("Overview"), reverse("figures:overview"), name="figures-overview", order=1
                ),
                MenuItem(_("Dashboard"), reverse("figures:dashboard"), name="dashboard", order=2),
                MenuItem(_("Score"), reverse("figures:score"), name="score", order=3),
                MenuItem(_("Targets"), reverse("figures:proposals"), name="targets", order=4),
                MenuItem(
                    _("Stated and computed"), reverse("figures:stated"), name="stated", order=5
                ),
                MenuItem(_("Alerts"), reverse("figures:alerts"), name="figure-alerts", order=6),
                MenuItem(_("Recalculation"), reverse("figures:runs"), name="runs", order=7),
                MenuItem(_("Evidence"), reverse("figures:evidence"), name="evidence", order=8),
                ExportsItem(_("Exports"), reverse("figures:exports"), name="exports", order=9),
            ]
        ),
        name="figures",
        icon_name="table",
        order=300,
    )
