"""What staff see when they write a notice, and what is checked before it goes public."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    PublishingPanel,
)
from wagtail.admin.widgets.datetime import AdminDateTimeInput

from notices.guard import dates_fill, notice_problems


class NoticePageForm(WagtailAdminPageForm):
    """A draft may be incomplete; publishing, submitting and approving ask the guard."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types, variants = self.fields["notice_type"], self.fields["variant"]
        types.queryset = types.queryset.order_by("code")
        variants.queryset = variants.queryset.select_related("notice_type").order_by(
            "notice_type__code", "pk"
        )
        for field in (types, variants):
            field.label_from_instance = lambda kind: kind.option

    def clean(self) -> dict[str, Any]:
        """The one date rule of drafts: said at the field, before the database says it anywhere."""
        data: dict[str, Any] = super().clean()
        start, end = data.get("publicity_start"), data.get("publicity_end")
        if start and end and end < start:
            self.add_error("publicity_end", gettext("Publicity cannot end before it begins."))
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.is_deferred_validation:
            return
        now = timezone.now()
        dates_fill(self.instance, now=now)
        for problem in notice_problems(self.instance, now=now):
            field = problem.field if problem.field in self.fields else None
            if field is None or not self.has_error(field):
                self.add_error(field, problem.message)


class SchedulePanel(PublishingPanel):
    """When to go live. Wagtail's expiry is not offered: an ended notice stays readable."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("children", [_go_live_panel()])
        super().__init__(**kwargs)


def _go_live_panel() -> FieldPanel:
    attrs = {
        "data-controller": "w-action",
        "data-action": "w-dialog:hidden->w-action#reset",
        "data-w-dialog-target": "notify",
    }
    overlay = "#schedule-publishing-dialog"
    widget = AdminDateTimeInput(js_overlay_parent_selector=overlay, attrs=attrs)
    return FieldPanel("go_live_at", widget=widget)


CONTENT_PANELS = [
    HelpPanel(template="notices/staff/failure.html"),
    FieldPanel("title", heading=_("Title")),
    MultiFieldPanel(
        [
            FieldPanel("notice_type"),
            FieldPanel("variant"),
            FieldRowPanel([FieldPanel("event_starts_at"), FieldPanel("event_ends_at")]),
            FieldRowPanel([FieldPanel("publicity_start"), FieldPanel("publicity_end")]),
        ],
        heading=_("Type and legal period"),
        help_text=_("Publicity dates left empty are set to the shortest lawful period."),
    ),
    FieldPanel("body"),
    InlinePanel("attachments", heading=_("Attachments"), label=_("Attachment")),
    MultiFieldPanel(
        [
            FieldRowPanel([FieldPanel("issuer"), FieldPanel("document_number")]),
            FieldRowPanel([FieldPanel("contact"), FieldPanel("contact_phone")]),
            FieldPanel("objection"),
        ],
        heading=_("Who publishes it and whom to ask"),
        help_text=_("The text, the issuer and the telephone are needed before it goes public."),
    ),
]
