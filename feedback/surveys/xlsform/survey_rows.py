"""The sheet `survey`, row by row: each becomes a block, or an issue that says why not."""

import re
from collections.abc import Callable, Collection, Iterable
from functools import reduce

from django.utils.translation import gettext as _

from feedback.surveys.block_parts import KEY_PATTERN, TEXT_LENGTH
from feedback.surveys.condition_text import parse_calculation, parse_condition
from feedback.surveys.conditions import OWN, ConditionError, Term, selected, walk
from feedback.surveys.repeating import COUNT, MOST_TIMES
from feedback.surveys.xlsform.choices import OTHER_CODE, OTHER_OPTION, Choices, Refused, scale_of
from feedback.surveys.xlsform.languages import Languages
from feedback.surveys.xlsform.matrices import Block, Table, both, flat_issue, gather, nesting_issue
from feedback.surveys.xlsform.numbers import limits_of, most_times, range_of
from feedback.surveys.xlsform.reading import Row
from feedback.surveys.xlsform.report import Issue
from feedback.surveys.xlsform.types import RowType, row_type

YES = {"yes", "true", "true()", "1"}
NO = {"", "no", "false", "false()", "0"}
WORDS = 1000
#: How often a repeat without a number is asked at most.
OPEN_TIMES = 5
#: Columns that are read, by kind of row; of the rest each cell that says something is reported.
ANSWERED = {"type", "name", "required", "relevant", "constraint", "constraint_message"}
ANSWERED |= {"linli_type", "linli_minimum", "linli_maximum", "linli_short", "label", "hint"}
CHOSEN = ANSWERED | {"choice_filter"}
GROUP = {"type", "name", "relevant", "linli_continuation", "label", "hint"}
READ = {
    "single": CHOSEN,
    "multiple": CHOSEN,
    "rank": CHOSEN,
    "range": ANSWERED | {"parameters"},
    "note": {"type", "name", "relevant", "label", "hint"},
    "calculate": {"type", "name", "relevant", "calculation"},
    "begin_group": GROUP,
    "begin_repeat": GROUP | {"repeat_count", "linli_times"},
}


