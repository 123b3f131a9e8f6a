"""Complaints read as somebody of Datong would write them, and none of them reads like the next."""

from collections import Counter
from datetime import date

import pytest

from portal.demo import plan
from portal.demo.blueprint import register_blueprint
from portal.demo.register import Community
from portal.demo.rng import rng_for
from portal.demo.texts.complaints import WORDINGS, complaint_text, wordings
from portal.demo.texts.notice_bodies import BODIES, TITLES, notice_body
from portal.places.models import Building, Household, Place

COMMONEST = ["C10", "C12", "C14", "C17", "C20"]
CATEGORIES = [f"C{number:02d}" for number in range(1, 30)]
BLANKS = {
    *("place", "county", "communities", "buildings", "households", "area", "phone", "company"),
    *("quarter", "paid", "survey", "contract", "start", "end", "event", "event_end"),
}
RATED = [f"C{number}" for number in range(10, 27)]


@pytest.fixture(scope="module")
def community() -> Community:
    """A community on paper: texts need no database."""
    draft = register_blueprint(plan.SMALL, rng_for(1, "register"))[0]
    place = Place(name=draft.name, code=draft.code)
    buildings = [Building(name=b.name, units=b.units, floors=b.floors) for b in draft.buildings]
    homes = [
        Household(building=building, unit=home.unit, room=home.room)
        for building, b in zip(buildings, draft.buildings, strict=True)
        for home in b.homes
    ]
    return Community(draft, place, place, buildings, homes)


def test_every_category_has_three_wordings_and_the_commonest_twenty() -> None:
    assert sorted(WORDINGS) == CATEGORIES
    assert all(len(set(texts)) >= 3 for texts in WORDINGS.values())
    assert all(len(set(WORDINGS[code])) >= 20 for code in COMMONEST)


def test_no_wording_stands_in_two_categories() -> None:
    every = [text for texts in WORDINGS.values() for text in texts]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("category", RATED)
def test_nobody_speaks_of_the_works_before_they_begin(category: str) -> None:
    before = wordings(category, before_works=True)
    assert len(before) >= (10 if category in COMMONEST else 2)
    assert not any("施工" in text or "改造" in text for text in before)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_blank_is_filled_with_facts_of_the_home(community: Community, category: str) -> None:
    rng = rng_for(7, category)
    for _ in range(60):
        made = complaint_text(category, community, date(2026, 7, 12), rng)
        assert "{" not in made.text and "}" not in made.text
        assert made.household.building is made.building
        if made.building.name in made.text and f"单元{made.household.room}" in made.text:
            assert f"{made.household.unit}单元" in made.text


def test_a_roof_leaks_on_the_top_floor(community: Community) -> None:
    rng = rng_for(7, "roof")
    for _ in range(80):
        made = complaint_text("C10", community, date(2026, 7, 12), rng)
        if "顶层" in made.text or "屋顶" in made.text:
            assert made.household.room.startswith(str(made.building.floors))


def test_texts_hardly_repeat_even_in_one_community(community: Community) -> None:
    rng = rng_for(7, "many")
    texts = Counter(
        complaint_text(code, community, date(2026, 7, 1 + day), rng).text
        for code in CATEGORIES
        for day in range(28)
    )
    assert max(texts.values()) <= sum(texts.values()) * 0.01


def test_notices_have_headings_and_paragraphs() -> None:
    assert sorted(BODIES) == sorted(TITLES)
    facts = dict.fromkeys(BLANKS, "某")
    for code in BODIES:
        kinds = [kind for kind, _text in notice_body(code, **facts)]
        assert kinds[0] == "paragraph"
        assert kinds.count("heading") >= 2
        assert kinds.count("paragraph") >= 3
        assert "{" not in TITLES[code].format(**facts)
