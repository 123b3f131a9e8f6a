"""The renovation record of 2020–2022: projects, money, completion and takeovers."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from portal.demo import money_plan
from portal.demo.register import Community, Register
from portal.demo.stated import stated_seed
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)
from portal.projects.states import FundSource, TakeoverKind

STARTS = [date(2020, 9, 1), date(2020, 9, 7), date(2020, 9, 14)]
COMPLETED = date(2021, 6, 30)
FIRST_MONEY, LAST_MONEY = date(2020, 8, 26), date(2021, 9, 30)
FIRST_PAYMENT, LAST_PAYMENT = date(2020, 10, 12), date(2022, 1, 28)
RESIDUAL_COUNTY = "140214"
RESIDUAL_AREA = Decimal(700)

MANAGERS = ["和邻物业服务有限公司", "安居乐物业有限公司", "同舟物业管理有限公司"]
CONTRACTORS = ["晋北古都建筑工程有限公司", "宏基市政建设有限公司", "恒筑防水工程有限公司"]


def record_seed(register: Register, rng: Random) -> None:
    """One short transaction; every sum of domain.md §1 comes out exactly."""
    with transaction.atomic():
        for county in register.counties:
            members = register.in_county(county)
            projects = _projects(register, county, members, rng)
            _ledgers(county, projects, rng)
            _takeovers(members, rng)
        stated_seed(register)


def _projects(
    register: Register, county: str, members: list[Community], rng: Random
) -> list[tuple[RenovationProject, int]]:
    """The county's projects with their households; neighbours are in one project."""
    plan = members[0].draft.county
    groups = [
        members[i * len(members) // plan.projects : (i + 1) * len(members) // plan.projects]
        for i in range(plan.projects)
    ]
    weights = [sum(c.draft.households for c in group) for group in groups]
    budget, contract = money_plan.BUDGETS[county]
    budgets, contracts = spread(budget, weights), spread(contract, weights)
    residual = len(groups) - 1 if county == RESIDUAL_COUNTY else -1
    projects = []
    for index, group in enumerate(groups):
        project = RenovationProject.objects.create(
            county=register.counties[county],
            code=f"{plan.prefix}2020-{index + 1:02d}",
            name=f"{plan.name}2020年老旧小区改造项目（{index + 1}标段）",
            investment=budgets[index],
            budget=budgets[index],
            contract_total=contracts[index],
            completed_date=None if index == residual else COMPLETED,
        )
        start = STARTS[index % len(STARTS)]
        _members(project, group, start, has_residual=index == residual)
        projects.append((project, weights[index]))
    return projects


def _members(
    project: RenovationProject, group: list[Community], start: date, *, has_residual: bool
) -> None:
    rows = [
        ProjectCommunity(
            project=project,
            community=community.place,
            start_date=start,
            completed_date=COMPLETED,
            area=sum((h.floor_area for h in community.households), Decimal(0)),
        )
        for community in group
    ]
    if has_residual:
        rows[-1].residual_item = "小区内道路700㎡未完成"
        rows[-1].residual_area = RESIDUAL_AREA
    ProjectCommunity.objects.bulk_create(rows)


def _ledgers(county: str, projects: list[tuple[RenovationProject, int]], rng: Random) -> None:
    weights = [weight for _project, weight in projects]
    receipts: list[FundReceipt] = []
    payments: list[Payment] = []
    for source, total in money_plan.RECEIVED[county].items():
        for (project, _w), amount in zip(projects, spread(total, weights), strict=True):
            receipts += _receipts(project, source, amount, rng)
    for (project, _w), amount in zip(
        projects, spread(money_plan.UNRELATED.get(county, 0), weights), strict=True
    ):
        if amount:
            receipts += _receipts(project, FundSource.OTHER_GRANT, amount, rng, eligible=False)
    for source, total in money_plan.SPENT[county].items():
        for (project, _w), amount in zip(projects, spread(total, weights), strict=True):
            payments += _payments(project, source, amount, rng)
    receipts.sort(key=lambda row: (row.entry_date, row.project_id))
    payments.sort(key=lambda row: (row.entry_date, row.project_id))
    FundReceipt.objects.bulk_create(receipts, batch_size=500)
    Payment.objects.bulk_create(payments, batch_size=500)


def _receipts(
    project: RenovationProject,
    source: FundSource,
    amount: int,
    rng: Random,
    *,
    eligible: bool = True,
) -> list[FundReceipt]:
    parts = spread(amount, [6, 4] if source == FundSource.CENTRAL else [1])
    days = [FIRST_MONEY] if source == FundSource.CENTRAL else []
    days += sorted(_day(FIRST_MONEY, LAST_MONEY, rng) for _ in range(len(parts) - len(days)))
    note = "" if eligible else "用于保障性住房租金补贴、棚户区改造等，与本次改造无关"
    document = money_plan.DOCUMENTS[source]
    return [
        FundReceipt(
            project=project,
            entry_date=day,
            source=source,
            amount=part,
            eligible=eligible,
            document=document,
            note=note,
        )
        for day, part in zip(days, parts, strict=True)
    ]


def _payments(
    project: RenovationProject, source: FundSource, amount: int, rng: Random
) -> list[Payment]:
    count = rng.randint(3, 6)
    parts = spread(amount, [rng.randint(2, 9) for _ in range(count)])
    days = sorted(_day(FIRST_PAYMENT, LAST_PAYMENT, rng) for _ in parts)
    payee = rng.choice(CONTRACTORS)
    return [
        Payment(
            project=project,
            entry_date=day,
            source=source,
            amount=part,
            document=f"{project.code}-付{number:02d}",
            payee=payee,
            note="工程进度款",
        )
        for number, (day, part) in enumerate(zip(days, parts, strict=True), start=1)
    ]


def _takeovers(members: list[Community], rng: Random) -> None:
    plan = members[0].draft.county
    chosen = rng.sample(members, plan.newly + plan.taken_over)
    rows = []
    for index, community in enumerate(chosen):
        is_new = index < plan.newly
        first = date(2021, 9, 1) + timedelta(days=30 * index) if is_new else date(2012, 1, 1)
        kind = rng.choices(list(TakeoverKind), [7, 2, 1])[0]
        rows.append(
            PropertyTakeover(
                community=community.place,
                kind=TakeoverKind.CONTRACT if is_new else kind,
                manager=rng.choice(MANAGERS),
                from_date=first if is_new else _day(first, date(2019, 12, 31), rng),
                newly=is_new,
            )
        )
    PropertyTakeover.objects.bulk_create(rows)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole parts proportional to `weights`, nothing lost."""
    parts, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        upto = total * seen // sum(weights)
        parts.append(upto - given)
        given = upto
    return parts


def _day(first: date, last: date, rng: Random) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))
