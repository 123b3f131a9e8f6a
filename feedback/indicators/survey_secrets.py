"""Which figures would undo what the published results of a survey hide.

The table of its headline question is public (feedback.surveys.published), small cells hidden. The
share (I38) and the index (I39) stand on the same answers: each is an equation over its cells.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.indicators.models import Measurement
from feedback.indicators.suppression import HEADLINE
from feedback.surveys.published import Secrets, headline_secrets
from feedback.surveys.tables import MANY
from portal.places.models import Place

#: Those that are not told of a community that the results leave out.
LEFT_OUT = (*HEADLINE, "I01")


@dataclass(frozen=True)
class SurveySecrets:
    """Shares and indexes with which the hidden cells of a survey's results could be found."""

    of_waves: dict[str, Secrets]
    paths: dict[int, str]
    counties: list[str]

    def keeps(self, indicator: str, wave: str, place: int, path: str) -> bool:
        """Of a sum: where it, or one in it, stands on one or two such communities, which it and the
        others would tell."""
        if indicator not in LEFT_OUT or wave not in self.of_waves:
            return False
        known = self.of_waves[wave]
        if place in known.left_out:
            return True
        if indicator not in HEADLINE:
            return False
        silent = known.shares if indicator == "I38" else known.indexes
        if place in self.paths and place not in silent:
            return False
        inside = [self.paths[pk] for pk in silent if self.paths[pk].startswith(path)]
        sums = Counter(next((c for c in self.counties if p.startswith(c)), path) for p in inside)
        return place in silent or any(number < MANY for number in sums.values())


def survey_secrets(rows: Sequence[Measurement]) -> SurveySecrets:
    """Three queries, and three for each survey that some of `rows` stand on."""
    waves = {row.wave for row in rows if row.indicator in LEFT_OUT and row.wave}
    if not waves:
        return SurveySecrets({}, {}, [])
    counties = list(Place.objects.counties().order_by("path").values_list("path", flat=True))
    known = headline_secrets(waves, counties)
    named = {pk for one in known.values() for pk in one.shares | one.indexes | one.left_out}
    if not named:
        return SurveySecrets({}, {}, [])
    paths = dict(Place.objects.filter(pk__in=named).order_by().values_list("pk", "path"))
    return SurveySecrets(known, paths, counties)
