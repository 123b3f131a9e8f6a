"""A figure in words: its formula with the numbers put in, and what it was made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.complaints.figure_cases import PARTS
from feedback.complaints.opened_figure import part_name
from feedback.complaints.states import Channel
from feedback.indicators.definitions import Method, definition
from feedback.indicators.figures.targets import REQUIRED
from feedback.indicators.models import Measurement
from feedback.indicators.queries import unit_label
from feedback.indicators.scoring import shown
from feedback.indicators.states import Group
from portal.places.models import Place

#: Money is kept in 元 and read in 万元.
_ANSWERS = frozenset({"counts", "modes"})
_MONEY = frozenset({"I06", "I08", "I09"})
_AMOUNTS = frozenset(
    {"budget", "contract", "spent", "received", "investment", "numerator", "denominator"}
)


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


def with_numbers(row: Measurement) -> str:
    """`48 ÷ 60 × 100 = 80.00 %`, or nothing where nothing was divided."""
    if row.numerator is None or row.denominator is None or row.value is None:
        return ""
    method = row.definition.variant(row.variant).method
    factors = {Method.INDEX: " × 20", Method.AFTER_RATE: "", Method.RATE: " × 1000"}
    factor = factors.get(method, " × 100")
    top, bottom = _number(row, row.numerator), _number(row, row.denominator)
    if method == Method.GAP:
        budget, contract = Decimal(row.inputs["budget"]), Decimal(row.inputs["contract"])
        top = f"|{_number(row, budget)} − {_number(row, contract)}|"
    elif method == Method.REDUCTION:
        top = f"({bottom} − {_number(row, row.denominator - row.numerator)})"
    return f"{top} ÷ {bottom}{factor} = {shown(row.value)} {unit_label(row.unit)}"


def _number(row: Measurement, number: Decimal) -> str:
    if row.indicator in _MONEY:
        return _money(number)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"


def facts(row: Measurement, *, everything: bool = True) -> list[Fact]:
    """The inputs, one a line. Without `everything`, not how many gave each answer: the pages of
    results tell that, as far as it is public."""
    known = (*PARTS.get(row.indicator, ()), *_names(row.indicator))
    order = {key: number for number, key in reversed(list(enumerate(known)))}
    found: list[Fact] = []
    # A database may keep the keys in another order.
    for key in sorted(row.inputs, key=lambda key: order.get(key, len(known))):
        if everything or key not in _ANSWERS:
            found += _fact(key, row)
    missing = [one for one in row.inputs.get("required", ()) if one not in row.inputs["public"]]
    if missing:
        found.insert(0, Fact(_("Of these not public"), "; ".join(missing)))
    return found


def interval(row: Measurement) -> str:
    """How the 95 % interval of `row` comes about, with its numbers (domain.md §6); empty where
    everything was counted."""
    if row.low is None or row.high is None or row.value is None:
        return ""
    method, inputs = row.definition.variant(row.variant).method, row.inputs
    is_sample = method in {Method.SAMPLE, Method.STRATA, Method.INDEX}
    if is_sample and row.n and row.n == row.population:
        return _("Everybody answered: there is no error of sampling. Bias there may be.")
    if row.low == row.high:
        return ""
    if method == Method.SAMPLE or (method == Method.STRATA and "total" not in inputs):
        n, population = row.n or 0, row.population or 0
        return _(
            "Wilson’s interval for a finite population; effective sample "
            "n × (N − 1) ÷ (N − n) = %(n)s × %(less)s ÷ %(rest)s = %(effective)s"
        ) % {
            "n": n,
            "less": population - 1,
            "rest": population - n,
            "effective": f"{n * (population - 1) / (population - n):.2f}",
        }
    if is_sample:
        error = f"{shown((row.high - row.low) / 2 / Decimal('1.96'), 3)}"
        return _(
            "Value ± 1.96 × standard error (%(error)s), each community weighted by its "
            "households, with its finite population"
        ) % {"error": error}
    if method == Method.REDUCTION:
        return _("Ratio of the rates × exp(±1.96 × √(1 ÷ %(before)s + 1 ÷ %(after)s))") % {
            side: _not_zero(inputs, side) for side in ("before", "after")
        }
    if method in {Method.RATE, Method.AFTER_RATE}:
        return _("Value × exp(±1.96 ÷ √%(events)s)") % {"events": row.n}
    return ""


def _not_zero(inputs: Mapping[str, Any], side: str) -> str:
    """§6.2.6: half an event is added to both where one has none."""
    events = inputs[side]["events"]
    has_none = not all(inputs[one]["events"] for one in ("before", "after"))
    return f"{events + 0.5}" if has_none else f"{events}"


@dataclass(frozen=True)
class StratumLine:
    """One community of a county: `counted` satisfied answers, or the mean of the scale."""

    code: str
    name: str
    households: int
    answers: int
    counted: str
    #: Its own figure, where it is among the parts.
    measurement: int | None


def strata(row: Measurement, parts: Sequence[Measurement] = ()) -> list[StratumLine]:
    """The communities a county's figure is made of. One query; empty for other figures."""
    found = row.inputs.get("strata", [])
    own = {part.place.code: part.pk for part in parts if part.place}
    places = Place.objects.in_bulk([item[0] for item in found], field_name="code")
    return [
        StratumLine(
            code=code,
            name=places[code].label if code in places else code,
            households=households,
            answers=answers,
            counted=counted[0] if isinstance(counted, list) else str(counted),
            measurement=own.get(code),
        )
        for code, households, answers, counted in found
    ]


