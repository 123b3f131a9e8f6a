"""What sort of place each community is: drawn once, so that its surveys, complaints and figures
tell one story. A community whose roofs leak complains more and is less content."""

from dataclasses import dataclass
from random import Random

from portal.demo.register import Community, Register

#: Share of the complaints that remains after the works, by county (city-wide about two thirds).
AFTER_WORKS = {"140213": 0.63, "140214": 0.78, "140226": 0.70}
#: Communities whose wave of 2021 found too few answers to say anything.
SILENT_SHARE = 0.05


@dataclass(frozen=True)
class Profile:
    consent: float  # share that agrees to the renovation
    coverage: float  # share of households that answered the intention survey
    satisfied: float  # share of 4 and 5 after the works
    returned: float  # share of households that answered in 2021
    returned_now: float  # share that has answered the running wave so far
    drift: float  # how much contentment moved since
    burden: float  # complaints, against the average of 1
    after: float  # complaints after the works, against before
    staff_entry: float  # share of answers that staff took down


def profiles_draw(register: Register, rng: Random) -> dict[str, Profile]:
    """Community code → profile."""
    return {community.code: _draw(community, rng) for community in register.communities}


def _draw(community: Community, rng: Random) -> Profile:
    quality = rng.betavariate(5, 4)  # 0 poor … 1 good, mostly in the middle
    silent = rng.random() < SILENT_SHARE
    county = community.draft.county.code
    return Profile(
        consent=min(0.97, 0.78 + 0.18 * quality + rng.uniform(-0.05, 0.05)),
        coverage=min(0.95, 0.62 + 0.28 * rng.betavariate(3, 2)),
        satisfied=min(0.93, 0.70 + 0.22 * quality + rng.uniform(-0.03, 0.03)),
        returned=rng.uniform(0.07, 0.16) if silent else 0.27 + 0.5 * rng.betavariate(2, 2),
        returned_now=rng.uniform(0.04, 0.15) if silent else 0.18 + 0.36 * rng.betavariate(2, 2),
        drift=rng.uniform(-0.04, 0.05),
        burden=1.6 - 1.1 * quality + rng.uniform(-0.15, 0.15),
        after=AFTER_WORKS[county] * (1.25 - 0.45 * quality),
        staff_entry=rng.uniform(0.12, 0.45),
    )
