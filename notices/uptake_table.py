"""What the uptake notice (N05) says of the answers to objections, and which of them it lacks."""

from collections import Counter
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from django.utils.translation import override

from notices.models.objections import Objection
from notices.states import Disposition

if TYPE_CHECKING:
    from notices.models import NoticePage


def block_id(plan: "NoticePage", part: str) -> str:
    """By it a drafted block of the body is known again, whatever staff write around it."""
    return str(uuid5(NAMESPACE_URL, f"uptake:{plan.pk}:{part}"))


def block_ids(plan: "NoticePage") -> set[str]:
    return {block_id(plan, part) for part in ("count", "table")}


def answer_row(objection: Objection) -> list[str]:
    # A notice is Chinese, whatever the language of the screen.
    with override("zh-hans"):
        label = str(Disposition(objection.disposition).label)
    return [objection.summary, label, objection.reason]


def answers_missing(page: "NoticePage", plan: "NoticePage") -> int:
    """How many answers to the objections to `plan` the drafted table lacks, or shows with another
    disposition. The wording of a reason is left to staff, and so is all of a notice that was not
    drafted from the answers. One query for one that was."""
    blocks = list(page.body.get_prep_value()) if page.body else []
    drafted = [block for block in blocks if block.get("id") in block_ids(plan)]
    if not drafted:
        return 0
    tables = [block["value"] for block in drafted if block["type"] == "table"]
    shown = Counter(_known_by(row["values"]) for table in tables for row in table["rows"])
    answered = Objection.objects.shown_with(plan).answered()
    return (Counter(_known_by(answer_row(item)) for item in answered) - shown).total()


def _known_by(row: list[str]) -> tuple[str, ...]:
    """What it is about and the disposition, whatever an editor did to the spaces."""
    return tuple("".join(str(cell).split()) for cell in row[:2])
