"""The list of complaints opened from a figure: what its address asks, and what is said above it."""

from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.http import QueryDict
from django.utils.translation import gettext as _

from feedback.complaints.figure_cases import (
    MAX_MONTHS,
    OF_EVENTS,
    PARTS,
    Asked,
    Behind,
    cases_behind,
)
from feedback.complaints.states import IMPORTED
from portal.accounts.roles import Action
from portal.common.canonical import sha256_hex
from portal.common.periods import Period
from portal.places.permissions import places_with

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Others lie beyond what a clock and a database can hold, or before any ledger.
YEARS = range(1980, 2200)
KEPT_SECONDS = 60


class OpenedFigure:
    """`figure`, `part`, `months`, `place`, `channels`, `seen` and `reports` of an address. Whatever
    is nonsense is passed over.

    A number tells about every case of its place, so it is for those who may see all of them: others
    read nothing of it, whichever cases they see.
    """

    def __init__(self, query: QueryDict, now: datetime, user: "User") -> None:
        self.indicator = query.get("figure", "")[:4]
        parts = PARTS.get(self.indicator, ("",))
        part = query.get("part", "")
        self.part = part if part in parts else parts[0]
        self.months = _months(query.get("months", ""))
        named = sorted(set(query.get("channels", "").split(",")) & set(IMPORTED))
        self.channels = named or sorted(IMPORTED)
        self.seen = query.get("seen", "")[:40]
        self.whole = query.get("reports") == "all"
        self.now = now
        seen_by = places_with(user, Action.COMPLAINT_VIEW)
        self.place = seen_by.filter(code=query.get("place", "")).first()

    @cached_property
    def behind(self) -> Behind:
        """Kept for a moment: every tab and page of the list asks again, and what is counted by
        events takes reading all that was ever filed at the place."""
        if self.place is None:
            return Behind(0, ())
        asked = Asked(
            indicator=self.indicator,
            part=self.part,
            place=self.place,
            months=self.months,
            moment=_moment(self.seen, self.now),
            channels=self.channels,
            whole=self.whole,
        )
        key = f"figure-cases:{sha256_hex([self.place.pk, self.fields])}"
        # Not where failures are counted: a full cache drops what it likes.
        kept = caches["pages"]
        found: Behind | None = kept.get(key)
        if found is None:
            found = cases_behind(asked)
            kept.set(key, found, KEPT_SECONDS)
        return found

    @property
    def is_told(self) -> bool:
        return self.place is not None and bool(self.months)

    @property
    def fields(self) -> dict[str, str]:
        """What an address needs to open the same list again, `place` left out."""
        given = {
            "figure": self.indicator,
            "part": self.part,
            "months": self.months_text,
            "channels": ",".join(self.channels) if self.indicator == "I28" else "",
            "seen": self.seen,
            "reports": "all" if self.whole else "",
        }
        return {name: text for name, text in given.items() if text}

    @property
    def months_text(self) -> str:
        return ",".join(f"{month.start:%Y-%m}" for month in self.months)

    @property
    def span(self) -> str:
        names = [f"{month.start:%Y-%m}" for month in self.months]
        return names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"

    @property
    def is_of_events(self) -> bool:
        return self.indicator in OF_EVENTS

    @property
    def cases_differ(self) -> bool:
        """Whether a case was answered twice in the month, or every report of events is shown."""
        return self.behind.number != len(self.behind.cases)

    @property
    def name(self) -> str:
        return part_name(self.indicator, self.part)


def part_name(indicator: str, part: str) -> str:
    """What a number of a figure's evidence is called."""
    names = {
        "due": _("Cases due"),
        "verified": _("Repair inspected and good"),
        "events": _("Events"),
        "apart": _("Events of the portal alone, shown apart"),
        "on_time": _("Answered in time"),
        "asked": _("Residents asked"),
        "answered": _("Answered by the resident"),
        "solved": _("Solved, says the resident"),
        "partly": _("Partly solved"),
        "by_callback": _("Of these by telephone"),
        "silent": _("No answer of the resident"),
        "resolved": _("Solved, say staff"),
        "rated": _("Rated"),
        "satisfied": _("Rated 4 or 5"),
        "with_household": _("Of these with a known household"),
        "repeated": _("Repeated within 90 days"),
        "closed": _("Cases closed or past their end"),
    }
    if indicator == "I35" and part == "closed":
        return _("Events closed")
    return names.get(part, "")


def _months(text: str) -> list[Period]:
    """“2026-06,2026-07”; whatever is no month in which there were ledgers is passed over."""
    found = []
    for part in text.split(",")[:MAX_MONTHS]:
        with suppress(ValueError):
            month = date.fromisoformat(f"{part}-01")
            if month.year in YEARS:
                found.append(Period.containing("MONTH", month))
    return found


def _moment(text: str, now: datetime) -> datetime:
    """Until when what happened counts for the figure; never later than `now`."""
    with suppress(ValueError):
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None and found.year in YEARS:
            return min(found, now)
    return now
