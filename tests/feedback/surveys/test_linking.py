"""The attack of somebody who runs the database: everything stored is theirs to read and to sort.

Before sealing, what is written side by side stands side by side, and the test says so. After it, no
way to lay homes beside answers does better than drawing them from a hat.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise, product
from math import exp
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Participation, Response, Survey, SurveyTally
from feedback.surveys.states import Channel
from portal.accounts.models import User
from portal.demo import factories
from portal.intake import receipts
from portal.places.codes import household_code
from portal.places.models import Household
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

HOMES, PHONED, REPLACED, WITHDRAWN = 60, 8, 6, 4
#: A test that runs every day should be wrong about chance once in some thousand years.
RISK = 1e-6
MARK = "口令第%03d户"
#: What one answer may write to, whatever way it comes.
WRITTEN = {
    *{"surveys_response", "surveys_participation", "surveys_surveytally"},
    *{"places_stalemark", "sqlite_sequence"},
}


@dataclass
class Wave:
    """`truth`: household pk → number in its answer, of those that did not withdraw."""

    survey: Survey
    truth: dict[int, int]
    codes: list[str]
    polled: list[tuple[int, int]]
    withdrawn: list[int]


def operator(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def tables() -> dict[str, Counter[str]]:
    """Every table with its rows as text: what a dump of the whole database would show."""
    found = {}
    for table in connection.introspection.table_names():
        quoted = connection.ops.quote_name(table)
        found[table] = Counter(repr(row) for row in operator(f"SELECT * FROM {quoted}"))  # noqa: S608
    return found


def as_far_as_chance(cells: int, tries: int) -> int:
    """The most right pairs that guessing inside `cells` groups gives in any of `tries` ways.

    Each group gives one on average, and their sum is Poisson; above this bound is less than RISK.
    """
    term = tail = exp(-cells)
    number, total = 0, tail
    while (1 - total) * tries > RISK:
        number += 1
        term *= cells / number
        total += term
    return number


@pytest.fixture
def phone() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture(autouse=True)
def during_the_survey() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def wave(
    transactional_db: None,
    survey: Survey,
    neighbourhood: Neighbourhood,
    submit: Submit,
    clerk: User,
    phone: Client,
) -> Wave:
    """Sixty homes answer, eight of them by telephone; some replace, some withdraw; somebody polls
    the tally after each."""
    home = neighbourhood.community
    homes = factories.HouseholdFactory.create_batch(HOMES, building=neighbourhood.building)
    # Neither the register nor what was answered stands in the order of answering.
    SystemRandom().shuffle(homes)
    marks = SystemRandom().sample(range(1000), HOMES)
    found = Wave(survey, {}, [household_code(one) for one in homes], [], [])
    url = reverse("surveys:answer", args=[survey.slug, home.code])
    keys = {}
    for number, one in enumerate(homes):
        key = keys[number] = receipts.new_key()
        answers = {**CORE, "B25": MARK % marks[number]}
        if number < PHONED:
            submit(one, answers, key=key, channel=Channel.PHONE, staff=clerk)
        else:
            sent = {f"q-{name}": value for name, value in answers.items()}
            sent |= {"move": "commit", "code": found.codes[number], "intake_key": key}
            assert phone.post(url, sent).headers["X-Intake"] == "stored"
        found.truth[one.pk] = marks[number]
        services.tally_rebuild(survey_id=survey.pk, community_id=home.pk, now=NOW)
        tally = SurveyTally.objects.get(survey=survey, community=home)
        found.polled.append((tally.returned, tally.released))
    for number in range(PHONED, PHONED + REPLACED):
        changed = {**CORE, "B1": "1", "B25": MARK % marks[number]}
        receipt = receipts.receipt(keys[number])
        services.response_replace(survey=survey, receipt=receipt, answers=changed, now=NOW)
    for number in range(HOMES - WITHDRAWN, HOMES):
        receipt = receipts.receipt(keys[number])
        services.response_withdraw(survey=survey, receipt=receipt, now=NOW)
        found.withdrawn.append(found.truth.pop(homes[number].pk))
    services.tallies_sweep(now=NOW)
    return found


def seal(wave: Wave) -> None:
    services.survey_close(survey=wave.survey, now=NOW)
    services.survey_seal(survey=wave.survey, now=NOW)
    services.tallies_sweep(now=NOW)


def orders(model: type) -> list[str]:
    """Every way to sort a table: where rows lie, who wrote them, and each of its columns."""
    columns = [connection.ops.quote_name(field.column) for field in model._meta.fields]  # type: ignore[attr-defined]
    if connection.vendor == "postgresql":
        columns = [f"{name}::text" for name in columns]
        return ["ctid", "xmin::text::bigint, ctid", *(f"{name}, ctid" for name in columns)]
    return ["rowid", *(f"{name}, rowid" for name in columns)]


def said(answers: Any) -> str:
    return str((json.loads(answers) if isinstance(answers, str) else answers)["B25"])


def pairs(wave: Wave, homes_by: str, answers_by: str) -> int:
    """How many pairs are right when both tables are sorted and laid side by side."""
    homes = operator(f"SELECT household_id FROM surveys_participation ORDER BY {homes_by}")  # noqa: S608
    answers = operator(f"SELECT answers FROM surveys_response ORDER BY {answers_by}")  # noqa: S608
    stayed = [home for (home,) in homes if home in wave.truth]
    return sum(
        MARK % wave.truth[home] == said(text) for home, (text,) in zip(stayed, answers, strict=True)
    )


def test_until_sealing_the_order_of_rows_tells_and_afterwards_nothing_does(wave: Wave):
    """Replaced rows move in PostgreSQL's files, but their keys still tell."""
    assert pairs(wave, "id", "id") == len(wave.truth)
    seal(wave)
    ways = list(product(orders(Participation), orders(Response)))
    ways += [(f"{homes} DESC", answers) for homes, answers in ways if "," not in homes]
    cells = 2  # by telephone and not: what both tables may share
    worst = max(pairs(wave, *way) for way in ways)
    assert worst <= as_far_as_chance(cells, len(ways))


