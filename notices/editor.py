"""What staff see when they write a notice, and what is checked before it goes public."""

import copy
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.forms import CheckboxSelectMultiple
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

from notices.corrections import publication_problems
from notices.draft_plans import plan_tie, retyped_problems
from notices.editor_checks import MissingPanel
from notices.editor_fields import ExtraForm, ExtraPanel
from notices.fields import FieldSpec
from notices.guard import DATED, date_check, dates_fill, period_problem
from notices.refusal import Problem
from notices.reviewers import reviews
from portal.places.models import Place


class NoticePageForm(WagtailAdminPageForm):
    """A draft may be incomplete; publishing, submitting and approving ask the guard."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.place_id is None:
            self.instance.place = self.parent_page.specific.place
        for name in DATED:
            self.fields[name].validators.append(date_check)
        self._narrow_audience()
        kinds = self._kinds()
        types, variants = self.fields["notice_type"], self.fields["variant"]
        types.queryset = types.queryset.filter(pk__in=[kind.pk for kind in kinds]).order_by("code")
        variants.queryset = variants.queryset.select_related("notice_type").order_by(
            "notice_type__code", "sort_order", "pk"
        )
        for field in (types, variants):
            field.label_from_instance = lambda kind: kind.option
        self.extra_form = ExtraForm(
            self.data if self.is_bound else None,
            self.instance,
            self._extra_types(kinds),
            {(one.notice_type_id, one.code): one.pk for one in variants.queryset},
        )

    def _narrow_audience(self) -> None:
        """A county names its communities, a community its buildings."""
        place = self.instance.place
        if place.is_community:
            buildings = self.fields["buildings"].queryset.filter(place=place)
            self.fields["buildings"].queryset = buildings.order_by("name", "pk")
            del self.fields["communities"]
        else:
            self.fields["communities"].queryset = Place.objects.under(place).communities()
            del self.fields["buildings"]

    def _kinds(self) -> list[Any]:
        """The types on offer, and the one the notice has. Two queries with their fields."""
        model = self.fields["notice_type"].queryset.model
        wanted = Q(offered=True) | Q(pk=self.instance.notice_type_id)
        return list(model.objects.filter(wanted).prefetch_related("fields").order_by("code"))

    def _extra_types(self, kinds: list[Any]) -> list[tuple[str, int, list[FieldSpec]]]:
        asked = self.instance.asked if self.instance.terms else None
        if asked is not None:
            return [(asked.type, self.instance.notice_type_id, list(asked.fields))]
        return [(kind.code, kind.pk, kind.specs) for kind in kinds]

    @property
    def media(self) -> Any:
        return super().media + self.extra_form.media

    def is_valid(self) -> bool:
        return bool(super().is_valid() and not self.extra_form.errors)

    def has_changed(self) -> bool:
        return bool(super().has_changed() or self.extra_form.has_changed())

    def clean(self) -> dict[str, Any]:
        """The one date rule of drafts: said at the field, before the database says it anywhere."""
        data: dict[str, Any] = super().clean()
        problem = period_problem(data.get("publicity_start"), data.get("publicity_end"))
        if problem and {"publicity_start", "publicity_end"} & set(self.changed_data):
            self.add_error("publicity_end", problem)
        return data

    def _post_clean(self) -> None:
        super()._post_clean()
        self.extra_form.full_clean()
        self._ask_for_review()
        self.instance.extra = self.extra_form.values()
        if self.is_deferred_validation:
            for problem in retyped_problems(self.instance):
                self._say(problem)
            return
        now = timezone.now()
        if self._publishes_at(now):
            dates_fill(self.instance, now=now)
        # Days left empty stay so until the notice goes public: a review may take longer than today.
        tried = copy.copy(self.instance)
        dates_fill(tried, now=now)
        if not tried.terms:
            plan_tie(tried)
            self.instance.about = tried.about
        for problem in publication_problems(tried, now=now):
            self._say(problem)

    def _publishes_at(self, now: datetime) -> bool:
        later = self.instance.go_live_at
        return "action-publish" in self.data and (later is None or later <= now)

    def _ask_for_review(self) -> None:
        """Of a draft under one type, published under another, the screen knows only the first."""
        user, page = self.for_user, self.instance
        if "action-publish" in self.data and page.needs_review and not reviews(user, page):
            text = gettext("The county reviews this type: send it for review.")
            self.add_error("notice_type", text)

    def _say(self, problem: Problem) -> None:
        """At its field, but for one that already has something to say."""
        if problem.field in self.extra_form.fields:
            if not self.extra_form.has_error(problem.field):
                self.extra_form.add_error(problem.field, problem.message)
            return
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
    MissingPanel(),
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
    MultiFieldPanel(
        [
            FieldPanel("communities", widget=CheckboxSelectMultiple),
            FieldPanel("buildings", widget=CheckboxSelectMultiple),
        ],
        heading=_("Whom it is for"),
        classname="collapsed",
    ),
    ExtraPanel(heading=_("What this type must say")),
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
