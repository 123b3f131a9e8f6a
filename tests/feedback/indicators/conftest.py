"""Two counties with communities whose households answer, complain, and are renovated.

Measuring takes seconds. A module whose tests all begin with the same figures has a function
`stands_on(base)`, which makes them once for the module; what it returns is the fixture `stood`.
Each test works in a transaction of its own on top of it and gets copies of the objects, so that
none sees what another did. Tests that commit need a module that stands on nothing.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.storage import storages
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from feedback.complaints.services.ledger import LedgerRow, ledger_import
from feedback.indicators.cards import cards
from feedback.indicators.models import Export, Measurement
from feedback.indicators.models.exports import ExportState
from feedback.indicators.scorecards import Card
from feedback.indicators.services import export_request, export_run, rebuild
from feedback.surveys import services as surveys
from feedback.surveys.models import Survey
from portal.accounts.models import User
from portal.demo import factories
from portal.places.models import Household, Place
from portal.projects.models import RenovationProject
from tests.conftest import Neighbourhood, make_neighbourhood

LOCAL = ZoneInfo("Asia/Shanghai")
#: Long after the works of 2020 and the satisfaction wave of December 2021.
NOW = datetime(2022, 2, 28, 12, 0, tzinfo=LOCAL)
_numbers = count(1)
_register = count(100_000)


def community_of(parent: Place, code: str, households: int) -> Place:
    """A community with one building and so many households."""
    community = factories.place("COMMUNITY", parent, code=code, name=f"{code}小区")
    building = factories.BuildingFactory(place=community)
    Household.objects.bulk_create(
        factories.HouseholdFactory.build(
            building=building, room=f"{number}", register_number=next(_register)
        )
        for number in range(households)
    )
    return community


def answers(top: int, others: int) -> list[dict[str, Any]]:
    return [{"B1": "5", "B18": "0", "B19": "3", "B21": "BETTER"}] * top + [
        {"B1": "2", "B18": "0", "B19": "3", "B21": "BETTER"}
    ] * others


Wave = Callable[..., Survey]
Answer = Callable[..., None]


def answer_given(
    survey: Survey, community: Place, given: list[dict[str, Any]], **fields: Any
) -> None:
    """One household after the other answers."""
    households = Household.objects.in_place(community).select_related("building")
    taken = survey.participations.values("household")
    free = households.exclude(pk__in=taken).order_by("pk")[: len(given)]
    rows = [
        surveys.ImportedAnswer(community, household, one, **fields)
        for household, one in zip(free, given, strict=True)
    ]
    surveys.responses_import(survey=survey, rows=rows)


@pytest.fixture
def answer() -> Answer:
    """`answer(survey, community, given)`: one household after the other answers."""
    return answer_given


def make_wave(city: Place, **fields: Any) -> Survey:
    """A satisfaction survey of December 2021."""
    dates = {
        "opens_at": datetime(2021, 12, 1, tzinfo=LOCAL),
        "closes_at": datetime(2021, 12, 31, 23, 59, tzinfo=LOCAL),
    }
    given = {"now": NOW, "slug": "wave-2021", **dates, **fields}
    sample = given.pop("sample", "SATISFACTION")
    return factories.published_survey(sample, city, **given)


@pytest.fixture
def wave(neighbourhood: Neighbourhood) -> Wave:
    """`wave()`: a satisfaction survey of December 2021 in the whole city."""
    return partial(make_wave, neighbourhood.city)


def make_city(neighbourhood: Neighbourhood) -> dict[str, Place]:
    """The strata of domain.md §6.1 in Pingcheng (300, 100, 600 households), 220 in Yungang."""
    other_sub = neighbourhood.other.get_parent()
    return {
        "A": community_of(neighbourhood.subdistrict, "PC101", 300),
        "B": community_of(neighbourhood.subdistrict, "PC102", 100),
        "C": community_of(neighbourhood.subdistrict, "PC103", 600),
        "D": community_of(other_sub, "YG101", 220),
    }


@pytest.fixture
def city(neighbourhood: Neighbourhood, standing: "Base | None") -> dict[str, Place]:
    """The strata of domain.md §6.1 in Pingcheng (300, 100, 600 households), 220 in Yungang."""
    return deepcopy(standing.city) if standing else make_city(neighbourhood)


def complaints_filed(community: Place, first: date, events: int, **fields: Any) -> None:
    """Rows of the 12345 ledger in a month, one household each."""
    at = datetime(first.year, first.month, 3, 9, 0, tzinfo=LOCAL)
    ledger_import(
        rows=[
            LedgerRow(
                **{
                    "community": community,
                    "channel": "12345",
                    "source_number": f"DT{next(_numbers):06d}",
                    "category": "C17",
                    "text": "楼前路面不平，雨天积水",
                    "filed_at": at + timedelta(hours=number),
                    "accepted_at": at + timedelta(hours=number),
                    "first_contact_at": at + timedelta(hours=number),
                    "resolved_at": at + timedelta(days=2, hours=number),
                    **fields,
                }
            )
            for number in range(events)
        ]
    )


@pytest.fixture
def complaints(neighbourhood: Neighbourhood) -> Callable[..., None]:
    """`complaints(community, month, how_many)`: rows of the 12345 ledger, one household each."""
    return complaints_filed


@dataclass
class Renovation:
    pingcheng: RenovationProject
    yungang: RenovationProject


@pytest.fixture
def renovation(
    neighbourhood: Neighbourhood, city: dict[str, Place], standing: "Base | None"
) -> Renovation:
    """Two projects with the published money of the source document (元)."""
    if standing and standing.renovation:
        return deepcopy(standing.renovation)
    return make_renovation(neighbourhood, city)


def make_renovation(neighbourhood: Neighbourhood, city: dict[str, Place]) -> Renovation:
    pingcheng = factories.RenovationProjectFactory(county=neighbourhood.county, code="PC-01")
    yungang = factories.RenovationProjectFactory(
        county=neighbourhood.other_county,
        code="YG-01",
        budget=Decimal("73531300.00"),
        contract_total=Decimal("35314000.00"),
    )
    for key, project in (("A", pingcheng), ("B", pingcheng), ("C", pingcheng), ("D", yungang)):
        factories.ProjectCommunityFactory(project=project, community=city[key])
    day = date(2020, 9, 10)
    for project, amount, eligible in (
        (pingcheng, "347726300.00", True),
        (pingcheng, "85951300.00", False),
        (yungang, "64751900.00", True),
    ):
        factories.FundReceiptFactory(
            project=project, entry_date=day, amount=Decimal(amount), eligible=eligible
        )
    for project, amount in ((pingcheng, "306451200.00"), (yungang, "53160500.00")):
        factories.PaymentFactory(project=project, amount=Decimal(amount))
    factories.PropertyTakeoverFactory(community=city["A"])
    return Renovation(pingcheng, yungang)


class Base:
    """What a module stands on: the places, and the projects once they were renovated."""

    def __init__(self) -> None:
        self.neighbourhood = make_neighbourhood()
        self.city = make_city(self.neighbourhood)
        self.renovation: Renovation | None = None
        self.stood: Any = None

    def renovate(self) -> None:
        self.renovation = make_renovation(self.neighbourhood, self.city)

    def closed_wave(self, **satisfied: tuple[int, int]) -> Survey:
        """A wave in which so many of so many were satisfied in each community, closed."""
        survey = make_wave(self.neighbourhood.city)
        for key, (top, n) in satisfied.items():
            answer_given(survey, self.city[key], answers(top, n - top))
        surveys.survey_close(survey=survey, now=datetime(2022, 1, 4, tzinfo=LOCAL))
        return survey


@pytest.fixture(scope="module")
def standing(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Base | None]:
    """What the module stands on, if anything; rolled back when it is through."""
    stands_on = getattr(request.module, "stands_on", None)
    if stands_on is None:
        yield None
        return
    with django_db_blocker.unblock(), transaction.atomic():
        base = Base()
        base.stood = stands_on(base)
        yield base
        transaction.set_rollback(True)


@pytest.fixture
def neighbourhood(standing: Base | None, db: None) -> Neighbourhood:
    return deepcopy(standing.neighbourhood) if standing else make_neighbourhood()


@pytest.fixture
def measured(renovation: Renovation, standing: Base | None) -> Renovation:
    """The renovation with all its figures."""
    if not standing:
        rebuild(None, NOW)
    return renovation


@pytest.fixture
def scored(renovation: Renovation, stood: Survey) -> Renovation:
    """The renovation in a module that stands on `all_answered`."""
    return renovation


@pytest.fixture
def stood(standing: Base | None, db: None) -> Any:
    return deepcopy(standing.stood) if standing else None


def measured_renovation(base: Base) -> None:
    """The renovation with all its figures."""
    base.renovate()
    rebuild(None, NOW)


def all_answered(base: Base) -> Survey:
    """The renovation after a closed satisfaction wave, with all its figures."""
    base.renovate()
    survey = base.closed_wave(A=(48, 60), B=(36, 40), C=(100, 150), D=(48, 60))
    rebuild(None, NOW)
    return survey


def two_answered(base: Base) -> Survey:
    """The renovation after a closed wave that two communities answered, with all its figures."""
    base.renovate()
    survey = base.closed_wave(A=(48, 60), B=(36, 40))
    rebuild(None, NOW)
    return survey


def latest(code: str, place: Place, variant: str = "main", **fields: Any) -> Measurement:
    """The latest measurement of an indicator at a place."""
    found = Measurement.objects.latest_revisions().filter(
        indicator=code, place=place, variant=variant, **fields
    )
    return found.order_by("-period_end", "-pk")[0]


@pytest.fixture
def asked(evaluator: User, neighbourhood: Neighbourhood) -> Callable[..., Export]:
    """`asked(kind, form)`: an export of the city for 2021."""

    def do(
        kind: str = "FIGURES", form: str = "csv", actor: User | None = None, **fields: Any
    ) -> Export:
        given = {"place": neighbourhood.city, "year": 2021, "reason": "年度评价", "now": NOW}
        return export_request(
            **(given | {"actor": actor or evaluator, "kind": kind, "form": form} | fields)
        )

    return do


def made(job: Export) -> Export:
    """`job` after the worker was at it."""
    assert export_run(export_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    return job


def content(job: Export) -> bytes:
    with storages["private"].open(job.file) as file:
        return file.read()


@pytest.fixture
def screen(client: Client, evaluator: User) -> Client:
    """A browser in which the evaluator is signed in."""
    client.force_login(evaluator)
    return client


def asked_for(client: Client, address: str) -> int:
    """Key of the export that posting to `address` asks for."""
    answer = client.post(address)
    assert answer.status_code == 302, answer
    return int(answer["Location"].rstrip("/").rpartition("/")[2])


def made_paper(client: Client, address: str) -> bytes:
    """The file of a form or report: asked for, made by the worker, fetched."""
    pk = asked_for(client, address)
    assert export_run(export_id=pk)
    job = Export.objects.get(pk=pk)
    assert job.state == ExportState.READY, job.problem
    file = client.get(f"/staff/figures/exports/{pk}/file/")
    assert job.file_name in file["Content-Disposition"]
    return b"".join(file.streaming_content)


def card_of(
    scope: Place | RenovationProject,
    year: int = 2021,
    scheme: str = "EVALUATION",
    with_running: bool = True,
) -> Card:
    """The scorecard of one place or project as an evaluator sees it at NOW."""
    found = cards([scope], year=year, scheme=scheme, today=NOW.date(), with_running=with_running)
    return found[0]
