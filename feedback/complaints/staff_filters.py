"""What narrows the list of complaints, and the counts beside it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category, ComplaintQuerySet, due_condition
from feedback.complaints.numbers import normalise_number
from feedback.complaints.opened_figure import OpenedFigure
from feedback.complaints.states import OPEN, State
from feedback.complaints.worklist import escalation
from portal.places.models import Place

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Tab → its name, in the order shown.
TABS = {
    "mine": _("My worklist"),
    "open": pgettext_lazy("complaints", "Open"),
    "today": _("To do today"),
    "overdue": _("Overdue"),
    "new": pgettext_lazy("complaints", "New"),
    "escalated": _("Come up to you"),
    "waiting": _("Waiting for the resident"),
    "answer": _("Asked whether it is solved"),
    "petition": _("With the petition office"),
    "closed": pgettext_lazy("complaints", "Closed"),
    "refused": _("Not taken up"),
    "all": pgettext_lazy("complaints", "All"),
}


def end_of_day(now: datetime) -> datetime:
    day = timezone.localdate(now) + timedelta(days=1)
    return datetime.combine(day, time.min, LOCAL)


#: Tabs that a state alone decides; "all" has every state.
TAB_STATES: dict[str, Collection[State]] = {
    "open": OPEN,
    "new": {State.RECEIVED},
    "answer": {State.RESOLVED},
    "petition": {State.TRANSFERRED},
    "closed": {State.CLOSED, State.UNCONFIRMED},
    "refused": {State.REFUSED, State.WITHDRAWN, State.MERGED},
    "all": frozenset(State),
}


def open_tabs(now: datetime) -> dict[str, Q]:
    """Tabs of open cases that the clock decides."""
    return {
        "today": due_condition(end_of_day(now)),
        "overdue": due_condition(now),
        "waiting": Q(waiting_since__isnull=False),
    }


def tab_condition(tab: str, now: datetime, user: "User") -> Q:
    if tab == "escalated":
        return escalation(user)
    if tab in TAB_STATES:
        return Q() if tab == "all" else Q(state__in=sorted(TAB_STATES[tab]))
    return Q(state__in=sorted(OPEN)) & open_tabs(now)[tab]


@dataclass(frozen=True)
class Choice:
    text: str
    url: str
    count: int
    current: bool


class ComplaintList:
    """The complaints somebody may see, narrowed by tab, category, place and a search."""

    def __init__(
        self, visible: ComplaintQuerySet, query: QueryDict, now: datetime, user: "User"
    ) -> None:
        self.visible, self.now, self.user = visible, now, user
        self.who = query.get("who", "")
        self.search = query.get("q", "").strip()[:60]
        self.category = query.get("category", "")
        self.place = query.get("place", "")
        self.figure = OpenedFigure(query, now, user) if query.get("figure") else None
        tab = query.get("tab", "all" if self.figure else "open")
        self.tab = tab if tab in TABS else "open"

    def matching(self) -> ComplaintQuerySet:
        """Everything but the tab."""
        rows = self.visible
        if self.search:
            number = normalise_number(self.search)
            rows = rows.filter(Q(number=number or "-") | Q(source_number=self.search))
        if self.who == "me":
            rows = rows.filter(handler=self.user)
        elif self.who == "nobody":
            rows = rows.filter(handler=None, assigned_to=None)
        if self.category:
            rows = rows.filter(category=self.category)
        if self.figure:
            # Its cases are those of the place.
            rows = rows.with_keys(self.figure.behind.cases)
        elif self.place:
            below = Place.objects.filter(path__startswith=self._path or "-").order_by()
            rows = rows.filter(community__in=below.values("pk"))
        return rows

    @cached_property
    def _path(self) -> str | None:
        return Place.objects.filter(code=self.place).values_list("path", flat=True).first()

    def rows(self) -> ComplaintQuerySet:
        found = self.matching()
        if not self.search:
            # A number leads to its case whatever became of it.
            found = self._in_tab(found)
        if self.tab in {"closed", "refused", "all"}:
            return found.for_list().order_by("-filed_at", "-pk")
        return found.for_list()

    def _in_tab(self, found: ComplaintQuerySet) -> ComplaintQuerySet:
        if self.tab == "mine":
            return found.worklist_of(self.user, timezone.localdate(self.now))
        return found.filter(tab_condition(self.tab, self.now, self.user))

    def tabs(self) -> list[Choice]:
        counts = self._counts()
        return [
            Choice(str(name), self._url(tab), counts[tab], tab == self.tab and not self.search)
            for tab, name in TABS.items()
        ]

    def _counts(self) -> dict[str, int]:
        """Cases in each tab: the states counted from one index, what is due from that of the open
        ones. Keys and rows are not touched."""
        matching = self.matching().order_by()
        by_state = dict(matching.values_list("state").annotate(n=Count("*")))
        due = matching.open().aggregate(
            **{f"n_{tab}": Count("pk", filter=q) for tab, q in open_tabs(self.now).items()}
        )
        return {
            **{tab: sum(by_state.get(s, 0) for s in states) for tab, states in TAB_STATES.items()},
            **{tab: due[f"n_{tab}"] for tab in open_tabs(self.now)},
            "escalated": self._escalated(matching),
            "mine": matching.worklist_of(self.user, timezone.localdate(self.now)).count(),
        }

    def _escalated(self, matching: ComplaintQuerySet) -> int:
        return matching.filter(tab_condition("escalated", self.now, self.user)).count()

    def _url(self, tab: str, *, whole: bool | None = None) -> str:
        query = QueryDict(mutable=True)
        query["tab"] = tab
        for name in ("category", "place", "who"):
            if getattr(self, name):
                query[name] = getattr(self, name)
        if self.figure:
            query.update(self.figure.fields)
            if whole is not None:
                query["reports"] = "all" if whole else "first"
        return f"?{query.urlencode()}"

    def context(self) -> dict[str, Any]:
        return {
            "tabs": self.tabs(),
            "tab": self.tab,
            "search": self.search,
            "category": self.category,
            "place": self.place,
            "who": self.who,
            "figure": self.figure,
            "other_reports": self._url(self.tab, whole=not self.figure.whole)
            if self.figure
            else "",
            "categories": Category.objects.for_staff(),
            "places": self._places(),
        }

    def _places(self) -> list[Place]:
        """The communities of the cases, and the place above them that a figure is about."""
        known = Q(pk__in=self.visible.order_by().values("community")) | Q(code=self.place or "-")
        return list(Place.objects.filter(known).order_by("path")[:500])
