"""The screens on which a survey is written, as Wagtail offers them for snippets."""

from itertools import count
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    HelpPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets import AdminDateTimeInput
from wagtail.admin.widgets.button import Button
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.permissions import policy_registry
from wagtail.snippets.action_menu import PublishMenuItem
from wagtail.snippets.views.snippets import (
    CreateView,
    EditView,
    IndexView,
    SnippetViewSet,
    UnpublishView,
)

from feedback.surveys.compiling import compile_definition
from feedback.surveys.editor_choices import QuestionInput, survey_place_chooser
from feedback.surveys.models import Questionnaire, Survey, SurveyPlace
from feedback.surveys.permissions import (
    may_publish,
    reviewers_of,
    surveys_to_copy,
)
from feedback.surveys.questionnaire import Definition, Problem, QuestionnaireError
from feedback.surveys.services import (
    IMPORT_KEY,
    read_survey,
    sample_survey,
    samples,
    survey_copy,
)
from feedback.surveys.states import Naming
from portal.accounts.roles import Action
from portal.places.permissions import can_somewhere, places_assigned, places_with


class SurveyForm(WagtailAdminModelForm):
    """Checks that what was written can be asked, and that its author may ask it there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, types in (("headline", ("single", "likert")), ("precedence", ("single",))):
            if name in self.fields:
                self.fields[name].widget.questions = [
                    (block.value["key"], block.value["text_zh"] or block.value["text_en"])
                    for block in self.instance.questions
                    if block.block_type in types and block.value["key"]
                ]
        if self.for_user and not can_somewhere(self.for_user, Action.SURVEY_PUBLISH):
            # Who would give it out of hand can't take it back.
            self.fields.pop("held_by_evaluators", None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._check_dates(cleaned)
        self._check_questions(cleaned)
        return cleaned

    def is_valid(self) -> bool:
        return bool(super().is_valid()) and self._places_are_allowed()

    def _check_dates(self, cleaned: dict[str, Any]) -> None:
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", _("The end must be after the beginning."))
        stored = Survey.objects.filter(pk=self.instance.pk).first()
        if stored is None or stored.first_published_at is None:
            return
        if stored.opens_at <= timezone.now() and opens != stored.opens_at:
            self.add_error("opens_at", _("The survey has begun; this can't be changed any more."))
        if closes and closes != stored.closes_at:
            text = _("Residents have seen this end. Extend the survey on its own screen.")
            self.add_error("closes_at", text)
        for name in ("naming", "headline"):
            if name in cleaned and cleaned[name] != getattr(stored, name):
                self.add_error(name, _("Residents have seen it; this can't be changed any more."))

    def _check_questions(self, cleaned: dict[str, Any]) -> None:
        if self.is_deferred_validation or "questions" not in cleaned:
            return
        try:
            definition = compile_definition(
                cleaned["questions"].get_prep_value(),
                headline=cleaned.get("headline", ""),
                named=cleaned.get("naming") == Naming.NAMED,
            )
        except QuestionnaireError as error:
            self._refuse_questions(error.found)
            return
        self._refuse_questions(self._changed_meaning(definition))
        first = cleaned.get("precedence", "")
        if first and not getattr(definition.question(first), "options", ()):
            self.add_error("precedence", _("No question with options has this key."))

    def _refuse_questions(self, found: list[Problem]) -> None:
        """Each problem at its block, the others above all blocks."""
        if not found:
            return
        at_blocks: dict[int, list[ValidationError]] = {}
        for problem in found:
            if problem.block is not None:
                at_blocks.setdefault(problem.block, []).append(ValidationError(problem.text))
        errors = {
            number: StructBlockValidationError(non_block_errors=said)
            for number, said in at_blocks.items()
        }
        above = [ValidationError(p.text) for p in found if p.block is None]
        self.add_error(
            "questions", StreamBlockValidationError(block_errors=errors, non_block_errors=above)
        )

    def _changed_meaning(self, definition: Definition) -> list[Problem]:
        """Keys that residents have already answered as another type of question."""
        problems = []
        for frozen in Questionnaire.objects.filter(survey_id=self.instance.pk or 0):
            for before in frozen.compiled().asked():
                now = definition.question(before.key)
                if now and now.type != before.type:
                    text = _("Question %(key)s was another type; give it a new key.")
                    problems.append(Problem(str(text) % {"key": before.key}))
        return list(dict.fromkeys(problems))

    def _places_are_allowed(self) -> bool:
        formset = self.formsets.get("survey_places")
        if formset is None:
            return True
        chosen = [
            form.cleaned_data["place"]
            for form in formset.forms
            if form.cleaned_data.get("place") and not form.cleaned_data.get("DELETE")
        ]
        # Wagtail asks for the right to publish before it knows the places chosen here.
        publishes = "action-publish" in self.data
        right = Action.SURVEY_PUBLISH if publishes else Action.SURVEY_EDIT
        allowed = places_with(self.for_user, right)
        here = allowed.filter(pk__in=[place.pk for place in chosen]).count()
        if not chosen:
            self.add_error(None, _("Choose at least one place."))
        elif here != len({place.pk for place in chosen}):
            self.add_error(None, _("You may not run a survey in one of these places."))
        return not self.errors


class _TellsProblems:
    """A draft may be unfinished: it is saved, and what can't be asked of it is said. Publishing
    refuses it."""

    form: Any
    request: Any
    expects_json_response: bool

    def save_action(self) -> Any:
        if not self.expects_json_response:
            try:
                self.form.instance.compiled()
            except QuestionnaireError as error:
                said = _("It is saved, but can't be published yet: %(problems)s")
                text = said % {"problems": " ".join(error.problems[:5])}
                messages.warning(self.request, text)
            else:
                self._say_who_publishes()
        return super().save_action()  # type: ignore[misc]

    def _say_who_publishes(self) -> None:
        survey = self.form.instance
        if may_publish(self.request.user, survey):
            return
        names = [str(user) for user in reviewers_of(survey)[:3]]
        if names:
            text = _("The draft is on the list of %(names)s, who looks at it and publishes it.")
            messages.info(self.request, text % {"names": "、".join(names)})
        else:
            text = _("Nobody reviews surveys for these places yet. Ask the administrator.")
            messages.warning(self.request, text)


def _is_free(slug: str) -> bool:
    return bool(slug) and not Survey.objects.filter(slug=slug).exists()


def _free_slug() -> str:
    """The day, and a number from the second survey of a day on."""
    day = f"{timezone.localdate():%Y%m%d}"
    names = (f"survey-{day}-{n}" if n > 1 else f"survey-{day}" for n in count(1))
    return next(name for name in names if _is_free(name))


class SurveyCreateView(_TellsProblems, CreateView):
    def get_initial_form_instance(self) -> Survey | None:
        """With an address nobody has to think of, and the place of whoever has only one."""
        survey = self._begun()
        if survey is None:
            return None
        survey.slug = survey.slug if _is_free(survey.slug) else _free_slug()
        own = places_assigned(self.request.user, Action.SURVEY_EDIT)[:2]
        if self.request.method == "GET" and len(own) == 1 and own[0].is_community:
            survey.survey_places.set([SurveyPlace(place=own[0])])
        return survey

    def _begun(self) -> Survey | None:
        """What the start screen was told: a sample, an earlier survey, or a form that was read."""
        given = self.request.GET
        if given.get("sample", "") in samples():
            return sample_survey(given["sample"])
        if given.get("copy", "").isdecimal() and len(given["copy"]) < 12:
            return self._copy(int(given["copy"]))
        if given.get("xlsform") and IMPORT_KEY in self.request.session:
            return read_survey(self.request.session[IMPORT_KEY])
        return Survey(headline="Q1")

    def _copy(self, pk: int) -> Survey | None:
        survey = surveys_to_copy(self.request.user).filter(pk=pk).first()
        if survey is None:
            raise Http404
        policy = policy_registry.get_by_type(Survey)
        if policy.user_has_permission_for_instance(self.request.user, "view", survey):
            survey = survey.get_latest_revision_as_object()
        return survey_copy(survey)


class SurveyEditView(_TellsProblems, EditView):
    @property
    def header_more_buttons(self) -> list[Any]:
        """To try it out as it was last saved, and to take it to other tools."""
        pk = self.object.pk
        return [
            *super().header_more_buttons,
            Button(
                _("Try it out"),
                url=reverse("surveys_staff:try", args=[pk]),
                icon_name="mobile-alt",
                priority=5,
            ),
            Button(
                _("Download as XLSForm"),
                url=reverse("surveys_staff:export", args=[pk]),
                icon_name="download",
                priority=6,
            ),
        ]


class SurveyIndexView(IndexView):
    def get_add_url(self) -> str | None:
        """First the choice what to begin from: nobody should write what is there already."""
        return reverse("surveys_staff:start") if super().get_add_url() else None


class SurveyUnpublishView(UnpublishView):
    """What residents have seen ends by being closed; it does not disappear."""

    permission_required = "unpublish"

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        raise PermissionDenied


class SurveyPublishItem(PublishMenuItem):
    """Wagtail asks Django's permissions here; ours come from assignments."""

    def is_shown(self, context: dict[str, Any]) -> bool:
        user, survey = context["request"].user, context.get("instance")
        policy = policy_registry.get_by_type(Survey)
        if context.get("locked_for_user"):
            return False
        if survey is None:
            return bool(policy.user_has_permission(user, "publish"))
        return bool(policy.user_has_permission_for_instance(user, "publish", survey))