def test_no_shared_column_singles_anybody_out(wave: Wave):
    """A guess inside the groups that both tables share is right for one home in five at most."""
    seal(wave)
    shared = {f.column for f in Participation._meta.fields} & {
        f.column for f in Response._meta.fields
    }
    assert shared == {"id", "survey_id", "channel"}
    keys = {row.pk for row in Participation.objects.all()}
    by_key = [row for row in Response.objects.all() if row.pk in keys]
    homes = {row.pk: row.household_id for row in Participation.objects.all()}
    right = sum(MARK % wave.truth.get(homes[row.pk], -1) == said(row.answers) for row in by_key)
    assert right <= as_far_as_chance(1, 1)
    groups = Counter(Participation.objects.values_list("channel", flat=True))
    assert min(groups.values()) >= 5
    assert min(Counter(Response.objects.values_list("channel", flat=True)).values()) >= 5


def test_nothing_else_was_written_anywhere(wave: Wave, phone: Client, submit: Submit):
    """No session, no audit row, no delivery: only the tables that were made for it."""
    extra = factories.HouseholdFactory(building=Household.objects.all()[0].building)
    url = reverse("surveys:answer", args=[wave.survey.slug, extra.building.place.code])
    before = tables()
    sent = {f"q-{name}": value for name, value in CORE.items()}
    key = receipts.new_key()
    sent |= {"move": "commit", "code": household_code(extra), "intake_key": key}
    phone.post(url, {"move": "start", "code": household_code(extra)})
    phone.post(url, sent)
    services.response_withdraw(survey=wave.survey, receipt=receipts.receipt(key), now=NOW)
    services.tallies_sweep(now=NOW)
    after = tables()
    assert {name for name in after if after[name] != before[name]} <= WRITTEN
    assert not [row for row in after["places_stalemark"] if "'SURVEY'" in row]
    # The row that stays says that the home took part, and not when.
    assert sum((after["surveys_participation"] - before["surveys_participation"]).values()) == 1
    assert after["surveys_response"] == before["surveys_response"]


def test_an_answer_stands_in_one_place_only(wave: Wave):
    seal(wave)
    for name, rows in tables().items():
        if name != "surveys_response":
            assert not any("口令" in row for row in rows), name


def test_codes_and_receipts_are_stored_nowhere(wave: Wave):
    everything = "\n".join("\n".join(rows) for rows in tables().values())
    assert not [code for code in wave.codes if code in everything]


def test_whoever_polls_the_tally_sees_ten_at_once(wave: Wave):
    """Taking part is told at once, so what was answered must not be."""
    returned = [pair[0] for pair in wave.polled]
    released = [0, *(pair[1] for pair in wave.polled)]
    assert returned == list(range(1, HOMES + 1))
    moves = [b - a for a, b in pairwise(released) if a != b]
    assert moves and min(moves) >= services.STEP


def test_no_log_tells_who_answered(
    phone: Client,
    survey: Survey,
    neighbourhood: Neighbourhood,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.request", "django.db.backends", "feedback", "portal"):
        caplog.set_level(logging.DEBUG, logger=name)
    home = neighbourhood.households[0]
    code, key = household_code(home), receipts.new_key()
    url = reverse("surveys:answer", args=[survey.slug, neighbourhood.community.code])
    sent = {f"q-{name}": value for name, value in {**CORE, "B25": MARK % 1}.items()}
    for given in ({"code": "1234"}, {"code": code, "intake_key": key}, {"code": code}):
        phone.post(url, {**sent, "move": "commit", **given})
    phone.post(reverse("surveys:receipt"), {"receipt": receipts.receipt(key)})
    # Statements are logged with DEBUG on, which no installation that residents use has.
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name != "django.db.backends")
    for secret in (code, key, receipts.receipt(key), MARK % 1, "1234"):
        assert secret not in logged


@pytest.mark.sqlite
def test_what_was_deleted_is_gone_from_the_file(wave: Wave):
    """SQLite leaves deleted rows in their pages unless it is told not to; PostgreSQL vacuums."""
    seal(wave)
    file = Path(str(connection.settings_dict["NAME"]))
    raw = b"".join(
        part.read_bytes() for suffix in ("", "-wal") if (part := Path(f"{file}{suffix}")).exists()
    )
    assert {_occurrences(raw, MARK % number) for number in wave.truth.values()} == {1}
    assert {_occurrences(raw, MARK % number) for number in wave.withdrawn} == {0}


def _occurrences(raw: bytes, text: str) -> int:
    escaped = json.dumps(text).strip('"').encode()
    return raw.count(text.encode()) + raw.count(escaped)


def test_sealed_rows_are_of_one_time(wave: Wave):
    seal(wave)
    if connection.vendor == "postgresql":
        for table in ("surveys_participation", "surveys_response"):
            assert len(operator(f"SELECT DISTINCT xmin::text FROM {table}")) == 1  # noqa: S608
    later = NOW + timedelta(days=1)
    assert services.survey_seal(survey=wave.survey, now=later) == wave.survey.merkle_root
