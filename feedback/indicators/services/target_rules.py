"""What a target may be: its operator, its unit, the law, and the rule for making it easier."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from feedback.indicators.coverage import coverage_of, needs_coverage
from feedback.indicators.definitions import Direction, definition
from feedback.indicators.form_weights import weights_on_their_way
from feedback.indicators.models import Target, TargetVersion
from feedback.indicators.schemes import FULL, SchemeCode, scheme_on
from feedback.indicators.states import IN_FORCE, Operator, Origin, ProposalState
from feedback.indicators.targets import Holding, TargetBook
from portal.places.models import Place
from portal.projects.models import RenovationProject

MAX_PERCENT = Decimal(100)
#: A target may be lowered by so much at most, after so many red periods (domain.md §8).
LOWERED_BY = Decimal(3)
RED_PERIODS = 2


@dataclass(frozen=True)
class Wish:
    """What somebody wants a target to be. `value` None: in words only."""

    value: Decimal | None
    operator: str = ""
    upper: Decimal | None = None
    wording: str = ""
    #: Points in the self-assessment; None leaves them as they are.
    weight: Decimal | None = None

    def fields(self, indicator: str, variant: str) -> dict[str, object]:
        return {
            "operator": self.operator or natural_operator(indicator, variant),
            "upper": self.upper,
            "wording": self.wording.strip(),
            "weight": self.weight,
        }


def natural_operator(indicator: str, variant: str) -> Operator:
    down = definition(indicator).direction_of(variant) == Direction.DOWN
    return Operator.LE if down else Operator.GE


def wish_check(
    place: Place,
    indicator: str,
    variant: str,
    year: int,
    wish: Wish,
    project: RenovationProject | None = None,
    before: Decimal | None = None,
) -> Decimal | None:
    """The target in force, which `wish` may replace. Raises ValidationError by field if not.

    `before` is the target of the year before, which counts where the year has none of its own.
    """
    value_check(indicator, variant, year, wish)
    if project is not None and project.county_id != place.pk:
        raise ValidationError({"project": _("This project belongs to another county.")})
    holding = TargetBook([place], [year]).holding(place, indicator, variant, year, project)
    if holding is None:
        return None
    if before is not None and holding.place_id is None and not holding.is_locked:
        holding = replace(holding, value=before)
    _holding_check(place, indicator, variant, wish, holding, project)
    return holding.value


def approval_check(version: TargetVersion) -> bool:
    """Whether `version` makes its target easier, which takes a second approver.

    Something else may be in force since it was proposed, so it is checked against that once more.
    Raises ValidationError if it may not replace it any more.
    """
    target, before = version.target, version.previous
    key = (target.indicator, target.variant)
    wish = Wish(version.value, version.operator, version.upper, version.wording)
    book = TargetBook([target.place], [target.year])
    holding = book.holding(target.place, *key, target.year, target.project)
    is_own = target.versions.filter(state__in=IN_FORCE, value__isnull=False).exists()
    is_set = holding is not None and holding.is_locked and holding.place_id is not None
    if holding is not None and (is_own or is_set):
        before = holding.value
        try:
            _holding_check(target.place, *key, wish, holding, target.project)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
    value = _strictest(*key, wish)
    return value is not None and before is not None and _is_laxer(*key, value, before)


def _holding_check(
    place: Place,
    indicator: str,
    variant: str,
    wish: Wish,
    holding: Holding,
    project: RenovationProject | None,
) -> None:
    """Raises ValidationError by field where `wish` may not take the place of `holding`."""
    value = _strictest(indicator, variant, wish)
    if holding.is_locked and (value != holding.value or wish.operator == Operator.RANGE):
        message = _("This target is set by law or by a higher level: it stays at %(value)s.")
        raise ValidationError({"value": message % {"value": _plain(holding.value)}})
    if value is None:
        raise ValidationError({"value": _("A target in figures cannot become one in words.")})
    if _is_laxer(indicator, variant, value, holding.value):
        _check_lowering(place, indicator, variant, value, holding.value, project)


def _strictest(indicator: str, variant: str, wish: Wish) -> Decimal | None:
    """The end of a range that measurements are held against, else the value."""
    if wish.operator == Operator.RANGE and natural_operator(indicator, variant) == Operator.LE:
        return wish.upper
    return wish.value


def _check_lowering(
    place: Place,
    indicator: str,
    variant: str,
    value: Decimal,
    holding: Decimal,
    project: RenovationProject | None,
) -> None:
    seen = TargetVersion.objects.filter(
        target__place=place,
        target__project=project,
        target__indicator=indicator,
        target__variant=variant,
        origin=Origin.SYSTEM,
    )
    # One answer for each period: what corrected figures replaced does not count twice.
    periods: dict[int, str] = {}
    for year, proposal in seen.order_by("target__year", "pk").values_list(
        "target__year", "proposal"
    ):
        periods[year] = proposal
    last = [periods[year] for year in sorted(periods)][-RED_PERIODS:]
    if last != [ProposalState.HOLD_MISSED_ACTION] * RED_PERIODS:
        message = _(
            "A target may not be easier than the one in force (%(value)s), unless it was missed "
            "for certain in the last two periods."
        )
        raise ValidationError({"value": message % {"value": _plain(holding)}})
    if abs(value - holding) > LOWERED_BY:
        raise ValidationError({"value": _("A target may be made easier by 3 at most.")})


def coverage_check(target: Target) -> None:
    """The gate before a form is submitted: nothing that is required may be left out."""
    if not needs_coverage(target.place, target.project):
        return
    found = coverage_of(target.place, target.year, target.project)
    if found.lacking:
        names = ", ".join(str(level) for level in found.lacking)
        message = _("The form lacks a target in figures for: %(names)s.") % {"names": names}
        raise ValidationError(message, code="coverage")


def weights_check(target: Target) -> None:
    """The gate before a form is submitted: the points it gives, if any, add up block by block."""
    scheme = scheme_on(SchemeCode.SELF, date(target.year, 12, 31))
    weights = weights_on_their_way(target.place, target.year, target.project)
    if not weights:
        return
    texts = [
        _("%(name)s %(sum)s (must be %(points)s)")
        % {"name": block.name, "sum": found, "points": block.points}
        for block, found in scheme.misfits(weights)
    ]
    if texts:
        message = _("The points of the form do not add up: %(sums)s.") % {
            "sums": _(", ").join(texts)
        }
        raise ValidationError(message, code="weights")


def value_check(indicator: str, variant: str, year: int, wish: Wish) -> None:
    try:
        known = definition(indicator)
        unit = known.unit_of(variant)
    except KeyError as error:
        raise ValidationError({"indicator": _("There is no such indicator.")}) from error
    if wish.weight is not None:
        scheme = scheme_on(SchemeCode.SELF, date(year, 12, 31))
        if variant != "main" or not scheme.takes(indicator, date(year, 12, 31)):
            raise ValidationError({"weight": _("This indicator has no points of its own.")})
        if not 0 <= wish.weight <= FULL:
            raise ValidationError({"weight": _("Points lie between 0 and 100.")})
    operator = wish.operator or natural_operator(indicator, variant)
    if operator == Operator.TEXT:
        if wish.value is not None or not wish.wording.strip():
            raise ValidationError({"value": _("A qualitative target is written in words.")})
        return
    if wish.value is None:
        raise ValidationError({"value": _("Please enter a number.")})
    opposite = Operator.GE if natural_operator(indicator, variant) == Operator.LE else Operator.LE
    if operator == opposite:
        message = (
            _("Less is better here: ≤, = or a range.")
            if opposite == Operator.GE
            else _("More is better here: ≥, = or a range.")
        )
        raise ValidationError({"operator": message})
    if (operator == Operator.RANGE) != (wish.upper is not None):
        raise ValidationError({"value": _("A range has two ends, like 10–15.")})
    if wish.upper is not None and wish.upper < wish.value:
        raise ValidationError({"value": _("The first end of a range is the lower one.")})
    for number in (wish.value, wish.upper):
        if number is not None and (number < 0 or (unit == "%" and number > MAX_PERCENT)):
            raise ValidationError({"value": _("A percentage lies between 0 and 100.")})


def _is_laxer(indicator: str, variant: str, value: Decimal, holding: Decimal) -> bool:
    down = definition(indicator).direction_of(variant) == Direction.DOWN
    return value > holding if down else value < holding


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
