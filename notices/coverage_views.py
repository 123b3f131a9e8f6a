"""Staff screen: what to publish next, and how far publicity covers the communities."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from notices.coverage import Cell, coverage_facts
from notices.models import RequiredNotice
from notices.states import Coverage
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import Place, PlaceQuerySet
from portal.places.page_policy import place_page_models
from portal.places.permissions import can_somewhere, places_with

PER_PAGE = 40
#: So many of what is missing or due soon stand above the table.
NEXT = 30
#: More communities than this are looked at one county at a time.
AT_ONCE = 400


@dataclass(frozen=True)
class Todo:
    """One notice to publish, and the page to start it below, for whoever may."""

    cell: Cell
    page_id: int | None


@dataclass(frozen=True)
class Entry:
    """One required notice of one community in the table; of one that comes again, all periods."""

    cells: list[Cell]

    @property
    def cell(self) -> Cell:
        """The only one; of several, the last that is due, or the first to come."""
        due = [cell for cell in self.cells if cell.is_due]
        return due[-1] if due else self.cells[0]

    @property
    def due(self) -> int:
        return sum(1 for cell in self.cells if cell.is_due)

    @property
    def published(self) -> int:
        return sum(1 for cell in self.cells if cell.is_due and cell.published is not None)


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """A constant number of queries, whatever the number of communities."""
    user = cast(User, request.user)
    if not can_somewhere(user, Action.FIGURES_VIEW):
        raise PermissionDenied
    places = places_with(user, Action.FIGURES_VIEW)
    communities, place = _chosen(places, request.GET.get("place", ""))
    today = timezone.localdate()
    facts = coverage_facts(communities)
    rows = [
        (community, cells) for community in communities if (cells := facts.cells(community, today))
    ]
    cells = [cell for _community, found in rows for cell in found]
    columns = _columns(facts.required, cells)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "today": today,
        "place": place,
        "counties": list(places.counties().order_by("path")),
        "counts": _counts(cells),
        "unknown_years": _unknown_years(cells),
        "todo": _todo(cells, user),
        "required": columns,
        "page_obj": page,
        "rows": [(community, _line(found, columns)) for community, found in page],
    }
    return _page(request, context)


def _chosen(places: PlaceQuerySet, code: str) -> tuple[list[Place], str]:
    """The communities looked at: those under the place asked for, or all, or the first county."""
    found = places.communities()
    above = places.filter(code=code).first() if code else None
    if above is None and found.count() > AT_ONCE:
        above = places.counties().order_by("path").first()
    if above is not None:
        found = found.under(above)
    return list(found.order_by("path")[:AT_ONCE]), above.code if above else ""


def _counts(cells: list[Cell]) -> dict[str, int]:
    due = [cell for cell in cells if cell.is_due]
    return {
        "due": len(due),
        "published": sum(1 for cell in due if cell.published is not None),
        "late": sum(1 for cell in due if cell.state == Coverage.LATE),
        "missing": sum(1 for cell in due if cell.state == Coverage.MISSING),
        "soon": sum(1 for cell in cells if cell.state == Coverage.DUE),
    }


def _unknown_years(cells: list[Cell]) -> list[int]:
    """The years in which a day to come is counted by weekends, the holidays not being announced."""
    days = {cell.due for cell in cells if cell.due and cell.published is None and cell.is_guessed}
    return sorted({day.year for day in days})


def _todo(cells: list[Cell], user: User) -> list[Todo]:
    """What falls due next, then what is overdue, the latest first: the older may be history."""
    soon = sorted(
        (cell for cell in cells if cell.state == Coverage.DUE), key=lambda cell: cell.due or cell.on
    )
    missing = sorted(
        (cell for cell in cells if cell.state == Coverage.MISSING),
        key=lambda cell: cell.due or cell.on,
        reverse=True,
    )
    shown = [*soon, *missing][:NEXT]
    pages = _pages_to_write_below({cell.community.pk for cell in shown}, user)
    return [Todo(cell, pages.get(cell.community.pk)) for cell in shown]


def _pages_to_write_below(communities: set[int], user: User) -> dict[int, int]:
    """Community pk → page pk, for those that `user` may write notices for."""
    places = places_with(user, Action.PAGE_EDIT).filter(pk__in=communities).order_by()
    rows = [
        row
        for model in place_page_models()
        for row in model.objects.filter(place__in=places.values("pk")).values_list("place", "pk")
    ]
    return dict(rows)


def _columns(required: Any, cells: list[Cell]) -> list[RequiredNotice]:
    used = {cell.required.pk for cell in cells}
    return [item for item in required if item.pk in used]


def _line(cells: list[Cell], columns: list[RequiredNotice]) -> list[Entry | None]:
    by_rule: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_rule[cell.required.pk].append(cell)
    return [Entry(by_rule[item.pk]) if item.pk in by_rule else None for item in columns]


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    title = _("What to publish next")
    trail = [(_("Home"), reverse("wagtailadmin_home")), (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, "notices/staff/coverage.html", {**furniture, **context})
