"""What figures read of the supervisors' log. A constant number of queries."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from feedback.complaints.models import SupervisionVisit, Supervisor


@dataclass
class Log:
    """Of one community: terms of supervisors (None: no end), and visits by month ("2026-07")."""

    terms: list[tuple[date, date | None]] = field(default_factory=list)
    visits: Counter[str] = field(default_factory=Counter)

    def serving(self, first: date, last: date) -> int:
        """How many serve on some day from `first` to `last`."""
        return sum(start <= last and (end is None or end >= first) for start, end in self.terms)


def logs(communities: Iterable[int]) -> dict[int, Log]:
    """Community pk → its log; an empty one where nothing was entered. Two queries."""
    found = {key: Log() for key in communities}
    terms = Supervisor.objects.filter(community__in=found).order_by("pk")
    for key, start, end in terms.values_list("community_id", "from_date", "to_date"):
        found[key].terms.append((start, end))
    visits = SupervisionVisit.objects.filter(community__in=found).order_by("pk")
    for key, day in visits.values_list("community_id", "visit_date"):
        found[key].visits[f"{day:%Y-%m}"] += 1
    return found
