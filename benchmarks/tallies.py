"""Recounting surveys at scale: `python benchmarks/tallies.py`. Puts a section into RESULTS.md.

A city with communities of 500 households each, all of which answered; the same answers lie in
FormSubmission rows of Wagtail's form page. The loop in Python over those is what recounting is
measured against, in turns. PostgreSQL where DATABASE_URL says so; the database is one of its own
that goes afterwards. `--rows` for fewer than a million answers.
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

Row = tuple[str, str, str, bool]
HOMES, QUESTIONS, WORKERS = 500, 10, 2
#: So many rows the loop goes over in each round.
LOOP = 100_000


def fill(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY on PostgreSQL. No value may have a tab, a line end or a backslash in it."""
    from django.db import connection

    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as to:
            for block in blocks("\t".join(map(str, row)) + "\n" for row in rows):
                to.write(block)
        return
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(rows))  # noqa: S608


def blocks(lines: Iterator[str]) -> Iterator[str]:
    while block := "".join(islice(lines, 5000)):
        yield block


def city(communities: int) -> tuple[Any, list[int]]:
    """(the city, keys of its communities), each with one building."""
    from portal.demo import factories
    from portal.places.models import Building, Place

    top = factories.place("CITY", code="BENCH", name="演示市")
    county = factories.place("COUNTY", top, code="BENCH-C", name="演示区")
    street = factories.place("SUBDISTRICT", county, code="BENCH-S", name="演示街道")
    made = Place.objects.bulk_create(
        (
            Place(
                level_id="COMMUNITY", code=f"T{n:05d}", name=f"演示{n:05d}小区", numchild=0,
                path=Place._get_path(street.path, street.depth + 1, n), depth=street.depth + 1,
            )
            for n in range(1, communities + 1)
        ),
        batch_size=1000,
    )  # fmt: skip
    Place.objects.filter(pk=street.pk).update(numchild=communities)
    Building.objects.bulk_create((Building(place=place, name="1号楼") for place in made), 1000)
    return top, [place.pk for place in made]


def ten_questions(survey: Any) -> Any:
    """The questionnaire of `survey`, cut down to QUESTIONS that are answered by choosing."""
    from feedback.surveys.models import Questionnaire
    from feedback.surveys.questionnaire import Type

    whole = survey.current_questionnaire()
    keys = {
        question.key
        for question in whole.compiled().asked()
        if question.type in (Type.SINGLE, Type.LIKERT, Type.MULTIPLE) and not question.show_if
    }
    chosen = [one for one in whole.definition["questions"] if one["key"] in keys][:QUESTIONS]
    left = {one["key"] for one in chosen}
    groups = [
        {**group, "keys": [key for key in group["keys"] if key in left]}
        for group in whole.definition["groups"]
    ]
    definition = {**whole.definition, "questions": chosen, "groups": groups}
    Questionnaire.objects.filter(pk=whole.pk).delete()
    return Questionnaire.objects.create(
        survey=survey, number=whole.number, definition=definition, sha256=whole.sha256
    )


def answered(definition: Any, count: int) -> Iterator[tuple[str, str]]:
    """`count` answers to every question as JSON, and by which channel each came."""
    from feedback.surveys.questionnaire import Type

    rng = Random(7)  # noqa: S311
    parts = []
    for question in definition.asked():
        codes = list(question.codes)
        given: list[Any] = codes
        if question.type is Type.MULTIPLE:
            given = [sorted({rng.choice(codes), rng.choice(codes)}) for _ in range(20)]
        parts.append([f"{json.dumps(question.key)}: {json.dumps(one)}" for one in given])
    channels = ["SELF", "SELF", "SELF", "PAPER"]
    for _number in range(count):
        yield "{" + ", ".join(rng.choice(part) for part in parts) + "}", rng.choice(channels)


