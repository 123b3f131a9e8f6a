"""Notices of both layers of time: the record of 2020–2021 and what is posted these days.

Publishing costs, so the record is capped: every community has its draft plan (N04), its final
plan (N06) and the start of works (N09); the whole chain stands at the first communities of each
county.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from notices.models import NoticePage, NoticeType, NoticeVariant
from notices.services import notices_publish_many
from notices.services.bulk import NewNotice
from portal.common.periods import Period, months_between
from portal.common.workdays import add_workdays
from portal.demo import money_plan
from portal.demo.clock import at
from portal.demo.progress import Progress
from portal.demo.record import COMPLETED, CONTRACTORS, MANAGERS, STARTS
from portal.demo.register import Community, Register
from portal.demo.texts.notice_bodies import TITLES, notice_body
from portal.demo.texts.notice_fields import FIELDS
from portal.demo.waves import INTENTION, RUNNING, SATISFACTION
from portal.pages.models import CommunityPage, CountyPage
from portal.places.models import Place
from portal.projects.models import ProjectCommunity, PropertyTakeover

#: So many communities a county show the whole chain of notices.
WHOLE_CHAIN = 3
#: So many have a cut ahead, and as many had one lately.
CUTS = 6
CHUNK = 40
#: What a bulletin on complaints says: responded, resolved, satisfied, in per cent.
RATES = ("96.5", "84.2", "81.0")
#: The same for each quarter of the works.
WORKS_RATES = (
    ("88.4", "71.6", "69.5"),
    ("91.2", "74.9", "72.8"),
    ("93.0", "78.3", "75.1"),
    ("94.7", "80.6", "77.9"),
)


@dataclass(frozen=True)
class Draft:
    code: str  # of the body: type, and the kind of cut
    page: CountyPage | CommunityPage
    posted: datetime
    facts: dict[str, str]
    ends: date | None = None
    event: datetime | None = None
    event_ends: datetime | None = None
    #: Whose texts it has, where they are not those of its code.
    words: str = ""


class NoticeMaker:
    def __init__(self, register: Register, as_of: date, rng: Random, progress: Progress) -> None:
        self.register, self.as_of = register, as_of
        self.rng, self.progress = rng, progress
        self.types = {kind.code: kind for kind in NoticeType.objects.prefetch_related("fields")}
        self.variants = {v.code: v for v in NoticeVariant.objects.filter(notice_type__code="N10")}
        self.counties = {p.place_id: p for p in CountyPage.objects.select_related("place")}
        self.pages = {p.place_id: p for p in CommunityPage.objects.select_related("place")}
        members = ProjectCommunity.objects.values_list("community_id", "start_date")
        self.starts = {pk: day or STARTS[0] for pk, day in members}
        self.managed = set(PropertyTakeover.objects.values_list("community_id", flat=True))

    def publish(self, weight: float) -> int:
        drafts = [*self._county_notices(), *self._record(), *self._current()]
        drafts.sort(key=lambda d: (d.page.path, d.posted))
        notices = [self._notice(draft) for draft in drafts]
        chunks = [notices[i : i + CHUNK] for i in range(0, len(notices), CHUNK)]
        for chunk in self.progress.track(chunks, len(chunks), weight):
            notices_publish_many(new=chunk, user=None)
        return len(notices)

    def _county_notices(self) -> Iterator[Draft]:
        for code, county in self.register.counties.items():
            page = self.counties[county.pk]
            facts = self._facts(county, self.register.in_county(code))
            yield Draft("N01", page, at(date(2020, 4, 20), 9), facts)
            for name, (opens, closes) in (
                ("改造意愿调查", INTENTION),
                ("改造后满意度调查", SATISFACTION),
                ("满意度回访调查", (self.as_of - RUNNING[0], self.as_of + RUNNING[1])),
            ):
                yield Draft(
                    "N02",
                    page,
                    at(opens - timedelta(days=5), 9),
                    {**facts, "survey": name},
                    ends=closes,
                    event=at(opens, 8),
                    event_ends=at(closes, 20),
                )
            yield from self._progress(page, facts, code)
            yield from self._bulletins(page, facts)

    def _progress(self, page: CountyPage, facts: dict[str, str], code: str) -> Iterator[Draft]:
        """What the county reports every month of the works, for all of its communities."""
        _budget, contract = money_plan.BUDGETS[code]
        months = months_between(STARTS[0], COMPLETED)
        for number, month in enumerate(months, start=1):
            paid = contract * number // len(months)
            words = {
                "quarter": f"{month.year}年{month.month}月",
                "percent": str(100 * number // len(months)),
                "contract": f"{contract / 10_000:.2f}",
                "yuan": f"{contract:.2f}",
                "paid": f"{paid / 10_000:.2f}",
                "yuan_paid": f"{paid:.2f}",
            }
            posted = Period.containing("MONTH", month).end
            ends = posted + days(30)
            yield Draft("N12", page, at(posted, 16), {**facts, **words}, ends=ends)

    def _bulletins(self, page: CountyPage, facts: dict[str, str]) -> Iterator[Draft]:
        for quarter, rates in quarters_reported(self.as_of).items():
            words = f"{quarter.start.year}年第{(quarter.start.month + 2) // 3}季度"
            posted = min(add_workdays(quarter.end, 8), self.as_of - timedelta(days=1))
            spoken = dict(zip(("response", "resolution", "satisfaction"), rates, strict=True))
            yield Draft(
                "N17",
                page,
                at(posted, 10),
                {**facts, **spoken, "quarter": words},
                ends=posted + days(30),
            )
        decided = date(self.as_of.year, 1, 12)
        if decided + days(10) >= self.as_of:
            decided = date(self.as_of.year - 1, 1, 12)
        yield Draft(
            "N18",
            page,
            at(decided + days(7), 10),
            facts,
            ends=decided + days(40),
            event=at(decided, 9),
        )

    def _record(self) -> Iterator[Draft]:
        for code in self.register.counties:
            for index, community in enumerate(self.register.in_county(code)):
                page, facts = self.pages[community.place.pk], self._facts_of(community)
                start = self.starts[community.place.pk]
                yield Draft("N04", page, at(date(2020, 7, 6), 9), facts)
                if index < WHOLE_CHAIN:
                    yield from self._chain(page, facts, start)
                yield Draft("N06", page, at(date(2020, 8, 3 + index % 5), 10), facts)
                yield Draft(
                    "N09",
                    page,
                    at(start - days(12), 9),
                    facts,
                    ends=COMPLETED,
                    event=at(start, 8),
                    event_ends=at(COMPLETED, 18),
                )

    def _chain(self, page: CommunityPage, facts: dict[str, str], start: date) -> Iterator[Draft]:
        closed = add_workdays(date(2020, 7, 6), 7)
        yield Draft(
            "N05",
            page,
            at(date(2020, 7, 23), 10),
            facts,
            ends=date(2020, 8, 2),
            event=at(closed, 18),
        )
        yield Draft("N08", page, at(start - days(20), 10), facts)
        for month, share, words in (
            (date(2020, 11, 30), 38, "2020年11月"),
            (date(2021, 4, 30), 71, "2021年4月"),
        ):
            contract = float(facts["contract"])
            paid = {
                "quarter": words,
                "percent": str(share),
                "paid": f"{contract * share / 100:.2f}",
                "yuan_paid": f"{contract * share * 100:.2f}",
            }
            yield Draft("N12", page, at(month, 16), {**facts, **paid}, ends=month + days(30))

    def _current(self) -> Iterator[Draft]:
        """What is posted now: cuts behind and ahead, and property companies to choose from."""
        chosen = self.rng.sample(
            self.register.communities[1:], min(2 * CUTS, len(self.register.communities) - 1)
        )
        # The first community always has a cut ahead: it is the one the demonstration shows.
        ahead = [self.register.communities[0], *chosen[: CUTS - 1]]
        for index, community in enumerate(ahead):
            yield self._cut(
                community, self.as_of + days(2 + index % 4), self.as_of - days(1 + index)
            )
        # One draft plan is open for objections (portal.demo.objections).
        first = self.register.communities[0]
        page, facts = self.pages[first.place.pk], self._facts_of(first)
        yield Draft("N04", page, at(self.as_of - days(5), 9), facts, words="N04-SECOND")
        for index, community in enumerate(chosen[CUTS - 1 :]):
            day = self.as_of - days(20 + 9 * index)
            yield self._cut(community, day, day - days(8))
        without = [c for c in chosen if c.place.pk not in self.managed][:3]
        for community in without:
            page, facts = self.pages[community.place.pk], self._facts_of(community)
            company = {"company": self.rng.choice(MANAGERS)}
            yield Draft("N16", page, at(self.as_of - days(3), 10), {**facts, **company})

    def _cut(self, community: Community, day: date, posted: date) -> Draft:
        heating = day.month in (11, 12, 1, 2, 3)
        code = "N10-HEAT" if heating and self.rng.random() < 0.5 else "N10-WATER"
        page = self.pages[community.place.pk]
        begins, ends = at(day, 9), at(day, 17)
        return Draft(
            code,
            page,
            at(posted, 9),
            self._facts_of(community),
            ends=day,
            event=begins,
            event_ends=ends,
        )

    def _notice(self, draft: Draft) -> NewNotice:
        code, _hyphen, variant = draft.code.partition("-")
        kind = self.types[code]
        place: Place = draft.page.place
        notice = NoticePage(
            notice_type=kind,
            variant=self.variants[variant] if variant else None,
            issuer=f"{draft.facts['county']}老旧小区改造领导组办公室（演示）",
            contact="社区居委会",
            contact_phone=place.phone or "0352-0000000",
            publicity_start=draft.posted.date(),
            publicity_end=draft.ends,
            event_starts_at=draft.event,
            event_ends_at=draft.event_ends,
        )
        notice.publicity_end = draft.ends or add_workdays(draft.posted.date(), 10)
        facts = {**draft.facts, **_spoken(notice)}
        notice.extra = {key: text.format(**facts) for key, text in FIELDS.get(code, {}).items()}
        words = draft.words or draft.code
        notice.title = TITLES[words].format(**facts)
        notice.body = self._body(words, facts)
        if code in {"N01", "N04", "N06", "N08", "N16"}:
            notice.objection = f"公示期内可向公示单位书面或电话反映，截至{facts['end']}。"
        return NewNotice(notice=notice, parent=draft.page, published_at=draft.posted)

    def _body(self, code: str, facts: dict[str, str]) -> str:
        return json.dumps(
            [
                {"type": kind, "value": text, "id": str(UUID(int=self.rng.getrandbits(128)))}
                for kind, text in notice_body(code, **facts)
            ]
        )

    def _facts_of(self, community: Community) -> dict[str, str]:
        county = community.county
        facts = self._facts(community.place, [community])
        _budget, contract = money_plan.BUDGETS[county.code]
        county_homes = sum(c.draft.households for c in self.register.in_county(county.code))
        share = community.draft.households / county_homes
        facts["contract"] = f"{contract * share / 10_000:.2f}"
        facts["yuan"] = f"{float(facts['contract']) * 10_000:.2f}"
        facts["county"] = county.name
        return facts

    def _facts(self, place: Place, communities: list[Community]) -> dict[str, str]:
        area = sum(h.floor_area for c in communities for h in c.households)
        return {
            "place": place.name,
            "county": place.name,
            "communities": str(len(communities)),
            "buildings": str(sum(len(c.buildings) for c in communities)),
            "households": str(sum(c.draft.households for c in communities)),
            "area": f"{area:.2f}",
            "phone": place.phone or "0352-0000000",
            "company": CONTRACTORS[len(communities) % len(CONTRACTORS)],
            "quarter": "",
            "paid": "",
            "survey": "",
            "contract": "",
            "yuan": "",
        }


def quarters_reported(as_of: date) -> dict[Period, tuple[str, str, str]]:
    """The quarters of the works and the latest one, as far as they are over, with what is said of
    each."""
    found, quarter = {}, Period.containing("QUARTER", STARTS[0])
    for rates in WORKS_RATES:
        found[quarter], quarter = rates, quarter.next()
    found[Period.containing("QUARTER", as_of).previous()] = RATES
    return {quarter: rates for quarter, rates in found.items() if quarter.end < as_of}


def _spoken(notice: NoticePage) -> dict[str, str]:
    return {
        "start": _day(notice.publicity_start),
        "end": _day(notice.publicity_end),
        "event": _moment(notice.event_starts_at),
        "event_end": _moment(notice.event_ends_at),
        "opens": _iso(notice.event_starts_at),
        "closes": _iso(notice.event_ends_at),
        "finish": _iso(notice.event_ends_at),
    }


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _iso(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _moment(moment: datetime | None) -> str:
    return f"{_day(moment.date())}{moment.hour}时" if moment else ""


def days(count: int) -> timedelta:
    return timedelta(days=count)
