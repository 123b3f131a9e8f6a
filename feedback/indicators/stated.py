"""What the evaluation report states, beside what we compute (domain.md §1)."""

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language

from feedback.indicators.definitions import Text, definition
from feedback.indicators.hidden import hidden_results, not_shown
from feedback.indicators.models import Measurement
from feedback.indicators.queries import unit_label
from feedback.indicators.recorded import recorded
from feedback.indicators.scoring import shown
from feedback.indicators.suppression import SENSITIVE
from portal.places.models import Place
from portal.projects.models import StatedFigure


@dataclass(frozen=True)
class Pair:
    """A stated figure and ours. `ours` is empty for what is a record only.

    A stated one `in_words` is quoted in Chinese.
    """

    name: str
    stated: str
    ours: str
    note: str
    differs: bool
    in_words: bool
    #: The page of ours, for who may open it.
    measurement: int | None


@dataclass(frozen=True)
class PlacePairs:
    place: Place
    source: str
    pairs: list[Pair]


def compared(seen: Container[int] = ()) -> list[PlacePairs]:
    """By place, from the city down. As many queries as there are kinds of figures, not places.

    Of a place whose key is not among `seen`, ours are told as far as they are public.
    """
    rows = list(
        StatedFigure.objects.select_related("place").order_by("place__path", "stated_date", "pk")
    )
    ours = _measured([row for row in rows if row.indicator], seen)
    groups: dict[int, list[StatedFigure]] = defaultdict(list)
    for row in rows:
        groups[row.place_id].append(row)
    return [
        PlacePairs(found[0].place, found[0].source_zh, [_pair(row, ours) for row in found])
        for found in groups.values()
    ]


def _pair(row: StatedFigure, ours: dict[int, Measurement]) -> Pair:
    mine = ours.get(row.pk)
    value = shown(mine.value) if mine else None
    unit = unit_label(mine.unit) if mine else row.unit_label
    kept = None if row.indicator else recorded(row)
    if isinstance(kept, Decimal):
        value = kept
    english = get_language() == "en"
    name = row.name_en if english else row.name_zh
    if mine:
        known = definition(mine.indicator)
        variant = known.variant(mine.variant)
        name += f" · {mine.indicator}" + ("" if mine.variant == "main" else f" ({variant.name})")
    return Pair(
        name=name,
        stated=row.text or f"{_plain(row.value)} {row.unit_label}".strip(),
        ours=not_shown()
        if mine and mine.value is None
        else _ours(kept, value, unit, is_indicator=mine is not None),
        note=row.note,
        differs=(value is not None and row.value is not None and value != row.value)
        or (isinstance(kept, Text) and kept.zh != row.text),
        in_words=bool(row.text),
        measurement=mine.pk if mine else None,
    )


def _ours(
    kept: Decimal | Text | None, value: Decimal | None, unit: str, *, is_indicator: bool
) -> str:
    if isinstance(kept, Text):
        return str(kept)
    if value is None:
        return ""
    return f"{value if is_indicator else _plain(value)} {unit}".strip()


def _measured(rows: list[StatedFigure], seen: Container[int]) -> dict[int, Measurement]:
    """Stated figure pk → our figure of the last period that was over by its date, or of the
    period it lies in. Its value is None where it is not told."""
    found: dict[int, Measurement] = {}
    candidates = (
        Measurement.objects.latest_revisions()
        .settled()
        .not_withdrawn()
        .filter(
            place__in={row.place_id for row in rows},
            indicator__in={row.indicator for row in rows},
        )
        .order_by("period_end", "pk")
        .select_related("place")
        .defer("inputs")
    )
    for mine in candidates:
        for row in rows:
            same = (mine.place_id, mine.indicator, mine.variant) == (
                row.place_id,
                row.indicator,
                row.variant or "main",
            )
            if same and mine.period_start <= row.stated_date and mine.value is not None:
                found[row.pk] = mine
    public = [mine for mine in found.values() if mine.place_id not in seen]
    hidden = hidden_results([mine for mine in public if mine.indicator in SENSITIVE]).values
    for mine in public:
        if mine.pk in hidden:
            mine.value = None
    return found


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    whole = value == value.to_integral_value()
    return f"{value:,.0f}" if whole else f"{value:,.2f}"
