"""An action in the words of a page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from feedback.plans.models import CorrectiveAction
from feedback.plans.states import State, Verdict
from feedback.plans.verdicts import verdict_counts

TONES = {
    State.OPEN: "warn",
    State.PLANNED: "info",
    State.PROMISED: "info",
    State.DONE: "good",
    State.CLOSED: "good",
    State.DROPPED: "plain",
}


@dataclass(frozen=True)
class ActionCard:
    title: str
    text: str
    #: The language of the text.
    lang: str
    meta: str
    url: str
    tag: str
    tone: str


def state_shown(action: CorrectiveAction, today: date) -> tuple[str, str]:
    """The state in a word, and its colour; a promise that is late says so."""
    if action.is_overdue(today):
        return _("Overdue"), "bad"
    return str(State(action.state).label), TONES[State(action.state)]


def promise_text(action: CorrectiveAction) -> str:
    """The promise in the reader's language, as far as there is one."""
    english = action.resident_text_en or action.resident_text_zh
    return english if get_language() == "en" else action.resident_text_zh


def promise_lang(action: CorrectiveAction) -> str:
    return "en" if get_language() == "en" and action.resident_text_en else "zh-Hans"


def card_shown(action: CorrectiveAction, today: date) -> ActionCard:
    tag, tone = state_shown(action, today)
    due = date_format(action.due_on, "DATE_FORMAT") if action.due_on else ""
    meta = _("%(place)s · by %(day)s") % {"place": action.place.label, "day": due}
    url = reverse("plans:action", args=[action.pk])
    text, lang = promise_text(action), promise_lang(action)
    return ActionCard(action.title, text, lang, meta, url, tag, tone)


def action_shown(action: CorrectiveAction, today: date) -> dict[str, Any]:
    """What the public page of an action says; one query for its log."""
    tag, tone = state_shown(action, today)
    events = action.events.filter(is_public=True).order_by("at", "pk")
    timeline = [
        {"at": event.at, "title": event.get_kind_display(), "text": event.text} for event in events
    ]
    return {
        "tag": tag,
        "tone": tone,
        "text": promise_text(action),
        "lang": promise_lang(action),
        "evidence": evidence_rows(action),
        "effect": effect_text(action),
        "timeline": timeline,
    }


def evidence_rows(action: CorrectiveAction) -> list[tuple[str, str]]:
    """The figure and the wish that opened it, as facts; without a value that is not public."""
    found, unit = action.evidence, action.evidence.get("unit", "")
    rows = []
    if found.get("value") and not found.get("is_hidden"):
        rows.append((_("Reached"), f"{found['value']} {unit}".strip()))
    if found.get("target"):
        rows.append((pgettext("of an indicator", "Target"), f"{found['target']} {unit}".strip()))
    if found.get("period"):
        rows.append((_("Period"), str(found["period"])))
    if found.get("wish_share"):
        wish = found["wish_en"] if get_language() == "en" else found["wish_zh"]
        rows.append((_("Among the most urgent wishes"), f"{wish} · {found['wish_share']} %"))
        rows.append((_("Survey closed on"), str(found["wished_by"])))
    return rows


def effect_text(action: CorrectiveAction) -> str:
    """What became of the figure in the next period; empty until it is final, and where one of the
    two is not public."""
    before, after = action.evidence.get("value"), action.effect.get("value")
    is_hidden = action.evidence.get("is_hidden") or action.effect.get("is_hidden")
    if not before or not after or is_hidden:
        return ""
    unit = action.evidence.get("unit", "")
    return _("Before: %(before)s %(unit)s. In the next period: %(after)s %(unit)s.") % {
        "before": before,
        "after": after,
        "unit": unit,
    }


def verdict_rows(action: CorrectiveAction) -> list[tuple[str, int, int]]:
    """Verdict, households with a code, answers without one. Two queries."""
    counted, open_ones = verdict_counts(action), verdict_counts(action, with_code=False)
    return [(str(v.label), counted[v.value], open_ones[v.value]) for v in Verdict]
