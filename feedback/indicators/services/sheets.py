"""Whole target forms: checked line by line without a trace, imported, submitted, published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.indicators.definitions import current
from feedback.indicators.models import TargetDecision, TargetSheet, TargetVersion
from feedback.indicators.services.target_rules import Wish, natural_operator, wish_check
from feedback.indicators.services.targets import (
    may_advance,
    target_advance,
    target_propose,
)
from feedback.indicators.sheets import (
    SIGNS,
    SheetRow,
    name_of,
    slot_of,
    value_read,
    weight_read,
)
from feedback.indicators.states import (
    IN_FORCE,
    NEXT_STEP,
    PENDING,
    Operator,
    RowState,
    TargetState,
)
from feedback.indicators.targets import TargetBook
from notices.models import NoticePage, NoticeType
from notices.services import notice_start
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.page_policy import pages_of_place
from portal.places.permissions import require
from portal.projects.models import RenovationProject

if TYPE_CHECKING:
    from portal.accounts.models import User

RESULTS_NOTICE = "N18"
#: The fields of that notice beside its targets.
BESIDE = ("scores", "actions")
MONEY = ("total", "fiscal", "other")
HEAD = ("department", "unit", "period", "total", "fiscal", "other", "goal")


@dataclass(frozen=True)
class RowReport:
    """What would become of one line. `errors` is field → message."""

    row: SheetRow
    state: RowState
    name: str
    before: str
    errors: dict[str, str]
    wish: Wish | None = None

    @property
    def has_sign(self) -> bool:
        """Whether what was typed as operator is one of those there are."""
        return self.row.operator in {"", *Operator.values}


def sheet_check(
    *,
    actor: "User",
    place: Place,
    year: int,
    rows: Sequence[SheetRow],
    project: RenovationProject | None = None,
) -> list[RowReport]:
    """A dry run: nothing is written. Raises PermissionDenied without the right."""
    require(actor, Action.TARGET_PROPOSE, place)
    known = _latest(place, year, project)
    book = TargetBook([place], [year])
    seen: set[str] = set()
    reports = []
    for row in rows:
        reports.append(_report(row, place, year, project, known, book, seen))
        seen.add(row.indicator)
    return reports


@transaction.atomic
def sheet_import(
    *,
    actor: "User",
    place: Place,
    year: int,
    rows: Sequence[SheetRow],
    head: dict[str, Any],
    reason: str,
    now: datetime,
    project: RenovationProject | None = None,
) -> int:
    """Make drafts of the lines that say something new; how many. All of them or none.

    A draft of the same target that nobody has checked yet is replaced. Raises ValidationError
    while a line has an error or there is no reason; PermissionDenied without the right.
    """
    reports = sheet_check(actor=actor, place=place, year=year, rows=rows, project=project)
    if any(report.state == RowState.ERROR for report in reports):
        raise ValidationError(_("Some lines cannot be taken yet; see the report."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why this target is proposed.")})
    sheet_head_write(actor=actor, place=place, year=year, head=head, now=now, project=project)
    made = 0
    for report in reports:
        if report.state not in {RowState.NEW, RowState.CHANGED} or report.wish is None:
            continue
        indicator, variant = slot_of(report.row.indicator)
        target_propose(
            actor=actor,
            place=place,
            project=project,
            indicator=indicator,
            variant=variant,
            year=year,
            value=report.wish.value,
            operator=report.wish.operator,
            upper=report.wish.upper,
            wording=report.wish.wording,
            weight=report.wish.weight,
            reason=reason,
            now=now,
        )
        made += 1
    return made


@transaction.atomic
def sheet_head_write(
    *,
    actor: "User",
    place: Place,
    year: int,
    head: dict[str, Any],
    now: datetime,
    project: RenovationProject | None = None,
) -> bool:
    """Keep the head of a form as it is now; whether that is anything new."""
    require(actor, Action.TARGET_PROPOSE, place)
    wanted = {name: head.get(name) or "" for name in HEAD if name not in MONEY}
    wanted |= {name: head.get(name) for name in MONEY}
    last = sheet_of(place, year, project)
    if last is not None and all(getattr(last, name) == wanted[name] for name in HEAD):
        return False
    if not any(value not in {None, ""} for value in wanted.values()):
        return False
    TargetSheet.objects.create(
        place=place,
        project=project,
        year=year,
        written_by=actor,
        written_at=now,
        **wanted,
    )
    return True


def sheet_of(
    place: Place, year: int, project: RenovationProject | None = None
) -> TargetSheet | None:
    found = TargetSheet.objects.filter(place=place, project=project, year=year)
    return found.order_by("-pk").first()


@transaction.atomic
def sheet_submit(
    *,
    actor: "User",
    place: Place,
    year: int,
    now: datetime,
    project: RenovationProject | None = None,
) -> int:
    """Pass every draft of a form on as checked; how many. The gate of the coverage is in the step
    itself, and raises ValidationError."""
    return sheet_pass_on(
        actor=actor, place=place, year=year, state=TargetState.DRAFT, now=now, project=project
    )


@transaction.atomic
def sheet_pass_on(
    *,
    actor: "User",
    place: Place,
    year: int,
    state: str,
    now: datetime,
    project: RenovationProject | None = None,
) -> int:
    """Move every target of a form that stands at `state` one step on; how many.

    What the actor proposed stays where somebody else has to approve. Raises PermissionDenied
    without the right of the step, ValidationError where nothing moves.
    """
    _following, action = NEXT_STEP[state]
    require(actor, action, place)
    waiting = _versions(place, year, project).filter(state=state).select_related("target__place")
    moved = 0
    for version in waiting.order_by("pk"):
        if may_advance(actor, version):
            try:
                target_advance(actor=actor, version=version, now=now)
            except ValidationError as error:
                if getattr(error, "code", "") in {"coverage", "weights"}:
                    raise
                # All of them or none; the form says which one is in the way.
                said = f"{version.target.indicator}: {' '.join(error.messages)}"
                raise ValidationError(said) from error
            moved += 1
    if not moved:
        raise ValidationError(
            _("There is no draft to submit.")
            if state == TargetState.DRAFT
            else _("No target of this form waits for you at this step.")
        )
    return moved


@transaction.atomic
def targets_draft_notice(
    *,
    actor: "User",
    place: Place,
    year: int,
    now: datetime,
    project: RenovationProject | None = None,
) -> NoticePage:
    """The draft of a notice (N18) with the approved targets that stand in none yet. Once it is
    public they count as published.

    Raises ValidationError where there is nothing to publish or the place has no page.
    """
    require(actor, Action.TARGET_REVIEW, place)
    versions = list(
        _versions(place, year, project)
        .select_for_update(of=("self",))
        .filter(state=TargetState.APPROVED, notice=None)
        .select_related("target__project")
        .order_by("target__indicator", "pk")
    )
    if not versions:
        raise ValidationError(_("There is no approved target that stands in no notice yet."))
    parents = pages_of_place(place)
    if not parents:
        raise ValidationError(_("This place has no page yet."))
    kind = NoticeType.objects.get(code=RESULTS_NOTICE)
    page = notice_start(parent=parents[0], notice_type=kind, user=actor, now=now)
    with override("zh-hans"):
        lines = "\n".join(map(_line, versions))
        # The type has more fields than this notice is about; whoever edits it may know better.
        page.extra = {**page.extra, "targets": lines, **dict.fromkeys(BESIDE, _("None here."))}
    approved = TargetDecision.objects.filter(version__in=versions, state=TargetState.APPROVED)
    page.event_starts_at = approved.aggregate(last=Max("decided_at"))["last"]
    page.save_revision(user=actor, clean=False)
    TargetVersion.objects.filter(pk__in=[version.pk for version in versions]).update(notice=page)
    return page


def _line(version: TargetVersion) -> str:
    target = version.target
    known = next(item for item in current() if item.code == target.indicator)
    unit = "" if version.value is None else known.unit_of(target.variant)
    project = f"{target.project.name}，" if target.project else ""
    return f"{project}{target.year}年 {name_of(known, target.variant)}：{version.shown}{unit}"


def _versions(place: Place, year: int, project: RenovationProject | None) -> Any:
    return TargetVersion.objects.filter(
        target__place=place, target__project=project, target__year=year
    )


def _latest(
    place: Place, year: int, project: RenovationProject | None
) -> dict[tuple[str, str], TargetVersion]:
    """What stands or waits for each target: the last version that is neither rejected nor past."""
    rows = _versions(place, year, project).filter(state__in=IN_FORCE | PENDING)
    rows = rows.select_related("target").order_by("number")
    return {(row.target.indicator, row.target.variant): row for row in rows}


def _report(
    row: SheetRow,
    place: Place,
    year: int,
    project: RenovationProject | None,
    known: dict[tuple[str, str], TargetVersion],
    book: TargetBook,
    seen: Iterable[str],
) -> RowReport:
    indicator, variant = slot_of(row.indicator)
    found = next((item for item in current() if item.code == indicator), None)
    before = known.get((indicator, variant))
    shown = before.shown if before else ""
    if found is not None and before is None:
        # Its own or that of the levels above, else the one the indicator comes with.
        held = book.holding(place, indicator, variant, year, project)
        shown = f"{natural_operator(indicator, variant).label} {held.value}" if held else ""

    def failed(**errors: str) -> RowReport:
        name = name_of(found, variant) if found else row.indicator
        return RowReport(row, RowState.ERROR, name, shown, errors)

    if found is None:
        return failed(indicator=_("There is no such indicator."))
    if row.indicator in seen:
        return failed(indicator=_("This indicator stands in the form twice."))
    operator = row.operator or natural_operator(indicator, variant)
    if operator not in Operator.values:
        return failed(operator=_("Write one of: %(signs)s") % {"signs": " ".join(SIGNS.values())})
    try:
        value, upper, wording = value_read(operator, row.value)
    except ValueError:
        return failed(value=_("Please enter a number with at most two decimals."))
    try:
        weight = weight_read(row.weight)
    except ValueError:
        return failed(weight=_("Please enter a number with at most two decimals."))
    wish = Wish(value, operator, upper, wording, weight)
    said = (operator, value, upper, wording)
    if before is not None and _says(before) == said and weight in {None, before.weight}:
        return RowReport(row, RowState.SAME, name_of(found, variant), shown, {}, wish)
    try:
        wish_check(place, indicator, variant, year, wish, project)
    except ValidationError as error:
        fields = {"indicator", "operator", "value", "weight"}
        return failed(
            **{
                name if name in fields else "value": " ".join(messages)
                for name, messages in error.message_dict.items()
            }
        )
    state = RowState.CHANGED if before else RowState.NEW
    return RowReport(row, state, name_of(found, variant), shown, {}, wish)


def _says(version: TargetVersion) -> tuple[str, Decimal | None, Decimal | None, str]:
    return version.operator, version.value, version.upper, version.wording
