"""Who may do what with a survey: it takes the right at every place the survey runs in."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import Http404
from wagtail.models import Revision
from wagtail.permissions import register_permission_policy

from feedback.surveys.models import Survey, SurveyQuerySet
from feedback.surveys.states import FINISHED, phase
from portal.accounts.roles import Action, Role, roles_with
from portal.places.models import Place, PlaceQuerySet
from portal.places.permissions import can, places_with
from portal.places.policy import PlacePolicy

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User

_WRITE = {
    "view": Action.SURVEY_EDIT,
    "add": Action.SURVEY_EDIT,
    "change": Action.SURVEY_EDIT,
    "delete": Action.SURVEY_EDIT,
    "publish": Action.SURVEY_PUBLISH,
    "lock": Action.SURVEY_PUBLISH,
    "unlock": Action.SURVEY_PUBLISH,
}
#: Whoever holds one of these at a place sees the survey on the staff list.
REACH_ACTIONS = (
    Action.ANSWER_ENTER,
    Action.RESULTS_VIEW,
    Action.SURVEY_EDIT,
    Action.FIGURES_VIEW,
)
#: A survey that residents have seen is closed, never deleted; a closed one is not changed.
_BEFORE_ANSWERS = {"delete"}
_BEFORE_CLOSING = {"change", "publish", "lock"}
#: What takes more than the right to write, once a survey is more than a draft of the rated staff.
_WRITING = {"view", "add", "change", "delete"}


class SurveyPolicy(PlacePolicy):
    def __init__(self) -> None:
        super().__init__(Survey, place_lookup="places", actions=_WRITE)

    def user_has_permission_for_instance(
        self, user: "User | AnonymousUser", action: str, instance: Model
    ) -> bool:
        if not isinstance(instance, Survey) or action not in self.actions:
            return False
        if action in _BEFORE_CLOSING and instance.closed_at:
            return False
        if action in _BEFORE_ANSWERS and instance.first_published_at:
            return False
        places = list(instance.places.order_by("path")) if instance.pk else []
        if not places:
            return self.user_has_permission(user, action)
        only_writes = not all(can(user, Action.SURVEY_PUBLISH, place) for place in places)
        out_of_hand = only_writes and not drafts_of_writers().filter(pk=instance.pk).exists()
        if action in _WRITING and out_of_hand:
            return False
        wanted = {self.actions[action]}
        if instance.held_by_evaluators and action != "view":
            wanted.add(Action.RESULTS_VIEW)
        return all(can(user, right, place) for right in wanted for place in places)

    def instances_user_has_any_permission_for(
        self, user: "User | AnonymousUser", actions: Iterable[str]
    ) -> QuerySet[Survey]:
        allowed: QuerySet[Survey] = Survey.objects.none()
        publishing = Survey.objects.within(places_with(user, Action.SURVEY_PUBLISH))
        for action in {self.actions[word] for word in actions if word in self.actions}:
            allowed = allowed | publishing
            if action == Action.SURVEY_EDIT:
                allowed = allowed | drafts_of_writers().within(places_with(user, action))
        return allowed

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Model
    ) -> "QuerySet[User]":
        roles = self._roles(actions)
        places = list(instance.places.order_by("path")) if isinstance(instance, Survey) else []
        users = self._users(roles, Place.objects.all())
        for place in places:
            users = users & self._users(roles, Place.objects.above(place))
        return users.distinct()

    def visible_to(self, user: "User | AnonymousUser") -> QuerySet[Survey]:
        """Those that run anywhere `user` is assigned to, be it because a place above is named."""
        if user.is_active and user.is_superuser:
            return Survey.objects.all()
        return _touching(Place.objects.assigned_to(user, list(Role)))


def drafts_of_writers() -> SurveyQuerySet:
    """Drafts for whoever writes and does not publish: nothing residents have seen or that is due to
    be seen, and nothing an evaluator has had in hand."""
    theirs = Q(user__staff_assignments__role__in=roles_with(Action.RESULTS_VIEW))
    # Revisions keep keys of every model, as text: no number may be expected there.
    kept = Revision.objects.filter(
        theirs | Q(approved_go_live_at__isnull=False),
        base_content_type=ContentType.objects.get_for_model(Survey),
        object_id=Cast(OuterRef("pk"), CharField()),
    )
    return Survey.objects.filter(~Exists(kept), first_published_at=None, held_by_evaluators=False)


def drafts_to_publish(user: "User") -> QuerySet[Survey]:
    """Drafts that wait for `user` to look at and publish them."""
    drafts = Survey.objects.within(places_with(user, Action.SURVEY_PUBLISH))
    mine = Survey.objects.within(places_with(user, Action.RESULTS_VIEW))
    held = Q(held_by_evaluators=False) | Q(pk__in=mine.values("pk"))
    return drafts.filter(held, first_published_at=None)


def reviewers_of(survey: Survey) -> "QuerySet[User]":
    """The county reviewers of every place of `survey`: whom its author hands it to."""
    found = get_user_model().objects.filter(is_active=True)
    for place in survey.places.order_by("path"):
        found = found.filter(
            staff_assignments__role=Role.COUNTY_REVIEWER,
            staff_assignments__place__in=Place.objects.above(place),
        )
    return found.distinct().order_by("pk")


def policy_register() -> None:
    register_permission_policy(Survey, SurveyPolicy())


def may_publish(user: "User", survey: Survey) -> bool:
    """Whether `user` may publish, extend and end `survey`: at every place it runs in; one that the
    evaluators keep, only as one of them."""
    return SurveyPolicy().user_has_permission_for_instance(user, "publish", survey)


def require_publish(user: "User", survey: Survey) -> None:
    """Raises PermissionDenied."""
    if not may_publish(user, survey):
        raise PermissionDenied


def surveys_for_work(user: "User") -> SurveyQuerySet:
    """Published surveys that run in a place where `user` has to do with surveys."""
    return _touching(places_for_work(user)).published()


def surveys_to_copy(user: "User") -> QuerySet[Survey]:
    """What somebody who writes surveys may begin from: their own, and every published one that
    runs in their places, whose questions are public anyway."""
    own = SurveyPolicy().instances_user_has_any_permission_for(user, ["view"])
    return own | surveys_for_work(user)


def _touching(places: PlaceQuerySet) -> SurveyQuerySet:
    scope = Q(pk__in=[])
    for place in places.order_by("path"):
        scope |= Q(pk__in=Survey.objects.touching(place).values("pk"))
    return Survey.objects.filter(scope)


def places_for_work(user: "User") -> PlaceQuerySet:
    """The places `user` is assigned to for work on surveys, without what lies below them."""
    if user.is_active and user.is_superuser:
        return Place.objects.filter(depth=1)
    roles = sorted({role for action in REACH_ACTIONS for role in roles_with(action)})
    return Place.objects.assigned_to(user, roles)


def work_survey_or_404(user: "User", pk: int) -> Survey:
    survey = surveys_for_work(user).filter(pk=pk).first()
    if survey is None:
        raise Http404
    return survey


def communities_for(user: "User", survey: Survey, *actions: Action) -> PlaceQuerySet:
    """Communities of `survey` where `user` may do one of `actions`."""
    allowed = Place.objects.none()
    for action in actions:
        allowed = allowed | places_with(user, action)
    return survey.communities().filter(pk__in=allowed.order_by().values("pk"))


def results_actions(survey: Survey, now: datetime) -> tuple[Action, ...]:
    """What it takes to see what was answered: an evaluator at any time, others after the end."""
    if phase(survey, now) in FINISHED:
        return (Action.RESULTS_VIEW, Action.FIGURES_VIEW)
    return (Action.RESULTS_VIEW,)


def results_communities(user: "User", survey: Survey, now: datetime) -> PlaceQuerySet:
    """Raises PermissionDenied when `user` may see results of none."""
    communities = communities_for(user, survey, *results_actions(survey, now))
    if not communities.exists():
        raise PermissionDenied
    return communities


def may_export(user: "User", survey: Survey) -> bool:
    """Single answers go to those who may export figures in every community it ran in."""
    mine = communities_for(user, survey, Action.FIGURES_EXPORT).count()
    return 0 < mine == survey.communities().count()
