"""Writes to the register that have a side effect or touch more than one row."""

from portal.places.models import Place, StaleMark


def stale_mark(*, kind: StaleMark.Kind, place: Place, object_id: int = 0) -> None:
    """Say that figures of `place` must be rebuilt. Call it inside the transaction of the change."""
    StaleMark.objects.create(kind=kind, object_id=object_id, place=place)
