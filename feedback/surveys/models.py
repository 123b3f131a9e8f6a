"""A survey, where it runs, and what it asks (frozen)."""

from datetime import datetime
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from feedback.surveys.answer_models import (
    Invitation,
    NamedAnswer,
    Participation,
    Response,
    SurveyTally,
)
from feedback.surveys.blocks import QuestionsBlock
from feedback.surveys.compiling import compile_definition
from feedback.surveys.questionnaire import Definition, from_json
from feedback.surveys.reach_models import (
    AnswerScan,
    DoorContact,
    FlagReview,
    HelpRequest,
    PaperBatch,
    PaperSheet,
    PaperStub,
)
from feedback.surveys.states import Kind, Naming, Phase, phase
from feedback.surveys.text_models import TextReview
from feedback.surveys.titles import vote_titles
from feedback.surveys.wave_models import SurveyEvent
from portal.common.canonical import sha256_hex
from portal.places.models import Place, PlaceQuerySet, StaleMark

__all__ = [
    "AnswerScan",
    "DoorContact",
    "FlagReview",
    "HelpRequest",
    "Invitation",
    "NamedAnswer",
    "PaperBatch",
    "PaperSheet",
    "PaperStub",
    "Participation",
    "Questionnaire",
    "Response",
    "Survey",
    "SurveyEvent",
    "SurveyPlace",
    "SurveyTally",
    "TextReview",
]


class SurveyQuerySet(models.QuerySet["Survey"]):
    def published(self) -> Self:
        return self.filter(live=True)

    def at_or_above(self, place: Place) -> Self:
        """Those that run at `place` because they name it or a place above it."""
        return self.filter(
            pk__in=SurveyPlace.objects.filter(place__in=Place.objects.above(place)).values("survey")
        )

    def touching(self, place: Place) -> Self:
        """Those that run at `place`, or somewhere below it."""
        touches = Q(place__in=Place.objects.above(place)) | Q(place__path__startswith=place.path)
        return self.filter(pk__in=SurveyPlace.objects.filter(touches).values("survey"))

    def reaching(self, places: models.QuerySet[Place]) -> Self:
        """Those that run at any of `places`, because they name it or a place above it."""
        below = places.order_by().filter(path__startswith=OuterRef("place__path"))
        return self.filter(pk__in=SurveyPlace.objects.filter(Exists(below)).values("survey"))

    def within(self, places: models.QuerySet[Place]) -> Self:
        """Those whose every place is one of `places`."""
        inside = SurveyPlace.objects.filter(place__in=places.order_by().values("pk"))
        elsewhere = SurveyPlace.objects.exclude(place__in=places.order_by().values("pk"))
        return self.filter(pk__in=inside.values("survey")).exclude(
            pk__in=elsewhere.values("survey")
        )

    def answerable(self, now: datetime) -> Self:
        """Those a resident can answer at `now`."""
        return self.published().filter(opens_at__lte=now, closes_at__gt=now, closed_at=None)

    def running(self) -> Self:
        """Published and not closed, whatever their dates."""
        return self.published().filter(closed_at=None)

    def sealable(self) -> Self:
        return self.filter(closed_at__isnull=False, sealed_at=None)


