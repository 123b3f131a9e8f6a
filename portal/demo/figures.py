"""Tallies, measurements and targets over everything that was seeded."""

from datetime import date, datetime

from feedback.complaints.services import tally_rebuild as complaint_tally_rebuild
from feedback.surveys.models import Survey
from feedback.surveys.services import tally_rebuild as survey_tally_rebuild
from portal.demo.progress import Progress
from portal.demo.register import Register


def tallies_seed(register: Register, now: datetime, progress: Progress, weight: float) -> None:
    """One short transaction a tally, as the worker does it."""
    surveys = list(Survey.objects.order_by("pk").values_list("pk", flat=True))
    communities = register.communities
    for community in progress.track(communities, len(communities), weight):
        for survey_id in surveys:
            survey_tally_rebuild(survey_id=survey_id, community_id=community.place.pk, now=now)
        complaint_tally_rebuild(community_id=community.place.pk, now=now)


def figures_seed(register: Register, as_of: date, now: datetime) -> None:
    pass
