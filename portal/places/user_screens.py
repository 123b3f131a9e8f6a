"""The accounts of staff on the staff screens."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.users.views import users

from portal.accounts.forms import StaffUserEditForm, StaffUserForm
from portal.places.models import StaffAssignment
from portal.places.policies import UserPolicy

User = get_user_model()


def roles_column(user: Any) -> SafeString:
    """A line for every assignment: the role and where."""
    return format_html_join(
        "",
        "<div>{} · {}</div>",
        ((a.get_role_display(), a.place.label) for a in user.staff_assignments.all()),
    )


class UserFilterSet(WagtailFilterSet):
    class Meta:
        model = User
        fields = ["is_active", "organisation"]


class IndexView(users.IndexView):
    template_name = "wagtailadmin/generic/index.html"
    results_template_name = "wagtailadmin/generic/index_results.html"
    default_ordering = "username"
    is_searchable = True
    search_fields = ["username", "display_name"]

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("username"),
            Column("display_name", label=_("Name"), sort_key="display_name"),
            Column("organisation", label=_("Organisation")),
            Column("roles", label=_("Assignments"), accessor=roles_column),
            BooleanColumn("is_active", label=_("May sign in"), sort_key="is_active"),
            DateColumn("last_login", label=_("Last signed in"), sort_key="last_login"),
        ]

    def get_base_queryset(self) -> QuerySet[Any]:
        policy = UserPolicy(User)
        assignments = StaffAssignment.objects.select_related("place").order_by("pk")
        return (
            policy.instances_user_has_any_permission_for(self.request.user, ["view"])
            .select_related("organisation")
            .prefetch_related(Prefetch("staff_assignments", assignments))
        )

    def get_filterset_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_filterset_kwargs()
        kwargs.pop("is_searching", None)
        return kwargs

    def get_list_buttons(self, instance: Any) -> list[Any]:
        return []

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().order_queryset(queryset).order_by(*self._order(), "pk")

    def _order(self) -> list[str]:
        return [self.ordering] if isinstance(self.ordering, str) else list(self.ordering or [])


class EditView(users.EditView):
    @cached_property
    def header_more_buttons(self) -> list[Any]:
        url = f"{reverse('staff_assignments:add')}?user={self.object.pk}"
        return [HeaderButton(_("Assign to a place"), url=url, icon_name="plus")]


class StaffUserViewSet(users.UserViewSet):
    filterset_class = UserFilterSet
    index_view_class = IndexView
    edit_view_class = EditView
    template_prefix = ""
    copy_view_enabled = False
    menu_order = 820
    add_to_settings_menu = False
    add_to_admin_menu = True
    menu_label = _("Accounts")

    def get_form_class(self, for_update: bool = False) -> type[StaffUserForm]:
        return StaffUserEditForm if for_update else StaffUserForm