def fill_all(survey: Any, page: Any, keys: list[int]) -> float:
    """Households, who took part, answers, and the same in form submissions; the seconds it took."""
    from django.db import connection

    from portal.places.models import Building

    begun = time.perf_counter()
    buildings = dict(Building.objects.values_list("place", "pk"))
    total, first = len(keys) * HOMES, 10**6
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # These rows fit together; asking for each of them would be most of the work.
            cursor.execute("SET session_replication_role = replica")
    homes = (
        (
            first + n, buildings[keys[n // HOMES]], n % 6 + 1, n % HOMES + 101, 10**7 + n, 1,
            "76.50", "OWNED", "OCCUPIED" if n % 9 else "VACANT", "2000-01-01",
        )
        for n in range(total)
    )  # fmt: skip
    columns = "id building_id unit room register_number code_issue floor_area tenure occupancy"
    fill("places_household", [*columns.split(), "valid_from"], homes)
    took_part = ((survey.pk, first + n, "SELF") for n in range(total))
    fill("surveys_participation", ["survey_id", "household_id", "channel"], took_part)
    asked = ten_questions(survey)
    definition = asked.compiled()
    responses = (
        (
            survey.pk, asked.pk, keys[n // HOMES], channel, "COUNTED", answers, "", "",
            hashlib.sha256(str(n).encode()).hexdigest(),
        )
        for n, (answers, channel) in enumerate(answered(definition, total))
    )  # fmt: skip
    columns = "survey_id questionnaire_id community_id channel standing answers flags salt"
    fill("surveys_response", [*columns.split(), "receipt_hash"], responses)
    forms = ((answers, page.pk, "2026-03-01") for answers, _ in answered(definition, total))
    fill("wagtailforms_formsubmission", ["form_data", "page_id", "submit_time"], forms)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")
            # As the server does by itself before long.
            cursor.execute("VACUUM ANALYZE")
    return time.perf_counter() - begun


def loop(page: Any, rows: int) -> tuple[float, dict[str, Counter[str]]]:
    """(rows a second, field → value → how often) as a loop over the submissions finds it."""
    from wagtail.contrib.forms.models import FormSubmission

    found: dict[str, Counter[str]] = {}
    begun = time.perf_counter()
    for submission in FormSubmission.objects.filter(page=page).order_by("pk")[:rows].iterator():
        for name, value in submission.form_data.items():
            counter = found.setdefault(name, Counter())
            for one in value if isinstance(value, list) else [value]:
                counter[one] += 1
    return rows / (time.perf_counter() - begun), found


def recount(survey: Any, keys: list[int]) -> float:
    """Seconds for recounting these communities, tallies written anew."""
    from django.utils import timezone

    from feedback.surveys.models import SurveyTally
    from feedback.surveys.services.rebuilding_all import tallies_rebuild_all

    SurveyTally.objects.all().delete()
    begun = time.perf_counter()
    changed = tallies_rebuild_all({survey.pk: keys}, now=timezone.now(), processes=WORKERS)
    took = time.perf_counter() - begun
    assert len(changed) == len(keys)
    return took


def totals(survey: Any, keys: list[int]) -> dict[str, Counter[str]]:
    from feedback.surveys.models import SurveyTally

    found: dict[str, Counter[str]] = {}
    for tally in SurveyTally.objects.filter(survey=survey, community__in=keys):
        assert (tally.released, tally.returned, tally.population) == (HOMES, HOMES, HOMES)
        for key, counts in tally.questions.items():
            counts.pop("#")
            found.setdefault(key, Counter()).update(counts)
    return found


def one_community(survey: Any, keys: list[int], state: str) -> Row:
    """The first time writes the most: every answer is new."""
    from django.utils import timezone

    from feedback.surveys.services import tally_rebuild

    took = []
    for key in keys:
        begun = time.perf_counter()
        assert tally_rebuild(survey_id=survey.pk, community_id=key, now=timezone.now())
        took.append((time.perf_counter() - begun) * 1000)
    middle = statistics.median(took)
    name = f"One community of {HOMES} households is recounted, {state}"
    got = f"{middle:.0f} ms (median of {len(took)}; {min(took):.0f} to {max(took):.0f})"
    return name, "under 50 ms", got, middle < 50


def tallies_at_scale(total: int = 1_000_000, rounds: int = 3) -> list[Row]:
    from django.db import connection
    from django.utils import timezone
    from wagtail.models import Page

    from benchmarks.filing import form_page
    from feedback.surveys.models import Survey, SurveyTally
    from portal.demo import factories

    is_server = connection.vendor == "postgresql"
    top, keys = city(total // HOMES)
    now = timezone.now()
    survey = factories.published_survey("SATISFACTION", top, now=now, slug="benchmark-tallies")
    url, _names = form_page("", "benchmark-tallies-form", [])
    page = Page.objects.get(slug=url.strip("/").rpartition("/")[2])
    filled = fill_all(survey, page, keys)
    rows: list[Row] = [
        (f"{total:,} answers are written", "under 120 s", f"{filled:.0f} s", filled < 120)
    ]
    rows.append(one_community(survey, keys[:20], "all answers new"))
    Survey.objects.filter(pk=survey.pk).update(
        closed_at=now, opens_at=now - timedelta(days=2), closes_at=now - timedelta(days=1)
    )
    SurveyTally.objects.all().delete()
    rows.append(one_community(survey, keys[:20], "closed"))
    ratios, rates, loops = [], [], []
    for _round in range(rounds):
        loops.append(loop(page, min(LOOP, total))[0])
        rates.append(total / recount(survey, keys))
        ratios.append(rates[-1] / loops[-1])
    _rate, expected = loop(page, total)
    ratio = statistics.median(ratios)
    same = totals(survey, keys) == expected
    who = f"{WORKERS} processes" if is_server else "1 process"
    rows.append(
        (
            f"{total:,} answers recounted by {who}, against a loop over FormSubmission",
            "5 times as fast, same counts" if is_server else "same counts",
            f"{ratio:.1f} times ({statistics.median(rates):,.0f} against "
            f"{statistics.median(loops):,.0f} a second; rounds {min(ratios):.1f} to "
            f"{max(ratios):.1f}), counts {'the same' if same else 'DIFFER'}",
            same and (ratio >= 5 or not is_server),
        )
    )
    if total > 10_000:
        rows.append(growth(survey, keys, rounds))
    return rows


def growth(survey: Any, keys: list[int], rounds: int) -> Row:
    """Time an answer, from 10,000 answers up; each size `rounds` times, the fastest counts."""
    sizes = [size for size in (10_000, 100_000, 1_000_000) if size <= len(keys) * HOMES]
    each = {}
    for size in sizes:
        part = keys[: size // HOMES]
        each[size] = min(recount(survey, part) for _round in range(rounds)) / size * 1e6
    got = ", ".join(f"{size:,}: {took:.1f} µs" for size, took in each.items())
    name = "Time an answer when there are ten and a hundred times as many"
    return name, "at most 1.5 times that of 10,000", got, max(each.values()) < 1.5 * each[10_000]


def main() -> int:
    from django.core.management import call_command

    from benchmarks.complaints import temporary_database
    from benchmarks.filing import met, results_put

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dry", action="store_true", help="do not put it into RESULTS.md")
    options = parser.parse_args()
    call_command("compile_catalogue")
    remove: Callable[[], None] = temporary_database()
    try:
        rows = tallies_at_scale(options.rows)
    finally:
        remove()
    from django.db import connection

    about = (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Python {platform.python_version()}, "
        f"{connection.vendor}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the "
        "end. Made by `python benchmarks/tallies.py`."
    )
    lines = [f"| {what} | {goal} | {got} | {met(goal, ok)} |" for what, goal, got, ok in rows]
    text = "\n".join(
        [about, "", "| what | goal | measured | met |", "|---|---|---|---|", *lines, ""]
    )
    sys.stdout.write(text)
    if not options.dry:
        results_put("Tallies", text)
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.alone import run_alone

    run_alone("tallies", main)
