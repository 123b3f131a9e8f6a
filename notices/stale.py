"""A notice that went public or left it moves the figures of its place and of the communities it is
posted for."""

from portal.places.models import Place, StaleMark


def coverage_stale(*places: Place) -> None:
    """Call it inside the transaction of the change. Two queries for each place."""
    for place in places:
        communities = Place.objects.communities().under(place).order_by()
        keys = {place.pk, *communities.values_list("pk", flat=True)}
        StaleMark.objects.bulk_create(
            StaleMark(kind=StaleMark.Kind.NOTICES, place_id=pk) for pk in sorted(keys)
        )
