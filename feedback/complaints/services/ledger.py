"""Rows of other ledgers (12345 hotline, petitions, a community's own book) with their history."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.complaints.cities import cities_mark
from feedback.complaints.deadlines import LOCAL, Rules, deadlines
from feedback.complaints.models import (
    Category,
    Complaint,
    ComplaintEvent,
    DeadlineRule,
    LedgerSource,
)
from feedback.complaints.numbers import number_candidates
from feedback.complaints.services.filing import due_class
from feedback.complaints.states import Channel, Nature, State
from portal.accounts.models import Organisation
from portal.accounts.roles import Action
from portal.common.sheets.notes import Note
from portal.places.models import Building, Household, Place, StaleMark
from portal.places.permissions import require
from portal.places.services import stale_mark

if TYPE_CHECKING:
    from portal.accounts.models import User

logger = logging.getLogger(__name__)

BATCH = 500
Kind = ComplaintEvent.Kind


@dataclass(frozen=True)
class LedgerRow:
    """One row. Times are aware; what did not happen stays None. `source_number` is unique within
    its `source` (without one: within what came through its channel without one) and makes the
    import safe to repeat. The state follows from what happened."""

    community: Place
    channel: str
    source_number: str
    category: str
    text: str
    filed_at: datetime
    building: Building | None = None
    household: Household | None = None
    danger: bool = False
    signatories: int = 1
    nature: str = Nature.COMPLAINT
    accepted_at: datetime | None = None
    first_contact_at: datetime | None = None
    assigned_to: Organisation | None = None
    reply: str = ""
    resolved_at: datetime | None = None
    resolution: str = ""
    verdict: str = ""
    rating: int | None = None
    verdict_at: datetime | None = None
    by_callback: bool = False
    unconfirmed_at: datetime | None = None
    source: LedgerSource | None = None

    @property
    def state(self) -> State:
        if self.nature != Nature.COMPLAINT:
            return State.REFUSED
        if self.verdict:
            # Ended elsewhere, with whatever the resident said of it.
            return State.CLOSED
        if self.unconfirmed_at:
            return State.UNCONFIRMED
        if self.resolved_at:
            return State.RESOLVED
        if self.assigned_to:
            return State.ASSIGNED
        return State.ACCEPTED if self.accepted_at else State.RECEIVED


#: What bears a number already: a case, or a row further up.
Known = TypeVar("Known", bound="Complaint | LedgerRow")


@dataclass(frozen=True)
class ImportResult:
    """`reasons`: code of the note ("known_already") → rows that were skipped for it."""

    added: int
    skipped: int
    reasons: dict[str, int] = field(default_factory=dict)


#: Hears of every row that is skipped, and why.
Told = Callable[[LedgerRow, Note], None]


def skipped_log(row: LedgerRow, note: Note) -> None:
    """Say it in the log: the number and the reason, nothing of the text."""
    logger.warning("ledger row %s %s skipped: %s", row.channel, row.source_number, note.code)


def ledger_import(
    *, rows: Iterable[LedgerRow], by: "User | None" = None, told: Told = skipped_log
) -> ImportResult:
    """Import rows in batches, each in a short transaction; a row that is there already is skipped,
    and so is one whose number belongs to another case. `told` hears of each of them, with the note
    that the screen shows for it.

    `by` is the member of staff who imports; None for a command. Raises ValidationError for a row
    that can't be true (a solution before the filing, a rating of 6) before its batch is written,
    PermissionDenied for a community where `by` may not handle complaints.
    """
    categories = Category.objects.in_bulk()
    added, reasons = 0, Counter[str]()
    allowed: set[int] = set()
    for batch in _batches(iter(rows)):
        if by is not None:
            for row in batch:
                if row.community.pk not in allowed:
                    require(by, Action.COMPLAINT_HANDLE, row.community)
                    allowed.add(row.community.pk)
        for row in batch:
            _check(row, categories)
        with transaction.atomic():
            new, left = _without_known(batch)
            rows_write(new, categories)
        added += len(new)
        for row, note in left:
            reasons[note.code] += 1
            told(row, note)
    return ImportResult(added, reasons.total(), dict(reasons))


def _batches(rows: Iterator[LedgerRow]) -> Iterator[list[LedgerRow]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _without_known(
    batch: Sequence[LedgerRow],
) -> tuple[list[LedgerRow], list[tuple[LedgerRow, Note]]]:
    """The rows that are not stored yet, and the others with the reason. One query: what stood
    further up in the same file is stored by now, or in this batch."""
    stored = Complaint.objects.same_numbers(row.source_number for row in batch)
    known: dict[str, list[Complaint | LedgerRow]] = {}
    for case in stored.select_related("community"):
        known.setdefault(case.source_number, []).append(case)
    new, left = [], []
    for row in batch:
        others = known.setdefault(row.source_number, [])
        found = same_case(row, others)
        if found is None:
            others.append(row)
            new.append(row)
        elif identity(found) == identity(row):
            left.append((row, Note.of("known_already")))
        else:
            left.append((row, Note.of("number_of_another")))
    return new, left


def identity(one: Complaint | LedgerRow) -> tuple[int, date, str]:
    """What stays the same of a case, whichever ledger tells of it."""
    return one.community.pk, one.filed_at.astimezone(LOCAL).date(), "".join(one.text.split())


def same_case(row: LedgerRow, others: Iterable[Known]) -> Known | None:
    """Which of the `others` that bear its number stands for `row`.

    The one of its own ledger, whatever it says; else one of its channel that tells the same, so
    that a case two ledgers keep is taken in once; else, where nobody knows any more which ledger
    it came from, one of the same community. None: the number is another ledger's business.
    """
    own = row.source.pk if row.source else None
    others = [one for one in others if one.channel == row.channel]
    for one in others:
        if _ledger_of(one) == own:
            return one
    for one in others:
        if identity(one) == identity(row):
            return one
    for one in others:
        if _ledger_of(one) is None and one.community.pk == row.community.pk:
            return one
    return None


def _ledger_of(one: Complaint | LedgerRow) -> int | None:
    if isinstance(one, Complaint):
        return one.source_id
    return one.source.pk if one.source else None


def rows_write(batch: Sequence[LedgerRow], categories: dict[str, Category] | None = None) -> None:
    """Write sound rows that are not stored yet, with their history, in the caller's transaction."""
    if not batch:
        return
    categories = categories or Category.objects.in_bulk()
    rules, numbers = DeadlineRule.objects.by_class(), _numbers(batch)
    complaints = Complaint.objects.bulk_create(
        _complaint(row, number, categories[row.category], rules)
        for row, number in zip(batch, numbers, strict=True)
    )
    ComplaintEvent.objects.bulk_create(
        event
        for row, complaint in zip(batch, complaints, strict=True)
        for event in row_events(row, complaint)
    )
    communities = {row.community.pk: row.community for row in batch}
    for community in communities.values():
        stale_mark(kind=StaleMark.Kind.COMPLAINTS, place=community)
    cities_mark(communities.values())


