"""The blanks in the templates of notices, and what is left of one that nobody filled."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

#: Blank → what it is filled with. The words are Chinese because the templates are.
BLANKS = {
    "地点": _("the name of the community or county"),
    "县区": _("the name of the county"),
    "小区数": _("how many communities there are"),
    "楼栋数": _("how many buildings there are"),
    "户数": _("how many households there are today"),
    "面积": _("the floor area in square metres"),
    "项目": _("the name of the renovation project"),
    "施工单位": _("the contractor assigned there"),
    "电话": _("the telephone of the committee"),
}

#: What stands in a draft where a fact is not known; a notice with one cannot go public.
UNKNOWN = "＿＿＿＿"

_BLANK = re.compile(r"\{([^{}]*)\}")
_LEFT = re.compile("＿{2,}|_{3,}")


def unknown_blanks(text: str) -> list[str]:
    """The blanks of `text` that nothing could fill."""
    return [name for name in _BLANK.findall(text) if name not in BLANKS]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """`text` with its blanks filled; what `facts` does not know is left to be written in."""
    return _BLANK.sub(lambda found: facts.get(found[1]) or UNKNOWN, text)


def has_blank(text: str) -> bool:
    return bool(_LEFT.search(text))
