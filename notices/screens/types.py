"""The types of notice on the staff screens."""

from typing import Any

from django.db.models import Count, QuerySet
from django.utils.functional import cached_property, lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, InlinePanel, MultiFieldPanel
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet

from notices.blanks import BLANKS
from notices.models import NoticeType
from notices.services import notice_type_save
from portal.places.scoped_views import ScopedIndexView, ServiceCreateView, ServiceEditView


def _blanks_help() -> SafeString:
    """Every blank a template may have, with what it is filled with."""
    rows = (("{" + name + "}", text) for name, text in BLANKS.items())
    return format_html("<ul>{}</ul>", format_html_join("", "<li><b>{}</b> {}</li>", rows))


PERIOD = [
    FieldRowPanel([FieldPanel("name_zh"), FieldPanel("name_en")]),
    FieldRowPanel([FieldPanel("rule"), FieldPanel("amount"), FieldPanel("unit")]),
    FieldPanel("basis"),
]
WORDS = [FieldPanel("title_template"), FieldPanel("body_template")]


class TypeIndexView(ScopedIndexView):
    def get_base_queryset(self) -> QuerySet[Any]:
        return super().get_base_queryset().annotate(notices=Count("noticepage"))

    @cached_property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("code"),
            Column("label", label=_("Name of the type")),
            Column("rule_shown", label=_("Rule")),
            BooleanColumn("needs_review", label=_("needs review")),
            BooleanColumn("allows_objections", label=_("objections are allowed")),
            BooleanColumn("offered", label=_("offered for new notices")),
            Column("notices", label=_("Notices"), sort_key="notices"),
        ]


class TypeEditView(ServiceEditView):
    def service(self, form: Any) -> NoticeType:
        return notice_type_save(notice_type=form.save(commit=False), by=self.request.user)


class TypeAddView(ServiceCreateView):
    service = TypeEditView.service


class NoticeTypeViewSet(ModelViewSet):
    model = NoticeType
    name = "notice_types"
    icon = "list-ul"
    menu_label = _("Notice types")
    menu_order = 620
    add_to_admin_menu = True
    ordering = "code"
    search_fields = ["code", "name_zh", "name_en"]
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = TypeIndexView
    add_view_class = TypeAddView
    edit_view_class = TypeEditView
    panels = [
        HelpPanel(
            _(
                "A change holds for drafts and for what is published from now on. What is public "
                "keeps what was asked of it on the day it went public."
            )
        ),
        MultiFieldPanel([FieldPanel("code"), *PERIOD], heading=_("Type and legal period")),
        MultiFieldPanel(
            [
                FieldPanel("needs_review"),
                FieldPanel("allows_objections"),
                FieldPanel("offered"),
            ],
            heading=_("How it is published"),
        ),
        InlinePanel(
            "fields",
            [
                FieldRowPanel([FieldPanel("label_zh"), FieldPanel("label_en")]),
                FieldRowPanel([FieldPanel("key"), FieldPanel("kind")]),
                FieldPanel("required"),
                FieldPanel("choices"),
                FieldRowPanel([FieldPanel("help_zh"), FieldPanel("help_en")]),
                FieldRowPanel([FieldPanel("only_for"), FieldPanel("stays_until")]),
            ],
            heading=_("Extra fields"),
            label=_("Extra field"),
        ),
        MultiFieldPanel(
            [HelpPanel(lazy(_blanks_help, SafeString)()), *WORDS],
            heading=_("Words to start from"),
        ),
        InlinePanel(
            "variants",
            [FieldPanel("code"), *PERIOD, *WORDS],
            heading=_("Kinds with a period of their own"),
            label=_("kind of notice"),
        ),
    ]
