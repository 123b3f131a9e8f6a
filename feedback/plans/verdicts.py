"""What residents say of an action that was reported as done. Reads only."""

from django.db.models import Count

from feedback.plans.models import ActionVerdict, CorrectiveAction
from feedback.plans.states import Verdict


def verdict_counts(action: CorrectiveAction, *, with_code: bool = True) -> dict[str, int]:
    """Verdict → households, of the last time it was reported as done. One query.

    `with_code` False: those who gave no household code; they are shown apart and decide nothing.
    """
    found = ActionVerdict.objects.filter(action=action, round=action.times_done)
    marked = found.exclude(household_mark="") if with_code else found.filter(household_mark="")
    counted = dict(marked.values_list("verdict").annotate(n=Count("pk")).order_by("verdict"))
    return {verdict.value: counted.get(verdict.value, 0) for verdict in Verdict}
