"""The published totals of the 2020 renovation, spread over a few projects of three counties."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from portal.demo import factories
from portal.places.models import Place
from portal.projects.models import RenovationProject
from portal.projects.states import FundSource, SizeClass

AS_OF = date(2022, 2, 28)


def wan(amount: str) -> Decimal:
    """万元 as 元."""
    return Decimal(amount) * 10000


@dataclass
class Record:
    city: Place
    pingcheng: Place
    yungang: Place
    zuoyun: Place
    projects: dict[str, RenovationProject]
    communities: list[Place]


@pytest.fixture
def record(db: None) -> Record:
    """Money to the 万元 of domain.md §1; dates of three projects, one with works left."""
    city = factories.place("CITY", code="1402", name="大同市")
    counties = [
        factories.place("COUNTY", city, code=code, name=name)
        for code, name in (("140213", "平城区"), ("140214", "云冈区"), ("140226", "左云县"))
    ]
    pingcheng, yungang, zuoyun = counties
    projects = {
        "PC": factories.RenovationProjectFactory(
            county=pingcheng, code="PC", budget=wan("39454.85"), contract_total=None
        ),
        "YG": factories.RenovationProjectFactory(
            county=yungang,
            code="YG",
            budget=wan("7353.13"),
            contract_total=wan("3531.40"),
            completed_date=None,
        ),
        "ZY": factories.RenovationProjectFactory(
            county=zuoyun,
            code="ZY",
            contract_total=None,
            size_class=SizeClass.LARGE,
            extension_approved=True,
        ),
    }
    _money(projects)
    return Record(city, pingcheng, yungang, zuoyun, projects, [])


def _money(projects: dict[str, RenovationProject]) -> None:
    def receive(code: str, amount: str, *, eligible: bool = True) -> None:
        factories.FundReceiptFactory(project=projects[code], amount=wan(amount), eligible=eligible)

    def spend(code: str, source: FundSource, amount: str) -> None:
        factories.PaymentFactory(project=projects[code], source=source, amount=wan(amount))

    receive("PC", "30799.76")
    receive("PC", "3972.87")
    receive("PC", "8595.13", eligible=False)
    receive("YG", "4000.00")
    receive("ZY", "2475.19")
    spend("PC", FundSource.CENTRAL, "21921.68")
    spend("PC", FundSource.TREASURY_BOND, "2800.00")
    spend("PC", FundSource.DISTRICT, "1950.58")
    spend("PC", FundSource.OTHER_GRANT, "3972.87")
    spend("YG", FundSource.PROVINCIAL_BOND, "3316.04")
    spend("ZY", FundSource.DISTRICT, "2000.00")


@pytest.fixture
def handover(record: Record) -> Record:
    """79 communities of 2 households, all completed; 34 looked after, 3 of them newly."""
    for number in range(79):
        county, project = (record.yungang, "YG") if number >= 60 else (record.pingcheng, "PC")
        community = factories.place(
            "COMMUNITY", county, code=f"C{number:03d}", name=f"小区{number}"
        )
        building = factories.BuildingFactory(place=community)
        factories.HouseholdFactory.create_batch(2, building=building)
        factories.ProjectCommunityFactory(
            project=record.projects[project],
            community=community,
            residual_item="剩余道路" if number == 78 else "",
            residual_area=Decimal(700 if number == 78 else 0),
        )
        if number < 34:
            factories.PropertyTakeoverFactory(
                community=community,
                newly=number < 3,
                from_date=date(2021, 8, 1) if number < 3 else date(2018, 1, 1),
            )
        record.communities.append(community)
    return record
