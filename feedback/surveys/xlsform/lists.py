"""The lists of choices of an XLSForm: questions that offer the same share one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from feedback.surveys.block_values import item_list
from feedback.surveys.condition_text import parse_condition, to_text
from feedback.surveys.conditions import TRUE, Term, any_of
from feedback.surveys.questionnaire import Question
from feedback.surveys.xlsform.writing import Line, both_texts, kept_texts, yes


class ChoiceLists:
    """`lines`: the sheet `choices`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.lists: dict[str, list[Line]] = {}

    def add(self, question: Question, value: Mapping[str, Any], wanted: str) -> tuple[str, str]:
        """The name of the list of choices and the filter; a list that differs gets a new name."""
        if kept := self._kept(question, value, wanted):
            return kept
        terms = list(dict.fromkeys(o.only_if for o in question.options if o.only_if))
        number = {term: str(index + 1) for index, term in enumerate(terms)}
        written = {item["code"]: item for item in item_list(value, "options")}
        lines = [
            {
                "name": option.code,
                "label": both_texts(option.text)
                | kept_texts(written.get(option.code, {}), "label"),
                "linli_filter": number[option.only_if] if option.only_if else "",
                "linli_exclusive": yes(option.exclusive),
            }
            for option in question.options
        ]
        name = self._put(lines, wanted, question.key)
        if not terms:
            return name, ""
        parts = [f"(linli_filter = '{n}' and ({to_text(t)}))" for t, n in number.items()]
        return name, " or ".join([*parts, "linli_filter = ''"])

    def _put(self, lines: list[Line], wanted: str, key: str) -> str:
        name = next(n for n in _names(wanted, key) if self.lists.get(n, lines) == lines)
        if name not in self.lists:
            self.lists[name] = lines
            self.lines += [{"list_name": name, **line} for line in lines]
        return name

    def _kept(
        self, question: Question, value: Mapping[str, Any], wanted: str
    ) -> tuple[str, str] | None:
        """The list and the filter an XLSForm had, while they still offer what the editor says."""
        try:
            kept = json.loads(value.get("choices_kept") or "null")
            rows = [(str(code), dict(columns)) for code, columns in kept["rows"]]
            offered = _offered(kept["filter"], rows)
        except (ValueError, TypeError, KeyError):
            return None
        if offered != {option.code: option.only_if for option in question.options}:
            return None
        written = {item["code"]: item for item in item_list(value, "options")}
        texts = {
            option.code: both_texts(option.text) | kept_texts(written.get(option.code, {}), "label")
            for option in question.options
        }
        lines: list[Line] = [
            {
                "name": code,
                "label": texts[code],
                "linli_exclusive": yes(bool(written.get(code, {}).get("exclusive"))),
                **columns,
            }
            for code, columns in rows
        ]
        return self._put(lines, wanted, question.key), kept["filter"]


def _offered(choice_filter: str, rows: list[tuple[str, dict[str, str]]]) -> dict[str, Term | None]:
    """Code → when the filter offers it, None for always. Raises ConditionError."""
    names = dict.fromkeys((name for _code, columns in rows for name in columns), "")
    terms: dict[str, list[Term]] = {}
    for code, columns in rows:
        term = parse_condition(choice_filter, names | {"name": code} | columns)
        terms.setdefault(code, []).append(term)
    joined = {code: any_of(found) for code, found in terms.items()}
    return {code: None if term == TRUE else term for code, term in joined.items()}


def _names(wanted: str, key: str) -> Iterable[str]:
    yield wanted
    yield f"{wanted}_{key}"
    for number in range(2, 1000):
        yield f"{wanted}_{key}_{number}"
