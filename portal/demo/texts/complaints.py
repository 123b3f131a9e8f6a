"""Complaint texts that fit the community, the building and the home they speak of."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.demo.register import Community
from portal.demo.texts import common_complaints, other_complaints
from portal.places.models import Building, Household

WORDINGS: dict[str, list[str]] = {**common_complaints.WORDINGS, **other_complaints.WORDINGS}

TOP_FLOOR = ("顶楼", "顶层", "屋面", "屋顶", "顶棚")
GROUND_FLOOR = ("一楼", "单元门口积水")
#: What nobody would write before the works have begun.
OF_THE_WORKS = (
    "改造",
    "施工",
    "保修",
    "新做",
    "新铺",
    "改了",
    "改管",
    "换了水管",
    "防水去年",
    "拆下来",
)


@dataclass(frozen=True)
class ComplaintText:
    text: str
    building: Building
    household: Household


def wordings(category: str, *, before_works: bool) -> list[str]:
    if not before_works:
        return WORDINGS[category]
    return [w for w in WORDINGS[category] if not any(word in w for word in OF_THE_WORKS)]


def complaint_text(
    category: str, community: Community, day: date, rng: Random, *, before_works: bool = False
) -> ComplaintText:
    """A text of `category` as filed on `day` by somebody who lives in `community`."""
    wording = rng.choice(wordings(category, before_works=before_works))
    index = rng.randrange(len(community.buildings))
    household = _home(community, index, wording, rng)
    building = community.buildings[index]
    event = day - timedelta(days=rng.randint(1, 6))
    text = wording.format(
        b=building.name,
        u=household.unit,
        r=household.room,
        f=rng.randint(3, max(3, building.floors or 3)),
        n=rng.randint(4, 12),
        d=rng.randint(2, 9),
        t=f"{event.month}月{event.day}日",
        c=community.place.name,
    )
    return ComplaintText(text, building, household)


def _home(community: Community, building: int, wording: str, rng: Random) -> Household:
    """A home of the building; on the top or ground floor where the wording says so."""
    start = sum(len(b.homes) for b in community.draft.buildings[:building])
    draft = community.draft.buildings[building]
    homes = list(range(start, start + len(draft.homes)))
    if any(word in wording for word in TOP_FLOOR):
        homes = [i for i in homes if draft.homes[i - start].floor == draft.floors]
    elif any(word in wording for word in GROUND_FLOOR):
        homes = [i for i in homes if draft.homes[i - start].floor == 1] or homes
    return community.households[rng.choice(homes)]
