"""What an indicator is: a dated definition in code. Texts are data, kept in both languages."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import get_language

from feedback.indicators.states import Group
from portal.common.periods import Kind


@dataclass(frozen=True)
class Text:
    """One text in both languages; written into a page it is the reader's."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if get_language() == "en" else self.zh


class Direction(StrEnum):
    UP = "UP"
    DOWN = "DOWN"


class Rule(StrEnum):
    """Scoring rules of domain.md §7; OV is a flag of its own."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"
    S5 = "S5"


class Method(StrEnum):
    """How a value comes from its sums, at one community and added up over many."""

    #: Everything was counted: numerator ÷ denominator, no interval.
    COUNT = "COUNT"
    #: Some answered for all: Wilson's interval, and the sample rule of §6.1.5.
    SAMPLE = "SAMPLE"
    #: A count over all households that is only as good as the sample behind it.
    SAMPLE_OF_ALL = "SAMPLE_OF_ALL"
    #: Communities weighted by their households (§6.1.2): a share, and a mean × 20.
    STRATA = "STRATA"
    INDEX = "INDEX"
    #: |budget − contracts| of the sums, not the sum of the gaps.
    GAP = "GAP"
    #: §6.2: before against after, and the rate after.
    REDUCTION = "REDUCTION"
    AFTER_RATE = "AFTER_RATE"
    #: Events ÷ household-years × 1000.
    RATE = "RATE"
    #: §6.2.8: the reduction beside that of a group without works.
    CONTROLLED = "CONTROLLED"
    #: (this year − last year) ÷ last year; provisional while works wait for acceptance.
    GROWTH = "GROWTH"
    #: For people to score, in bands (S5).
    QUALITATIVE = "QUALITATIVE"


#: What is counted is events, and what it is held against is households.
OF_EVENTS = frozenset({Method.REDUCTION, Method.AFTER_RATE, Method.RATE, Method.CONTROLLED})


@dataclass(frozen=True)
class Variant:
    """Another reading of the same indicator, never a second one. `main` is scored."""

    code: str
    name: Text
    formula: Text
    unit: str = ""
    direction: Direction | None = None
    method: Method = Method.COUNT


@dataclass(frozen=True)
class Definition:
    code: str
    name: Text
    level1: Text
    level2: Text
    group: Group
    unit: str
    direction: Direction
    #: None: it is watched, nobody has said what is good.
    target: Decimal | None
    period: Kind
    rule: Rule
    weight: Decimal
    formula: Text
    source: Text
    edges: Text
    method: Method = Method.COUNT
    variants: tuple[Variant, ...] = ()
    basis: Text = Text(
        "本站自定的绩效指标，参照公开的绩效评价框架；不是官方指标。",
        "Our own indicator on the public evaluation framework; not an official one.",
    )
    version: str = "1"
    valid_from: date = date(2019, 1, 1)
    #: A duty or an upper level's target: a proposal never changes it (domain.md §8).
    locked: bool = False
    #: Whether a closed period leads to a proposal for the next one.
    proposes: bool = False
    #: What happens within a period, not how things stand at its end: a year adds up its months.
    flow: bool = False
    #: What its source lacks so far: until it is kept, the indicator does not apply, anywhere.
    missing: Text | None = None

    def variant(self, code: str) -> Variant:
        """Raises KeyError where the indicator has no such variant."""
        for variant in (self.main, *self.variants):
            if variant.code == code:
                return variant
        raise KeyError(f"{self.code} has no variant {code}")

    @property
    def main(self) -> Variant:
        return Variant("main", Text("主口径", "Main"), self.formula, method=self.method)

    def unit_of(self, variant: str) -> str:
        return self.variant(variant).unit or self.unit

    def direction_of(self, variant: str) -> Direction:
        return self.variant(variant).direction or self.direction


DECISION = Text("决策", "Decision")
PROCESS = Text("过程", "Process")
OUTPUT = Text("产出", "Output")
EFFECT = Text("效益", "Effect")

ORGANISATION = Text("组织实施", "Organisation")
SETUP = Text("项目立项", "Project set-up")
FUNDING = Text("资金投入", "Funding")
FUND_MANAGEMENT = Text("资金管理", "Fund management")
GOALS = Text("绩效目标", "Performance targets")
QUANTITY = Text("产出数量", "Output quantity")
COST = Text("产出成本", "Output cost")
QUALITY = Text("产出质量", "Output quality")
TIMELINESS = Text("产出时效", "Timeliness")
SOCIAL = Text("社会效益", "Social effect")
SUSTAINABLE = Text("可持续影响", "Lasting effect")
SATISFACTION = Text("服务对象满意度", "Satisfaction of those served")
PER_THOUSAND = "件/千户·年"
