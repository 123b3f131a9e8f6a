"""The figures the source document states, kept as a record beside our own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.demo.register import Register
from portal.projects.models import StatedFigure

SOURCE = "大同市2020年老旧小区改造项目财政绩效评价报告"
STATED_DATE = date(2022, 2, 28)
CITY, PINGCHENG, YUNGANG = "1402", "140213", "140214"


@dataclass(frozen=True)
class Stated:
    place: str
    key: str
    name_zh: str
    name_en: str
    value: str = ""
    unit: str = ""
    text: str = ""
    indicator: str = ""
    variant: str = ""
    note_zh: str = ""
    note_en: str = ""


FIGURES = [
    Stated(CITY, "projects", "项目数", "Projects", "17", "个"),
    Stated(CITY, "communities", "改造小区", "Communities", "79", "个"),
    Stated(CITY, "buildings", "改造楼栋", "Buildings", "344", "栋"),
    Stated(CITY, "households", "惠及户数", "Households", "17356", "户"),
    Stated(CITY, "floor-area", "改造面积", "Floor area", "1549654.13", "㎡"),
    Stated(CITY, "investment", "总投资", "Total investment", "49650.92", "万元"),
    Stated(CITY, "batch", "第二批中央基建投资", "Second central batch", "24450.00", "万元"),
    Stated(CITY, "received", "到位资金", "Funds received", "49842.95", "万元"),
    Stated(
        CITY,
        "spent",
        "支出资金",
        "Funds spent",
        "35961.17",
        "万元",
        note_zh="报告列出的四项来源合计31,988.29万元；其余3,972.88万元是平城区同财综【2019】63号"
        "资金3,972.87万元加四舍五入差。",
        note_en="The four sources the report lists sum to 319.88 million yuan; the rest is "
        "Pingcheng's share of another grant plus rounding.",
    ),
    Stated(
        CITY, "spent-central", "中央转移支付支出", "Spent: central transfer", "21921.68", "万元"
    ),
    Stated(CITY, "spent-bond", "抗疫特别国债支出", "Spent: treasury bonds", "2800.00", "万元"),
    Stated(
        CITY, "spent-provincial", "省级专项债券支出", "Spent: provincial bonds", "5667.90", "万元"
    ),
    Stated(CITY, "spent-district", "区财政配套支出", "Spent: district match", "1598.71", "万元"),
    Stated(
        CITY,
        "execution",
        "预算执行率",
        "Execution rate",
        "72.15",
        "%",
        indicator="I09",
        variant="raw",
        note_zh="按全部到位资金计算，与本站原始口径一致；扣除与改造无关的资金后为87.18%。",
        note_en="On all funds received, as our raw variant; without the money that served other "
        "purposes it is 87.18 %.",
    ),
    Stated(
        PINGCHENG,
        "execution",
        "预算执行率（扣除无关资金）",
        "Execution rate (adjusted)",
        "88.13",
        "%",
        indicator="I09",
        variant="main",
        note_zh="与本站调整口径一致：30,645.12 ÷ 34,772.63。",
        note_en="The same as our adjusted variant.",
    ),
    Stated(
        YUNGANG,
        "budget-gap",
        "预算超出合同总价",
        "Budget over contracts",
        "53",
        "%",
        indicator="I06",
        variant="main",
        note_zh="两种分母都得不到53%：（7,353.13−3,531.40）÷7,353.13＝51.97%，÷3,531.40＝108.22%。"
        "本站两个数都列出。",
        note_en="Neither base gives 53 %: over the budget it is 51.97 %, over the contracts "
        "108.22 %. We show both.",
    ),
    Stated(YUNGANG, "budget", "预算投资额", "Budget", "7353.13", "万元"),
    Stated(YUNGANG, "contract", "合同总价", "Contract total", "3531.40", "万元"),
    Stated(YUNGANG, "residual", "剩余道路", "Road not finished", "700", "㎡"),
    Stated(
        CITY,
        "takeover",
        "物业接管率",
        "Property-management coverage",
        "43.04",
        "%",
        indicator="I29",
        variant="main",
        note_zh="按小区计为34÷79，与报告一致；报告未公布分小区名单，34个为推算。",
        note_en="34 of 79 communities; the report publishes no list, the 34 are inferred.",
    ),
    Stated(PINGCHENG, "takeover-new", "新入驻物业小区", "Newly taken over", "3", "个"),
    Stated(
        CITY,
        "other-grant",
        "同财综【2019】63号资金总额",
        "Other grant (Tong Cai Zong [2019] No. 63)",
        "17842.00",
        "万元",
        note_zh="报告只写明平城区的12,568万元；其余5,274万元报告没有列出去向，台账中没有登记。",
        note_en="The report only places Pingcheng's 125.68 million yuan; it does not say where the "
        "other 52.74 million went, and the ledger has nothing of it.",
    ),
    Stated(
        PINGCHENG,
        "other-grant",
        "平城区同财综【2019】63号资金",
        "Pingcheng's share of the other grant",
        "12568.00",
        "万元",
        note_zh="其中8,595.13万元与本项目无关，我们在台账中标记后不计入预算执行率。",
        note_en="Of this 85.95 million yuan served other purposes; tagged in the ledger, it is "
        "left out of the execution rate.",
    ),
    Stated(
        PINGCHENG,
        "other-grant-used",
        "其中用于老旧小区改造",
        "Of this spent on the renovation",
        "3972.87",
        "万元",
    ),
    Stated(
        PINGCHENG,
        "received-adjusted",
        "扣除无关资金后到位",
        "Funds received without unrelated money",
        "34772.63",
        "万元",
    ),
    Stated(CITY, "execution-target", "预算执行率目标", "Target of execution", "95.00", "%"),
    Stated(CITY, "accepted", "已竣工验收项目", "Projects accepted", "0", "个"),
    Stated(CITY, "accounts", "已编报竣工决算项目", "Projects with final accounts", "0", "个"),
    Stated(
        YUNGANG,
        "committees",
        "新成立业委会（云冈区、左云县）",
        "Owners' committees newly founded (Yungang and Zuoyun)",
        "0",
        "个",
    ),
    Stated(
        CITY,
        "score",
        "综合得分",
        "Score",
        "79.50",
        "分",
        note_zh="报告未公布分项得分，本站不调整权重去凑这个数。",
        note_en="The report publishes no breakdown; we never tune weights to reproduce it.",
    ),
    Stated(
        CITY,
        "grade",
        "绩效评价等级",
        "Grade",
        text="中",
        note_zh="60分至80分为“中”。",
        note_en="“Fair”: 60 to below 80 points.",
    ),
]


def stated_seed(register: Register) -> None:
    places = {CITY: register.city, **register.counties}
    StatedFigure.objects.bulk_create(
        StatedFigure(
            place=places[figure.place],
            key=figure.key,
            name_zh=figure.name_zh,
            name_en=figure.name_en,
            value=Decimal(figure.value) if figure.value else None,
            text=figure.text,
            unit=figure.unit,
            indicator=figure.indicator,
            variant=figure.variant,
            stated_date=STATED_DATE,
            source_zh=SOURCE,
            note_zh=figure.note_zh,
            note_en=figure.note_en,
        )
        for figure in FIGURES
    )
