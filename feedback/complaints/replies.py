"""Ready-made replies with the words of a case filled in. One query."""

import re
from collections import defaultdict
from datetime import date

from django.db.models import Q
from django.utils import formats, timezone

from feedback.complaints.models import Complaint, ReplyTemplate
from feedback.complaints.states import OPEN


def reply_filled(body: str, complaint: Complaint, today: date) -> str:
    """`body` with every known word in braces replaced; the others stay as they are."""
    words = {
        "number": complaint.number,
        "community": complaint.community.label,
        "building": complaint.building.name if complaint.building else "",
        "category": complaint.category.label,
        "organisation": complaint.assigned_to.name if complaint.assigned_to else "",
        "due": formats.date_format(timezone.localdate(complaint.due_at), "DATE_FORMAT"),
        "today": formats.date_format(today, "DATE_FORMAT"),
    }
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), body)


def replies_for(complaint: Complaint) -> dict[str, list[ReplyTemplate]]:
    """Step → the ready-made replies that fit the category of the case. None fits a restricted one:
    they speak of repairs and dates."""
    if complaint.is_sealed:
        return {}
    fits = Q(group="") | Q(group=complaint.category.group)
    found: dict[str, list[ReplyTemplate]] = defaultdict(list)
    is_passed_on = complaint.assigned_to is not None and complaint.state in OPEN
    for template in ReplyTemplate.objects.filter(fits, is_active=True).order_by("title", "pk"):
        # Of whoever has the case in hand nothing can be said where nobody has.
        if is_passed_on or "{organisation}" not in template.body:
            found[template.use].append(template)
    return found
