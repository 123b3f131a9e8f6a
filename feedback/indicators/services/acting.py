"""A target missed for certain opens a corrective action; the next period tells what it changed."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.indicators.definitions import Definition, Direction, definition
from feedback.indicators.hidden import hidden_results
from feedback.indicators.models import Measurement
from feedback.indicators.states import MEASURED
from feedback.indicators.suppression import SENSITIVE
from feedback.indicators.whole_years import by_year, last_closed_year, whole_year
from feedback.plans.models import CorrectiveAction
from feedback.plans.ranking import gap_share
from feedback.plans.services import Cause, action_open, effect_record
from feedback.plans.states import State, Trigger
from portal.places.models import Place

_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")


def action_open_for(
    row: Measurement, place: Place, known: Definition, target: Decimal, now: datetime
) -> bool:
    """Open the corrective action of a figure whose interval lies wholly beyond its target
    (domain.md §8, HOLD_MISSED_ACTION); whether it is new."""
    lower_is_better = known.direction_of(row.variant) == Direction.DOWN
    with override("zh-hans"):
        title = _("%(indicator)s missed its target") % {"indicator": known.name.zh}
    hidden = _hidden(row)
    gap = gap_share(row.value, target, lower_is_better=lower_is_better)
    evidence = {
        "indicator": row.indicator,
        "variant": row.variant,
        "value": _text(row.value),
        "low": _text(row.low),
        "high": _text(row.high),
        "target": _text(target),
        "unit": row.unit,
        "period": f"{row.period_start} – {row.period_end}",
        "inputs_hash": row.inputs_hash,
        "is_hidden": hidden,
    }
    cause = Cause(
        Trigger.INDICATOR,
        row.indicator,
        title,
        period_end=row.period_end,
        # The parts of a rank are shown: with all its digits this one would tell the value.
        gap=gap.quantize(_TENTH, ROUND_HALF_UP) if hidden else gap,
    )
    _action, is_new = action_open(place=place, cause=cause, evidence=evidence, now=now)
    return is_new


def effects_record(*, now: datetime) -> int:
    """Give every action that was done the first final figure of a period that began after it.

    Returns how many were given one. Safe to run twice.
    """
    waiting = CorrectiveAction.objects.filter(
        state__in=[State.DONE, State.CLOSED], trigger=Trigger.INDICATOR, effect={}
    )
    given = 0
    for action in waiting.select_related("place").order_by("pk").iterator(chunk_size=200):
        row = _after(action, timezone.localdate(now))
        if row is not None:
            effect = {
                "value": _text(row.value),
                "low": _text(row.low),
                "high": _text(row.high),
                "period": f"{row.period_start} – {row.period_end}",
                "inputs_hash": row.inputs_hash,
                "is_hidden": _hidden(row),
            }
            effect_record(action=action, effect=effect, now=now)
            given += 1
    return given


def _after(action: CorrectiveAction, today: date) -> Measurement | None:
    """Of what happens within months the whole year that began after it was done."""
    if action.done_at is None:
        return None
    done, is_flow = timezone.localdate(action.done_at), definition(action.trigger_code).flow
    series = Measurement.objects.series(
        action.trigger_code, action.evidence.get("variant", "main"), place=action.place_id
    )
    rows = series.countable().filter(frozen_at__isnull=False, period_start__gt=done)
    if not is_flow:
        return rows.measured().filter(value__isnull=False).first()
    until = last_closed_year(today)
    for year, months in by_year(rows.filter(period_end__year__lte=until)).items():
        whole = whole_year(months, today)
        if year > done.year and whole.status in MEASURED and whole.value is not None:
            return whole
    return None


def _hidden(row: Measurement) -> str:
    """“yes” where its value is not public, as it would tell of a smaller group beside it."""
    is_hidden = row.indicator in SENSITIVE and row.pk in hidden_results([row]).values
    return "yes" if is_hidden else ""


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number.quantize(_CENT, ROUND_HALF_UP))
