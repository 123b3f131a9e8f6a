"""What somebody means by what they type: the words that count, with others that mean the same.

「几号楼停暖气」 asks for 停暖气, which notices call 停热 or 暂停供热; 几号楼 only asks. The lists
of both are data beside this file: `synonyms.txt` and `stop_words.txt`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from portal.common.search.words import words_in

#: So many words in a row are looked up in the lists as one.
LONGEST = 4
#: Nobody asks for more; a pasted text must not become a query of a thousand parts.
MAX_GROUPS = 12

Group = tuple[str, ...]


def meant(text: str) -> list[Group]:
    """What to look for: every group must be found, by any one of its words.

    Empty where `text` has no letter or digit in it.
    """
    groups = list(_groups(text, skip=True)) or list(_groups(text, skip=False))
    return list(dict.fromkeys(groups))[:MAX_GROUPS]


def _groups(text: str, skip: bool) -> Iterator[Group]:
    for words in words_in(text):
        run = ""
        at = 0
        while at < len(words):
            joined, length = _known(words, at)
            if length == 0 and not _is_word(words[at]):
                # Single characters and numbers that no list knows are looked for side by side.
                run += words[at]
                at += 1
                continue
            if run:
                yield (run,)
                run = ""
            at += length or 1
            if length == 0:
                yield (joined,)
            elif joined in _synonyms():
                yield _synonyms()[joined]
            elif not skip:
                yield (joined,)
        if run:
            yield (run,)


def _known(words: list[str], at: int) -> tuple[str, int]:
    """The longest entry of a list that begins at `at`, and of how many words; else that word, 0."""
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        joined = "".join(words[at : at + length])
        if joined in _synonyms() or joined in _stop_words():
            return joined, length
    return words[at], 0


def _is_word(part: str) -> bool:
    return len(part) > 1 and not part.isdigit()


@cache
def _synonyms() -> dict[str, Group]:
    groups = [tuple(line.split()) for line in _lines("synonyms.txt")]
    return {word: group for group in groups for word in group}


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(word for line in _lines("stop_words.txt") for word in line.split())


def _lines(name: str) -> list[str]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
