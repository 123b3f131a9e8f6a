"""One sentence in words for every question of published results. Pure but for the language."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from feedback.surveys.questionnaire import NOT_APPLICABLE, Type
from feedback.surveys.tables import BEST, Cell, QuestionResult


def sentence(result: QuestionResult) -> str:
    """What `result` says, and nothing that its table hides."""
    if result.answered is None:
        return _("Too few answered to say more.")
    if not result.answered:
        return _("Nobody answered this question.")
    if result.scale:
        return _scale(result)
    if result.is_ranking:
        return _ranking(result)
    if result.cells:
        return _choice(result)
    if result.mean is not None:
        said = {"mean": result.mean, "unit": result.unit, "number": result.answered}
        return _("On average %(mean)s %(unit)s, by %(number)s answers.") % said
    if result.type is Type.TEXT:
        return _("%(number)s homes wrote something.") % {"number": result.answered}
    return _("%(number)s homes answered this question.") % {"number": result.answered}


def _scale(result: QuestionResult) -> str:
    scale = result.scale
    if scale is None:
        return ""
    labels = [cell.label for code in BEST for cell in result.cells if cell.code == code]
    said = {
        "best": scale.best,
        "labels": _or(labels),
        "low": scale.low,
        "high": scale.high,
    }
    return (
        _("%(best)s %% chose %(labels)s (95 %% interval %(low)s %% to %(high)s %%).") % said
        if labels
        else _("The two best steps: %(best)s %%.") % said
    )


def _ranking(result: QuestionResult) -> str:
    told = [cell for cell in result.cells if cell.first]
    if not told:
        return _("Too few answered to say more.")
    most = max(cell.first or 0 for cell in told)
    said = {"labels": _or([c.label for c in told if c.first == most]), "number": most}
    if any(cell.first is None for cell in result.cells):
        return _("Of what is shown, %(labels)s came first most often: %(number)s times.") % said
    return _("%(labels)s came first most often: %(number)s times.") % said


def _choice(result: QuestionResult) -> str:
    told = [cell for cell in result.cells if cell.count]
    if result.type is Type.LIKERT:
        told = [cell for cell in told if cell.code != NOT_APPLICABLE]
    if not told:
        return _("Too few answered to say more.")
    most = max(cell.count or 0 for cell in told)
    top = [cell for cell in told if cell.count == most]
    said = {"labels": _or([cell.label for cell in top]), "share": _share(top[0])}
    if any(cell.is_hidden for cell in result.cells):
        return _("Of what is shown, %(labels)s was chosen most often: by %(share)s.") % said
    return _("%(labels)s was chosen most often: by %(share)s.") % said


def _share(cell: Cell) -> str:
    return f"{cell.share} %"


def _or(labels: list[str]) -> str:
    quoted = [pgettext("an option", "“%(label)s”") % {"label": label} for label in labels]
    return pgettext("between options", " or ").join(quoted)
