"""How a Chinese name is found by somebody who types Latin letters."""

from pypinyin import Style, lazy_pinyin


def pinyin(name: str) -> str:
    """`"和平里小区"` → `"hepinglixiaoqu"`; letters and digits stay, the rest is dropped."""
    return _letters(lazy_pinyin(name))


def initials(name: str) -> str:
    """`"和平里小区"` → `"hplxq"`."""
    return _letters(lazy_pinyin(name, style=Style.FIRST_LETTER))


def _letters(parts: list[str]) -> str:
    return "".join(c for c in "".join(parts).lower() if c.isascii() and c.isalnum())
