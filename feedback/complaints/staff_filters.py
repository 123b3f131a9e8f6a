"""What narrows the list of complaints, and the counts beside it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category, ComplaintQuerySet, due_condition
from feedback.complaints.numbers import normalise_number
from feedback.complaints.states import OPEN, State
from feedback.complaints.worklist import escalated_to
from portal.places.models import Place

if TYPE_CHECKING:
    from portal.accounts.models import User

#: Tab → its name, in the order shown.
TABS = {
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


def tab_conditions(now: datetime, user: "User") -> dict[str, Q]:
    return {
        "open": Q(state__in=OPEN),
        "today": due_condition(end_of_day(now)),
        "overdue": due_condition(now),
        "new": Q(state=State.RECEIVED),
        "escalated": Q(pk__in=escalated_to(user).order_by().values("pk")),
        "waiting": Q(waiting_since__isnull=False),
        "answer": Q(state=State.RESOLVED),
        "petition": Q(state=State.TRANSFERRED),
        "closed": Q(state__in=[State.CLOSED, State.UNCONFIRMED]),
        "refused": Q(state__in=[State.REFUSED, State.WITHDRAWN, State.MERGED]),
        "all": Q(),
    }


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
        tab = query.get("tab", "open")
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
        if self.place:
            above = Place.objects.filter(code=self.place).values_list("path", flat=True).first()
            rows = rows.filter(community__path__startswith=above or "-")
        return rows

    def rows(self) -> ComplaintQuerySet:
        found = self.matching()
        if not self.search:
            # A number leads to its case whatever became of it.
            found = found.filter(tab_conditions(self.now, self.user)[self.tab])
        if self.tab in {"closed", "refused", "all"}:
            return found.for_list().order_by("-filed_at", "-pk")
        return found.for_list()

    def tabs(self) -> list[Choice]:
        counts = self.matching().aggregate(
            **{
                f"n_{tab}": Count("pk", filter=q)
                for tab, q in tab_conditions(self.now, self.user).items()
            }
        )
        return [
            Choice(
                str(name), self._url(tab), counts[f"n_{tab}"], tab == self.tab and not self.search
            )
            for tab, name in TABS.items()
        ]

    def _url(self, tab: str) -> str:
        query = QueryDict(mutable=True)
        query["tab"] = tab
        for name in ("category", "place", "who"):
            if getattr(self, name):
                query[name] = getattr(self, name)
        return f"?{query.urlencode()}"

    def context(self) -> dict[str, Any]:
        return {
            "tabs": self.tabs(),
            "tab": self.tab,
            "search": self.search,
            "category": self.category,
            "place": self.place,
            "who": self.who,
            "categories": Category.objects.for_staff(),
            "places": Place.objects.filter(pk__in=self.visible.values("community")).order_by(
                "path"
            )[:500],
        }
