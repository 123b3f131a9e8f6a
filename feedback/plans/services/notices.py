"""The promises of a place as the draft of a notice (N18)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.plans.models import ActionEvent, CorrectiveAction
from notices.models import NoticePage, NoticeType
from notices.services import notice_start
from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.page_policy import pages_of_place
from portal.places.permissions import require

if TYPE_CHECKING:
    from portal.accounts.models import User

RESULTS_NOTICE = "N18"
#: The fields of that notice beside its actions.
BESIDE = ("targets", "scores")


@transaction.atomic
def promises_draft(*, place: Place, by: "User", now: datetime) -> NoticePage:
    """A draft that lists what was promised at `place` and stands in no notice yet.

    Raises ValidationError where there is nothing to list or the place has no page.
    """
    require(by, Action.ACTION_PROMISE, place)
    actions = list(
        CorrectiveAction.objects.select_for_update(of=("self",))
        .filter(place=place)
        .in_no_notice()
        .select_related("organisation")
        .order_by("due_on", "pk")
    )
    if not actions:
        raise ValidationError(_("Every promise of this place stands in a notice already."))
    parents = pages_of_place(place)
    if not parents:
        raise ValidationError(_("This place has no page yet."))
    kind = NoticeType.objects.get(code=RESULTS_NOTICE)
    page = notice_start(parent=parents[0], notice_type=kind, user=by, now=now)
    with override("zh-hans"):
        lines = "\n".join(map(_line, actions))
        # The type has more fields than this notice is about; whoever edits it may know better.
        page.extra = {**page.extra, "actions": lines, **dict.fromkeys(BESIDE, _("None here."))}
    page.event_starts_at = max(action.promised_at for action in actions if action.promised_at)
    page.save_revision(user=by, clean=False)
    for action in actions:
        action.notice = page
        action.save(update_fields=["notice"])
        kind_drafted = ActionEvent.Kind.DRAFTED
        ActionEvent.objects.create(action=action, kind=kind_drafted, at=now, actor=by)
    return page


def _line(action: CorrectiveAction) -> str:
    due = date_format(action.due_on, "DATE_FORMAT") if action.due_on else ""
    who = f"（{action.organisation.name}）" if action.organisation else ""
    promise = action.resident_text_zh.strip().rstrip("。；，.;,")
    return f"{action.title}：{promise}{who}，{due}前完成。"
