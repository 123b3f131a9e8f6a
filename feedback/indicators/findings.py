"""What an evaluation report says of a score: problems and recommendations, each with its evidence.

The report is an official Chinese form, so its sentences are Chinese. Every one of them comes from a
figure and names it; the rules are those of domain.md §1 (problem, recommendation). Pure.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from feedback.indicators.definitions import Direction, Rule
from feedback.indicators.scorecards import Card, Line
from feedback.indicators.scoring import shown
from feedback.indicators.states import Group, Status


@dataclass(frozen=True)
class Sentence:
    """`sources` are numbers of evidence: M<measurement>-<start of the hash of its inputs>."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """A problem: what kind it is, the figures it stands on, and what is recommended."""

    title: str
    codes: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    recommendation: str

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(one for sentence in self.sentences for one in sentence.sources)


@dataclass(frozen=True)
class Advice:
    """If one of `codes` misses its target, `title` is found and `text` recommended."""

    codes: frozenset[str]
    title: str
    text: str


#: The five of the evaluation report first; a line belongs to the first advice that names it.
ADVICE = (
    Advice(
        frozenset({"I05"}),
        "绩效目标不完整，效益未量化",
        "补齐各二级指标的量化目标，把受益户数增加率、信访投诉降低率、物业接管率等效益和可持续指标"
        "列入绩效目标申报表，目标不全的不予批复。",
    ),
    Advice(
        frozenset({"I06", "I07"}),
        "预算编制与合同偏差较大",
        "按改造内容细化预算，逐项与合同比对，没有对应合同的预算科目说明去向，不再按总额打捆申报。",
    ),
    Advice(
        frozenset({"I08", "I09", "I10", "I11", "I14", "I15", "I16"}),
        "资金执行与管理不到位",
        "建立按月核对的支付台账，与资金下达逐笔对账；由领导小组督办进度滞后的项目，落实档案责任；"
        "改造前开展入户调查，先摸底再安排资金。",
    ),
    Advice(
        frozenset({"I22", "I23", "I24"}),
        "完工后未按期验收、结算",
        "明确竣工验收和财务决算的期限与责任人，组织联合验收，及时审价定案；确需延期的按规定报批。",
    ),
    Advice(
        frozenset({"I29", "I30", "I31"}),
        "改造后物业接管不足",
        "引导物业服务企业进驻，小区规模小的打包联合聘用；指导成立业主委员会；把养护责任落实到每项设施。",
    ),
)
#: For what none of these names, by the source of the figure.
BY_GROUP = {
    Group.COMPLAINTS: (
        "投诉办理与居民期待有差距",
        "对超期和居民未认可的投诉逐件督办，办结后回访确认；同类问题集中的小区列入整改措施，"
        "把结果向居民公开。",
    ),
    Group.SURVEYS: (
        "居民参与或满意程度未达目标",
        "按答卷中不满意集中的方面逐项整改；对未回应的楼栋上门调查，整改后在下一期复测。",
    ),
    Group.NOTICES: (
        "信息公示不到位",
        "按公示清单补发应公示事项，公示期满前不得撤下；由县区每月核对公示覆盖情况。",
    ),
}
OTHER = ("其他指标未达目标", "逐项分析原因，列入整改措施，明确责任人和完成时限，下一期复核。")


def findings(
    card: Card,
    evidence: Mapping[int, str],
    parts: Sequence[tuple[str, Card]] = (),
    part_evidence: Mapping[int, str] | None = None,
) -> list[Finding]:
    """The problems of a card, those that cost most points first.

    `evidence` is measurement → its number; `parts` are (name, card) of what lies below, whose lines
    are named where they miss the same target.
    """
    known = {**(part_evidence or {}), **evidence}
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in card.lines:
        if is_missed(line):
            groups.setdefault(_advice(line), []).append(line)
    found = [
        (
            sum(line.lost for line in lines),
            Finding(
                title=title,
                codes=tuple(line.part.definition.code for line in lines),
                sentences=tuple(_sentence(line, known, parts) for line in lines),
                recommendation=text,
            ),
        )
        for (title, text), lines in groups.items()
    ]
    return [one for _lost, one in sorted(found, key=lambda pair: -pair[0])]


def strengths(card: Card, evidence: Mapping[int, str]) -> list[Sentence]:
    """What reached its target, in the order of the card."""
    return [
        Sentence(f"{_figure(line)}，达到目标值{_target(line)}。", _sources([line], evidence))
        for line in card.lines
        if line.given.value is not None
        and line.given.target is not None
        and line.points is not None
        and line.points == line.weight
        and line.given.status == Status.OK
    ]


def is_missed(line: Line) -> bool:
    return line.points is not None and line.points < line.weight


def _advice(line: Line) -> tuple[str, str]:
    code = line.part.definition.code
    for advice in ADVICE:
        if code in advice.codes:
            return advice.title, advice.text
    return BY_GROUP.get(line.part.definition.group, OTHER)


def _sentence(line: Line, known: Mapping[int, str], parts: Sequence[tuple[str, Card]]) -> Sentence:
    below = _below(line, parts)
    text = f"{_figure(line)}{_against(line)}，得{shown(line.points)}分（满分{line.weight}分）"
    if line.given.deduction:
        text += f"，其中评价扣{line.given.deduction}分：{line.given.remark}"
    if below:
        names = "、".join(f"{name}{_value(one)}" for name, one in below)
        text += f"；其中未达标的有：{names}"
    return Sentence(f"{text}。", _sources([line, *(one for _name, one in below)], known))


def _below(line: Line, parts: Sequence[tuple[str, Card]], most: int = 5) -> list[tuple[str, Line]]:
    """The parts that miss the same target, those furthest from it first."""
    code = line.part.definition.code
    found = [
        (name, one)
        for name, card in parts
        for one in card.lines
        if one.part.definition.code == code and is_missed(one) and one.given.value is not None
    ]
    return sorted(found, key=lambda pair: -pair[1].lost)[:most]


def _figure(line: Line) -> str:
    known = line.part.definition
    if known.rule == Rule.S5:
        return f"{known.code} {known.name.zh}经评价为{line.given.band}%"
    if line.given.status == Status.INSUFFICIENT:
        return f"{known.code} {known.name.zh}样本不足"
    return f"{known.code} {known.name.zh}为{_value(line)}"


def _value(line: Line) -> str:
    if line.given.value is None:
        return "无数据"
    return f"{shown(line.given.value)}{line.part.definition.unit}"


def _against(line: Line) -> str:
    if line.part.definition.rule == Rule.S5 or line.given.target is None:
        return ""
    return f"，未达到目标值{_target(line)}"


def _target(line: Line) -> str:
    sign = "≤" if line.part.definition.direction == Direction.DOWN else "≥"
    return f"{sign}{shown(line.given.target)}{line.part.definition.unit}"


def _sources(lines: Collection[Line], known: Mapping[int, str]) -> tuple[str, ...]:
    keys = [line.given.measurement for line in lines]
    return tuple(known[key] for key in keys if key is not None and key in known)
