"""The sheet `survey`, row by row: each becomes a block, or an issue that says why not."""

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from feedback.surveys.block_parts import KEY_PATTERN, TEXT_LENGTH
from feedback.surveys.condition_text import parse_condition
from feedback.surveys.conditions import OWN, ConditionError, Term, selected, walk
from feedback.surveys.xlsform.choices import OTHER_CODE, OTHER_OPTION, Choices, Refused, scale_of
from feedback.surveys.xlsform.languages import Languages
from feedback.surveys.xlsform.reading import Row
from feedback.surveys.xlsform.report import Issue
from feedback.surveys.xlsform.types import RowType, row_type

YES = {"yes", "true", "true()", "1"}
NO = {"", "no", "false", "false()", "0"}
WORDS = 1000
#: Columns that are read; of the rest each cell that says something is reported.
READ = {"type", "name", "required", "relevant", "constraint", "choice_filter", "parameters"}
READ |= {"calculation", "repeat_count", "linli_type", "linli_minimum", "linli_maximum"}
READ |= {"linli_continuation", "linli_short"}
Block = dict[str, Any]


class SurveyRows:
    """`made`: blocks with the row each came from; `issues`: what could not be held."""

    def __init__(self, rows: list[Row], languages: Languages, choices: Choices) -> None:
        self.languages, self.choices = languages, choices
        self.made: list[tuple[Block, Row]] = []
        self.issues: list[Issue] = []
        #: Conditions of the groups around the row, and whether each was refused.
        self.groups: list[_Group] = []
        #: Of the sections that may be matrices, by id: own condition, and whether in a group.
        self.tables: dict[int, tuple[str, bool]] = {}
        self.repeats = 0
        for row in rows:
            self._take(row)
        self._gather_matrices()

    def _take(self, row: Row) -> None:
        kind = row_type(row.text("type"))
        if kind.name in ("begin_repeat", "end_repeat") or self.repeats:
            self._in_repeat(row, kind)
            return
        try:
            self._add(row, kind)
        except Refused as refused:
            if kind.name == "begin_group":
                self.groups.append(_Group(refused=refused.reason))
            self.issues.append(row.issue(refused.reason, refused.column))

    def _in_repeat(self, row: Row, kind: RowType) -> None:
        self.repeats += (kind.name == "begin_repeat") - (kind.name == "end_repeat")
        if kind.name == "begin_repeat":
            self.issues.append(
                row.issue(_("A repeat can't be held: every household answers once."), "type")
            )
        elif kind.name != "end_repeat":
            self.issues.append(row.issue(_("It is inside a repeat, which can't be held.")))

    def _add(self, row: Row, kind: RowType) -> None:
        if kind.name == "end_group":
            self._end_group(row)
            return
        if any(group.refused for group in self.groups):
            raise Refused(_("It is inside a group that can't be held."))
        if kind.name == "begin_group":
            self._begin_group(row)
            return
        if not kind.name:
            text = _("Questions of the type “%(type)s” can't be asked here.")
            raise Refused(text % {"type": row.text("type")}, "type")
        if kind.name == "calculate":
            raise Refused(_("Calculated values can't be held."), "type")
        if self._is_other_of_the_last(row, kind):
            return
        self.made.append((self._question(row, kind), row))
        self._report_the_rest(row)

    # --- groups ---

    def _begin_group(self, row: Row) -> None:
        formula = self._formula(row, "relevant", own=False)
        is_table = "table-list" in row.text("appearance")
        group = _Group(formula=formula)
        value = {
            "name": self._name(row),
            "formula": _both(self._outer_formula(), formula),
            "continuation": bool(row.text("linli_continuation")),
            **self._texts(row, "label", "title"),
            **self._texts(row, "hint", "note"),
            "languages": self.languages.kept_texts(row),
        }
        block = {"type": "section", "value": value}
        if is_table:
            self.tables[id(block)] = (formula, bool(self.groups))
        elif self.groups:
            self._report_nesting(row)
        self.groups.append(group)
        self.made.append((block, row))
        self._report_the_rest(row, but={"appearance"} if is_table else set())

    def _report_nesting(self, row: Row) -> None:
        text = _("A group inside a group is kept as a section of its own.")
        self.issues.append(row.issue(text, "type", left_out=False))

    def _end_group(self, row: Row) -> None:
        if not self.groups:
            raise Refused(_("This group ends but never began."))
        self.groups.pop()
        if not any(group.refused for group in self.groups):
            self.made.append(
                ({"type": "section", "value": {"formula": self._outer_formula()}}, row)
            )

    def _outer_formula(self) -> str:
        formula = ""
        for group in self.groups:
            formula = _both(formula, group.formula)
        return formula

    # --- questions ---

    def _question(self, row: Row, kind: RowType) -> Block:
        made: dict[str, Callable[[Row, RowType, Block], Block]] = {
            "single": self._choice,
            "multiple": self._choice,
            "rank": self._rank,
            "integer": self._number,
            "decimal": self._number,
            "range": self._range,
            "text": self._text,
        }
        value = {
            "key": self._name(row),
            "required": self._required(row),
            "formula": self._formula(row, "relevant", own=False),
            **self._texts(row, "label", "text"),
            **self._texts(row, "hint", "help"),
            "languages": self.languages.kept_texts(row),
        }
        if not (value["text_zh"] or value["text_en"]):
            raise Refused(_("There is no text in Chinese or English."))
        if kind.name == "note":
            del value["required"]
            return {"type": "information", "value": value}
        value["constraint"] = self._formula(row, "constraint", own=True)
        value |= self._texts(row, "constraint_message", "constraint_message")
        if row.text("choice_filter") and kind.name not in ("single", "multiple", "rank"):
            raise Refused(_("Only questions with choices have a choice filter."), "choice_filter")
        if kind.name in made:
            return made[kind.name](row, kind, value)
        return {"type": kind.name, "value": value}

    def _choice(self, row: Row, kind: RowType, value: Block) -> Block:
        options = self.choices.options(kind.list_name, row.text("choice_filter"))
        scale = scale_of(options) if kind.name == "single" and not kind.or_other else None
        if scale:
            value |= {"scale": scale[0], "not_applicable": scale[1]}
            return {"type": "likert", "value": value}
        if kind.or_other:
            if any(option["code"] == OTHER_CODE for option in options):
                options = [o | {"other": o["code"] == OTHER_CODE} for o in options]
            else:
                options = [*options, dict(OTHER_OPTION)]
        value |= {"options": options, "choices_name": kind.list_name}
        if kind.name == "multiple":
            value |= self._limits(row, value)
        return {"type": kind.name, "value": value}

    def _rank(self, row: Row, kind: RowType, value: Block) -> Block:
        options = self.choices.options(kind.list_name, row.text("choice_filter"))
        value |= {"options": options, "choices_name": kind.list_name, "maximum": len(options)}
        value |= self._limits(row, value)
        return {"type": "rank", "value": value}

    def _number(self, row: Row, kind: RowType, value: Block) -> Block:
        value |= {"decimal": kind.name == "decimal", "minimum": None}
        return {"type": "number", "value": value | self._limits(row, value)}

    def _range(self, row: Row, kind: RowType, value: Block) -> Block:
        given = dict(
            re.findall(r"(start|end|step)\s*=\s*(-?\d+(?:\.\d+)?)", row.text("parameters"))
        )
        start, end, step = (
            given.get(n, d) for n, d in (("start", "1"), ("end", "10"), ("step", "1"))
        )
        is_decimal = any("." in text for text in (start, end, step))
        value |= {"minimum": start, "maximum": end, "step": step, "decimal": is_decimal}
        return {"type": "number", "value": value}

    def _text(self, row: Row, kind: RowType, value: Block) -> Block:
        if row.text("linli_type") == "dwelling":
            return {"type": "dwelling", "value": value}
        maximum = row.text("linli_maximum")
        value["maximum"] = min(int(maximum), WORDS) if re.fullmatch(r"\d{1,4}", maximum) else WORDS
        value["short"] = bool(row.text("linli_short"))
        return {"type": "text", "value": value}

    def _limits(self, row: Row, value: Block) -> Block:
        """Limits that our own export wrote twice: as a constraint, and apart."""
        limits = {}
        for name, sign in (("minimum", ">="), ("maximum", "<=")):
            text = row.text(f"linli_{name}")
            if re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text):
                subject = "." if value.get("options") is None else "count-selected(.)"
                limits[name] = text
                value["constraint"] = _taken_out(value["constraint"], f"{subject} {sign} {text}")
        if value.get("options") is not None:
            return {name: int(float(text)) for name, text in limits.items()}
        return limits

    def _is_other_of_the_last(self, row: Row, kind: RowType) -> bool:
        """Whether this text row is what our “other, please say” was exported as."""
        last = self.made[-1][0] if self.made else None
        if kind.name != "text" or last is None or last["type"] not in ("single", "multiple"):
            return False
        value, codes = last["value"], [o["code"] for o in last["value"]["options"]]
        if row.text("name") != f"{value['key']}_other" or row.text("constraint"):
            return False
        try:
            term = parse_condition(row.text("relevant") or "''")
        except ConditionError:
            return False
        code = next((c for c in codes if term == _chosen(value["key"], c)), None)
        if code is None or any(option.get("other") for option in value["options"]):
            return False
        value["options"] = [o | {"other": o["code"] == code} for o in value["options"]]
        value["other_required"] = self._required(row)
        value |= self._texts(row, "label", "other_text")
        self._report_the_rest(row)
        return True

    # --- cells ---

    def _name(self, row: Row) -> str:
        name = row.text("name")
        if not re.match(KEY_PATTERN.regex, name):
            text = _("The name “%(name)s” can't be used: up to 64 letters, digits, _ . - only.")
            raise Refused(text % {"name": name[:80]}, "name")
        return name

    def _texts(self, row: Row, column: str, name: str) -> dict[str, str]:
        texts = self.languages.texts(row, column, name)
        for code, text in (("zh", texts[f"{name}_zh"]), ("en", texts[f"{name}_en"])):
            where = (column, self.languages.column_of.get(code, ""))
            if "${" in text:
                raise Refused(_("A text that shows another answer can't be held."), where)
            if len(text) > TEXT_LENGTH:
                said = _("The text is longer than %(count)s characters.")
                raise Refused(said % {"count": TEXT_LENGTH}, where)
        return texts

    def _required(self, row: Row) -> bool:
        text = row.text("required").lower()
        if text not in YES | NO:
            raise Refused(_("“required” can only be yes or no."), "required")
        return text in YES

    def _formula(self, row: Row, column: str, *, own: bool) -> str:
        text = row.text(column)
        if not text:
            return ""
        try:
            term = parse_condition(text)
        except ConditionError as error:
            raise Refused(str(error), column) from None
        if not own and any(part == Term("answer", (OWN,)) for part in _parts(term)):
            raise Refused(_("A point stands for the own answer; here there is none yet."), column)
        return text

    def _report_the_rest(self, row: Row, but: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        for name in row.cells:
            if isinstance(name, tuple) or name in READ | but:
                continue
            text = _("The column “%(name)s” is not kept.") % {"name": name}
            self.issues.append(row.issue(text, name, left_out=False))

    # --- matrices ---

    def _gather_matrices(self) -> None:
        """A group shown as a table, all of one list, is a matrix."""
        index = 0
        while index < len(self.made):
            block, row = self.made[index]
            if id(block) in self.tables:
                self._gather(index, row, *self.tables[id(block)])
            index += 1

    def _gather(self, index: int, row: Row, formula: str, is_nested: bool) -> None:
        end = next(
            (i for i in range(index + 1, len(self.made)) if self.made[i][0]["type"] == "section"),
            len(self.made),
        )
        inside = [block for block, _row in self.made[index + 1 : end]]
        matrix = _matrix(self.made[index][0]["value"] | {"formula": formula}, inside)
        if matrix is None:
            if is_nested:
                self._report_nesting(row)
            text = _("It is not shown as a table, but one question below the other.")
            self.issues.append(row.issue(text, "appearance", left_out=False))
            return
        closing = end < len(self.made) and not self.made[end][0]["value"].get("name")
        self.made[index : end + closing] = [(matrix, row)]


class _Group:
    def __init__(self, *, formula: str = "", refused: str = "") -> None:
        self.formula, self.refused = formula, refused


def _matrix(section: Block, inside: list[Block]) -> Block | None:
    """The matrix block a table of questions is; None where its rows differ in more than text."""
    key = section["name"]
    kinds = {block["type"] for block in inside}
    if len(inside) < 2 or kinds not in ({"single"}, {"likert"}) or section["continuation"]:
        return None
    own = ("key", "text_zh", "text_en", "languages")
    shared = [{n: v for n, v in b["value"].items() if n not in own} for b in inside]
    same = all(each == shared[0] for each in shared)
    named = all(b["value"]["key"].startswith(f"{key}_") for b in inside)
    plain = shared[0]
    extra = ("formula", "constraint", "help_zh", "help_en")
    options = plain.get("options") or []
    if not same or not named or any(plain.get(name) for name in extra):
        return None
    if any(option.get("other") or option.get("only_if") for option in options):
        return None
    rows = [
        {
            "code": b["value"]["key"].removeprefix(f"{key}_"),
            "text_zh": b["value"]["text_zh"],
            "text_en": b["value"]["text_en"],
            "languages": b["value"]["languages"],
        }
        for b in inside
    ]
    value = {
        "key": key,
        "text_zh": section["title_zh"],
        "text_en": section["title_en"],
        "help_zh": section["note_zh"],
        "help_en": section["note_en"],
        "languages": section["languages"],
        "formula": section["formula"],
        "required": plain["required"],
        "rows": rows,
        "scale": plain.get("scale", "OPTIONS"),
        "not_applicable": plain.get("not_applicable", True),
        "options": options,
        "choices_name": plain.get("choices_name", ""),
    }
    return {"type": "matrix", "value": value}


def _chosen(key: str, code: str) -> Term:
    return selected(key, code)


def _parts(term: Term) -> list[Term]:
    return list(walk(term))


def _both(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return f"({one}) and ({other})"


def _taken_out(constraint: str, part: str) -> str:
    """`constraint` without `part`, where that is all of it or joined to the rest by "and"."""
    if constraint == part:
        return ""
    return constraint.removeprefix(f"{part} and ") if constraint.startswith(part) else constraint
