"""What other packages show of corrective actions."""

from feedback.plans.models import CorrectiveAction, CorrectiveActionQuerySet
from portal.places.models import Place

#: So many stand on the page of a community; the rest are one tap away.
SHOWN = 4


def promises_for(place: Place) -> CorrectiveActionQuerySet:
    """What was promised to the people of `place`: by it or by a place above it, newest first."""
    above = Place.objects.above(place).order_by().values("pk")
    return CorrectiveAction.objects.public().filter(place__in=above).newest_first()
