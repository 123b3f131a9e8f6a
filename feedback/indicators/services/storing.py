"""Measurements are stored here and nowhere else: replaced while open, only added to when frozen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from feedback.indicators.figures.figure import Figure, Slot, inputs_hash
from feedback.indicators.models import Measurement
from feedback.indicators.states import Group, Reason, Status
from portal.common.inserting import insert_many
from portal.places.models import Place
from portal.projects.models import RenovationProject

BATCH = 500
#: What a figure says. `computed_at` is not part of it: the same figure computed again is the same.
CONTENT = (
    "status",
    "reason",
    "numerator",
    "denominator",
    "value",
    "unit",
    "low",
    "high",
    "n",
    "population",
    "inputs",
    "inputs_hash",
    "freeze_date",
)
#: SQLite keeps 15 digits of a decimal.
PRECISION = Decimal("1e-13")

Key = tuple[int | None, int | None, Slot]
#: What holds: one row for each figure.
Known = dict[Key, Measurement]


@dataclass(frozen=True)
class Change:
    """One figure that is not what it was. `before` and `after` are (status, value)."""

    scope: str
    slot: Slot
    before: tuple[str, Decimal | None] | None
    after: tuple[str, Decimal | None] | None

    def __str__(self) -> str:
        period = f"{self.slot.start}…{self.slot.end}"
        name = f"{self.slot.indicator}/{self.slot.variant} {self.scope} {period}"
        return f"{name}: {_shown(self.before)} → {_shown(self.after)}"


@dataclass
class _Plan:
    """What one call on the day `today` will write."""

    today: date
    create: list[dict[str, Any]] = field(default_factory=list)
    update: list[Measurement] = field(default_factory=list)
    freeze: list[int] = field(default_factory=list)
    supersede: list[int] = field(default_factory=list)
    delete: list[int] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    changed_scopes: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Stored:
    changes: list[Change]
    #: Primary keys of the places (or projects) with a changed figure.
    changed: set[int]


def place_figures_store(
    figures: Mapping[Place, list[Figure]],
    *,
    group: Group,
    now: datetime,
    waiting: Collection[tuple[int, Slot]] = (),
) -> Stored:
    """Bring the measurements of these places in line with `figures`; call it inside a transaction.

    `figures` must be complete for the group: a measurement that has no figure any more is removed
    while it is open, and marked as withdrawn when it is frozen. Those `waiting` (place, slot of the
    main variant) stay as they are, with all their variants.
    """
    rows = Measurement.objects.filter(place__in=list(figures))
    plan = _Plan(timezone.localdate(now))
    known = _known(rows, group)
    for place, wanted in figures.items():
        for figure in wanted:
            held = known.pop((place.pk, None, figure.slot), None)
            _plan(plan, figure, held, now, place=place)
    stays = {key for key in known if (key[0], replace(key[2], variant="main")) in waiting}
    codes = {place.pk: place.code for place in figures}
    _withdraw(plan, {key: known[key] for key in known if key not in stays}, codes, now)
    return _write(plan, now)


def project_figures_store(
    figures: Mapping[RenovationProject, list[Figure]], *, now: datetime
) -> Stored:
    """The same for figures of projects."""
    rows = Measurement.objects.filter(project__in=list(figures))
    plan = _Plan(timezone.localdate(now))
    known = _known(rows, Group.PROJECTS)
    for project, wanted in figures.items():
        for figure in wanted:
            held = known.pop((None, project.pk, figure.slot), None)
            _plan(plan, figure, held, now, project=project)
    _withdraw(plan, known, {project.pk: project.code for project in figures}, now)
    return _write(plan, now)


def _known(rows: Any, group: Group) -> Known:
    latest = rows.latest_revisions().of_group(group)
    return {(row.place_id, row.project_id, _slot(row)): row for row in latest.order_by("pk")}


def _slot(row: Measurement) -> Slot:
    return Slot(row.indicator, row.variant, row.period_start, row.period_end, row.wave)


def _plan(
    plan: _Plan,
    figure: Figure,
    held: Measurement | None,
    now: datetime,
    *,
    place: Place | None = None,
    project: RenovationProject | None = None,
) -> None:
    row = held if held and held.formula_version == figure.formula_version else None
    # A definition that was dated back: its figure takes the place of the old one's.
    outdated = held if row is None else None
    if outdated:
        (plan.delete if outdated.frozen_at is None else plan.supersede).append(outdated.pk)
    final = figure.freeze_date is not None and figure.freeze_date <= plan.today
    content = {name: getattr(figure, name) for name in CONTENT}
    if row is not None and _same(row, content):
        if final and row.frozen_at is None:
            plan.freeze.append(row.pk)
        return
    scope = place or project
    if scope is None:
        raise ValueError("a figure is of a place or of a project")
    before = (held.status, held.value) if held else None
    plan.changes.append(Change(scope.code, figure.slot, before, (figure.status, figure.value)))
    plan.changed_scopes.add(scope.pk)
    frozen_at = now if final else None
    if row is None:
        revision = _next_revision(outdated, figure) if outdated else 0
        plan.create.append(
            _row(figure, content, revision, now, frozen_at, place=place, project=project)
        )
    elif row.frozen_at is None or _is_damaged(row, figure):
        for name, value in content.items():
            setattr(row, name, value)
        row.computed_at, row.frozen_at = now, row.frozen_at or frozen_at
        plan.update.append(row)
    else:
        plan.supersede.append(row.pk)
        plan.create.append(
            _row(figure, content, row.revision + 1, now, now, place=place, project=project)
        )


def _next_revision(outdated: Measurement, figure: Figure) -> int:
    """Zero, unless this version held before, and comes back."""
    rows = Measurement.objects.of_slot(outdated).filter(formula_version=figure.formula_version)
    last = rows.aggregate(Max("revision"))["revision__max"]
    return 0 if last is None else int(last) + 1


def _row(
    figure: Figure,
    content: Mapping[str, Any],
    revision: int,
    now: datetime,
    frozen_at: datetime | None,
    *,
    place: Place | None,
    project: RenovationProject | None,
) -> dict[str, Any]:
    return {
        **content,
        "indicator": figure.slot.indicator,
        "variant": figure.slot.variant,
        "place_id": place.pk if place else None,
        "project_id": project.pk if project else None,
        "wave": figure.slot.wave,
        "period_start": figure.slot.start,
        "period_end": figure.slot.end,
        "formula_version": figure.formula_version,
        "revision": revision,
        "is_latest": True,
        "computed_at": now,
        "frozen_at": frozen_at,
    }


def _same(row: Measurement, content: Mapping[str, Any]) -> bool:
    return all(_equal(getattr(row, name), value) for name, value in content.items())


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return abs(left - right) <= max(abs(left), abs(right)) * PRECISION
    return bool(left == right)


def _is_damaged(row: Measurement, figure: Figure) -> bool:
    """Whether a frozen row says something else than its own inputs: that is no new revision."""
    own = inputs_hash(_slot(row), row.formula_version, row.inputs)
    return own != row.inputs_hash or row.inputs_hash == figure.inputs_hash


def _withdraw(plan: _Plan, gone: Known, codes: Mapping[int, str], now: datetime) -> None:
    """`codes` are those of the places or projects, by their keys."""
    for row in gone.values():
        scope = row.place_id or row.project_id
        if scope is None or row.reason == Reason.WITHDRAWN:
            continue
        plan.changes.append(Change(codes[scope], _slot(row), (row.status, row.value), None))
        plan.changed_scopes.add(scope)
        if row.frozen_at is None:
            plan.delete.append(row.pk)
        else:
            plan.supersede.append(row.pk)
            plan.create.append(_withdrawn(row, now))


def _withdrawn(row: Measurement, now: datetime) -> dict[str, Any]:
    same = ("indicator", "variant", "place_id", "project_id", "wave", "period_start", "period_end")
    return {
        **{name: getattr(row, name) for name in (*same, "unit", "formula_version", "freeze_date")},
        **dict.fromkeys(("numerator", "denominator", "value", "low", "high", "n", "population")),
        "revision": row.revision + 1,
        "is_latest": True,
        "status": Status.NOT_APPLICABLE,
        "reason": Reason.WITHDRAWN,
        "inputs": {},
        "inputs_hash": inputs_hash(_slot(row), row.formula_version, {}),
        "computed_at": now,
        "frozen_at": now,
    }


def _write(plan: _Plan, now: datetime) -> Stored:
    """Older revisions step back before newer ones come, so that only one is ever the latest."""
    for keys in _chunks(plan.supersede):
        Measurement.objects.filter(pk__in=keys).update(is_latest=False)
    for keys in _chunks(plan.delete):
        Measurement.objects.filter(pk__in=keys).delete()
    for keys in _chunks(plan.freeze):
        Measurement.objects.filter(pk__in=keys, frozen_at=None).update(frozen_at=now)
    fields = [*CONTENT, "computed_at", "frozen_at"]
    Measurement.objects.bulk_update(plan.update, fields, batch_size=100)
    insert_many(Measurement, plan.create)
    return Stored(plan.changes, plan.changed_scopes)


def _chunks(keys: list[int]) -> list[list[int]]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]


def _shown(state: tuple[str, Decimal | None] | None) -> str:
    if state is None:
        return "—"
    status, value = state
    return status if value is None else f"{value.quantize(Decimal('0.01'))} {status}"
