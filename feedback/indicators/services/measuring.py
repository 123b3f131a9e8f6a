"""Measure places again: one short transaction for a batch, deepest places first."""

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from feedback.complaints.services.tallies import tally_rebuild as complaint_tally_rebuild
from feedback.indicators.figures import (
    complaints,
    notices,
    projects,
    rollup,
    supervision,
    surveys,
    targets,
    works,
)
from feedback.indicators.figures.figure import Figure, Slot
from feedback.indicators.services.storing import (
    Change,
    place_figures_store,
    project_figures_store,
)
from feedback.indicators.states import Group
from portal.places.models import Place, PlaceLevel, StaleMark
from portal.projects.models import RenovationProject
from portal.projects.queries import construction_windows

#: Places of one transaction: short enough that a killed worker loses little and holds up nobody.
BATCH = 10
AHEAD = 1000
ALL_GROUPS = frozenset(Group)
#: What a mark without a group asks for: a tally has changed.
TALLIED = frozenset({Group.SURVEYS, Group.COMPLAINTS})
KINDS = (StaleMark.Kind.PROJECT, StaleMark.Kind.NOTICES, StaleMark.Kind.ROLLUP)
MARKED = (*KINDS, StaleMark.Kind.COMPLAINTS)


def marked_places(skip: Collection[int]) -> list[list[int]]:
    """Batches of marked places (their primary keys), of the deepest level that has any.

    As many as AHEAD are looked for at once, since looking for them reads all marks. Workers take
    the batches in an order of their own, so that they seldom meet.
    """
    marked = Place.objects.filter(
        pk__in=StaleMark.objects.filter(kind__in=MARKED).values("place")
    ).exclude(pk__in=skip)
    found = list(marked.order_by("-depth", "path").values_list("pk", "depth")[:AHEAD])
    keys = [pk for pk, depth in found if depth == found[0][1]]
    batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    random.shuffle(batches)
    return batches


@transaction.atomic
def marked_measure(keys: Collection[int], *, now: datetime) -> tuple[list[Change], set[int]]:
    """Measure what the marks of these places ask for; also which of them were measured.

    The places are locked, their marks deleted, then everything is read: what comes later leaves
    marks of its own. Places somebody else is at are passed over.
    """
    places = _locked(keys)
    complained = _complained(places)
    wanted = _wanted(places)
    for place in complained:
        if not place.is_community:
            _compare_again(place)
            continue
        # It deletes the marks it sees, in this same transaction.
        complaint_tally_rebuild(community_id=place.pk, now=now)
        wanted[place.pk] |= {Group.COMPLAINTS}
    return _measure(places, wanted, now), {place.pk for place in places}


@transaction.atomic
def places_measure(places: Sequence[Place], *, now: datetime) -> list[Change]:
    """Measure everything of `places`, all of one level, whether they are marked or not."""
    locked = _locked([place.pk for place in places], wait=True)
    _wanted(locked)
    return _measure(locked, dict.fromkeys((place.pk for place in locked), ALL_GROUPS), now)


def _locked(keys: Collection[int], *, wait: bool = False) -> list[Place]:
    places = Place.objects.filter(pk__in=keys).order_by("path")
    if connection.features.has_select_for_update_skip_locked:
        # Without a key lock: a submission may go on pointing new marks at the place.
        places = places.select_for_update(skip_locked=not wait, of=("self",), no_key=True)
    return list(places)


def _wanted(places: Iterable[Place]) -> dict[int, frozenset[Group]]:
    """What the marks of `places` ask for; the marks are gone afterwards."""
    keys = [place.pk for place in places]
    marks = list(
        StaleMark.objects.filter(place__in=keys, kind__in=KINDS)
        .order_by("pk")
        .values_list("pk", "place_id", "kind", "object_id")
    )
    StaleMark.objects.filter(pk__in=[mark[0] for mark in marks]).delete()
    wanted: dict[int, frozenset[Group]] = dict.fromkeys(keys, frozenset())
    for _pk, place_id, kind, object_id in marks:
        wanted[place_id] |= _groups(kind, object_id)
    return wanted


def _complained(places: Sequence[Place]) -> list[Place]:
    marks = StaleMark.objects.filter(kind=StaleMark.Kind.COMPLAINTS, place__in=places)
    keys = set(marks.values_list("place_id", flat=True))
    return [place for place in places if place.pk in keys]


def _compare_again(city: Place) -> None:
    """Mark the communities of a city whose reductions read what has changed elsewhere in it. Its
    communities were measured before it, so their tallies are those of now."""
    StaleMark.objects.filter(kind=StaleMark.Kind.COMPLAINTS, place=city).delete()
    windows = construction_windows(Place.objects.under(city).communities())
    StaleMark.objects.bulk_create(
        StaleMark(kind=StaleMark.Kind.ROLLUP, place_id=pk, object_id=Group.COMPLAINTS)
        for pk, window in sorted(windows.items())
        if window.completed is not None
    )


