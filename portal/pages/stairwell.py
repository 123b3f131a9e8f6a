"""Where the poster in a stairwell leads: what somebody at this building can do now."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from feedback.surveys.queries import SurveyCard, open_surveys
from notices.models import NoticePage
from notices.queries import notices_for
from portal.pages.overview import NextCut, committee_phone, latest_notices, upcoming_cut
from portal.places.models import Building

OPEN_TO_OBJECTIONS = 3


@dataclass(frozen=True)
class Stairwell:
    cut: NextCut | None
    file_url: str
    surveys: list[SurveyCard]
    notices: list[NoticePage]
    notices_url: str
    objections: list[dict[str, str]]
    phone: str


def stairwell(building: Building, sign: str, *, now: datetime) -> Stairwell:
    """A constant number of queries. `sign` goes on to the complaint, which then knows the place."""
    place, today = building.place, timezone.localdate(now)
    notices = notices_for(place)
    objectionable = notices.in_period(today).filter(notice_type__allows_objections=True)
    return Stairwell(
        cut=upcoming_cut(place, now),
        file_url=f"{reverse('complaints:file')}?at={sign}",
        surveys=open_surveys(place, now),
        notices=latest_notices(notices, today),
        notices_url=reverse("notices:place", args=[place.code]),
        objections=[
            _objection(notice)
            for notice in objectionable.order_by("publicity_end", "pk")[:OPEN_TO_OBJECTIONS]
        ],
        phone=committee_phone(place),
    )


def _objection(notice: NoticePage) -> dict[str, str]:
    end = notice.publicity_end
    day = date_format(end, "DATE_FORMAT") if end else ""
    text = _("Say what you object to until %(day)s") % {"day": day}
    url = f"{notice.get_url() or ''}#objections"
    return {"title": notice.title, "url": url, "meta": text}
