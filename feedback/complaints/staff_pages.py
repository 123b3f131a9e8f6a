"""Pages of a long list of complaints."""

from typing import Any

from django.core.paginator import Page, Paginator

from feedback.complaints.models import Complaint


class CasePaginator(Paginator):  # type: ignore[type-arg]
    """Finds the keys of a page by an index alone, then reads the rows of these keys.

    Sorting whole rows would read all of them for the fifty that are shown.
    """

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        found = Complaint.objects.for_list().in_bulk(keys)
        return Page([found[key] for key in keys if key in found], number, self)
