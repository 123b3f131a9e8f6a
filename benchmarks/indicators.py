"""How fast figures follow: one changed answer, everything from scratch, growth to 10,000 places.

The demonstration of 79 communities must be there; see run.py. Growth is measured on generated
places beside it: counties of 20 communities with 4 homes each, a survey that three of them
answered, two cases. Small homes keep the generating short; what is measured is the recalculation.
"""

import multiprocessing
import sys
import time
from datetime import date, datetime, timedelta

from django.db import connection, connections
from django.utils import timezone

from feedback.complaints.models import ComplaintTally
from feedback.complaints.services.ledger import LedgerRow, ledger_import
from feedback.indicators.models import Measurement
from feedback.indicators.services import rebuild, sweep
from feedback.indicators.states import Group
from feedback.surveys.models import Survey, SurveyTally
from feedback.surveys.services import ImportedAnswer, response_submit, responses_import
from feedback.surveys.states import Channel
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.models import Building, Household, Place, StaleMark

Row = tuple[str, str, str, bool]
WORKERS = 2
A_COUNTY = 20
HOMES = 4


def figures_follow(sizes: tuple[int, ...]) -> list[Row]:
    """The rows of the report; `sizes` are numbers of generated communities, growing."""
    rows = [_told(one_answer("79 communities")), _told(from_scratch())]
    if sizes:
        rows += growth(sizes)
    return rows


def _told(row: Row) -> Row:
    """Say each result as it comes: the whole takes a while."""
    sys.stderr.write(f"{row[0]}: {row[2]}\n")
    return row


def one_answer(among: str) -> Row:
    """All indicators and roll-ups after one answer: until no mark is left."""
    took = min(_one_answer() for _ in range(3))
    name = f"All figures after one survey answer, {among}"
    return name, "under 2 s", f"{took:.2f} s", took < 2


def _one_answer(survey: Survey | None = None) -> float:
    now = timezone.now()
    sweep(now)
    survey = survey or Survey.objects.running().order_by("pk")[0]
    answered = survey.participations.values("household")
    homes = Household.objects.filter(building__place__in=survey.communities())
    home = homes.exclude(pk__in=answered).select_related("building__place").order_by("pk")[0]
    response_submit(
        survey=survey,
        community=home.building.place,
        household=home,
        answers={"B1": "5"},
        key=new_key(),
        channel=Channel.SELF,
        now=now,
    )
    begun = time.perf_counter()
    sweep(now)
    took = time.perf_counter() - begun
    left = StaleMark.objects.count()
    if left:
        raise RuntimeError(f"{left} marks were left")
    return took


def from_scratch() -> Row:
    """No tally and no figure is there; two workers work through the marks of everything."""
    before = Measurement.objects.filter(is_latest=True).count()
    Measurement.objects.all().delete()
    SurveyTally.objects.all().delete()
    ComplaintTally.objects.all().delete()
    homes, communities = Household.objects.count(), Place.objects.communities().count()
    mark_everything()
    took = work_through()
    made = Measurement.objects.filter(is_latest=True).count()
    printed: list[str] = []
    rebuild(None, timezone.now(), report=printed.append)
    name = f"From scratch, {communities} communities and {homes:,} households, {WORKERS} workers"
    right = not printed and made > 0
    got = f"{took:.1f} s, {made:,} figures ({before:,} before), {len(printed)} wrong"
    return name, "under 30 s, none wrong", got, took < 30 and right


def mark_everything() -> None:
    marks = []
    for place in Place.objects.all():
        kinds: list[tuple[str, int]] = [(StaleMark.Kind.PROJECT, 0)]
        if place.is_community:
            kinds += [(StaleMark.Kind.COMPLAINTS, 0), (StaleMark.Kind.NOTICES, 0)]
        kinds.append((StaleMark.Kind.ROLLUP, Group.TARGETS))
        marks += [StaleMark(kind=kind, object_id=key, place=place) for kind, key in kinds]
    for survey in Survey.objects.published():
        marks += [
            StaleMark(kind=StaleMark.Kind.SURVEY, object_id=survey.pk, place=place)
            for place in survey.communities()
        ]
    StaleMark.objects.bulk_create(marks, batch_size=1000)