def _fact(key: str, row: Measurement) -> list[Fact]:
    value, indicator = row.inputs[key], row.indicator
    if key == "done" and not value:
        return [Fact(_names(row.indicator)[key], _("Not by then"))]
    if key in {"total", "strata"} or value is None or value == []:
        return []
    is_part = key in PARTS.get(indicator, ())
    name = part_name(indicator, key) if is_part else _names(row.indicator).get(key, key)
    return [Fact(name, _text(key, value, indicator))]


def _names(indicator: str) -> dict[str, str]:
    """What the inputs are called, in the order in which they are read."""
    names = {
        "counts": _("Answers"),
        "modes": _("Entered by residents / by staff (answers, satisfied)"),
        "households": _("Households"),
        "occupied": _("Occupied households"),
        "valid": _("Valid answers"),
        "returned": _("Answers returned"),
        "issued": _("Invitations issued"),
        "counties": _("Counties"),
        "rest": _("Put together because of fewer than two answers"),
        "left_out": _("Left out because of a data error"),
        "total": _("Sums handed to the level above"),
        "numerator": _("Sum of the numerators"),
        "denominator": _("Sum of the denominators"),
        "n": "",
        "population": "",
        "children": _("Added up from"),
        "own": _("Its own"),
        "budget": _("Budget"),
        "contract": _("Contracts"),
        "spent": _("Spent"),
        "received": pgettext("funds", "Received"),
        "investment": _("Planned investment"),
        "area": _("Floor area (㎡)"),
        "beneficiaries": _("Beneficiary households"),
        "a_year_before": _("A year before"),
        "waiting": _("Of completed works, not accepted yet"),
        "covered_before": _("Property management before the works"),
        "newly": _("Newly taken over"),
        "groups": _("With a target"),
        "lacking": _("Without a target"),
        "completed": _("Completed on"),
        "deadline": _("Due on"),
        "done": pgettext("works", "Done on"),
        "covered": _("Taken over"),
        "channels": _("Channels compared"),
        "before": _("Before the works"),
        "after": _("After the works"),
        "communities": _("Communities compared"),
        "required": _("Notices due"),
        "public": _("Of these public"),
        "late": _("Of these late"),
        "ended": _("Notices whose publicity ended"),
        "early": _("Of these cut short"),
        "plan": _("Final plan made public"),
        "control": _("Communities without works, before / after"),
        "household_months": _("Household-months"),
        "serving": _("Supervisors in each month"),
        "visits": _("Visits in each month"),
    }
    summed = {
        Group.SURVEYS: (_("Sum of the answers"), _("Sum of those asked")),
        Group.COMPLAINTS: (_("Sum of the cases counted"), _("Sum of all cases")),
    }
    counted, out_of = summed.get(
        definition(indicator).group, (_("Sum of what counts"), _("Sum of all"))
    )
    return names | {"n": counted, "population": out_of}


def _answers(counts: Mapping[str, int]) -> str:
    """How many gave each answer, in the order of the question; a step of a scale is its own
    name."""
    names = {
        "AGREE": _("Agree"),
        "CONDITIONAL": _("Agree on conditions"),
        "DISAGREE": _("Disagree"),
        "UNDECIDED": _("Rather not say yet"),
    }
    order = [*names, *sorted(set(counts) - set(names))]
    return ", ".join(f"{names.get(code, code)}: {counts[code]}" for code in order if code in counts)


def _sums(value: Mapping[str, Any]) -> str:
    """What the place did itself: numerator ÷ denominator."""
    return f"{value['numerator']} ÷ {value['denominator']}"


def _money(value: Any) -> str:
    """元 as 万元."""
    return _("%(amount)s ten thousand yuan") % {"amount": f"{Decimal(str(value)) / 10_000:,.2f}"}


def _text(key: str, value: Any, indicator: str = "") -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if indicator in _MONEY and key in _AMOUNTS:
        return _money(value)
    if key in {"groups", "lacking"}:
        names = {level.zh: str(level) for level in REQUIRED}
        return _(", ").join(names.get(name, name) for name in value)
    if key == "channels":
        return _(", ").join(str(Channel(code).label) for code in value)
    if key == "modes":
        names = {"self": _("By residents"), "staff": _("By staff")}
        return ", ".join(f"{names[mode]}: {_plain(found)}" for mode, found in value.items())
    if key == "own":
        return _sums(value)
    if key in {"before", "after"}:
        return _("%(months)s: %(events)s events in %(households)s household-months") % {
            "months": f"{value['months'][0]}…{value['months'][-1]}",
            "events": value["events"],
            "households": value["household_months"],
        }
    if key == "control":
        return " / ".join(_text(side, value[side]) for side in ("before", "after"))
    if key == "counties":
        return "; ".join(
            f"{code}: {sums['weighted']} ÷ {sums['population']}" for code, sums in value
        )
    if key == "counts":
        return _answers(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(count)}" for name, count in value.items())
    if isinstance(value, list):
        return "; ".join(_plain(item) for item in value)
    return str(value)


def _plain(value: Any) -> str:
    return " / ".join(str(part) for part in value) if isinstance(value, list) else str(value)
