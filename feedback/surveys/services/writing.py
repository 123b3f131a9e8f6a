"""Surveys themselves: from a sample to a published survey, and who was given the letter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.surveys.models import Invitation, Survey, SurveyPlace
from feedback.surveys.states import FINISHED, phase
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Building, Household, Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

#: Where the session keeps a form that was read, until the editor takes it.
IMPORT_KEY = "survey_xlsform"
#: What a copy takes over besides the questions.
COPIED: tuple[str, ...] = (
    "title_zh",
    "title_en",
    "introduction_zh",
    "introduction_en",
    "kind",
    "headline",
    "precedence",
)
COPIED += ("naming", "precedence", "open_answers", "entry_days", "minutes")
LIBRARY = Path(__file__).resolve().parent.parent / "library"


@dataclass(frozen=True)
class Sample:
    """A questionnaire that comes with the product; `fields` fill a new Survey."""

    code: str
    title_zh: str
    title_en: str
    fields: dict[str, Any]


@lru_cache
def samples() -> dict[str, Sample]:
    """Code → sample: INTENTION (A1…A25) and SATISFACTION (B1…B25)."""
    found = {}
    for file in sorted(LIBRARY.glob("*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        code, blocks = data.pop("code"), data.pop("blocks")
        found[code] = Sample(
            code, data["title_zh"], data["title_en"], {**data, "questions": blocks}
        )
    return found


def sample_survey(code: str) -> Survey:
    """An unsaved survey that asks what the sample asks. Raises KeyError."""
    fields = dict(samples()[code].fields)
    blocks = fields.pop("questions")
    survey = Survey(**fields)
    survey.questions = json.dumps(blocks)
    return survey


def read_survey(read: Mapping[str, Any]) -> Survey:
    """An unsaved survey of what an XLSForm was read into (`fields` and `blocks`)."""
    survey = Survey(**read["fields"])
    survey.questions = json.dumps(read["blocks"])
    return survey


def survey_copy(survey: Survey) -> Survey:
    """An unsaved survey that asks what `survey` asks as it is written now, nowhere and never yet.

    Keys are kept, so that results of both can be laid side by side.
    """
    copied = Survey(**{name: getattr(survey, name) for name in COPIED})
    copied.questions = json.dumps(list(survey.questions.get_prep_value()), cls=DjangoJSONEncoder)
    return copied


@transaction.atomic
def survey_create(
    *,
    sample: str,
    slug: str,
    places: list[Place],
    opens_at: datetime,
    closes_at: datetime,
    user: User | None = None,
    **fields: Any,
) -> Survey:
    """A draft survey from a sample. `user` None is the system itself (demonstration data)."""
    for place in places:
        if user:
            require(user, Action.SURVEY_EDIT, place)
    survey = sample_survey(sample)
    given = {**fields, "slug": slug, "opens_at": opens_at, "closes_at": closes_at, "live": False}
    for name, value in given.items():
        setattr(survey, name, value)
    survey.survey_places.set([SurveyPlace(place=place) for place in places])
    survey.full_clean(exclude=["live_revision", "latest_revision"])
    survey.save()
    survey.save_revision(user=user)
    return survey


def survey_publish(*, survey: Survey, user: User | None = None) -> Survey:
    """Publish the latest revision: the questions are frozen and residents can answer.

    Raises PermissionDenied, ValidationError (closed), QuestionnaireError.
    """
    if user:
        for place in survey.places.order_by("path"):
            require(user, Action.SURVEY_PUBLISH, place)
    revision = survey.get_latest_revision() or survey.save_revision(user=user)
    revision.publish(user=user, skip_permission_checks=True)
    return Survey.objects.get(pk=survey.pk)


@transaction.atomic
def invitation_record(
    *,
    survey: Survey,
    building: Building,
    households: int | None = None,
    user: User | None = None,
    now: datetime,
) -> Invitation:
    """Say how many households of `building` were given the letter; all of them if not said.

    Raises PermissionDenied, and ValidationError for more than there are or a closed survey.
    """
    community = building.place
    if user:
        require(user, Action.ANSWER_ENTER, community)
    if not survey.runs_in(community) or phase(survey, now) in FINISHED:
        raise ValidationError(_("This survey does not run here, or is closed."))
    there_are = Household.objects.filter(building=building).on(timezone.localdate(now)).count()
    given = there_are if households is None else households
    if not 0 <= given <= there_are:
        raise ValidationError(_("This building has %(count)s households.") % {"count": there_are})
    invitation, _created = Invitation.objects.update_or_create(
        survey=survey, building=building, defaults={"households": given}
    )
    stale_mark(kind=StaleMark.Kind.SURVEY, place=community, object_id=survey.pk)
    return invitation


@transaction.atomic
def invitations_record_all(*, survey: Survey, now: datetime) -> int:
    """Every household of every building of the survey was given the letter; how many buildings."""
    day = timezone.localdate(survey.opens_at)
    exists = Q(households__valid_from__lte=day) & (
        Q(households__valid_to=None) | Q(households__valid_to__gt=day)
    )
    communities = survey.communities()
    buildings = Building.objects.filter(place__in=communities).annotate(
        there_are=Count("households", filter=exists)
    )
    rows = [
        Invitation(survey=survey, building=building, households=building.there_are)
        for building in buildings.order_by("pk")
    ]
    Invitation.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["survey", "building"],
        update_fields=["households"],
    )
    StaleMark.objects.bulk_create(
        StaleMark(kind=StaleMark.Kind.SURVEY, object_id=survey.pk, place=community)
        for community in communities.order_by("path")
    )
    return len(rows)