def work_through() -> float:
    """Seconds until the workers have left no mark."""
    name = connection.settings_dict["NAME"]
    connections.close_all()
    context = multiprocessing.get_context("fork")
    begun = time.perf_counter()
    workers = [context.Process(target=_work, args=(str(name),)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun


def _work(name: str) -> None:
    connection.settings_dict["NAME"] = name
    while StaleMark.objects.exists():
        sweep(timezone.now())
        time.sleep(0.02)


def growth(sizes: tuple[int, ...]) -> list[Row]:
    """From scratch and after one answer, for more and more communities."""
    rows: list[Row] = []
    city = factories.place("CITY", code="9999", name="生成市")
    survey = factories.published_survey(
        "SATISFACTION",
        city,
        slug="generated",
        now=timezone.now(),
        opens_at=timezone.now() - timedelta(days=5),
        closes_at=timezone.now() + timedelta(days=5),
    )
    rates = []
    for size in sizes:
        generate(city, survey, size)
        Measurement.objects.filter(place__path__startswith=city.path).delete()
        mark_under(city, survey)
        _settle()
        took = work_through()
        one = min(_one_answer(survey) for _ in range(2))
        rates.append(1000 * took / size)
        got = f"{took:.1f} s ({rates[-1]:.1f} ms each); one answer {one:.2f} s"
        name = f"From scratch, {size:,} generated communities"
        rows.append(_told((name, "reported", got, True)))
    ratio = rates[-1] / rates[0]
    name = f"Time for each community, {sizes[-1]:,} against {sizes[0]:,}"
    rows.append((name, "at most 1.5", f"{ratio:.2f}", ratio <= 1.5))
    return rows


def _settle() -> None:
    """As the server does by itself before long: its statistics are those of the size before."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def mark_under(city: Place, survey: Survey) -> None:
    communities = list(Place.objects.under(city).communities())
    SurveyTally.objects.filter(community__in=communities).delete()
    ComplaintTally.objects.filter(community__path__startswith=city.path).delete()
    StaleMark.objects.all().delete()
    marks = [
        StaleMark(kind=kind, object_id=key, place=place)
        for place in communities
        for kind, key in (
            (StaleMark.Kind.SURVEY, survey.pk),
            (StaleMark.Kind.COMPLAINTS, 0),
            (StaleMark.Kind.PROJECT, 0),
        )
    ]
    StaleMark.objects.bulk_create(marks, batch_size=1000)


def generate(city: Place, survey: Survey, size: int) -> None:
    """Fill the city up to `size` communities, in new counties of twenty."""
    city.refresh_from_db()
    there = Place.objects.under(city).communities().count()
    number = Place.objects.under(city).counties().count()
    while there < size:
        county = factories.place("COUNTY", city, code=f"99{number:04d}", name=f"生成{number}区")
        city.refresh_from_db()
        street = factories.place("SUBDISTRICT", county, code=f"98{number:04d}", name="生成街道")
        new = [
            factories.place("COMMUNITY", street, code=f"G{number:04d}{n:02d}", name=f"生成{n}小区")
            for n in range(min(A_COUNTY, size - there))
        ]
        _fill(survey, new)
        there += len(new)
        number += 1


def _fill(survey: Survey, communities: list[Place]) -> None:
    first = Household.objects.order_by("-register_number").values_list("register_number", flat=True)
    number = (first.first() or 0) + 1
    answers, cases = [], []
    month = timezone.localdate().replace(day=1)
    for place in communities:
        building = Building.objects.create(place=place, name="1号楼")
        homes = Household.objects.bulk_create(
            factories.HouseholdFactory.build(
                building=building, room=f"{n}", register_number=number + n
            )
            for n in range(HOMES)
        )
        number += HOMES
        answers += [ImportedAnswer(place, home, {"B1": "5"}) for home in homes[:2]]
        cases += [_case(place, n, month) for n in range(2)]
    responses_import(survey=survey, rows=answers)
    ledger_import(rows=cases)


def _case(place: Place, number: int, month: date) -> LedgerRow:
    at = datetime(month.year, month.month, 1, 9, tzinfo=timezone.get_default_timezone())
    at -= timedelta(days=40 + number)
    return LedgerRow(
        community=place,
        channel="12345",
        source_number=f"{place.code}-{number}",
        category="C17",
        text="楼前路面不平",
        filed_at=at,
        accepted_at=at,
        first_contact_at=at,
        resolved_at=at + timedelta(days=2),
    )
