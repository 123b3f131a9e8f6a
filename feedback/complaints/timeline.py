"""A case in plain words: what happened, and what is promised by when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from feedback.complaints.models import Complaint, ComplaintEvent
from feedback.complaints.states import OPEN, State, Verdict

Kind = ComplaintEvent.Kind


@dataclass(frozen=True)
class Moment:
    """One line of components/timeline.html."""

    at: datetime
    title: str
    text: str = ""
    tag: str = ""
    tone: str = ""


def timeline(events: Iterable[ComplaintEvent], *, by_discipline: bool = False) -> list[Moment]:
    """The public events as a resident reads them, oldest first. `by_discipline` says that the
    discipline office handles the case and no committee."""
    title = _title_by_discipline if by_discipline else _title
    return [Moment(event.at, title(event), event.text) for event in events]


def _title_by_discipline(event: ComplaintEvent) -> str:
    titles = {
        Kind.FILED: _("The discipline office has received your report."),
        Kind.ACCEPTED: _("The discipline office has taken it on."),
        Kind.ARRIVED: _("Somebody is on site."),
        Kind.REPLIED: _("Reply from the discipline office"),
        Kind.RESOLVED: _("The discipline office says what it found."),
        Kind.REOPENED: _("You were not content, so it is open again."),
    }
    return titles.get(Kind(event.kind)) or _title(event)


def timeline_of_joined(events: Iterable[ComplaintEvent]) -> list[Moment]:
    """What a neighbour who joined may read: what happened and when, without a word that was written
    to or by the one who filed it."""
    own = {Kind.ADDED, Kind.CONTACTED, Kind.CONTACT_DELETED, Kind.SPLIT}
    return [Moment(event.at, _title_of_joined(event)) for event in events if event.kind not in own]


def _title_of_joined(event: ComplaintEvent) -> str:
    titles = {
        Kind.FILED: _("The first home reported it."),
        Kind.REOPENED: _("It is not solved, so it is open again."),
        Kind.CONFIRMED: _("The one who reported it first has answered whether it is solved."),
        Kind.WITHDRAWN: _("The complaint was withdrawn."),
        Kind.WAITING: _("More is asked of who reported it first; until then the clock stands."),
        Kind.UNCONFIRMED: _("Who reported it first did not answer, so it was closed."),
    }
    return titles.get(Kind(event.kind)) or _title(event)


def _title(event: ComplaintEvent) -> str:
    organisation = event.organisation.name if event.organisation else ""
    titles = {
        Kind.FILED: _("We have received your complaint."),
        Kind.ACCEPTED: _("The committee has taken it on."),
        Kind.REFUSED: _("It was not taken up."),
        Kind.CONTACTED: _("The committee has spoken with you."),
        Kind.REPLIED: _("Reply from the committee"),
        Kind.EXTENDED: _("It takes longer; the deadline was extended."),
        Kind.RECLASSIFIED: _("It was moved to another category; the deadline was set anew."),
        Kind.RESOLVED: _("The committee reports that it is solved."),
        Kind.CONTACT_DELETED: _("Your phone number was deleted, as you wished."),
        Kind.ADDED: _("You added something."),
        Kind.JOINED: _("A neighbour has the same trouble and joined."),
        Kind.WAITING: _("We need something from you. The clock stands still until then."),
        Kind.RESUMED: _("The clock runs again."),
        Kind.WITHDRAWN: _("You withdrew your complaint."),
        Kind.REOPENED: _("You said it is not fully solved, so it is open again."),
        Kind.UNCONFIRMED: _("We heard nothing from you, so it was closed without your word."),
    }
    if event.kind in _STEPS:
        return _STEPS[Kind(event.kind)](event.data)
    if event.kind == Kind.ASSIGNED:
        return _("It was passed on to %(name)s.") % {"name": organisation}
    if event.kind == Kind.PROMISED:
        day = _day(date.fromisoformat(event.data["day"]))
        return _("It was made safe; the repair is promised by %(day)s.") % {"day": day}
    if event.kind == Kind.CONFIRMED:
        verdict = Verdict(event.data["verdict"]).label
        return _("Your answer: %(verdict)s") % {"verdict": verdict}
    if event.kind == Kind.ESCALATED:
        return _("It was passed up: %(name)s leads from here on.") % {"name": event.data["name"]}
    return titles.get(Kind(event.kind)) or str(Kind(event.kind).label)


def _petition(data: dict[str, Any]) -> str:
    titles = {
        "accepted": _("The petition office has accepted it."),
        "extended": _("The petition office needs more time."),
        "finished": _("The petition office has decided."),
        "returned": _("The petition office did not take it; the committee goes on."),
    }
    return titles[data["step"]]


def _merged(data: dict[str, Any]) -> str:
    return _("Others had reported the same. Both are one case now; you see here how it goes.")


def _split(data: dict[str, Any]) -> str:
    text = _("Your second matter is a case of its own, %(number)s. The same secret opens it.")
    return text % {"number": data["number"]}


def _transferred(data: dict[str, Any]) -> str:
    return _("It was passed to %(office)s, which has a procedure of its own.") % data


def _reinspected(data: dict[str, Any]) -> str:
    if data["passed"]:
        return _("The repair was inspected again and is good.")
    return _("The repair was inspected again and is not good yet.")


#: Kinds whose line says something of the event's data.
_STEPS: dict[str, Callable[[dict[str, Any]], str]] = {
    Kind.PETITION: _petition,
    Kind.MERGED: _merged,
    Kind.SPLIT: _split,
    Kind.TRANSFERRED: _transferred,
    Kind.REINSPECTED: _reinspected,
}


def promises(complaint: Complaint, now: datetime, *, joined: bool = False) -> list[tuple[str, str]]:
    """(what, by when) as long as it is open; what is past is no promise any more but late. Nothing
    is promised for the discipline office. `joined`: for a neighbour who joined it."""
    if complaint.state not in OPEN or complaint.category.is_restricted:
        return []
    if complaint.waiting_since is not None:
        whom = (
            _("Waiting for who reported it first since") if joined else _("Waiting for you since")
        )
        return [(whom, _moment(complaint.waiting_since))]
    found = []
    if complaint.first_contact_at is None:
        due = complaint.contact_due_at
        text = _("Late: an answer was due by") if due < now else _("Somebody answers by")
        found.append((text, _moment(due)))
    if complaint.owes_visit and complaint.site_due_at:
        due = complaint.site_due_at
        text = _("Late: a visit was due by") if due < now else _("Somebody is there by")
        found.append((text, _moment(due)))
    if complaint.promised_date:
        day = complaint.promised_date
        is_late = day < timezone.localdate(now)
        text = _("Late: the repair was promised by") if is_late else _("Repair promised by")
        found.append((text, _day(day)))
    else:
        found.append((_end(complaint, is_late=complaint.due_at < now), _moment(complaint.due_at)))
    return found


def _end(complaint: Complaint, *, is_late: bool) -> str:
    if complaint.category.due_by_promise:
        if is_late:
            return _("Late: safety and a repair date were due by")
        return _("Made safe and a repair date given by")
    return _("Late: it was to be done by") if is_late else _("Done by")


STATE_TONES: dict[str, str] = {
    State.RECEIVED: "info",
    State.ACCEPTED: "info",
    State.ASSIGNED: "info",
    State.REOPENED: "warn",
    State.RESOLVED: "warn",
    State.CLOSED: "good",
    State.UNCONFIRMED: "",
    State.REFUSED: "",
    State.WITHDRAWN: "",
    State.MERGED: "info",
    State.TRANSFERRED: "info",
}


def _day(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    return _minute(timezone.localtime(moment).replace(second=0, microsecond=0), get_language())


@lru_cache(maxsize=1024)
def _minute(local: datetime, language: str) -> str:
    """Many are promised the same minute, and a format is slow to read. `language` is the reader's,
    which Django knows by itself."""
    return formats.date_format(local, "DATETIME_FORMAT")