class Survey(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    ClusterableModel,
):
    slug = models.SlugField(_("name in the address"), max_length=60, unique=True)
    title_zh = models.CharField(_("Chinese title"), max_length=80)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    introduction_zh = models.TextField(_("Chinese introduction"), max_length=600, blank=True)
    introduction_en = models.TextField(_("English introduction"), max_length=800, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    naming = models.CharField(
        _("naming"),
        max_length=10,
        choices=Naming.choices,
        default=Naming.ANONYMOUS,
        help_text=_("An anonymous answer can't be traced to a household, not even by staff."),
    )
    open_answers = models.BooleanField(
        _("answers without a household code"),
        default=False,
        help_text=_("They are reported apart and never counted."),
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    entry_days = models.PositiveSmallIntegerField(
        _("days for entering paper answers"),
        default=3,
        help_text=_("Staff may still enter answers they were given, so long after the end."),
    )
    minutes = models.PositiveSmallIntegerField(_("minutes it takes"), default=3)
    remind_days = models.CharField(
        _("reminders"),
        max_length=20,
        blank=True,
        default="3",
        validators=[
            RegexValidator(
                r"^\d{1,2}(,\s?\d{1,2})*\Z", _("Days before the end, with commas between them.")
            )
        ],
        help_text=_("Subscribers are told so many days before the end: 7, 2. Empty: never."),
    )
    precedence = models.CharField(
        _("who goes first"),
        max_length=20,
        blank=True,
        help_text=_(
            "Only for surveys with names: the key of the question whose first option goes before "
            "the others when a home sends two answers (A2: owner first). Among equals the latest "
            "counts."
        ),
    )
    held_by_evaluators = models.BooleanField(
        _("kept by the evaluators"),
        default=False,
        help_text=_("Then only evaluators change, extend or end it, and never the rated places."),
    )
    headline = models.CharField(
        _("headline question"),
        max_length=64,
        help_text=_("Key of the question that makes an answer valid: A8, B1."),
    )
    questions = StreamField(QuestionsBlock(), verbose_name=_("questions"), blank=True)
    places = models.ManyToManyField(
        Place, verbose_name=_("places"), through="SurveyPlace", related_name="surveys"
    )

    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    sealed_at = models.DateTimeField(_("sealed at"), null=True, editable=False)
    merkle_root = models.CharField(_("Merkle root"), max_length=64, blank=True, editable=False)
    leaf_count = models.PositiveIntegerField(_("sealed answers"), default=0, editable=False)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="survey_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(sealed_at=None) | Q(closed_at__isnull=False),
                name="survey_sealed_after_closing",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the reader's language, as far as there is one."""
        return (self.title_en or self.title_zh) if get_language() == "en" else self.title_zh

    @property
    def introduction(self) -> str:
        english = self.introduction_en or self.introduction_zh
        return english if get_language() == "en" else self.introduction_zh

    def clean(self) -> None:
        """A survey is never shown as a vote, not even by its name."""
        super().clean()
        if wrong := vote_titles(self.title_zh, self.title_en):
            raise ValidationError(wrong)

    @property
    def is_named(self) -> bool:
        return self.naming == Naming.NAMED

    def reminders(self) -> list[int]:
        """On which days before the end subscribers are told, the first one first."""
        return sorted({int(day) for day in self.remind_days.split(",") if day.strip()})[::-1]

    def phase(self, now: datetime) -> Phase:
        return phase(self, now)

    def communities(self) -> PlaceQuerySet:
        """The communities it runs in. Two queries, whatever their number."""
        paths = list(self.places.order_by("path").values_list("path", flat=True))
        scope = Q(pk__in=[])
        for path in paths:
            scope |= Q(path__startswith=path)
        return Place.objects.communities().filter(scope)

    def runs_in(self, community: Place) -> bool:
        return self.places.filter(pk__in=Place.objects.above(community).values("pk")).exists()

    def current_questionnaire(self) -> "Questionnaire | None":
        return self.questionnaires.order_by("-number").first()

    def compiled(self) -> Definition:
        """What its questions, as they stand, would be frozen to. Raises QuestionnaireError."""
        blocks = self.questions.get_prep_value()
        return compile_definition(blocks, headline=self.headline, named=self.is_named)

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """A revision says what a survey asks, never whether it was closed or sealed."""
        survey = super().with_content_json(content)
        survey.closed_at = self.closed_at
        survey.sealed_at = self.sealed_at
        if self.first_published_at:
            # Moved by a service, with a reason that residents read.
            survey.closes_at = self.closes_at
        survey.merkle_root = self.merkle_root
        survey.leaf_count = self.leaf_count
        return survey

    @transaction.atomic
    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> Any:
        """Every way to publish ends here: editor, workflow, schedule. Freezes what is asked.

        Raises ValidationError when the survey was closed meanwhile.
        """
        if Survey.objects.select_for_update().get(pk=self.pk).closed_at:
            raise ValidationError(_("This survey is closed and can't be changed any more."))
        outcome = super().publish(revision, *args, **kwargs)
        published = Survey.objects.get(pk=self.pk)
        if published.live:
            published.freeze()
        return outcome

    def freeze(self) -> "Questionnaire":
        """Its questions as the next numbered Questionnaire, or the one there is if nothing changed.

        Marks its communities, so that each has a tally from the first day. Raises
        QuestionnaireError.
        """
        definition = self.compiled().to_json()
        digest = sha256_hex(definition)
        last = self.current_questionnaire()
        marks = (
            StaleMark(kind=StaleMark.Kind.SURVEY, object_id=self.pk, place=community)
            for community in self.communities().order_by("path")
        )
        StaleMark.objects.bulk_create(marks, batch_size=500)
        if last and last.sha256 == digest:
            return last
        return Questionnaire.objects.create(
            survey=self, number=last.number + 1 if last else 1, definition=definition, sha256=digest
        )

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        return {**super().get_preview_context(request, mode_name), "survey": self}

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "surveys/preview.html"


class SurveyPlace(models.Model):
    """Where a survey runs: at a community, or at every community below a place."""

    survey = ParentalKey(Survey, on_delete=models.CASCADE, related_name="survey_places")
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [
            models.UniqueConstraint(fields=["survey", "place"], name="survey_place_once")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}@{self.place_id}"


class Questionnaire(models.Model):
    """What a survey asked from one publication to the next. Never changed."""

    # Wagtail would write a row elsewhere for every key, in the order they came.
    wagtail_reference_index_ignore = True

    survey = models.ForeignKey(
        Survey, verbose_name=_("survey"), on_delete=models.CASCADE, related_name="questionnaires"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    definition = models.JSONField(_("questions"))
    sha256 = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(_("frozen at"), auto_now_add=True)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.UniqueConstraint(fields=["survey", "number"], name="questionnaire_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}/{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk:
            raise ValidationError(_("A published questionnaire can't be changed."))
        super().save(*args, **kwargs)

    def compiled(self) -> Definition:
        return from_json(self.definition)
