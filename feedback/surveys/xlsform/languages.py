"""Which column of an XLSForm is Chinese and which is English."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.block_parts import LANGUAGES_LENGTH
from feedback.surveys.xlsform.reading import TRANSLATED, Row, languages_of
from feedback.surveys.xlsform.report import Issue

#: Ours, and what their columns are called unless a form said otherwise.
LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}
#: In what is kept of further languages: what the columns of ours were called.
NAMES = "@"
#: Among those: the language that the form begins with.
DEFAULT = "default"
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_CODE = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_][\w-]+)?\s*\)")


def language_code(name: str) -> str:
    """`中文 (zh)` → `zh`, `English` → `en`, others → empty."""
    plain = name.strip().lower()
    coded = _CODE.search(name)
    code = coded.group(1).lower() if coded else re.split(r"[-_]", plain)[0]
    if code in ("zh", "cmn", "chinese") or "中文" in plain or "汉语" in plain:
        return "zh"
    return "en" if code in ("en", "eng", "english") or "英" in plain else ""


class Languages:
    """Reads the texts of rows in Chinese and English, and says which other columns there are."""

    def __init__(self, rows: Iterable[Row], default_language: str) -> None:
        self.rows = list(rows)
        self.default = "" if default_language.lower() == "default" else default_language
        for row in self.rows if self.default else ():
            _name_plain(row, self.default)
        self.column_of: dict[str, str] = {}
        names = languages_of(self.rows)
        for name in sorted(names, key=lambda n: n == ""):
            code = language_code(name) if name else self._guess()
            if code and code not in self.column_of:
                self.column_of[code] = name
            elif code and not name:
                self._join(self.column_of[code])
        #: A form in neither is read as English, so that it can be translated in the editor.
        self.taken = "" if self.column_of or not names else names[0]
        if self.taken:
            self.column_of["en"] = self.taken
        self.others = [name for name in names if name not in self.column_of.values()]
        #: Sheet and number of rows whose texts in other languages were kept.
        self.kept: set[tuple[str, int]] = set()

    def _guess(self) -> str:
        texts = (c.text for r in self.rows for n, c in r.cells.items() if _is_plain(n))
        return "zh" if any(_CHINESE.search(text) for text in texts) else "en"

    def _join(self, language: str) -> None:
        """Columns without a language are in this one, as far as it has none of its own."""
        named = {name for row in self.rows for name in row.cells}
        for row in self.rows:
            _name_plain(row, language, but=named)

    def texts(self, row: Row, column: str, name: str) -> dict[str, str]:
        """`{"text_zh": …, "text_en": …}` of a translated column, for the fields `name`."""
        return {
            f"{name}_{code}": row.text((column, self.column_of[code]))
            if code in self.column_of
            else ""
            for code in LANGUAGES
        }

    def kept_texts(self, row: Row) -> str:
        """Texts in further languages, for the way back: JSON of column → language → text."""
        found: dict[str, dict[str, str]] = {}
        for name, cell in row.cells.items():
            if isinstance(name, tuple) and name[1] and name[1] in self.others:
                found.setdefault(name[0], {})[name[1]] = cell.text
        text = json.dumps(found, ensure_ascii=False) if found else ""
        if len(text) > LANGUAGES_LENGTH:
            return ""
        self.kept.add((row.sheet, row.number))
        return text

    def keep_names(self, blocks: list[dict[str, Any]]) -> None:
        """Write into the first block that keeps texts, as a calculation does not, what the columns
        of Chinese and English were called."""
        value = next((b["value"] for b in blocks if "languages" in b["value"]), None)
        if value is not None and self.column_of:
            names = {code: self.column_of[code] for code in LANGUAGES if code in self.column_of}
            if self.default and self.default != next(iter(names.values())):
                names[DEFAULT] = self.default
            kept = json.loads(value.get("languages") or "{}") | {NAMES: names}
            text = json.dumps(kept, ensure_ascii=False)
            if len(text) <= LANGUAGES_LENGTH:
                value["languages"] = text

    def issues(self) -> Iterator[Issue]:
        """Each row with a text in a language that is not kept."""
        if self.taken:
            text = _("The texts in “%(language)s” are taken for English.")
            yield Issue("survey", 1, "", text % {"language": self.taken}, left_out=False)
        for row in self.rows:
            for name in row.cells:
                if (row.sheet, row.number) in self.kept and isinstance(name, tuple) and name[1]:
                    continue
                if isinstance(name, tuple) and name[1] in self.others:
                    reason = _("The language “%(language)s” is not kept.")
                    said = reason % {"language": name[1] or _("without a name")}
                    yield row.issue(said, name, left_out=False)


def _name_plain(
    row: Row, language: str, but: Collection[str | tuple[str, str]] = frozenset()
) -> None:
    """Texts without a language are in this one; where a text in it is beside, both stay."""
    row.cells = {
        (name[0], language)
        if _is_plain(name) and (name[0], language) not in {*row.cells, *but}
        else name: cell
        for name, cell in row.cells.items()
    }


def _is_plain(name: str | tuple[str, str]) -> bool:
    return isinstance(name, tuple) and name[1] == "" and name[0] in TRANSLATED


def choice_columns(row: Row) -> Mapping[str, str]:
    """The columns of a choice that a filter may look at, by name."""
    return {name: cell.text for name, cell in row.cells.items() if isinstance(name, str)}