def _groups(kind: str, object_id: int) -> frozenset[Group]:
    if kind == StaleMark.Kind.PROJECT:
        # The time of the works moves the windows of I28 and what is due of I12, too.
        return frozenset({Group.PROJECTS, Group.COMPLAINTS, Group.NOTICES})
    if kind == StaleMark.Kind.NOTICES:
        return frozenset({Group.NOTICES})
    return frozenset({Group(object_id)}) if object_id in Group.values else TALLIED


def _measure(
    places: Sequence[Place], wanted: Mapping[int, frozenset[Group]], now: datetime
) -> list[Change]:
    changes: list[Change] = []
    marks: set[tuple[int, Group]] = set()
    parents = _parents(places)
    for group in Group:
        chosen = [place for place in places if group in wanted[place.pk]]
        if not chosen:
            continue
        found, changed = _measure_group(chosen, group, now)
        changes += found
        marks |= {(parent, group) for pk in changed for parent in parents[pk]}
    StaleMark.objects.bulk_create(
        StaleMark(kind=StaleMark.Kind.ROLLUP, place_id=pk, object_id=group)
        for pk, group in sorted(marks)
    )
    return changes


def _measure_group(
    places: Sequence[Place], group: Group, now: datetime
) -> tuple[list[Change], set[int]]:
    today = timezone.localdate(now)
    changes: list[Change] = []
    if group == Group.PROJECTS:
        changes += _measure_projects(places, now)
    communities = [place for place in places if place.is_community]
    figures: dict[Place, list[Figure]] = {place: [] for place in communities}
    for pk, found in _community_figures(communities, group, now).items():
        figures[next(place for place in communities if place.pk == pk)] = found
    if group == Group.TARGETS:
        figures |= targets.county_figures(places, today)
    waiting: set[tuple[int, Slot]] = set()
    for place in places:
        if not place.is_community and place not in figures:
            own = notices.own_figures(place, today) if group == Group.NOTICES else []
            added = rollup.place_figures(place, group, today, own)
            figures[place] = added.figures
            waiting |= {(place.pk, slot) for slot in added.waiting}
    stored = place_figures_store(figures, group=group, now=now, waiting=waiting)
    return [*changes, *stored.changes], stored.changed


def _community_figures(
    communities: Sequence[Place], group: Group, now: datetime
) -> dict[int, list[Figure]]:
    today = timezone.localdate(now)
    if not communities:
        return {}
    if group == Group.SURVEYS:
        return surveys.community_figures(communities, today)
    if group == Group.COMPLAINTS:
        return complaints.community_figures(communities, now)
    if group == Group.NOTICES:
        return notices.community_figures(communities, today)
    if group == Group.TARGETS:
        return {}
    found: dict[int, list[Figure]] = {}
    for source in (projects, works, supervision):
        for pk, figures in source.community_figures(communities, today).items():
            found.setdefault(pk, []).extend(figures)
    return found


def _measure_projects(places: Sequence[Place], now: datetime) -> list[Change]:
    """The projects of the counties among `places`, before the counties add them up."""
    counties = [place for place in places if place.level_id == PlaceLevel.COUNTY]
    found = list(RenovationProject.objects.filter(county__in=counties).order_by("code", "pk"))
    if not found:
        return []
    today = timezone.localdate(now)
    figures = projects.project_figures(found, today)
    grown = works.project_figures(found, today)
    by_project = {project: [*figures[project.pk], *grown.get(project.pk, [])] for project in found}
    return project_figures_store(by_project, now=now).changes


def _parents(places: Sequence[Place]) -> dict[int, list[int]]:
    """Whose figures contain those of a place: up to its county, and from a county on upward."""
    steps = {path for place in places for path in _ancestor_paths(place)}
    above = {place.path: place for place in Place.objects.filter(path__in=steps)}
    parents: dict[int, list[int]] = defaultdict(list)
    for place in places:
        for path in _ancestor_paths(place):
            ancestor = above[path]
            is_above_county = rollup.adds_up_counties(ancestor)
            if place.is_community != is_above_county and _adds(place, is_above_county):
                parents[place.pk].append(ancestor.pk)
    return parents


def _adds(place: Place, is_above_county: bool) -> bool:
    return place.level_id == PlaceLevel.COUNTY if is_above_county else place.is_community


def _ancestor_paths(place: Place) -> list[str]:
    return [place.path[:end] for end in range(Place.steplen, len(place.path), Place.steplen)]
