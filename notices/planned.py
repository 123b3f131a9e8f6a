"""What the notice of the start of works (N09) promised: the day of completion."""

from collections.abc import Sequence
from datetime import date

from django.utils.dateparse import parse_date

from notices.coverage import Posting, postings_of
from notices.models import NoticePage
from portal.places.models import Place

START_OF_WORKS = "N09"


def planned_completions(communities: Sequence[Place]) -> dict[int, date]:
    """Community pk → the completion that its first notice of the start of works (N09) planned, its
    own or one of a place above. A second notice with a later day changes nothing. One query, and
    those of `postings_of`."""
    first: dict[int, Posting] = {}
    postings = postings_of(communities, {START_OF_WORKS})
    for posting in sorted(postings, key=lambda one: one.start):
        for place in communities:
            if place.pk not in first and posting.notice_id and posting.concerns(place):
                first[place.pk] = posting
    keys = {posting.notice_id for posting in first.values()}
    rows = NoticePage.objects.filter(pk__in=keys).values_list("pk", "extra")
    planned = {pk: _day(extra.get("finish")) for pk, extra in rows}
    found = {pk: planned.get(posting.notice_id or 0) for pk, posting in first.items()}
    return {pk: day for pk, day in found.items() if day is not None}


def _day(text: object) -> date | None:
    try:
        return parse_date(str(text or ""))
    except ValueError:
        return None
