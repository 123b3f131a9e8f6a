"""The three survey waves: intention 2020-06, satisfaction 2021-12 (both closed and sealed), and the
satisfaction wave that runs on the seeding day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from feedback.surveys.models import Survey
from feedback.surveys.reach_states import Flag
from feedback.surveys.services.importing import ImportedAnswer, responses_import
from feedback.surveys.services.rebuilding import STEP
from feedback.surveys.services.sealing import survey_close, survey_seal
from feedback.surveys.services.writing import (
    invitations_record_all,
    survey_create,
    survey_publish,
)
from feedback.surveys.states import Channel
from portal.demo.answers import Home, intention_answers, satisfaction_answers
from portal.demo.clock import at
from portal.demo.profiles import Profile
from portal.demo.progress import Progress
from portal.demo.register import Register

INTENTION = (date(2020, 6, 1), date(2020, 6, 21))
SATISFACTION = (date(2021, 12, 1), date(2021, 12, 21))
#: The running wave began so long before the seeding day and ends so long after it.
RUNNING = (timedelta(days=16), timedelta(days=14))
#: Answers of the first community that come in after the figures: with the next one they are ten, so
#: that whoever tries the running wave sees its results move on.
LATE = STEP - 1
#: So many answers of such a community came from the telephone that went around.
SHARED = 12
STAFF_CHANNELS = {Channel.PAPER: 50, Channel.ASSISTED: 32, Channel.PHONE: 18}


@dataclass(frozen=True)
class Wave:
    sample: str
    slug: str
    title_zh: str
    title_en: str
    days: tuple[date, date]


INTENTION_WAVE = Wave(
    "INTENTION",
    "intention-2020",
    "2020年改造意愿调查",
    "Renovation intention survey 2020",
    INTENTION,
)
SATISFACTION_WAVE = Wave(
    "SATISFACTION",
    "satisfaction-2021",
    "2021年改造后居民满意度调查",
    "Satisfaction after the renovation 2021",
    SATISFACTION,
)


@dataclass
class WaveMaker:
    register: Register
    profiles: dict[str, Profile]
    rng: Random
    progress: Progress
    late: list[ImportedAnswer] = field(default_factory=list)

    def run(self, as_of: date, weight: float) -> None:
        """Weights are the shares of the answers; sealing has its part in the first two."""
        self._closed(INTENTION_WAVE, weight * 0.5)
        self._closed(SATISFACTION_WAVE, weight * 0.3)
        year = as_of.year
        now = Wave(
            "SATISFACTION",
            f"satisfaction-{year}",
            f"{year}年居民满意度回访调查",
            f"Satisfaction follow-up {year}",
            (as_of - RUNNING[0], as_of + RUNNING[1]),
        )
        self.running = _open(now, self.register)
        rows = list(self._rows(self.running))
        first = [r for r in rows if r.community == self.register.communities[0].place]
        self.late = first[-LATE:]
        self._store(self.running, [r for r in rows if r not in self.late], weight * 0.2)

    def bring_late(self) -> None:
        """Once the figures are made: results have not seen these yet."""
        responses_import(survey=self.running, rows=self.late)

    def _closed(self, wave: Wave, weight: float) -> None:
        survey = _open(wave, self.register)
        self._store(survey, list(self._rows(survey)), weight)
        _finish(survey, wave.days[1], self.rng)

    def _store(self, survey: Survey, rows: list[ImportedAnswer], weight: float) -> None:
        responses_import(survey=survey, rows=self.progress.track(rows, len(rows), weight))

    def _rows(self, survey: Survey) -> Iterator[ImportedAnswer]:
        for place_number, community in enumerate(self.register.communities):
            profile = self.profiles[community.code]
            share = _share(survey, profile)
            number = 0
            for household in community.households:
                if self.rng.random() >= share:
                    continue
                channel = _channel(profile, self.rng)
                home = Home(household, profile)
                number += 1
                yield ImportedAnswer(
                    community=community.place,
                    household=household,
                    answers=_answers(survey, home, channel, self.rng),
                    channel=channel,
                    signs=_signs(channel, place_number, number),
                )


def _signs(channel: Channel, place_number: int, number: int) -> tuple[str, ...]:
    """One resident in 40 is very fast; in every fifth community one telephone went around."""
    if channel != Channel.SELF:
        return ()
    if place_number % 5 == 1 and number <= SHARED:
        return (Flag.DEVICE.value,)
    return (Flag.FAST.value,) if number % 40 == 0 else ()


def _open(wave: Wave, register: Register) -> Survey:
    opens_at = at(wave.days[0], 8, 0)
    draft = survey_create(
        sample=wave.sample,
        slug=wave.slug,
        places=[register.city],
        opens_at=opens_at,
        closes_at=at(wave.days[1], 20, 0),
        title_zh=wave.title_zh,
        title_en=wave.title_en,
    )
    survey = survey_publish(survey=draft)
    invitations_record_all(survey=survey, now=opens_at)
    return survey


def _finish(survey: Survey, last: date, rng: Random) -> None:
    """Close and seal; the order is drawn from `rng`, so that it is the same for the same seed."""
    now: datetime = at(last + timedelta(days=survey.entry_days), 20, 30)
    survey_close(survey=survey, now=now)
    survey_seal(survey=survey, now=now, shuffler=rng)


def _share(survey: Survey, profile: Profile) -> float:
    if survey.kind == "INTENTION":
        return profile.coverage
    return profile.returned if survey.slug.endswith("2021") else profile.returned_now


def _channel(profile: Profile, rng: Random) -> Channel:
    if rng.random() >= profile.staff_entry:
        return Channel.SELF
    return rng.choices(list(STAFF_CHANNELS), list(STAFF_CHANNELS.values()))[0]


def _answers(survey: Survey, home: Home, channel: Channel, rng: Random) -> dict[str, object]:
    if survey.kind == "INTENTION":
        return intention_answers(home, rng, on_paper=channel == Channel.PAPER)
    satisfied = home.profile.satisfied
    if not survey.slug.endswith("2021"):
        satisfied += home.profile.drift
    # Somebody who answers to a member of staff is a little kinder.
    kinder = 0.0 if channel == Channel.SELF else 0.03
    return satisfaction_answers(min(0.97, satisfied + kinder), rng)
