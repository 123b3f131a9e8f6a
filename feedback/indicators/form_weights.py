"""The points of the self-assessment (自评表) as target forms share them out (domain.md §2)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Q

from feedback.indicators.models import TargetVersion, TargetVersionQuerySet
from feedback.indicators.states import IN_FORCE, PENDING
from portal.places.models import Place
from portal.projects.models import RenovationProject

Weights = dict[str, Decimal]


def weights_on_their_way(place: Place, year: int, project: RenovationProject | None) -> Weights:
    """Indicator → points of one form: the last version of each target, in force or waiting."""
    rows = TargetVersion.objects.filter(
        target__place=place, target__project=project, state__in=IN_FORCE | PENDING
    )
    last = {code: weight for _scope, code, weight in _weighted(rows, year)}
    return {code: weight for code, weight in last.items() if weight}


def approved_weights(scopes: Sequence[Place | RenovationProject], year: int) -> list[Weights]:
    """Of each of `scopes` what its approved form gives; a project without any has its county's.
    One query."""
    rows = TargetVersion.objects.approved()
    places = [one if isinstance(one, Place) else one.county for one in scopes]
    projects = [one for one in scopes if isinstance(one, RenovationProject)]
    of_scopes = Q(target__place__in=places, target__project=None) | Q(target__project__in=projects)
    found: dict[tuple[int, int | None], Weights] = defaultdict(dict)
    for scope, code, weight in _weighted(rows.filter(of_scopes), year):
        if weight:
            found[scope][code] = weight
    return [
        found.get((place.pk, one.pk if isinstance(one, RenovationProject) else None))
        or found.get((place.pk, None), {})
        for one, place in zip(scopes, places, strict=True)
    ]


def _weighted(
    rows: TargetVersionQuerySet, year: int
) -> list[tuple[tuple[int, int | None], str, Decimal]]:
    kept = rows.filter(target__year=year, target__variant="main", weight__isnull=False)
    columns = ("target__place", "target__project", "target__indicator", "weight")
    return [
        ((place, project), code, weight)
        for place, project, code, weight in kept.order_by("number", "pk").values_list(*columns)
    ]
