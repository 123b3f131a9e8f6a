"""How many complaints there were where, when, about what and through which channel."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from feedback.complaints.states import ASSISTED, Channel
from portal.common.periods import add_months, month_start, months_between
from portal.common.workdays import is_workday
from portal.demo.clock import at
from portal.demo.profiles import Profile
from portal.demo.register import Community, Register

#: The record: twelve full months before the works, the works, twelve months from the second month
#: after them (domain.md §6.2.1).
BEFORE = (date(2019, 9, 1), date(2020, 8, 31))
WORKS = (date(2020, 9, 14), date(2021, 7, 31))
AFTER = (date(2021, 8, 1), date(2022, 7, 31))

#: Events a year and 1,000 households of a community of average burden.
RATE, RATE_WORKS, RATE_NOW = 68.0, 56.0, 60.0
#: Sets X and A.
RATE_OF_WORKS, RATE_WARRANTY = 48.0, 4.0

SHARES: dict[str, float] = {
    "C10": 13,
    "C11": 6,
    "C12": 14,
    "C13": 5,
    "C14": 15,
    "C15": 1,
    "C16": 4,
    "C17": 12,
    "C18": 7,
    "C19": 4,
    "C20": 11,
    "C21": 3,
    "C22": 7,
    "C23": 1,
    "C24": 2,
    "C25": 3,
    "C26": 6,
}
WORKS_SHARES: dict[str, float] = {
    "C01": 22,
    "C02": 16,
    "C03": 14,
    "C04": 4,
    "C05": 13,
    "C06": 10,
    "C07": 6,
    "C08": 5,
    "C09": 3,
    "C27": 5,
    "C28": 2,
}
#: Month → how much more than usual; a month not named counts as `other`.
SEASONS: dict[str, tuple[dict[int, float], float]] = {
    "C14": ({10: 0.6, 11: 2.8, 12: 2.6, 1: 2.6, 2: 1.9, 3: 1.2, 4: 0.3}, 0.0),
    "C10": ({3: 1.1, 6: 1.6, 7: 2.4, 8: 2.5, 9: 1.6}, 0.35),
    "C11": ({3: 1.1, 6: 1.4, 7: 1.9, 8: 1.9, 9: 1.4}, 0.6),
    "C17": ({3: 1.5, 7: 1.9, 8: 1.9, 9: 1.3}, 0.65),
    "C21": ({4: 1.6, 5: 1.8, 6: 1.6, 7: 1.3, 8: 1.2, 9: 1.0}, 0.4),
}
RECORD_CHANNELS = {Channel.HOTLINE: 52.0, Channel.LEDGER: 38.0, Channel.PETITION: 10.0}
CHANNELS_NOW = {
    Channel.PORTAL: 26.0,
    Channel.HOTLINE: 38.0,
    Channel.PHONE: 6.0,
    Channel.COUNTER: 3.0,
    Channel.DOORSTEP: 2.0,
    Channel.LEDGER: 21.0,
    Channel.PETITION: 4.0,
}
#: What the first community of each county heard lately, so that its clerk has work in every state.
LATELY = ["C14", "C12", "C10", "C20", "C17", "C18", "C22", "C26", "C11", "C12", "C14", "C29"]
REPEATED = 0.05  # filed a second time by the same household within the month


@dataclass(frozen=True)
class Filing:
    community: Community
    category: str
    filed_at: datetime
    channel: Channel
    before_works: bool = False
    repeated: bool = False  # the household files again, before it is solved


def record_filings(
    register: Register, profiles: dict[str, Profile], rng: Random
) -> Iterator[Filing]:
    """What the imported ledgers hold of 2019–2022."""
    for community in register.communities:
        profile = profiles[community.code]
        draw = _Draw(community, RECORD_CHANNELS, rng)
        yield from draw.months(SHARES, RATE * profile.burden, *BEFORE, before_works=True)
        yield from draw.months(SHARES, RATE_WORKS * profile.burden, *WORKS)
        yield from draw.months(WORKS_SHARES, RATE_OF_WORKS, *WORKS)
        yield from draw.months(SHARES, RATE * profile.burden * profile.after, *AFTER)
        yield from draw.months({"C29": 1.0}, RATE_WARRANTY, *AFTER)


def running_filings(
    register: Register, profiles: dict[str, Profile], as_of: date, rng: Random
) -> Iterator[Filing]:
    """Thirteen full months and the running one up to the day before `as_of`, all channels."""
    first, last = add_months(month_start(as_of), -13), as_of - timedelta(days=1)
    for community in register.communities:
        profile = profiles[community.code]
        draw = _Draw(community, CHANNELS_NOW, rng)
        yield from draw.months(SHARES, RATE_NOW * profile.burden, first, last)
        yield from draw.months({"C29": 1.0}, RATE_WARRANTY, first, last)
    for county in register.counties:
        community = register.in_county(county)[0]
        draw = _Draw(community, {Channel.PORTAL: 70.0, Channel.HOTLINE: 30.0}, rng)
        for age, category in enumerate(LATELY):
            day = last - timedelta(days=age)
            yield draw.filing({category: 1.0}, day, day)


@dataclass
class _Draw:
    community: Community
    channels: dict[Channel, float]
    rng: Random

    def months(
        self,
        shares: dict[str, float],
        rate: float,
        first: date,
        last: date,
        *,
        before_works: bool = False,
    ) -> Iterator[Filing]:
        households = self.community.draft.households
        whole = sum(shares.values())
        for month in months_between(first, last):
            start, end = max(first, month), min(last, add_months(month, 1) - timedelta(days=1))
            weights = {code: share * _season(code, month.month) for code, share in shares.items()}
            part = ((end - start).days + 1) / 30.4
            expected = rate * households / 12_000 * sum(weights.values()) / whole * part
            for _ in range(_poisson(expected, self.rng)):
                yield self.filing(weights, start, end, before_works=before_works)

    def filing(
        self, weights: dict[str, float], start: date, end: date, *, before_works: bool = False
    ) -> Filing:
        rng = self.rng
        category = rng.choices(list(weights), list(weights.values()))[0]
        channel = rng.choices(list(self.channels), list(self.channels.values()))[0]
        day = start + timedelta(days=rng.randint(0, (end - start).days))
        return Filing(
            community=self.community,
            category=category,
            filed_at=_moment(day, channel, rng),
            channel=channel,
            before_works=before_works,
            repeated=rng.random() < REPEATED,
        )


def _season(category: str, month: int) -> float:
    months, other = SEASONS.get(category, ({}, 1.0))
    return months.get(month, other)


def _moment(day: date, channel: Channel, rng: Random) -> datetime:
    """Office hours where staff took it down, any waking hour elsewhere."""
    if channel in (*ASSISTED, Channel.LEDGER, Channel.PETITION):
        first = month_start(day)
        while not is_workday(day) and day > first:
            day -= timedelta(days=1)
        return at(day, rng.randint(9, 16), rng.randint(0, 59))
    return at(day, rng.choices(range(7, 23), HOURS)[0], rng.randint(0, 59))


#: How often somebody files at 7, 8, … 22 o'clock.
HOURS = [3, 6, 8, 8, 6, 5, 4, 5, 6, 6, 6, 7, 9, 9, 7, 4]


def _poisson(expected: float, rng: Random) -> int:
    limit, count, product = math.exp(-expected), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