class SurveyRows:
    """`made`: blocks with the row each came from; `issues`: what could not be held."""

    def __init__(self, rows: list[Row], languages: Languages, choices: Choices) -> None:
        self.languages, self.choices = languages, choices
        self.made: list[tuple[Block, Row]] = []
        self.issues: list[Issue] = []
        #: Row of each question by its name.
        self.named: dict[str, int] = {}
        #: Conditions of the groups around the row, and whether each was refused.
        self.groups: list[_Group] = []
        #: Sections that may be matrices, by the id of their block.
        self.tables: dict[int, Table] = {}
        #: The repeat the row stands in, and how deep it is inside one that is refused.
        self.repeat: _Group | None = None
        self.lost = 0
        for row in rows:
            self._take(row)
        self.issues += gather(self.made, self.tables, languages)

    def _take(self, row: Row) -> None:
        if row.text("disabled").lower() in YES:
            self.issues.append(row.issue(_("The row is switched off."), "disabled"))
            return
        kind = row_type(row.text("type"))
        if self.lost:
            self._in_lost_repeat(row, kind)
            return
        try:
            self._add(row, kind)
        except Refused as refused:
            if kind.name == "begin_group":
                self.groups.append(_Group(refused=refused.reason, is_flat=bool(self.repeat)))
            self.lost += kind.name == "begin_repeat"
            self.issues.append(row.issue(refused.reason, refused.column))

    def _in_lost_repeat(self, row: Row, kind: RowType) -> None:
        self.lost += (kind.name == "begin_repeat") - (kind.name == "end_repeat")
        if kind.name != "end_repeat":
            self.issues.append(row.issue(_("It is inside a repeat, which can't be held.")))

    def _add(self, row: Row, kind: RowType) -> None:
        if kind.name == "end_group":
            self._end_group(row)
            return
        if kind.name == "end_repeat":
            self._end_repeat(row)
            return
        if any(group.refused for group in self.groups):
            raise Refused(_("It is inside a group that can't be held."))
        if kind.name == "begin_group":
            self._begin_group(row)
            return
        if kind.name == "begin_repeat":
            self._begin_repeat(row)
            return
        if not kind.name:
            text = _("Questions of the type “%(type)s” can't be asked here.")
            raise Refused(text % {"type": row.text("type")}, "type")
        if self._is_other_of_the_last(row, kind):
            return
        make = self._calculation if kind.name == "calculate" else self._question
        self.made.append((make(row, kind), row))
        self.named[row.text("name")] = row.number
        self._report_the_rest(row, kind)

    # --- groups ---

    def _begin_group(self, row: Row) -> None:
        formula = self._formula(row, "relevant", own=False)
        is_table = "table-list" in row.text("appearance")
        group = _Group(formula=formula, is_flat=bool(self.repeat) and not is_table)
        block = self._section(row, formula, may_show=is_table)
        if is_table:
            self.tables[id(block)] = Table(formula, bool(self.groups), self.repeat is not None)
        elif self.repeat:
            self.issues.append(flat_issue(row))
        elif self.groups:
            self.issues.append(nesting_issue(row))
        self.groups.append(group)
        if not group.is_flat:
            self.made.append((block, row))
        but = {"appearance"} if is_table else set()
        self._report_the_rest(row, RowType("begin_group"), but=but)

    def _section(self, row: Row, formula: str, *, may_show: bool = False) -> Block:
        value = {
            "name": self._name(row),
            "formula": both(_formula_of(self.groups), formula),
            "continuation": bool(row.text("linli_continuation")),
            **self._texts(row, "label", "title", may_show=may_show),
            **self._texts(row, "hint", "note", may_show=may_show),
            "languages": self.languages.kept_texts(row),
        }
        return {"type": "section", "value": value}

    def _begin_repeat(self, row: Row) -> None:
        """Asked as often as it says, as an answer says, or as residents say, asked first."""
        if self.repeat:
            raise Refused(_("A repeat inside a repeat can't be held."), "type")
        written = row.text("repeat_count")
        count = COUNT.fullmatch(written)
        if written and not count:
            text = _("How often it is repeated must be a number, or a number question before it.")
            raise Refused(text, "repeat_count")
        formula = self._formula(row, "relevant", own=False)
        block = self._section(row, formula)
        block["value"] |= {"times": self._times(row, count), "repeat_count": written}
        if self.groups:
            self.issues.append(nesting_issue(row))
        self.repeat = _Group(formula=formula)
        self.groups.append(self.repeat)
        self.made.append((block, row))
        self._report_the_rest(row, RowType("begin_repeat"))

    def _times(self, row: Row, count: re.Match[str] | None) -> int:
        """How often at most; what is cut short is reported."""
        if count and count["fixed"]:
            times = int(count["fixed"])
            if not 1 <= times <= MOST_TIMES:
                text = _("A repeat is asked from 1 to %(count)s times.")
                raise Refused(text % {"count": MOST_TIMES}, "repeat_count")
            return times
        kept = row.text("linli_times")
        if kept.isdecimal() and 1 <= int(kept[:3]) <= MOST_TIMES:
            return int(kept[:3])
        if not count:
            text = _("It is first asked how many there are, up to %(count)s.")
            said = text % {"count": OPEN_TIMES}
            self.issues.append(row.issue(said, "type", left_out=False))
            return OPEN_TIMES
        source = next((b for b, _row in self.made if b["value"].get("key") == count["key"]), None)
        if source is None or source["type"] != "number":
            text = _("How often it is repeated must be a number, or a number question before it.")
            raise Refused(text, "repeat_count")
        if most := most_times(source["value"]):
            return most
        text = _("It is repeated at most %(count)s times.") % {"count": MOST_TIMES}
        self.issues.append(row.issue(text, "repeat_count", left_out=False))
        return MOST_TIMES

    def _end_repeat(self, row: Row) -> None:
        if self.repeat is None or self.groups[-1] is not self.repeat:
            raise Refused(_("This repeat ends but never began."))
        self.groups.pop()
        self.repeat = None
        self._go_on_outside(row)

    def _end_group(self, row: Row) -> None:
        if not self.groups or self.groups[-1] is self.repeat:
            raise Refused(_("This group ends but never began."))
        if self.groups.pop().is_flat:
            return
        if not any(group.refused for group in self.groups):
            self._go_on_outside(row)

    def _go_on_outside(self, row: Row) -> None:
        self.made.append(({"type": "section", "value": {"formula": _formula_of(self.groups)}}, row))

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
            "key": self._key(row),
            "required": self._required(row),
            "formula": self._own_formula(row),
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
        value |= self._texts(row, "constraint_message", "constraint_message", may_show=False)
        if kind.name in made:
            return made[kind.name](row, kind, value)
        return {"type": kind.name, "value": value}

    def _calculation(self, row: Row, kind: RowType) -> Block:
        text = row.text("calculation")
        try:
            parse_calculation(text or "''")
        except ConditionError as error:
            raise Refused(str(error), "calculation") from None
        formula = self._own_formula(row)
        value = {"key": self._key(row), "calculation": text, "formula": formula}
        return {"type": "calculation", "value": value}

    def _own_formula(self, row: Row) -> str:
        """Its own condition, after those of groups that are only their questions."""
        flat = _formula_of(group for group in self.groups if group.is_flat)
        return both(flat, self._formula(row, "relevant", own=False))

    def _choice(self, row: Row, kind: RowType, value: Block) -> Block:
        options = self.choices.options(kind.list_name, row.text("choice_filter"))
        scale = scale_of(options) if kind.name == "single" and not kind.or_other else None
        if scale:
            value |= {"scale": scale[0], "not_applicable": scale[1]}
            value["choices_name"] = kind.list_name
            return {"type": "likert", "value": value}
        if kind.or_other:
            if any(option["code"] == OTHER_CODE for option in options):
                options = [o | {"other": o["code"] == OTHER_CODE} for o in options]
            else:
                options = [*options, dict(OTHER_OPTION)]
        value |= {"options": options, "choices_name": kind.list_name}
        value["choices_kept"] = self.choices.kept(kind.list_name, row.text("choice_filter"))
        if kind.name == "multiple":
            value |= limits_of(row, value)
        return {"type": kind.name, "value": value}

    def _rank(self, row: Row, kind: RowType, value: Block) -> Block:
        options = self.choices.options(kind.list_name, row.text("choice_filter"))
        value |= {"options": options, "choices_name": kind.list_name, "maximum": len(options)}
        value |= limits_of(row, value)
        value["choices_kept"] = self.choices.kept(kind.list_name, row.text("choice_filter"))
        return {"type": "rank", "value": value}

    def _number(self, row: Row, kind: RowType, value: Block) -> Block:
        value |= {"decimal": kind.name == "decimal", "minimum": None}
        return {"type": "number", "value": value | limits_of(row, value)}

    def _range(self, row: Row, kind: RowType, value: Block) -> Block:
        found, rest = range_of(row)
        if rest:
            text = _("Of “parameters”, “%(text)s” is not kept.") % {"text": rest}
            self.issues.append(row.issue(text, "parameters", left_out=False))
        return {"type": "number", "value": value | found}

    def _text(self, row: Row, kind: RowType, value: Block) -> Block:
        if row.text("linli_type") == "dwelling":
            return {"type": "dwelling", "value": value}
        maximum = row.text("linli_maximum")
        value["maximum"] = min(int(maximum), WORDS) if re.fullmatch(r"\d{1,4}", maximum) else WORDS
        value["short"] = bool(row.text("linli_short"))
        return {"type": "text", "value": value}

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
        code = next((c for c in codes if term == selected(value["key"], c)), None)
        if code is None or any(option.get("other") for option in value["options"]):
            return False
        value["options"] = [o | {"other": o["code"] == code} for o in value["options"]]
        value["other_required"] = self._required(row)
        value |= self._texts(row, "label", "other_text", may_show=False)
        self._report_the_rest(row, RowType("text"))
        return True

    # --- cells ---

    def _name(self, row: Row) -> str:
        name = row.text("name")
        if not re.match(KEY_PATTERN.regex, name):
            text = _("The name “%(name)s” can't be used: up to 64 letters, digits, _ . - only.")
            raise Refused(text % {"name": name[:80]}, "name")
        return name

    def _key(self, row: Row) -> str:
        """In an XLSForm a name may come again in another group; here answers are kept by it."""
        name = self._name(row)
        if name in self.named:
            text = _("The name “%(name)s” is taken already, by row %(row)s.")
            raise Refused(text % {"name": name, "row": self.named[name]}, "name")
        return name

    def _texts(self, row: Row, column: str, name: str, *, may_show: bool = True) -> dict[str, str]:
        texts = self.languages.texts(row, column, name)
        for code, text in (("zh", texts[f"{name}_zh"]), ("en", texts[f"{name}_en"])):
            where = (column, self.languages.column_of.get(code, ""))
            if "${" in text and not may_show:
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
        if not own and any(part == Term("answer", (OWN,)) for part in walk(term)):
            raise Refused(_("A point stands for the own answer; here there is none yet."), column)
        return text

    def _report_the_rest(
        self, row: Row, kind: RowType, *, but: Collection[str] = frozenset()
    ) -> None:
        read = READ.get(kind.name, ANSWERED)
        for name in row.cells:
            plain = name[0] if isinstance(name, tuple) else name
            if plain in read or plain in but:
                continue
            if plain in ("required", "disabled") and row.text(name).lower() in NO:
                continue
            text = _("The column “%(name)s” is not kept.") % {"name": plain}
            self.issues.append(row.issue(text, name, left_out=False))


class _Group:
    """`is_flat`: only its questions are taken over, each under its condition."""

    def __init__(self, *, formula: str = "", refused: str = "", is_flat: bool = False) -> None:
        self.formula, self.refused, self.is_flat = formula, refused, is_flat


def _formula_of(groups: Iterable[_Group]) -> str:
    return reduce(both, (group.formula for group in groups), "")
