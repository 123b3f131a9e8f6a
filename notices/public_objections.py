"""What everybody sees of the objections to a notice: how many, what became of them, and why."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from notices.models.objections import Objection
from notices.states import Disposition, Publicity

if TYPE_CHECKING:
    from notices.models import NoticePage

TONES = {
    Disposition.ADOPTED: "good",
    Disposition.PARTLY: "info",
    Disposition.REJECTED: "",
    Disposition.OUT_OF_SCOPE: "",
}


@dataclass(frozen=True)
class Answered:
    """One answer in public words; never who asked."""

    summary: str
    disposition: str
    tone: str
    reason: str


@dataclass(frozen=True)
class ObjectionsShown:
    notice_id: int
    is_open: bool
    is_over: bool
    received: int
    answered: list[Answered]

    @property
    def waiting(self) -> int:
        return self.received - len(self.answered)


def objections_shown(notice: "NoticePage", today: date) -> ObjectionsShown | None:
    """One query; None where the notice takes no objections."""
    if not notice.allows_objections:
        return None
    rows = list(
        Objection.objects.shown_with(notice)
        .order_by("answered_at", "pk")
        .values_list("disposition", "summary", "reason")
    )
    state = notice.publicity(today)
    return ObjectionsShown(
        notice_id=notice.pk,
        is_open=state == Publicity.OPEN,
        is_over=state == Publicity.ENDED,
        received=len(rows),
        answered=[
            Answered(
                summary,
                str(Disposition(disposition).label),
                TONES[Disposition(disposition)],
                reason,
            )
            for disposition, summary, reason in rows
            if disposition
        ],
    )
