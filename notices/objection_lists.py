"""What narrows the staff's list of objections, and the counts beside it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import pgettext_lazy

from notices.models import NoticePage, Objection, ObjectionQuerySet
from notices.states import Disposition
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import places_with

#: Tab → its name and what it shows, in the order shown.
TABS: dict[str, tuple[Any, Q]] = {
    "open": (pgettext_lazy("objections", "To be answered"), Q(disposition="")),
    "answered": (pgettext_lazy("objections", "Answered"), ~Q(disposition="")),
    **{choice.value: (choice.label, Q(disposition=choice)) for choice in Disposition},
    "all": (pgettext_lazy("objections", "All"), Q()),
}

MAX_DIGITS = 12


@dataclass(frozen=True)
class Choice:
    text: str
    url: str
    count: int
    current: bool


def objections_visible_to(user: Any) -> ObjectionQuerySet:
    """Every objection `user` may read. What is outside does not exist for them (404)."""
    return Objection.objects.in_places(places_with(user, Action.OBJECTION_VIEW))


class ObjectionList:
    """The objections somebody may see, narrowed by tab, notice and place."""

    def __init__(self, visible: ObjectionQuerySet, query: QueryDict) -> None:
        self.visible = visible
        text = query.get("notice", "")
        # No key is longer, and the database takes no greater number.
        self.notice_id = int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None
        self.place = query.get("place", "")
        default = "all" if self.notice_id else "open"
        tab = query.get("tab", default)
        self.tab = tab if tab in TABS else default

    def matching(self) -> ObjectionQuerySet:
        """Everything but the tab."""
        rows = self.visible
        if self.notice_id is not None:
            rows = rows.filter(notice=self.notice_id)
        if self.place:
            above = Place.objects.filter(code=self.place).values_list("path", flat=True).first()
            rows = rows.filter(notice__place__path__startswith=above or "-")
        return rows

    def rows(self) -> ObjectionQuerySet:
        return self.matching().filter(TABS[self.tab][1]).for_list()

    def tabs(self) -> list[Choice]:
        counts = self.matching().aggregate(
            **{f"n_{tab}": Count("pk", filter=q) for tab, (_name, q) in TABS.items()}
        )
        return [
            Choice(str(name), self._url(tab), counts[f"n_{tab}"], tab == self.tab)
            for tab, (name, _q) in TABS.items()
        ]

    def notices(self) -> QuerySet[NoticePage]:
        """The notices that were objected to, the latest first."""
        return (
            NoticePage.objects.filter(pk__in=self.visible.order_by().values("notice"))
            .select_related("place")
            .order_by("-publicity_start", "-pk")[:200]
        )

    def places(self) -> QuerySet[Place]:
        keys = self.visible.order_by().values("notice__place")
        return Place.objects.filter(pk__in=keys).order_by("path")[:500]

    def _url(self, tab: str) -> str:
        query = QueryDict(mutable=True)
        query["tab"] = tab
        if self.notice_id is not None:
            query["notice"] = str(self.notice_id)
        if self.place:
            query["place"] = self.place
        return f"?{query.urlencode()}"
