from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from feedback.indicators.queries import PublicFigure
from portal.pages.figures import figures_of, promises_of
from portal.places.models import Place

TODAY = date(2026, 11, 23)
PLACE = Place(code="PC001")


def _figure(code: str = "I38", **fields: Any) -> PublicFigure:
    given: dict[str, Any] = {
        "code": code,
        "name": "居民满意度",
        "value": Decimal("80.00"),
        "unit": "%",
        "low": Decimal("70.10"),
        "high": Decimal("87.22"),
        "n": 60,
        "population": 220,
        "status": "OK",
        "note": "",
        "as_of": date(2026, 6, 30),
        "target": Decimal("90.00"),
        "attainment": Decimal("88.89"),
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 6, 30),
        "pk": 1,
    }
    return PublicFigure(**(given | fields))


def _card(**fields: Any) -> Any:
    return figures_of(PLACE, [_figure(**fields)], (fields.get("code", "I38"),), TODAY).cards[0]


def test_a_card_says_what_the_figure_rests_on() -> None:
    card = _card()
    assert (card.value, card.unit) == ("80.00", "%")
    assert card.note == "共220户，60户作答。"
    assert "70.10 %" in card.meta
    assert "87.22 %" in card.meta


@pytest.mark.parametrize(
    ("attainment", "tag", "tone"),
    [("88.89", "未达标", "bad"), ("100.00", "已达标", "good"), ("120.00", "已达标", "good")],
)
def test_a_card_says_whether_the_target_is_reached(attainment: str, tag: str, tone: str) -> None:
    card = _card(attainment=Decimal(attainment))
    assert (card.tag, card.tone) == (tag, tone)


@pytest.mark.parametrize(
    ("code", "period_end", "tag"),
    [
        ("I40", date(2026, 11, 23), "调查进行中"),
        ("I40", date(2026, 11, 22), "暂定"),
        ("I33", date(2026, 11, 30), "暂定"),
    ],
)
def test_what_can_still_change_is_not_judged(code: str, period_end: date, tag: str) -> None:
    running = {"status": "PROVISIONAL", "period_end": period_end, "note": "暂定"}
    card = _card(code=code, **running)
    assert (card.tag, card.tone) == (tag, "info")
    assert "暂定" not in card.note
    (promise,) = promises_of([_figure(code, **running)], TODAY)
    assert (promise.value, promise.tag) == ("80.00 %", tag)


def test_a_survey_figure_names_its_wave() -> None:
    assert _card().meta.startswith("调查时间：2026年1月1日至2026年6月30日。")
    assert "调查时间" not in _card(code="I33").meta


def test_a_figure_without_a_target_is_not_judged() -> None:
    assert _card(target=None, attainment=None).tag == ""


def test_a_figure_that_is_not_told_says_why_and_gives_no_bounds() -> None:
    card = _card(value=None, low=None, high=None, n=None, attainment=None, note="回收不足10份")
    assert card.value == ""
    assert card.note == "回收不足10份"
    assert "%" not in card.meta
    assert card.tag == ""


def test_a_census_has_no_interval() -> None:
    assert "置信" not in _card(low=Decimal("80.00"), high=Decimal("80.00")).meta
    assert "置信" in _card().meta


def test_cards_come_in_the_order_asked_for_and_missing_ones_are_left_out() -> None:
    figures = [_figure("I40", name="b"), _figure("I38", name="a"), _figure("I09", name="c")]
    shown = figures_of(PLACE, figures, ("I38", "I33", "I40"), TODAY)
    assert [card.name for card in shown.cards] == ["a", "b"]


def test_the_figures_are_never_of_a_day_to_come() -> None:
    running = _figure(as_of=date(2026, 12, 31))
    assert figures_of(PLACE, [running], ("I38",), TODAY).as_of == TODAY
    assert figures_of(PLACE, [_figure()], ("I38",), TODAY).as_of == date(2026, 6, 30)
    assert figures_of(PLACE, [], ("I38",), TODAY).as_of is None


def test_a_promise_shows_target_and_result_side_by_side() -> None:
    unknown = _figure("I33", value=None, attainment=None)
    kept, open_ = promises_of([_figure(), _figure("I39", target=None), unknown], TODAY)
    assert (kept.target, kept.value, kept.tag) == ("90.00 %", "80.00 %", "未达标")
    assert (open_.value, open_.tag) == ("–", "暂无结果")
