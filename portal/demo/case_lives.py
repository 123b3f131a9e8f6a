"""What became of each complaint: contact, passing on, solution, the resident's word, callbacks.

Pure: a filing and a random generator in, unsaved rows out. A life ends at `until`; what would have
come later has not happened yet, so that the last weeks hold cases in every state.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings

from feedback.complaints.deadlines import answer_until, deadlines, office_closes
from feedback.complaints.models import Callback, Category, Complaint, ComplaintEvent
from feedback.complaints.states import ASSISTED, Channel, Due, Nature, State, Verdict
from portal.accounts.models import Organisation, User
from portal.common.workdays import add_workdays, is_workday
from portal.demo.case_plan import Filing
from portal.demo.texts import replies
from portal.demo.texts.complaints import complaint_text

Kind = ComplaintEvent.Kind
RATINGS = {
    Verdict.SOLVED: {5: 46, 4: 42, 3: 10, 2: 2},
    Verdict.PARTLY: {4: 14, 3: 56, 2: 24, 1: 6},
    Verdict.UNSOLVED: {3: 10, 2: 42, 1: 48},
}
#: How long before its deadline the first contact comes at the earliest.
CONTACT_SPAN: dict[str, timedelta] = {
    Due.P0: timedelta(minutes=28),
    Due.P1: timedelta(minutes=100),
    Due.P2: timedelta(hours=8),
    Due.P3: timedelta(hours=8),
}
VERDICTS = {Verdict.SOLVED: 79, Verdict.PARTLY: 13, Verdict.UNSOLVED: 8}
REFUSED = {Nature.CONSULTATION: 45, Nature.OUT_OF_SCOPE: 40, Nature.PRAISE: 15}
REASONS = {
    Nature.CONSULTATION: "您咨询的政策已电话解答，不作为投诉办理。",
    Nature.PRAISE: "感谢您的肯定，已转达施工班组。",
}


@dataclass
class Team:
    """Who handles cases of a county, who calls back, and whom cases are passed on to."""

    handler: User
    caller: User
    company: Organisation | None


@dataclass
class CaseRows:
    complaint: Complaint
    events: list[ComplaintEvent] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)


class CaseLife:
    def __init__(self, filing: Filing, category: Category, team: Team, until: datetime) -> None:
        self.filing, self.category, self.team, self.until = filing, category, team, until

    def live(self, rng: Random) -> CaseRows:
        self.rng = rng
        self._filed()
        if self._accepted() and not self._refused():
            self._passed_on()
            self._resolved()
            self._arrived()
        return self.rows

    def _filed(self) -> None:
        filing, rng = self.filing, self.rng
        text = complaint_text(
            filing.category,
            filing.community,
            filing.filed_at.date(),
            rng,
            before_works=filing.before_works,
        )
        limits = deadlines(self.category.due, filing.filed_at)
        knows_home = rng.random() < 0.6
        complaint = Complaint(
            community=filing.community.place,
            building=text.building,
            household=text.household if knows_home else None,
            category=self.category,
            due=self.category.due,
            channel=filing.channel,
            text=text.text,
            signatories=rng.randint(3, 26) if rng.random() < 0.03 else 1,
            state=State.RECEIVED,
            filed_at=filing.filed_at,
            contact_due_at=limits.contact,
            site_due_at=limits.site,
            due_at=limits.done,
        )
        self.complaint = complaint
        self.rows = CaseRows(complaint)
        actor = self.team.handler if filing.channel in ASSISTED else None
        self._event(Kind.FILED, filing.filed_at, actor=actor, public=True)

    def _accepted(self) -> bool:
        """The first contact, mostly in time. Returns whether it has come yet."""
        complaint, rng = self.complaint, self.rng
        if rng.random() < 0.93:
            span = min(complaint.contact_due_at - complaint.filed_at, CONTACT_SPAN[complaint.due])
            moment = _minute(complaint.contact_due_at - span * rng.uniform(0.05, 0.95))
        else:
            moment = self._office(complaint.contact_due_at + timedelta(hours=rng.randint(1, 30)))
        if moment > self.until:
            return False
        complaint.state = State.ACCEPTED
        complaint.accepted_at = complaint.first_contact_at = moment
        self._by_staff(Kind.ACCEPTED, moment, replies.accepted(self.category.code, rng))
        return True

    def _arrived(self) -> None:
        """Somebody is on site in time, mostly; never after it was solved. Drawn apart from the rest
        of the life, which stays as it is."""
        complaint = self.complaint
        if complaint.site_due_at is None:
            return
        rng = Random(int(complaint.filed_at.timestamp()))
        begun = _first_contact(complaint)
        span = max(complaint.site_due_at - begun, timedelta(minutes=20))
        moment = _minute(begun + span * rng.uniform(0.2, 1.15))
        end = min(complaint.resolved_at or self.until, self.until)
        if moment >= end:
            return
        complaint.arrived_at = moment
        self._event(Kind.ARRIVED, moment, actor=self.team.handler, public=True)
        self.rows.events.sort(key=lambda event: event.at)

    def _refused(self) -> bool:
        complaint, rng = self.complaint, self.rng
        if rng.random() >= 0.03:
            return False
        moment = self._office(_first_contact(complaint) + timedelta(hours=rng.randint(2, 30)))
        if moment > self.until:
            return False
        nature = rng.choices(list(REFUSED), list(REFUSED.values()))[0]
        complaint.state, complaint.nature = State.REFUSED, nature
        reason = REASONS.get(nature) or rng.choice(replies.TRANSFERRED)
        self._by_staff(Kind.REFUSED, moment, reason, data={"nature": str(nature)})
        return True

    def _passed_on(self) -> None:
        rng, company = self.rng, self.team.company
        if company is None or self.category.code not in COMPANY_CASES or rng.random() > 0.7:
            return
        moment = self._office(_first_contact(self.complaint) + timedelta(hours=rng.randint(1, 12)))
        if moment > self.until:
            return
        self.complaint.state, self.complaint.assigned_to = State.ASSIGNED, company
        self._event(
            Kind.ASSIGNED, moment, actor=self.team.handler, organisation=company, public=True
        )

    def _resolved(self) -> None:
        """Staff say it is solved: mostly in time, sometimes late, sometimes twice."""
        complaint, rng = self.complaint, self.rng
        begun = self.rows.events[-1].at
        if rng.random() < 0.88 and complaint.due_at > begun:
            moment = begun + (complaint.due_at - begun) * rng.uniform(0.35, 0.98)
        else:
            moment = max(complaint.due_at, begun) + timedelta(days=rng.randint(1, 9))
        moment = self._office(
            moment, latest=complaint.due_at if moment <= complaint.due_at else None
        )
        if moment - begun > timedelta(days=4) and rng.random() < 0.5:
            middle = self._office(begun + (moment - begun) * 0.5)
            if begun < middle < min(moment, self.until):
                self._by_staff(Kind.REPLIED, middle, replies.in_progress(rng))
        if moment > self.until:
            return
        complaint.state, complaint.resolved_at = State.RESOLVED, moment
        complaint.resolved_by = self.team.handler
        self._by_staff(Kind.RESOLVED, moment, replies.resolved(self.category.code, rng))
        self._answered(moment)
        if complaint.state == State.RESOLVED:
            self._unanswered(moment)

    def _unanswered(self, resolved_at: datetime) -> None:
        """Silence for the set days closes it without the resident's word."""
        over = answer_until(resolved_at.date(), settings.COMPLAINT_SILENCE_WORKDAYS)
        if over <= self.until:
            self.complaint.state = State.UNCONFIRMED
            self._event(Kind.UNCONFIRMED, over, public=True)

    def _answered(self, resolved_at: datetime) -> None:
        """The resident answers on the portal, or on the phone, or not at all."""
        rng = self.rng
        if self.filing.channel == Channel.PORTAL and rng.random() < 0.45:
            moment = resolved_at + timedelta(hours=rng.randint(3, 120))
            if moment <= self.until:
                self._verdict(moment, by=None)
            return
        if rng.random() < 0.22:
            return
        for attempt in range(1, 4):
            later = timedelta(days=attempt, hours=rng.randint(0, 5))
            moment = self._office(resolved_at + later)
            if moment > self.until:
                return
            answered = rng.random() < 0.74
            self.rows.callbacks.append(
                Callback(
                    caller=self.team.caller, called_at=moment, answered=answered, attempt=attempt
                )
            )
            caller = self.team.caller
            self._event(Kind.CALLED_BACK, moment, actor=caller, data={"answered": answered})
            if answered:
                self._verdict(moment, by=caller)
                return

    def _verdict(self, moment: datetime, *, by: User | None) -> None:
        complaint, rng = self.complaint, self.rng
        verdict = rng.choices(list(VERDICTS), list(VERDICTS.values()))[0]
        ratings = RATINGS[verdict]
        complaint.verdict, complaint.verdict_at = verdict, moment
        complaint.rating = rng.choices(list(ratings), list(ratings.values()))[0]
        if rng.random() < 0.08:
            complaint.rating = None
        complaint.verdict_by_callback = by is not None
        data = {"verdict": str(verdict), "rating": complaint.rating}
        self._event(Kind.CONFIRMED, moment, actor=by, public=True, data=data)
        if verdict == Verdict.SOLVED:
            complaint.state = State.CLOSED
            return
        complaint.state, complaint.resolved_at = State.REOPENED, None
        complaint.reopened_at, complaint.due_at = moment, deadlines(complaint.due, moment).done
        self._event(Kind.REOPENED, moment, actor=by, public=True)
        above = self.filing.community.county
        complaint.escalated_to, complaint.handler = above, None
        data = {"place": above.code, "name": above.name}
        self._event(Kind.ESCALATED, moment, actor=by, public=True, data=data)
        self._solved_again(moment)

    def _solved_again(self, reopened_at: datetime) -> None:
        complaint, rng = self.complaint, self.rng
        moment = self._office(reopened_at + timedelta(days=rng.randint(2, 12)))
        answer = self._office(moment + timedelta(days=rng.randint(1, 5)))
        if answer > self.until:
            return
        is_silent = rng.random() < 0.25
        over = answer_until(moment.date(), settings.COMPLAINT_SILENCE_WORKDAYS)
        if is_silent and over > self.until:
            return
        complaint.resolved_at, complaint.resolved_by = moment, self.team.handler
        if is_silent:
            # The first answer stays the resident's last word.
            complaint.state = State.UNCONFIRMED
            self._by_staff(Kind.RESOLVED, moment, replies.DONE_AGAIN)
            self._event(Kind.UNCONFIRMED, over, public=True)
            return
        complaint.state = State.CLOSED
        self._by_staff(Kind.RESOLVED, moment, replies.resolved(self.category.code, rng))
        complaint.verdict, complaint.verdict_at = Verdict.SOLVED, answer
        complaint.rating, complaint.verdict_by_callback = rng.choice((3, 4, 4, 5)), False
        data = {"verdict": str(Verdict.SOLVED), "rating": complaint.rating}
        self._event(Kind.CONFIRMED, answer, public=True, data=data)

    def _office(self, moment: datetime, latest: datetime | None = None) -> datetime:
        """`moment` moved into an office hour, but not past `latest` nor before what came last."""
        day = moment.date()
        if not is_workday(day):
            day = add_workdays(day, 1)
        moved = moment.replace(year=day.year, month=day.month, day=day.day)
        if not 9 <= moved.hour < 17:
            moved = office_closes(day) - timedelta(hours=1, minutes=moment.minute)
        if latest and moved > latest:
            moved = moment
        after = self.rows.events[-1].at + timedelta(minutes=self.rng.randint(6, 40))
        return max(_minute(moved), _minute(after))

    def _by_staff(
        self, kind: str, moment: datetime, text: str, data: dict[str, Any] | None = None
    ) -> None:
        self._event(kind, moment, actor=self.team.handler, text=text, public=True, data=data)

    def _event(
        self,
        kind: str,
        moment: datetime,
        *,
        actor: User | None = None,
        organisation: Organisation | None = None,
        text: str = "",
        public: bool = False,
        data: dict[str, Any] | None = None,
    ) -> None:
        self.rows.events.append(
            ComplaintEvent(
                kind=kind,
                at=moment,
                actor=actor,
                organisation=organisation,
                text=text,
                is_public=public,
                data=data or {},
            )
        )


#: What the contractor answers for.
COMPANY_CASES = frozenset({"C01", "C02", "C03", "C05", "C08", "C10", "C11", "C12", "C17", "C29"})


def _first_contact(complaint: Complaint) -> datetime:
    assert complaint.first_contact_at is not None
    return complaint.first_contact_at


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
