"""Writing complaints with all that became of them, a thousand at a time.

Imported ledgers and the running year go the same way: what the services would have written one by
one over the years, written at once.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random

from django.db import transaction

from feedback.complaints.models import Callback, Category, Complaint, ComplaintEvent
from feedback.complaints.numbers import number_candidates
from feedback.complaints.states import IMPORTED, Channel
from portal.demo.case_lives import CaseLife, CaseRows, Team
from portal.demo.case_plan import AFTER, Filing
from portal.demo.clock import at
from portal.demo.progress import Progress
from portal.intake.receipts import new_key, receipt, receipt_hash

CHUNK = 1000
SOURCE_PREFIX = {Channel.HOTLINE: "12345", Channel.PETITION: "信", Channel.LEDGER: "社"}
#: Everything in the record has run its course by then.
RECORD_UNTIL = at(AFTER[1] + timedelta(days=180), 18)


class CaseWriter:
    def __init__(self, teams: dict[str, Team], rng: Random, progress: Progress) -> None:
        self.teams, self.rng, self.progress = teams, rng, progress
        self.categories = {category.pk: category for category in Category.objects.all()}
        self.numbers: set[str] = set()
        self.sources: Counter[tuple[str, date]] = Counter()

    def write(self, filings: Iterable[Filing], until: datetime, *, weight: float) -> int:
        """Complaints as they stand at `until`; how many. One transaction a thousand."""
        ordered = sorted(filings, key=lambda f: (f.filed_at, f.community.code, f.category))
        waiting = iter(self.progress.track(ordered, len(ordered), weight))
        while chunk := list(islice(waiting, CHUNK)):
            cases = [case for filing in chunk for case in self._cases(filing, until)]
            _store(cases)
        return len(ordered)

    def _cases(self, filing: Filing, until: datetime) -> list[CaseRows]:
        team = self.teams[filing.community.draft.county.code]
        category = self.categories[filing.category]
        case = CaseLife(filing, category, team, until).live(self.rng)
        cases = [case]
        if filing.repeated and case.complaint.household:
            again = self._again(filing, case.complaint, until)
            if again:
                cases.append(again)
        for one in cases:
            self._name(one.complaint)
        return cases

    def _again(self, filing: Filing, first: Complaint, until: datetime) -> CaseRows | None:
        """The same home files once more before the month is over: one event, two rows."""
        later = filing.filed_at + timedelta(days=self.rng.randint(3, 25))
        if later > until:
            return None
        repeat = Filing(
            filing.community, filing.category, later, filing.channel, filing.before_works
        )
        team = self.teams[filing.community.draft.county.code]
        case = CaseLife(repeat, self.categories[filing.category], team, until).live(self.rng)
        case.complaint.household, case.complaint.building = first.household, first.building
        case.complaint.text = f"再次反映：{first.text}"
        return case

    def _name(self, complaint: Complaint) -> None:
        """A free number, and the number at the source or the hash of a secret nobody knows."""
        day = complaint.filed_at.date()
        for number in number_candidates(day, f"{self.rng.getrandbits(64):016x}"):
            if number not in self.numbers:
                break
        self.numbers.add(number)
        complaint.number = number
        if complaint.channel in IMPORTED:
            prefix = SOURCE_PREFIX[Channel(complaint.channel)]
            self.sources[prefix, day] += 1
            serial = self.sources[prefix, day]
            complaint.source_number = f"{prefix}{day:%Y%m%d}{serial:04d}"
        else:
            complaint.receipt_hash = receipt_hash(receipt(new_key()))


@transaction.atomic
def _store(cases: list[CaseRows]) -> None:
    Complaint.objects.bulk_create([case.complaint for case in cases], batch_size=200)
    events, callbacks = [], []
    for case in cases:
        for event in case.events:
            event.complaint = case.complaint
            events.append(event)
        for callback in case.callbacks:
            callback.complaint = case.complaint
            callbacks.append(callback)
    ComplaintEvent.objects.bulk_create(events, batch_size=500)
    Callback.objects.bulk_create(callbacks, batch_size=500)
