"""Writes to the register that have a side effect or touch more than one row."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Action, Role
from portal.common.generation import generation_bump
from portal.places.models import Building, Household, Place, PlaceLevel, StaffAssignment, StaleMark
from portal.places.permissions import require
from portal.places.register.write import next_register_number, register_lock, register_stale

M = TypeVar("M", bound=Model)
_COMPANIES = frozenset({Role.CONTRACTOR, Role.PROPERTY_COMPANY})
#: Who scores must not be who approves.
_APART = (Role.EVALUATOR, Role.FINANCE_APPROVER)


def stale_mark(*, kind: StaleMark.Kind, place: Place, object_id: int = 0) -> None:
    """Say that figures of `place` must be rebuilt. Call it inside the transaction of the change."""
    StaleMark.objects.create(kind=kind, object_id=object_id, place=place)


@transaction.atomic
def place_create(
    *, by: User, parent: Place | None, level: PlaceLevel, code: str, name: str, **fields: Any
) -> Place:
    """A new place below `parent`; a superuser may plant a new tree with None.

    Raises ValidationError where the level does not lie below the parent's.
    """
    if parent is None and not by.is_superuser:
        raise PermissionDenied
    if parent is not None:
        require(by, Action.REGISTER_EDIT, parent)
        if level.rank <= parent.level.rank:
            raise ValidationError({"level": _("This level can't lie below the place above.")})
    values = {"level": level, "code": code, "name": name, **fields}
    if parent is None:
        place: Place = Place.add_root(**values)
    else:
        # Read again: another place may have been put there since.
        place = Place.objects.get(pk=parent.pk).add_child(**values)
    log(place, "wagtail.create", user=by)
    generation_bump()
    return place


@transaction.atomic
def place_update(*, by: User, place: Place, fields: list[str]) -> Place:
    require(by, Action.REGISTER_EDIT, place)
    return _saved(place, fields, by)


@transaction.atomic
def building_save(*, by: User, building: Building, fields: list[str]) -> Building:
    """Create or change a building. A building stays in its community."""
    require(by, Action.REGISTER_EDIT, building.place)
    if building.pk:
        stored = Building.objects.select_related("place").get(pk=building.pk)
        require(by, Action.REGISTER_EDIT, stored.place)
    return _saved(building, fields, by)


@transaction.atomic
def household_save(*, by: User, household: Household, fields: list[str]) -> Household:
    """Create or change a home; a new one gets the next register number."""
    require(by, Action.REGISTER_EDIT, household.building.place)
    if household.pk:
        stored = Household.objects.select_related("building__place").get(pk=household.pk)
        require(by, Action.REGISTER_EDIT, stored.building.place)
    else:
        register_lock()
        household.register_number = next_register_number()
    saved = _saved(household, fields, by)
    register_stale([household.building.place])
    return saved


@transaction.atomic
def household_code_reissue(*, by: User, household: Household) -> Household:
    """Make the letter that is out worthless: the household's next letter has another code."""
    require(by, Action.CODE_PRINT, household.building.place)
    locked = Household.objects.select_for_update().get(pk=household.pk)
    locked.code_issue += 1
    locked.save(update_fields=["code_issue"])
    # Which issue it is may be known; the code itself is written nowhere.
    log(locked, "places.code_reissue", user=by, data={"issue": locked.code_issue})
    return locked


@transaction.atomic
def staff_assign(
    *, by: User, user: User, role: Role, place: Place, organisation: Organisation | None = None
) -> StaffAssignment:
    """Give `user` a role at `place` and below.

    Raises ValidationError where a company role has no company, where it is given already, and
    where one person would both score and approve. Nobody assigns themselves.
    """
    require(by, Action.STAFF_ASSIGN, place)
    if user == by and not by.is_superuser:
        raise ValidationError({"user": _("Somebody else has to assign you.")})
    if user.is_superuser and not by.is_superuser:
        raise PermissionDenied
    organisation = organisation or (user.organisation if role in _COMPANIES else None)
    if role in _COMPANIES and organisation is None:
        raise ValidationError({"organisation": _("This role needs a company.")})
    held = set(StaffAssignment.objects.filter(user=user).values_list("role", flat=True))
    if role in _APART and (set(_APART) - {role}) & held:
        raise ValidationError({"role": _("Who evaluates can't approve, and the other way round.")})
    assignment, created = StaffAssignment.objects.get_or_create(
        user=user, role=role, place=place, defaults={"organisation": organisation}
    )
    if not created:
        raise ValidationError({"role": _("This person has this role here already.")})
    log(assignment, "wagtail.create", user=by, data=_said(assignment))
    return assignment


@transaction.atomic
def staff_unassign(*, by: User, assignment: StaffAssignment) -> None:
    require(by, Action.STAFF_ASSIGN, assignment.place)
    log(assignment, "wagtail.delete", user=by, data=_said(assignment), deleted=True)
    assignment.delete()


def _said(assignment: StaffAssignment) -> dict[str, str]:
    return {
        "user": assignment.user.username,
        "role": assignment.role,
        "place": assignment.place.code,
    }


def _saved(instance: M, fields: list[str], by: User) -> M:
    is_new = instance.pk is None
    instance.full_clean()
    instance.save(update_fields=None if is_new else fields)
    # Public pages name places and buildings, and filing keeps them.
    generation_bump()
    log(instance, "wagtail.create" if is_new else "wagtail.edit", user=by, data={"fields": fields})
    return instance
