"""What a reader of a notice may want to do next. Notices know neither surveys nor complaints."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.surveys.queries import SurveyCard, open_surveys
from notices.models import NoticePage
from portal.places.models import Place

register = template.Library()

SURVEY_NOTICE = "N02"
#: Type or kind of notice → the category under which somebody reports what went wrong with it.
CATEGORIES = {
    "WATER": "C13",
    "POWER": "C16",
    "POWER_SHORT": "C16",
    "GAS": "C15",
    "HEAT": "C14",
    "N10": "C06",
    "N11": "C01",
}


@register.inclusion_tag("pages/notice_links.html")
def notice_links(notice: NoticePage) -> dict[str, Any]:
    """The survey that a notice announces; the complaint that fits a cut or night work."""
    place = notice.place
    kind = notice.notice_type.code if notice.notice_type else ""
    links: list[dict[str, Any]] = []
    if kind == SURVEY_NOTICE:
        links = [_answer(survey, place) for survey in open_surveys(place, timezone.now())]
    variant = notice.variant.code if notice.variant else ""
    category = CATEGORIES.get(variant) or CATEGORIES.get(kind)
    if category:
        where = f"place={place.code}&" if place.is_community else ""
        url = f"{reverse('complaints:file')}?{where}category={category}"
        links.append({"title": _("Something is not as announced? Tell us"), "url": url})
    return {"links": links}


def _answer(survey: SurveyCard, place: Place) -> dict[str, Any]:
    """The survey of a county or sub-district is answered community by community."""
    title = _("Answer: %(survey)s") % {"survey": survey.title}
    if place.is_community:
        return {"title": title, "url": survey.url}
    meta = _("Choose your community to answer.")
    return {"title": title, "url": reverse("pages:find"), "meta": meta}
