"""Moments of the demonstration: local times of fixed days, never the clock of the machine."""

from datetime import date, datetime, time

from django.utils import timezone


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """That local time of `day`, aware."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def seeding_moment(as_of: date) -> datetime:
    """The `now` of the follow-up round: early enough to lie in the past on the day itself."""
    return at(as_of, 0, 5)
