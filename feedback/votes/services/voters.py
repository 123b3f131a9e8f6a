"""The list of those entitled to vote: from the register, or from the owners' list of the office."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from feedback.votes.models import Ballot, BallotEvent, Voter, VoterHome
from feedback.votes.services.ballots import ballot_change
from feedback.votes.states import State
from portal.places.models import Household

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Heading of the owners' list → what it is; several spellings lead to one.
COLUMNS = {
    "业主编号": "owner",
    "owner": "owner",
    "姓名": "name",
    "业主姓名": "name",
    "name": "name",
    "共有人数": "co_owners",
    "co-owners": "co_owners",
    "楼栋": "building",
    "building": "building",
    "单元": "unit",
    "unit": "unit",
    "房号": "room",
    "room": "room",
    "专有面积": "area",
    "建筑面积": "area",
    "area": "area",
}
NEEDED = {"owner": "业主编号", "building": "楼栋", "room": "房号"}
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class VoterRow:
    """One home and who owns it. Rows with the same `owner` are one head."""

    owner: str
    household: Household
    area: Decimal
    name: str = ""
    co_owners: int = 0


def rows_from_register(ballot: Ballot, on: date) -> Iterator[VoterRow]:
    """Every home of the community with an area, each its own owner: where no owners' list is."""
    for home in _homes(ballot, on).values():
        if home.floor_area > 0:
            yield VoterRow(str(home.pk), home, home.floor_area)


def rows_from_table(
    ballot: Ballot, table: Iterable[tuple[int, list[Any]]], on: date
) -> list[VoterRow]:
    """The rows of an uploaded owners' list: (row number, cells), the first the headings.

    An area left out is that of the register. Raises ValidationError naming every wrong row.
    """
    lines = iter(table)
    header = next(lines, (1, []))[1]
    places = {COLUMNS[key]: i for i, cell in enumerate(header) if (key := _text(cell)) in COLUMNS}
    missing = [title for name, title in NEEDED.items() if name not in places]
    if missing:
        text = _("The first row has no column “%(column)s”.")
        raise ValidationError([text % {"column": column} for column in missing])
    homes = _homes(ballot, on)
    rows, problems = [], []
    for number, cells in lines:
        fields = {name: _text(cells[i]) if i < len(cells) else "" for name, i in places.items()}
        try:
            rows.append(_row(fields, homes))
        except ValueError as error:
            problems.append(_("Row %(row)s: %(problem)s") % {"row": number, "problem": error})
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        shown = problems[:SHOWN_PROBLEMS]
        if more > 0:
            shown.append(_("and %(count)s more") % {"count": more})
        raise ValidationError(shown)
    return rows


def voters_replace(
    *, ballot: Ballot, rows: Iterable[VoterRow], by: "User", now: datetime
) -> tuple[int, int]:
    """Make the list anew, as long as the vote is prepared. Returns (voters, homes).

    Raises ValidationError for an empty list and a home that stands twice.
    """
    chosen = list(rows)
    with ballot_change(ballot, by) as row:
        if row.state != State.DRAFT:
            raise ValidationError(_("The list is fixed once the vote is announced."))
        _check_once(chosen)
        row.voters.all().delete()
        owners = list(dict.fromkeys(item.owner for item in chosen))
        first = {item.owner: item for item in reversed(chosen)}
        voters = Voter.objects.bulk_create(
            [
                Voter(
                    ballot=row,
                    number=number,
                    name=first[owner].name,
                    co_owners=first[owner].co_owners,
                )
                for number, owner in enumerate(owners, start=1)
            ],
            batch_size=500,
        )
        of_owner = dict(zip(owners, voters, strict=True))
        VoterHome.objects.bulk_create(
            [
                VoterHome(
                    ballot=row,
                    voter=of_owner[item.owner],
                    household=item.household,
                    area=item.area,
                )
                for item in chosen
            ],
            batch_size=500,
        )
        BallotEvent.objects.create(
            ballot=row,
            kind=BallotEvent.Kind.VOTERS,
            at=now,
            actor=by,
            text=f"{len(voters)} / {len(chosen)}",
        )
    return len(voters), len(chosen)


def _check_once(rows: list[VoterRow]) -> None:
    if not rows:
        raise ValidationError(_("The list is empty."))
    seen: set[int] = set()
    for item in rows:
        if item.household.pk in seen:
            text = _("%(home)s stands on the list twice.")
            raise ValidationError(text % {"home": item.household})
        seen.add(item.household.pk)


def _row(fields: dict[str, str], homes: dict[tuple[str, str, str], Household]) -> VoterRow:
    """Raises ValueError with what is wrong, in the user's language."""
    for name, title in NEEDED.items():
        if not fields.get(name):
            raise ValueError(_("%(column)s is missing") % {"column": title})
    home = homes.get((fields["building"], fields.get("unit", ""), fields["room"]))
    if home is None:
        raise ValueError(_("This home is not in the register of the community."))
    return VoterRow(
        owner=fields["owner"],
        household=home,
        area=_area(fields.get("area", ""), home),
        name=fields.get("name", "")[:60],
        co_owners=_whole(fields.get("co_owners", "")),
    )


def _area(text: str, home: Household) -> Decimal:
    if not text:
        if home.floor_area <= 0:
            raise ValueError(_("The area is missing, here and in the register."))
        return home.floor_area
    try:
        area = Decimal(text)
    except InvalidOperation:
        area = Decimal(0)
    if not area.is_finite() or not 0 < area < 100_000 or area != round(area, 2):
        raise ValueError(_("The area is not a number of square metres with two decimals."))
    return area


def _whole(text: str) -> int:
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 2:
        raise ValueError(_("The number of co-owners is not a small whole number."))
    return int(text)


def _homes(ballot: Ballot, on: date) -> dict[tuple[str, str, str], Household]:
    homes = Household.objects.filter(building__place=ballot.place).on(on)
    ordered = homes.select_related("building").order_by("building__name", "unit", "room", "pk")
    return {(home.building.name, home.unit, home.room): home for home in ordered}


def _text(cell: Any) -> str:
    """A cell as text: full-width signs made plain, `3.0` of a spreadsheet made `3`."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()
