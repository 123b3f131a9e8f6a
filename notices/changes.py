"""What changed in a notice since it was first published, in words for residents.

Only versions that went live are compared, from the log of publications; a draft is in no entry of
it. A notice that was withdrawn begins anew, and with it its history: what should never have been
public is withdrawn, not corrected.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import PageLogEntry

from notices.body import sentences
from notices.fields import FieldSpec
from portal.places.models import Building, Place

if TYPE_CHECKING:
    from notices.models import NoticePage

PUBLISHED = ("wagtail.publish", "wagtail.publish.scheduled")
#: So many versions are shown; earlier ones say little and cost as much.
SHOWN = 5
FIELDS = {
    "title": _("Title"),
    "publicity_start": _("Publicity begins"),
    "publicity_end": _("Publicity ends"),
    "event_starts_at": _("The event begins"),
    "event_ends_at": _("The event ends"),
    "issuer": _("Issued by"),
    "document_number": _("Document number"),
    "contact": _("Whom to ask"),
    "contact_phone": _("Telephone"),
    "objection": _("How to object"),
}
#: Empty until publication fills them, which changes nothing for a reader.
FILLED = frozenset({"publicity_start", "publicity_end"})


#: Field of an audience → pk → how it is called.
Names = dict[str, dict[int, str]]


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What one publication changed against the one before it."""

    at: datetime
    fields: list[FieldChange]
    removed: list[str]
    added: list[str]

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.removed or self.added)


def changes_of(notice: "NoticePage") -> list[Change]:
    """Newest first. No query where the notice was published once, one otherwise, and at most two
    more where its audience changed."""
    first, last = notice.first_published_at, notice.last_published_at
    if first is None or last is None or last - first < timedelta(seconds=1):
        return []
    entries = PageLogEntry.objects.filter(
        page=notice, action__in=PUBLISHED, timestamp__gte=first, revision__isnull=False
    )
    newest = entries.order_by("-timestamp", "-pk").values_list("timestamp", "revision__content")
    versions = list(newest[: SHOWN + 1])
    pairs = pairwise(versions)
    names = _names([content for _at, content in versions])
    specs = notice.asked.fields if notice.asked else ()
    found = [_change(at, before, after, specs, names) for (at, after), (_at, before) in pairs]
    return [change for change in found if not change.is_empty]


def _change(
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    specs: Sequence[FieldSpec],
    names: Names,
) -> Change:
    removed, added = _sentences_changed(_text(before), _text(after))
    fields = [
        FieldChange(str(label), _shown(before.get(name)), _shown(after.get(name)))
        for name, label in FIELDS.items()
        if _differs(name, before.get(name), after.get(name))
    ]
    fields += _extra_changes(before, after, specs)
    fields += _audience_changes(before, after, names)
    fields += _attachment_changes(before, after)
    return Change(at=at, fields=fields, removed=removed, added=added)


def _extra_changes(
    before: dict[str, Any], after: dict[str, Any], specs: Sequence[FieldSpec]
) -> list[FieldChange]:
    """By the labels that the notice was published with."""
    values = [(_extra(before).get(spec.key, ""), _extra(after).get(spec.key, "")) for spec in specs]
    return [
        FieldChange(spec.label, str(spec.shown(old)), str(spec.shown(new)))
        for spec, (old, new) in zip(specs, values, strict=True)
        if old != new
    ]


def _extra(content: dict[str, Any]) -> dict[str, str]:
    kept = content.get("extra") or {}
    return dict(json.loads(kept) if isinstance(kept, str) else kept)


def _names(versions: list[dict[str, Any]]) -> Names:
    """What the audiences of `versions` are called; nothing where all have the same."""
    models: dict[str, Any] = {"communities": Place, "buildings": Building}
    names: Names = {}
    for field, model in models.items():
        audiences = {frozenset(content.get(field) or []) for content in versions}
        if len(audiences) > 1:
            found = model.objects.filter(pk__in=frozenset().union(*audiences))
            names[field] = {
                one.pk: one.label if field == "communities" else one.name for one in found
            }
    return names


def _audience_changes(
    before: dict[str, Any], after: dict[str, Any], names: Names
) -> list[FieldChange]:
    labels = {
        "communities": _("Only for these communities"),
        "buildings": _("Only about these buildings"),
    }
    changes = []
    for field, known in names.items():
        shown = [
            "、".join(known[pk] for pk in sorted(content.get(field) or []) if pk in known)
            for content in (before, after)
        ]
        if shown[0] != shown[1]:
            everybody = gettext("all of them")
            old, new = (text or everybody for text in shown)
            changes.append(FieldChange(str(labels[field]), old, new))
    return changes


def _attachment_changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    """What is gone and what has come: another file under the same title is both."""
    old, new = (
        [
            (one.get("title"), one.get("document"), one.get("image"))
            for one in content.get("attachments") or []
        ]
        for content in (before, after)
    )
    gone = "、".join(str(one[0]) for one in old if one not in new)
    come = "、".join(str(one[0]) for one in new if one not in old)
    return [FieldChange(gettext("Attachments"), gone, come)] if gone or come else []


def _differs(name: str, before: Any, after: Any) -> bool:
    if name in FILLED and not before:
        return False
    return (before or "") != (after or "")


def _text(content: dict[str, Any]) -> list[str]:
    body = content.get("body") or "[]"
    return sentences(json.loads(body) if isinstance(body, str) else body)


def _sentences_changed(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """(removed, added): a sentence that only moved is neither."""
    removed, added = [], []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _tag, begin, end, new_begin, new_end in matcher.get_opcodes():
        if _tag != "equal":
            removed += [one for one in before[begin:end] if one not in after]
            added += [one for one in after[new_begin:new_end] if one not in before]
    return removed, added


def _shown(value: Any) -> str:
    """A stored value as a reader writes it."""
    text = str(value or "").strip()
    moment = parse_datetime(text) if "T" in text else None
    if moment is not None:
        return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
    day: date | None = None
    if len(text) == len("2026-01-31"):
        try:
            day = parse_date(text)
        except ValueError:
            day = None
    return date_format(day, "DATE_FORMAT") if day else text
