"""A resident's way through a survey, read from what the form posts; nothing is stored on the way.

    (GET, or a code from the letter) → start → next … back → commit → the receipt → going on

Without script every screen is a page that carries the answers before it. With script (`script`) the
start brings all screens at once and the first thing posted after it is the commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.surveys import services
from feedback.surveys.kept import runs_in
from feedback.surveys.models import Response, Survey
from feedback.surveys.photos import photos_keep, photos_read
from feedback.surveys.quality import began_token, is_fast
from feedback.surveys.questionnaire import Definition, Type
from feedback.surveys.reach_states import Flag
from feedback.surveys.screens import Form, field_name, read_answers
from feedback.surveys.states import Channel
from portal.common.inserting import sent_again
from portal.intake import receipts
from portal.intake.limits import failure_add, is_blocked, place_scope
from portal.places.codes import CodeError, household_find, normalise_code
from portal.places.models import Household, Place

#: Shared with every other form that asks for a household code.
FAILURES = "code"


class Blocked(ValidationError):
    def __init__(self) -> None:
        super().__init__(_("Too many wrong codes from here. Please try again in an hour."))


@dataclass
class Journey:
    """Who goes, where they stand, and what they said so far."""

    survey: Survey
    community: Place
    definition: Definition
    data: QueryDict
    household: Household | None = None
    replaced: Response | None = None
    files: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = field(default_factory=timezone.now)

    @property
    def move(self) -> str:
        """start, next, back or commit; empty for somebody who has just come."""
        return self.data.get("move", "")

    @property
    def with_script(self) -> bool:
        return self.data.get("script") == "1"

    @cached_property
    def code(self) -> str:
        return normalise_code(self.data.get("code", ""))[:32]

    @property
    def replaces(self) -> str:
        return self.data.get("replaces", "")[:40]

    @property
    def continues(self) -> str:
        """The key of the part that was sent before, when this goes on from it."""
        key = self.data.get("continues", "")
        return key if receipts.is_key(key) else ""

    @property
    def consent(self) -> str:
        """The version of the notice that was agreed to."""
        return self.data.get("consent", "")[:12]

    @property
    def part(self) -> int:
        given = self.data.get("part", "")
        parts = self.definition.parts()
        return int(given) if given.isdecimal() and len(given) < 4 and int(given) in parts else 0

    def step(self, form: Form) -> int:
        given = self.data.get("step", "")
        index = int(given[:3]) if given[:3].isdecimal() else 0
        return min(index, len(form.groups) - 1)

    def identify(self, scope: str, now: datetime) -> None:
        """Find the household of the code, or the answer that is replaced.

        Raises ValidationError with what to tell the resident; failures are counted.
        """
        scopes = (scope, place_scope(self.community.code))
        if is_blocked(FAILURES, *scopes):
            raise Blocked
        if self.replaces:
            self.replaced = self._replaced(scopes)
            return
        if not self.code:
            if not self.survey.open_answers or self.survey.is_named:
                raise services.CodeNeeded
            if not self.community.is_community:
                raise services.CodeNeeded
            return
        try:
            find = partial(household_find, self.code, timezone.localdate(now))
            self.household = sent_again(find)
        except CodeError:
            failure_add(FAILURES, *scopes)
            raise
        home = self.household.building.place
        if home.pk != self.community.pk and not runs_in(self.survey, home):
            raise services.WrongPlace
        self.community = home
        if self.survey.is_named and self.consent != services.CONSENT_VERSION:
            raise services.ConsentNeeded

    def _replaced(self, scopes: tuple[str, ...]) -> Response:
        hashed = receipts.receipt_hash(self.replaces)
        rows = self.survey.responses.select_related("community")
        found = rows.filter(receipt_hash=hashed).first()
        if found is None:
            failure_add(FAILURES, *scopes)
            raise services.UnknownReceipt
        self.community = found.community
        return found

    def has_answered(self) -> bool:
        """Whether this home has an answer already, and this is not about that one."""
        if self.household is None or self.continues or self.replaces:
            return False
        return self.survey.participations.filter(household=self.household).exists()

    @property
    def dwelling(self) -> str:
        if self.household is None:
            return ""
        return f"{self.household.building.name} {self.household.unit}单元"

    @cached_property
    def _photos(self) -> tuple[dict[str, str], dict[str, str]]:
        return photos_read(self.definition, self.files, field_name)

    @property
    def photo_errors(self) -> dict[str, str]:
        """What is wrong with photos that came with this post, by key."""
        return self._photos[1]

    def form(self) -> Form:
        return Form(self.definition, dict(self._raw), self.part, {}, self.dwelling)

    @cached_property
    def _raw(self) -> dict[str, Any]:
        """What was sent, once it is known whose home it is."""
        raw = read_answers(self.definition, self.data)
        raw.update(self._photos[0])
        for question in self.definition.asked():
            if question.type is Type.DWELLING:
                raw[question.key] = self.dwelling
        return raw

    def hidden(self) -> list[tuple[str, str]]:
        """What every step carries along beside the answers."""
        pairs = [
            ("code", self.code),
            ("replaces", self.replaces),
            ("continues", self.continues),
            ("consent", self.consent),
            ("part", str(self.part) if self.part else ""),
            ("began", self.data.get("began", "")[:80] or began_token(self.now)),
        ]
        return [(name, value) for name, value in pairs if value]

    def _signs(self, answers: dict[str, Any]) -> list[str]:
        """Flags of how it came; the rest of a survey goes on from what was judged before."""
        if self.continues:
            return []
        signs = [Flag.DEVICE.value] if self.data.get("many") == "1" else []
        given = sum(1 for answer in answers.values() if answer)
        if is_fast(self.data.get("began", ""), given, self.now):
            signs.append(Flag.FAST.value)
        return signs

    def commit(self, key: str, now: datetime) -> services.Submitted:
        """Store it. Raises what the services raise."""
        answers = dict(self._raw)
        if gone := photos_keep(self.survey.pk, self.definition, answers):
            raise services.InvalidAnswers(gone)
        if self.replaces:
            return services.response_replace(
                survey=self.survey, receipt=self.replaces, answers=answers, now=now
            )
        return services.response_submit(
            survey=self.survey,
            community=self.community,
            household=self.household,
            answers=answers,
            key=self.continues or key,
            channel=Channel.SELF,
            signs=self._signs(answers),
            consent=self.consent,
            now=now,
        )
