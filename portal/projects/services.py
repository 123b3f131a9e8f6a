"""Changes to the renovation record. Each checks the right, keeps a log and marks figures stale.

`facts` are the new values by field name. What cannot be true raises ValidationError by field.
"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from portal.accounts.roles import Action
from portal.places.models import Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark
from portal.projects.models import (
    FundReceipt,
    LedgerEntry,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)

if TYPE_CHECKING:
    from portal.accounts.models import User

Facts = Mapping[str, Any]
Entry = TypeVar("Entry", FundReceipt, Payment)


@transaction.atomic
def project_create(*, actor: "User", county: Place, facts: Facts, today: date) -> RenovationProject:
    require(actor, Action.PROJECT_EDIT, county)
    project = RenovationProject(county=county, **facts)
    _check(project, today=today, dates=("completed_date", "accepted_date", "accounts_date"))
    project.save()
    log(instance=project, action="wagtail.create", user=actor, data={"facts": _plain(facts)})
    stale_mark(kind=StaleMark.Kind.PROJECT, place=county, object_id=project.pk)
    return project


@transaction.atomic
def project_update(
    *, actor: "User", project: RenovationProject, facts: Facts, today: date
) -> RenovationProject:
    """Change the facts of `project`. Its county stays what it is."""
    stored = RenovationProject.objects.select_for_update().get(pk=project.pk)
    require(actor, Action.PROJECT_EDIT, stored.county)
    dates = ("completed_date", "accepted_date", "accounts_date")
    if _change(stored, facts, actor=actor, today=today, dates=dates):
        stale_mark(kind=StaleMark.Kind.PROJECT, place=stored.county, object_id=stored.pk)
    return stored


@transaction.atomic
def project_community_update(
    *, actor: "User", member: ProjectCommunity, facts: Facts, today: date
) -> ProjectCommunity:
    """Change dates, area and residual item of a community of a project.

    The county of the project may be another one than that of the community; and the first start
    is that of the project, so that another one moves the figures of all its communities.
    """
    stored = ProjectCommunity.objects.select_for_update().get(pk=member.pk)
    require(actor, Action.PROJECT_EDIT, stored.community)
    start, end = stored.start_date, stored.completed_date
    if _change(stored, facts, actor=actor, today=today, dates=("start_date", "completed_date")):
        concerned = [stored.community]
        if (stored.start_date, stored.completed_date) != (start, end):
            concerned.append(stored.project.county)
        if stored.start_date != start:
            siblings = Place.objects.filter(renovation__project=stored.project_id)
            concerned += siblings.exclude(pk=stored.community_id)
        for place in concerned:
            stale_mark(kind=StaleMark.Kind.PROJECT, place=place, object_id=stored.project_id)
    return stored


@transaction.atomic
def receipt_add(
    *, actor: "User", project: RenovationProject, facts: Facts, today: date
) -> FundReceipt:
    return _entry_add(FundReceipt(project=project, **facts), actor=actor, today=today)


@transaction.atomic
def payment_add(*, actor: "User", project: RenovationProject, facts: Facts, today: date) -> Payment:
    return _entry_add(Payment(project=project, **facts), actor=actor, today=today)


@transaction.atomic
def ledger_entry_remove(*, actor: "User", entry: FundReceipt | Payment, reason: str) -> None:
    """Take a wrong entry out; the log of its project keeps what it said and why it went."""
    project = entry.project
    require(actor, Action.PROJECT_EDIT, project.county)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this entry is removed.")})
    data = {"entry": _plain(_values(entry)), "reason": reason.strip()}
    log(instance=project, action="projects.entry_remove", user=actor, data=data)
    entry.delete()
    stale_mark(kind=StaleMark.Kind.PROJECT, place=project.county, object_id=project.pk)


@transaction.atomic
def takeover_start(
    *, actor: "User", community: Place, facts: Facts, today: date
) -> PropertyTakeover:
    require(actor, Action.PROJECT_EDIT, community)
    takeover = PropertyTakeover(community=community, **facts)
    # Two people at once: the lock on the community lets the second one see the first one's row.
    Place.objects.select_for_update().get(pk=community.pk)
    _check_overlap(takeover)
    _check(takeover, today=today, dates=("from_date",))
    takeover.save()
    log(instance=takeover, action="wagtail.create", user=actor, data={"facts": _plain(facts)})
    stale_mark(kind=StaleMark.Kind.PROJECT, place=community)
    return takeover


@transaction.atomic
def takeover_end(*, actor: "User", takeover: PropertyTakeover, to_date: date) -> PropertyTakeover:
    """Say until when a takeover is in force; a day ahead of today is a contract's known end."""
    stored = PropertyTakeover.objects.select_for_update().get(pk=takeover.pk)
    require(actor, Action.PROJECT_EDIT, stored.community)
    if _change(stored, {"to_date": to_date}, actor=actor, today=to_date, dates=()):
        stale_mark(kind=StaleMark.Kind.PROJECT, place=stored.community)
    return stored


def _entry_add(entry: Entry, *, actor: "User", today: date) -> Entry:
    project = entry.project
    require(actor, Action.PROJECT_EDIT, project.county)
    _check(entry, today=today, dates=("entry_date",))
    entry.save()
    log(instance=entry, action="wagtail.create", user=actor, data={"entry": _plain(_values(entry))})
    stale_mark(kind=StaleMark.Kind.PROJECT, place=project.county, object_id=project.pk)
    return entry


def _check(instance: models.Model, *, today: date, dates: tuple[str, ...]) -> None:
    """Raises ValidationError by field, for facts dated ahead of `today` too."""
    ahead = {name: getattr(instance, name) for name in dates}
    instance.full_clean()
    errors = {name: _("This day lies ahead.") for name, day in ahead.items() if day and day > today}
    if errors:
        raise ValidationError(errors)


def _check_overlap(takeover: PropertyTakeover) -> None:
    others = PropertyTakeover.objects.filter(community=takeover.community).filter(
        Q(to_date=None) | Q(to_date__gte=takeover.from_date)
    )
    if takeover.to_date:
        others = others.filter(from_date__lte=takeover.to_date)
    if others.exists():
        raise ValidationError(
            {"from_date": _("Another takeover of this community covers that time; end it first.")}
        )


def _change(
    instance: models.Model, facts: Facts, *, actor: "User", today: date, dates: tuple[str, ...]
) -> bool:
    """Write what differs and log old and new. Returns whether anything did."""
    old = {name: getattr(instance, name) for name in facts}
    changed = {name: value for name, value in facts.items() if value != old[name]}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(instance, name, value)
    _check(instance, today=today, dates=dates)
    instance.save(update_fields=list(changed))
    data = {"from": _plain({name: old[name] for name in changed}), "to": _plain(changed)}
    log(instance=instance, action="wagtail.edit", user=actor, data=data)
    return True


def _values(entry: LedgerEntry) -> dict[str, Any]:
    return {field.attname: getattr(entry, field.attname) for field in entry._meta.concrete_fields}


def _plain(facts: Facts) -> dict[str, str]:
    """Values as text, for a log that must not depend on how JSON writes numbers."""
    return {name: "" if value is None else str(value) for name, value in facts.items()}
