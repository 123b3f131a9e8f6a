"""What a survey must not be called. Pure."""

import re

from django.utils.translation import gettext as _

#: Words with which owners' decisions are announced.
_VOTE = re.compile(r"表决|投票|\b(?:vot(?:e|es|ing)|ballots?)\b", re.IGNORECASE)


def vote_titles(title_zh: str, title_en: str) -> dict[str, str]:
    """Field → why its title can't be: a survey that is called a vote is taken for one."""
    text = _(
        "A survey is not an owners' vote and must not be called one. Choose another title, or "
        "prepare the vote under “Owners' votes”."
    )
    titles = {"title_zh": title_zh, "title_en": title_en}
    return {name: text for name, title in titles.items() if _VOTE.search(title)}