def _schedule_panel() -> FieldPanel:
    """When it goes live; Wagtail's expiry is not offered, a survey has its own end."""
    attrs = {
        "data-controller": "w-action",
        "data-action": "w-dialog:hidden->w-action#reset",
        "data-w-dialog-target": "notify",
    }
    overlay = "#schedule-publishing-dialog"
    widget = AdminDateTimeInput(js_overlay_parent_selector=overlay, attrs=attrs)
    return FieldPanel("go_live_at", widget=widget)


class _ForWriters(HelpPanel):
    """Only for those who write and do not publish."""

    class BoundPanel(HelpPanel.BoundPanel):
        def is_shown(self) -> bool:
            user = self.request.user
            return not can_somewhere(user, Action.SURVEY_PUBLISH)


class _StateColumn(Column):
    """A draft, or where it stands for residents."""

    def get_value(self, instance: Survey) -> Any:
        if not instance.first_published_at:
            return _("Draft, waits for publishing")
        return instance.phase(timezone.now()).label


class _DayColumn(Column):
    """The day and hour itself: Wagtail would say of an end to come that it was just now."""

    def get_value(self, instance: Survey) -> str:
        return f"{timezone.localtime(getattr(instance, self.name)):%Y-%m-%d %H:%M}"


class SurveyViewSet(SnippetViewSet):
    model = Survey
    unpublish_view_class = SurveyUnpublishView
    icon = "form"
    menu_label = _("Write surveys")
    menu_name = "survey-writing"
    menu_order = 320
    add_to_admin_menu = True
    add_view_class = SurveyCreateView
    edit_view_class = SurveyEditView
    index_view_class = SurveyIndexView
    copy_view_enabled = True
    list_display = [
        "title_zh",
        _StateColumn("state", label=_("State")),
        "kind",
        _DayColumn("opens_at", label=_("Open from")),
        _DayColumn("closes_at", label=_("Open until")),
    ]
    list_filter = ["kind", "live"]
    search_fields = ["title_zh", "title_en", "slug"]
    ordering = ["-opens_at", "-pk"]

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    _ForWriters(
                        _(
                            "You write the draft, the county reviewer publishes it. Save it, try "
                            "it out, and it stands on the reviewer's list by itself; tell them "
                            "when it is ready. Once it is published, it can't be changed here any "
                            "more."
                        ),
                        heading=_("Who publishes it"),
                    ),
                    FieldPanel("title_zh"),
                    FieldPanel("title_en"),
                    FieldPanel("slug"),
                    MultiFieldPanel(
                        [FieldPanel("introduction_zh"), FieldPanel("introduction_en")],
                        heading=_("Introduction"),
                    ),
                    FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
                    FieldRowPanel([FieldPanel("entry_days"), FieldPanel("minutes")]),
                    FieldRowPanel([FieldPanel("remind_days"), FieldPanel("held_by_evaluators")]),
                    FieldRowPanel(
                        [
                            FieldPanel("kind"),
                            FieldPanel(
                                "headline",
                                widget=QuestionInput,
                                help_text=_(
                                    "The question that must be answered for an answer to count; "
                                    "its answers are the result of the survey. Choose its key "
                                    "here: it stands with each question under “Questions”. "
                                    "Questions without a key become Q1, Q2, …"
                                ),
                            ),
                        ]
                    ),
                    FieldRowPanel([FieldPanel("naming"), FieldPanel("open_answers")]),
                    FieldPanel("precedence", widget=QuestionInput),
                    InlinePanel(
                        "survey_places",
                        [FieldPanel("place", widget=survey_place_chooser.widget_class)],
                        heading=_("Places"),
                        label=_("place"),
                        min_num=1,
                        help_text=_("A county stands for all its communities."),
                    ),
                    PublishingPanel(children=[_schedule_panel()]),
                ],
                heading=_("Survey"),
            ),
            ObjectList(
                [
                    HelpPanel(
                        _(
                            "Publishing freezes the questions under a number. Later versions are "
                            "joined by the keys, so leave a key as it is when you change words. "
                            "A condition names the key of an earlier question and the codes of "
                            "its options; once the draft is saved, you see them with each."
                        )
                    ),
                    FieldPanel("questions"),
                ],
                heading=_("Questions"),
            ),
        ],
        base_form_class=SurveyForm,
    )

    def get_queryset(self, request: Any) -> Any:
        policy = self.permission_policy
        return policy.instances_user_has_any_permission_for(request.user, ["view"])
