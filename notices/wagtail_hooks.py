from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.models import Page

from notices.models import NoticePage, PublishFailure
from notices.permissions import can_add_posting, can_remove
from notices.queries import failures_visible
from notices.required_screens import RequiredNoticeViewSet
from notices.screens import checks, postings, removals, start
from notices.screens.types import NoticeTypeViewSet
from notices.sharing_views import GroupMessageView
from notices.staff_views import RemovalView
from notices.states import Removal
from portal.accounts.roles import Action
from portal.places.permissions import can, can_somewhere

#: The dashboard shows so many failures; the rest follows as these are dealt with.
SHOWN_FAILURES = 20


@hooks.register("register_admin_urls")
def notice_urls() -> list[Any]:
    return [
        path("notices/<int:pk>/remove/", RemovalView.as_view(), name="notice_remove"),
        path("notices/<int:pk>/message/", GroupMessageView.as_view(), name="notice_group_message"),
        path("notices/start/", start.choose_place, name="notice_start_place"),
        path("notices/start/<int:page_id>/", start.choose_type, name="notice_start"),
        path("notices/<int:page_id>/check/", checks.check, name="notice_check"),
        path("notices/removals/", removals.removal_list, name="notice_removals"),
        path("notices/<int:pk>/postings/", postings.postings, name="notice_postings"),
        path(
            "notices/<int:pk>/postings/<int:posting>/delete/",
            postings.delete,
            name="notice_posting_delete",
        ),
    ]


class StartMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.PAGE_EDIT)


@hooks.register("register_admin_menu_item")
def start_menu_item() -> MenuItem:
    url = reverse("notice_start_place")
    return StartMenuItem(gettext_lazy("Start a notice"), url, icon_name="plus", order=95)


class RemovalsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.FIGURES_VIEW)


@hooks.register("register_reports_menu_item")
def removals_menu_item() -> MenuItem:
    url = reverse("notice_removals")
    return RemovalsMenuItem(gettext_lazy("Removed notices"), url, icon_name="bin", order=300)


@hooks.register("register_admin_viewset")
def type_screens() -> NoticeTypeViewSet:
    return NoticeTypeViewSet()


@hooks.register("register_log_actions")
def posting_log_actions(actions: Any) -> None:
    actions.register_action(
        "notices.posting_add",
        gettext_lazy("Add a photo of the board"),
        gettext_lazy("Photo of the board added"),
    )
    actions.register_action(
        "notices.posting_delete",
        gettext_lazy("Take a photo of the board away"),
        gettext_lazy("Photo of the board taken away"),
    )


@hooks.register("register_page_header_buttons")
def postings_button(page: Page, user: Any, *args: Any, **kwargs: Any) -> Iterator[Button]:
    if page.specific_class is NoticePage and can_add_posting(user, page.specific_deferred):
        url = reverse("notice_postings", args=[page.pk])
        yield Button(_("Photos on the board"), url, icon_name="image", priority=45)


@hooks.register("before_create_page")
def start_with_a_type(
    request: HttpRequest, parent: Page, page_class: type[Page]
) -> HttpResponse | None:
    """Wagtail's empty form is for nobody: a notice begins with its type and its template."""
    if page_class is not NoticePage or request.method != "GET":
        return None
    return redirect("notice_start", page_id=parent.pk)


class ObjectionsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.OBJECTION_VIEW)


@hooks.register("register_admin_urls")
def staff_urls() -> list[Any]:
    return [path("notices/", include("notices.staff_urls"))]


@hooks.register("register_admin_menu_item")
def objections_menu_item() -> MenuItem:
    return ObjectionsMenuItem(
        gettext_lazy("Objections"), reverse("objections"), icon_name="help", order=310
    )


@hooks.register("register_admin_viewset")
def required_notices_screen() -> RequiredNoticeViewSet:
    return RequiredNoticeViewSet()


class CoverageMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return can_somewhere(request.user, Action.FIGURES_VIEW)