def _numbers(batch: Sequence[LedgerRow]) -> list[str]:
    candidates = [
        number_candidates(
            row.filed_at.astimezone(LOCAL).date(),
            f"{row.channel}:{row.source.name if row.source else ''}:{row.source_number}",
        )
        for row in batch
    ]
    first = [next(source) for source in candidates]
    taken = set(Complaint.objects.filter(number__in=first).values_list("number", flat=True))
    numbers = []
    for number, source in zip(first, candidates, strict=True):
        while number in taken:
            number = next(source)
            if Complaint.objects.filter(number=number).exists():
                taken.add(number)
        taken.add(number)
        numbers.append(number)
    return numbers


def _complaint(row: LedgerRow, number: str, category: Category, rules: Rules) -> Complaint:
    due = due_class(category, row.danger)
    limits = deadlines(due, row.filed_at, rules)
    return Complaint(
        number=number,
        community=row.community,
        building=row.household.building if row.household else row.building,
        household=row.household,
        category=category,
        is_danger=row.danger and bool(category.danger_zh),
        due=due,
        channel=row.channel,
        source=row.source,
        source_number=row.source_number,
        nature=row.nature,
        text=row.text,
        signatories=row.signatories,
        state=row.state,
        filed_at=row.filed_at,
        contact_due_at=limits.contact,
        site_due_at=limits.site,
        due_at=limits.done,
        accepted_at=row.accepted_at,
        first_contact_at=row.first_contact_at,
        resolved_at=row.resolved_at,
        assigned_to=row.assigned_to,
        verdict=row.verdict,
        rating=row.rating,
        verdict_at=row.verdict_at,
        verdict_by_callback=row.by_callback,
    )


def row_events(row: LedgerRow, complaint: Complaint) -> Iterator[ComplaintEvent]:
    """What the row says happened, in the order in which it did."""

    def event(kind: str, at: datetime, text: str = "", **fields: object) -> ComplaintEvent:
        return ComplaintEvent(
            complaint=complaint, kind=kind, at=at, text=text, is_public=True, **fields
        )

    yield event(Kind.FILED, row.filed_at)
    if row.nature != Nature.COMPLAINT:
        at = row.first_contact_at or row.accepted_at or row.filed_at
        yield event(Kind.REFUSED, at, row.reply, data={"nature": str(row.nature)})
        return
    if row.accepted_at:
        yield event(Kind.ACCEPTED, row.accepted_at)
    if row.assigned_to:
        at = row.accepted_at or row.filed_at
        yield event(Kind.ASSIGNED, at, organisation=row.assigned_to)
    if row.reply:
        at = row.first_contact_at or row.accepted_at or row.filed_at
        yield event(Kind.REPLIED, at, row.reply)
    if row.resolved_at:
        yield event(Kind.RESOLVED, row.resolved_at, row.resolution)
    if row.verdict and row.verdict_at:
        data = {"verdict": str(row.verdict), "rating": row.rating}
        yield event(Kind.CONFIRMED, row.verdict_at, data=data)
    elif row.unconfirmed_at:
        yield event(Kind.UNCONFIRMED, row.unconfirmed_at)


def is_sound(row: LedgerRow, category: Category | None) -> bool:
    """Whether what the row says can be true."""
    steps = [row.filed_at, row.accepted_at, row.resolved_at, row.verdict_at]
    known = [step for step in steps if step is not None]
    return bool(
        row.source_number
        and row.channel in Channel.values
        and category is not None
        and not category.is_restricted
        and row.community.is_community
        and known == sorted(known)
        and (row.first_contact_at is None or row.first_contact_at >= row.filed_at)
        and bool(row.verdict) == (row.verdict_at is not None)
        and (not row.verdict or row.resolved_at is not None)
        and (row.unconfirmed_at is None or (row.resolved_at is not None and not row.verdict))
        and (row.rating is None or (1 <= row.rating <= 5 and row.verdict))
        and row.signatories >= 1
    )


def _check(row: LedgerRow, categories: dict[str, Category]) -> None:
    if not is_sound(row, categories.get(row.category)):
        raise ValidationError(
            _("Row %(number)s of the ledger contradicts itself."),
            code="ledger_row",
            params={"number": f"{row.channel} {row.source_number}"},
        )
