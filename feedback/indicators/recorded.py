"""What our own record says of the figures a report states that are no indicator (domain.md §1)."""

from collections.abc import Callable
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from feedback.indicators.cards import cards
from feedback.indicators.definitions import Text
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.scorecards import Card
from feedback.indicators.targets import TargetBook
from portal.places.counts import household_counts
from portal.places.models import Building, Place
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
    StatedFigure,
)
from portal.projects.states import FundSource

WAN = Decimal(10_000)
Value = Decimal | Text | None


def recorded(row: StatedFigure) -> Value:
    """Our value of a stated figure, in its unit; None where we keep nothing like it."""
    found = _BY_KEY.get(row.key)
    return found(row.place, row) if found else None


def _projects(place: Place, row: StatedFigure) -> Value:
    return Decimal(RenovationProject.objects.in_place(place).count())


def _communities(place: Place, row: StatedFigure) -> Value:
    return Decimal(ProjectCommunity.objects.in_place(place).count())


def _renovated(place: Place) -> list[Place]:
    keys = ProjectCommunity.objects.in_place(place).values("community")
    return list(Place.objects.filter(pk__in=keys))


def _buildings(place: Place, row: StatedFigure) -> Value:
    return Decimal(Building.objects.filter(place__in=_renovated(place)).count())


def _households(place: Place, row: StatedFigure) -> Value:
    return Decimal(sum(household_counts(_renovated(place), row.stated_date).values()))


def _area(place: Place, row: StatedFigure) -> Value:
    found = ProjectCommunity.objects.in_place(place).aggregate(sum=Sum("area"))["sum"]
    return None if found is None else Decimal(str(found)).quantize(Decimal("0.01"))


def _of_projects(field: str) -> Callable[[Place, StatedFigure], Value]:
    def value(place: Place, row: StatedFigure) -> Value:
        amounts = RenovationProject.objects.in_place(place).values_list(field, flat=True)
        known = [amount for amount in amounts if amount is not None]
        return _wan(sum(known, Decimal(0))) if known else None

    return value


def _money(
    model: type[FundReceipt | Payment], source: str = "", *, eligible_only: bool = False
) -> Callable[[Place, StatedFigure], Value]:
    def value(place: Place, row: StatedFigure) -> Value:
        projects = RenovationProject.objects.in_place(place).values("pk")
        rows = model.objects.filter(project__in=projects, entry_date__lte=row.stated_date)
        if source:
            rows = rows.filter(source=source)
        if eligible_only:
            rows = rows.filter(eligible=True)
        amounts = list(rows.values_list("amount", flat=True))
        return _wan(sum(amounts, Decimal(0))) if amounts else None

    return value


def _done(field: str) -> Callable[[Place, StatedFigure], Value]:
    def value(place: Place, row: StatedFigure) -> Value:
        projects = RenovationProject.objects.in_place(place)
        return Decimal(projects.filter(**{f"{field}__lte": row.stated_date}).count())

    return value


def _taken_over(place: Place, row: StatedFigure) -> Value:
    found = PropertyTakeover.objects.filter(community__path__startswith=place.path, newly=True)
    return Decimal(found.active_on(row.stated_date).count())


def _left_to_do(place: Place, row: StatedFigure) -> Value:
    areas = ProjectCommunity.objects.in_place(place).values_list("residual_area", flat=True)
    return sum(areas, Decimal(0))


def _target(place: Place, row: StatedFigure) -> Value:
    """Of the execution rate, for the last year that was over."""
    year = row.stated_date.year - 1
    found = TargetBook([place], [year]).holding(place, "I09", "main", year)
    return found.value if found else None


def _card(place: Place, row: StatedFigure) -> Card:
    """Of the last year that was over when the report was written."""
    year, today = row.stated_date.year - 1, timezone.localdate()
    return cards([place], year=year, scheme=SchemeCode.EVALUATION, today=today, with_running=False)[
        0
    ]


def _score(place: Place, row: StatedFigure) -> Value:
    return _card(place, row).total


def _grade(place: Place, row: StatedFigure) -> Value:
    grade = _card(place, row).grade
    return grade.name if grade else None


def _wan(amount: Decimal) -> Decimal:
    return (amount / WAN).quantize(Decimal("0.01"))


_BY_KEY: dict[str, Callable[[Place, StatedFigure], Value]] = {
    "projects": _projects,
    "communities": _communities,
    "buildings": _buildings,
    "households": _households,
    "floor-area": _area,
    "investment": _of_projects("investment"),
    "budget": _of_projects("budget"),
    "contract": _of_projects("contract_total"),
    "received": _money(FundReceipt),
    "spent": _money(Payment),
    "spent-central": _money(Payment, FundSource.CENTRAL),
    "spent-bond": _money(Payment, FundSource.TREASURY_BOND),
    "spent-provincial": _money(Payment, FundSource.PROVINCIAL_BOND),
    "spent-district": _money(Payment, FundSource.DISTRICT),
    "received-adjusted": _money(FundReceipt, eligible_only=True),
    "other-grant": _money(FundReceipt, FundSource.OTHER_GRANT),
    "other-grant-used": _money(Payment, FundSource.OTHER_GRANT),
    "execution-target": _target,
    "takeover-new": _taken_over,
    "residual": _left_to_do,
    "accepted": _done("accepted_date"),
    "accounts": _done("accounts_date"),
    "score": _score,
    "grade": _grade,
}