@hooks.register("register_admin_menu_item")
def coverage_menu_item() -> MenuItem:
    url = reverse("coverage")
    return CoverageMenuItem(
        gettext_lazy("What to publish next"), url, icon_name="list-ul", order=97
    )


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def objections_button(page: Page, user: Any, *args: Any, **kwargs: Any) -> Iterator[Button]:
    if page.specific_class is not NoticePage or not page.first_published_at:
        return
    notice = page.specific_deferred
    if notice.allows_objections and can(user, Action.OBJECTION_VIEW, notice.place):
        url = f"{reverse('objections')}?notice={page.pk}"
        yield Button(gettext_lazy("Objections"), url, icon_name="help", priority=40)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def removal_button(page: Page, user: Any, *args: Any, **kwargs: Any) -> Iterator[Button]:
    """The one door out of the public pages, in place of unpublish, move and delete."""
    if page.specific_class is not NoticePage or not page.first_published_at:
        return
    if can_remove(user, page.specific_deferred):
        url = reverse("notice_remove", args=[page.pk])
        yield Button(_("Withdraw, move or delete"), url, icon_name="bin", priority=50)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def group_message_button(page: Page, user: Any, *args: Any, **kwargs: Any) -> Iterator[Button]:
    if page.specific_class is not NoticePage or not page.live:
        return
    if can_remove(user, page.specific_deferred):
        url = reverse("notice_group_message", args=[page.pk])
        yield Button(_("Copy a message for the group"), url, icon_name="copy", priority=40)


@hooks.register("before_unpublish_page")
def unpublish_with_reason(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _to_removal(request, page, Removal.UNPUBLISH)


@hooks.register("before_delete_page")
def delete_with_reason(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _to_removal(request, page, Removal.DELETE)


@hooks.register("before_move_page")
def move_with_reason(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    """Moving the page of a place moves its notices with it and changes nothing about them."""
    if page.specific_class is not NoticePage:
        return None
    return _to_removal(request, page, Removal.MOVE)


@hooks.register("before_bulk_action")
def no_bulk_actions(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """One decision about many notices is none about each."""
    pages = [page for page in objects if isinstance(page, Page)]
    if not any(page.specific_class is NoticePage or _has_notices(page) for page in pages):
        return None
    messages.error(request, _("Notices are published and removed one by one."))
    # Without a page to go back to, Wagtail would name this action itself, which needs its list.
    here = action.next_url == request.path
    return redirect("wagtailadmin_explore_root" if here else action.next_url)


@hooks.register("construct_homepage_panels")
def failures_panel(request: HttpRequest, panels: list[Any]) -> None:
    failures = list(failures_visible(request.user)[:SHOWN_FAILURES])  # type: ignore[arg-type]
    if failures:
        panels.insert(0, FailuresPanel(failures))


class FailuresPanel(Component):
    """Scheduled publications that failed, on the first screen after signing in."""

    name = "publish_failures"
    order = 10
    template_name = "notices/staff/failures_panel.html"

    def __init__(self, failures: list[PublishFailure]) -> None:
        self.failures = [
            {
                "label": failure.label,
                "message": failure.message,
                "due_at": failure.due_at,
                "url": _edit_url(failure),
            }
            for failure in failures
        ]

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        return {"self": self}


def _edit_url(failure: PublishFailure) -> str:
    if failure.content_type.model_class() is not Page:
        return ""
    return reverse("wagtailadmin_pages:edit", args=[failure.object_id])


def _has_notices(page: Page) -> bool:
    below = NoticePage.objects.filter(path__startswith=page.path)
    return bool(below.exclude(first_published_at=None).exists())


def _to_removal(request: HttpRequest, page: Page, action: Removal) -> HttpResponse | None:
    """Sends to our own confirmation where `page` is a published notice; refuses its ancestors."""
    if page.specific_class is NoticePage:
        if action == Removal.DELETE and not page.first_published_at:
            return None
        return redirect(f"{reverse('notice_remove', args=[page.pk])}?action={action}")
    if _has_notices(page):
        messages.error(request, _("This page has published notices; they are removed one by one."))
        return redirect(reverse("wagtailadmin_explore", args=[page.pk]))
    return None
