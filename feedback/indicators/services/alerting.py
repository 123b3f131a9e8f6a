"""Alerts: kept in line with what is wrong, each told to staff once until its state changes."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.complaints.models import Category
from feedback.indicators.models import FigureAlert
from feedback.indicators.states import AlertKind
from feedback.indicators.watching import Found, found_now
from feedback.surveys.models import Survey
from notices.models import NoticeType
from portal.messages.services import alert_queue
from portal.messages.states import Topic
from portal.places.models import Place
from portal.projects.models import RenovationProject

_Key = tuple[int, str, str]


def alerts_sweep(*, now: datetime) -> int:
    """End what holds no longer, raise what is new or has moved on; how many were raised.

    Looks at how things stand, not at a window of time: a missed run is made up for by the next,
    and a second one at once finds nothing to do.
    """
    wanted: dict[_Key, Found] = {
        (found.place_id, found.kind, found.subject): found for found in found_now(now)
    }
    raised = 0
    for alert in FigureAlert.objects.standing().order_by("pk"):
        found = wanted.get((alert.place_id, alert.kind, alert.subject))
        if found is not None and found.stage == alert.stage:
            wanted.pop((alert.place_id, alert.kind, alert.subject))
            if found.facts != alert.facts:
                FigureAlert.objects.filter(pk=alert.pk).update(facts=found.facts)
        else:
            FigureAlert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=now)
    places = Place.objects.in_bulk({found.place_id for found in wanted.values()})
    with override(settings.LANGUAGE_CODE):
        names = names_of_codes([found.facts for found in wanted.values()]) if wanted else {}
        for found in wanted.values():
            raised += _raise(found, places[found.place_id], names, now)
    return raised


@transaction.atomic
def _raise(found: Found, place: Place, names: Mapping[str, str], now: datetime) -> bool:
    alert, is_new = FigureAlert.objects.get_or_create(
        place=place,
        kind=found.kind,
        subject=found.subject,
        ended_at=None,
        defaults={"stage": found.stage, "facts": found.facts, "raised_at": now},
    )
    if is_new:
        alert_queue(
            place=place,
            topic=Topic.SURVEYS if found.kind == AlertKind.RESPONSE else Topic.FIGURES,
            subject=f"{place.label} · {AlertKind(found.kind).label}",
            body=f"{sentence(alert, names)}\n{settings.WAGTAILADMIN_BASE_URL}"
            f"{reverse('figures:alerts')}?place={place.code}",
            dedupe_key=f"figure-alert-{alert.pk}",
            now=now,
        )
    return is_new


def names_of_codes(facts: Collection[Mapping[str, str]]) -> dict[str, str]:
    """Types of notice, categories of complaints, and the projects and surveys of the alerts with
    these `facts`, by code, in the reader's language. Four queries."""
    found: list[NoticeType | Category] = [*NoticeType.objects.all(), *Category.objects.all()]
    told = {name: {one[name] for one in facts if name in one} for name in ("project", "survey")}
    projects = RenovationProject.objects.filter(code__in=told["project"])
    surveys = Survey.objects.filter(slug__in=told["survey"]).only("slug", "title_zh", "title_en")
    return {
        **{one.slug: one.title for one in surveys},
        **{code: f"{code} {name}" for code, name in projects.values_list("code", "name")},
        **{one.code: f"{one.code} {one.label}" for one in found},
    }


def sentence(alert: FigureAlert, names: Mapping[str, str]) -> str:
    """What an alert says, in the reader's language; `names` are those of `names_of_codes`."""
    facts = dict(alert.facts)
    if "codes" in facts:
        facts["codes"] = _(", ").join(names.get(one, one) for one in facts["codes"].split())
    for name in ("category", "project"):
        if name in facts:
            facts[name] = names.get(facts[name], facts[name])
    if "survey" in facts:
        facts["title"] = names.get(facts["survey"], facts["title"])
    if alert.kind in {AlertKind.ACCEPTANCE, AlertKind.ACCOUNTS}:
        text = (
            _("Project %(project)s: was due by %(due)s and is still open.")
            if alert.stage == "0"
            else _("Project %(project)s: due on %(due)s.")
        )
        return text % facts
    return {
        AlertKind.EXECUTION: _(
            "Project %(project)s: %(value)s %% of the money is spent; a linear plan has "
            "%(expected)s %% by now."
        ),
        AlertKind.BUDGET: _(
            "Project %(project)s: budget and contracts differ by %(value)s %%, more than "
            "%(target)s %%."
        ),
        AlertKind.NOTICE: _("Missing: %(codes)s"),
        AlertKind.EARLY: _("“%(title)s” was taken down on %(day)s, before its period was over."),
        AlertKind.CATEGORY: _(
            "%(category)s: %(cases)s cases this month; the mean of three months before is %(mean)s."
        ),
        AlertKind.RESPONSE: _("“%(title)s” is past half its time and too few homes took part."),
    }[AlertKind(alert.kind)] % facts
