"""The result of a vote as the page of a notice (N07), its figures in a table."""

import json
from decimal import ROUND_DOWN, Decimal
from uuid import uuid4

from django.utils.translation import gettext as _
from django.utils.translation import override

from feedback.votes.counting import result_of
from feedback.votes.models import Ballot
from feedback.votes.result_table import outcome_rows, vote_rows
from feedback.votes.rules import Hurdle
from notices.models import NoticePage, NoticeType, NoticeVariant

VOTE_NOTICE = "N07"
ANNOUNCED, RESULT = "ANNOUNCED", "RESULT"


def result_page(ballot: Ballot) -> NoticePage:
    """An unsaved draft, in Chinese as notices are. Raises ValueError before the count."""
    found = result_of(ballot)
    if found is None:
        raise ValueError("the ballot is not counted")
    counted, outcome = found
    kind = NoticeType.objects.get(code=VOTE_NOTICE)
    notice = ballot.notice
    with override("zh-hans"):
        verdict = _("Passed.") if outcome.is_passed else _("Not passed.")
        rows = vote_rows(counted)
        blocks = [
            ("paragraph", f"<p>{_escaped(ballot.title)}</p>"),
            ("paragraph", f"<p><b>{verdict}</b></p>"),
            ("table", _table(rows)),
            ("table", _table(outcome_rows(outcome))),
        ]
        title = _("Result of the owners' vote: %(title)s") % {"title": ballot.title}
        extra = {
            "matters": ballot.title,
            "area_share": _share(outcome.area_taking_part),
            "head_share": _share(outcome.heads_taking_part),
            "votes": "；".join(f"{name} {area} ㎡ / {heads}" for name, area, heads in rows[1:4]),
        }
    return NoticePage(
        title=title[:255],
        notice_type=kind,
        variant=NoticeVariant.objects.filter(notice_type=kind, code=RESULT).first(),
        issuer=notice.issuer if notice else "",
        contact=notice.contact if notice else "",
        contact_phone=notice.contact_phone if notice else "",
        event_starts_at=ballot.closes_at,
        extra=extra,
        body=json.dumps(
            [{"type": name, "value": value, "id": str(uuid4())} for name, value in blocks]
        ),
        live=False,
    )


def _share(hurdle: Hurdle) -> str:
    """Two places, cut and not rounded, as the table shows them."""
    percent = hurdle.percent
    return "" if percent is None else str(percent.quantize(Decimal("0.01"), rounding=ROUND_DOWN))


def _table(rows: list[list[str]]) -> dict[str, object]:
    head, *body = rows
    return {
        "columns": [{"type": "text", "heading": text} for text in head],
        "rows": [{"values": row} for row in body],
        "caption": "",
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
