"""Questionnaires as an editor can write them, for tests that hold of all of them."""

from typing import Any

from hypothesis import strategies as st

Block = dict[str, Any]
WORDS = st.text(st.sampled_from("问题改造 abc=+'\"<&1"), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)
CODES = st.lists(st.sampled_from(["a", "b", "c", "1", "2", "x-y", "n.a"]), min_size=2, unique=True)


@st.composite
def texts(draw: st.DrawFn, name: str = "text") -> dict[str, str]:
    return {f"{name}_zh": draw(WORDS), f"{name}_en": draw(st.just("") | WORDS)}


@st.composite
def options(draw: st.DrawFn) -> list[Block]:
    return [{"code": code, **draw(texts())} for code in draw(CODES)]


@st.composite
def formula(draw: st.DrawFn, before: list[Block]) -> str:
    """A condition on one or two earlier questions, or none."""
    usable = [b for b in before if b["type"] in ("single", "multiple", "number", "text")]
    if not usable or draw(st.booleans()):
        return ""
    parts = []
    for block in draw(st.lists(st.sampled_from(usable), min_size=1, max_size=2)):
        key, value = block["value"]["key"], block["value"]
        if block["type"] == "number":
            parts.append(f"${{{key}}} {draw(st.sampled_from(['>', '<=', '!=']))} 3")
        elif block["type"] == "text":
            parts.append(f"${{{key}}} != ''")
        else:
            code = draw(st.sampled_from([option["code"] for option in value["options"]]))
            chosen = f"selected(${{{key}}}, '{code}')"
            parts.append(draw(st.sampled_from([chosen, f"not({chosen})"])))
    return draw(st.sampled_from([" and ", " or "])).join(parts)


@st.composite
def question(draw: st.DrawFn, number: int | str, before: list[Block]) -> Block:
    kinds = ["single", "multiple", "rank", "likert", "number", "text", "date", "photo"]
    kind = draw(st.sampled_from([*kinds, "information", "matrix"]))
    value = {"key": f"Q{number}", **draw(texts()), **draw(texts("help"))}
    value |= {"required": draw(st.booleans()), "formula": draw(formula(before))}
    listed = [b for b in before if b["type"] == "single"]
    if listed and not value["formula"] and draw(st.booleans()):
        codes = [o["code"] for o in listed[0]["value"]["options"]]
        value["show_if"] = [{"key": listed[0]["value"]["key"], "codes": ",".join(codes[:2])}]
    if kind in ("single", "multiple", "rank"):
        value["options"] = draw(options())
    if kind in ("single", "multiple"):
        _add_other(draw, value)
    if kind == "multiple":
        value["options"][0]["exclusive"] = draw(st.booleans())
        value["maximum"] = draw(st.none() | st.integers(1, len(value["options"])))
    if kind == "rank":
        value["maximum"] = draw(st.integers(1, len(value["options"])))
    if kind == "likert":
        value |= {"scale": "AGREEMENT", "not_applicable": draw(st.booleans())}
    if kind == "number":
        value |= _number(draw)
    if kind == "text":
        value |= {"short": draw(st.booleans()), "maximum": draw(st.integers(1, 1000))}
        value["constraint"] = draw(st.sampled_from(["", "regex(., '[0-9]{3}')", ". != 'x'"]))
    if kind == "matrix":
        rows = [{"code": code, **draw(texts())} for code in draw(CODES)]
        value |= {"rows": rows, "scale": draw(st.sampled_from(["SATISFACTION", "OPTIONS"]))}
        value["options"] = draw(options())
    return {"type": kind, "value": value}


def _add_other(draw: st.DrawFn, value: Block) -> None:
    if draw(st.booleans()):
        other = {"code": "other", "text_zh": "其他", "text_en": "Other", "other": True}
        value["options"].append(other)
        value["other_required"] = draw(st.booleans())


def _number(draw: st.DrawFn) -> Block:
    low, span = draw(st.integers(-50, 50)), draw(st.integers(0, 100))
    limits = {
        "minimum": draw(st.none() | st.just(low)),
        "maximum": draw(st.none() | st.just(low + span)),
    }
    if limits["minimum"] is not None and limits["maximum"] is not None and draw(st.booleans()):
        limits["step"] = draw(st.sampled_from([1, 2]))
    constraint = draw(st.sampled_from(["", ". != 0", ". < 40 or . > 60"]))
    return {**limits, "decimal": draw(st.booleans()), "constraint": constraint}


@st.composite
def calculation(draw: st.DrawFn, number: int, before: list[Block]) -> Block:
    """Of a number asked before, or of nothing."""
    numbers = [b["value"]["key"] for b in before if b["type"] == "number"]
    sides = [f"${{{key}}}" for key in numbers] + ["2", "'x'"]
    one, two = draw(st.sampled_from(sides)), draw(st.sampled_from(sides))
    texts = [f"{one} * 2 + {two}", f"concat({one}, {two})", f"if({one} > 1, 'a', {two})"]
    value = {"key": f"C{number}", "calculation": draw(st.sampled_from(texts))}
    return {"type": "calculation", "value": value | {"formula": draw(formula(before))}}


def _show(draw: st.DrawFn, block: Block, before: list[Block]) -> None:
    """Let its text show something that is known before."""
    kinds = ("single", "multiple", "number", "text", "date", "calculation")
    known = [b["value"]["key"] for b in before if b["type"] in kinds]
    if known and draw(st.integers(0, 3)) == 0:
        block["value"]["text_zh"] += f"${{{draw(st.sampled_from(known))}}}"


@st.composite
def questionnaires(draw: st.DrawFn) -> list[Block]:
    """Blocks that begin with the question H, of one answer; some can't be asked."""
    first = {"key": "H", "required": True, "options": draw(options()), **draw(texts())}
    blocks: list[Block] = [{"type": "single", "value": first}]
    repeated: list[Block] = []
    for number in range(draw(st.integers(0, 6))):
        if draw(st.integers(0, 4)) == 0:
            section = {**draw(texts("title")), **draw(texts("note"))}
            section["formula"] = draw(formula(blocks))
            section["continuation"] = draw(st.booleans())
            blocks.append({"type": "section", "value": section})
            known = list(blocks)
            if draw(st.booleans()):
                section["name"] = f"R{number}"
                section["times"] = draw(st.integers(1, 3))
                # What comes after must not look into it, so nothing does.
                for inside in range(draw(st.integers(1, 2))):
                    blocks.append(draw(question(f"{number}i{inside}", known)))
                section["repeat_count"] = draw(st.sampled_from(["", str(section["times"])]))
                blocks.append({"type": "section", "value": {**draw(texts("title"))}})
                repeated += blocks[len(known) : -1]
        usable = [block for block in blocks if block not in repeated]
        if draw(st.integers(0, 4)) == 0:
            blocks.append(draw(calculation(number, usable)))
            usable = [*usable, blocks[-1]]
        blocks.append(draw(question(number, usable)))
        _show(draw, blocks[-1], usable)
    return blocks
