"""Where an alert leads: the screen of what it speaks of, for those who may open it."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse

from feedback.indicators.models import FigureAlert
from feedback.indicators.states import AlertKind
from feedback.surveys.models import Survey
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.permissions import places_with
from portal.projects.permissions import projects_visible

_OF_PROJECTS = frozenset(
    {AlertKind.ACCEPTANCE, AlertKind.ACCOUNTS, AlertKind.EXECUTION, AlertKind.BUDGET}
)


def alert_links(user: User, alerts: Sequence[FigureAlert]) -> list[str]:
    """The address for each of `alerts`, "" where there is none. Three queries, whatever they are;
    `alerts` are of places whose figures `user` may see."""
    codes = {alert.subject for alert in alerts if alert.kind in _OF_PROJECTS}
    slugs = {alert.subject for alert in alerts if alert.kind == AlertKind.RESPONSE}
    projects = dict(projects_visible(user).filter(code__in=codes).values_list("code", "pk"))
    surveys = dict(Survey.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    rising = {alert.place_id for alert in alerts if alert.kind == AlertKind.CATEGORY}
    cases = set(
        places_with(user, Action.COMPLAINT_VIEW).filter(pk__in=rising).values_list("pk", flat=True)
    )

    def link(alert: FigureAlert) -> str:
        place = alert.place.code
        if alert.kind in _OF_PROJECTS and alert.subject in projects:
            return reverse("projects:detail", args=[projects[alert.subject]])
        if alert.kind == AlertKind.NOTICE:
            return f"{reverse('coverage')}?{urlencode({'place': place})}"
        if alert.kind == AlertKind.EARLY:
            return f"{reverse('notice_removals')}?early=1"
        if alert.kind == AlertKind.CATEGORY and alert.place_id in cases:
            query = {"tab": "all", "category": alert.subject, "place": place}
            return f"{reverse('complaints_staff:list')}?{urlencode(query)}"
        if alert.kind == AlertKind.RESPONSE and alert.subject in surveys:
            return reverse("surveys_staff:community", args=[surveys[alert.subject], place])
        return ""

    return [link(alert) for alert in alerts]
