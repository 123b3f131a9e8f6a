"""What the demonstration register must add up to: the totals of the source document.

The document publishes no figure per community (domain.md §1), so the county shares below and all
that lies under them are invented; only the sums are its own: 17 projects, 79 communities, 344
buildings, 17,356 households, 1,549,654.13 ㎡.
"""

from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class SubdistrictPlan:
    code: str
    name: str
    name_en: str
    #: (Chinese, English) of its neighbourhood committees; none where the level is absent.
    committees: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CountyPlan:
    code: str
    name: str
    name_en: str
    prefix: str
    subdistricts: tuple[SubdistrictPlan, ...]
    projects: int
    communities: int
    buildings: int
    households: int
    area: Decimal
    #: communities under property management before the works, and newly after them (34 of 79)
    taken_over: int
    newly: int


PINGCHENG = CountyPlan(
    code="140213",
    name="平城区",
    name_en="Pingcheng District",
    prefix="PC",
    subdistricts=(
        SubdistrictPlan(
            "140213051",
            "古城街道",
            "Gucheng Sub-district",
            (
                ("古槐社区", "Guhuai Committee"),
                ("安民社区", "Anmin Committee"),
                ("文苑社区", "Wenyuan Committee"),
                ("长乐社区", "Changle Committee"),
            ),
        ),
        SubdistrictPlan(
            "140213052",
            "新旺街道",
            "Xinwang Sub-district",
            (
                ("旺泉社区", "Wangquan Committee"),
                ("新风社区", "Xinfeng Committee"),
                ("康平社区", "Kangping Committee"),
            ),
        ),
        SubdistrictPlan(
            "140213057",
            "御河街道",
            "Yuhe Sub-district",
            (
                ("河畔社区", "Hepan Committee"),
                ("清河社区", "Qinghe Committee"),
                ("双桥社区", "Shuangqiao Committee"),
            ),
        ),
    ),
    projects=12,
    communities=61,
    buildings=272,
    households=13_742,
    area=Decimal("1231283.20"),
    taken_over=24,
    newly=3,
)
YUNGANG = CountyPlan(
    code="140214",
    name="云冈区",
    name_en="Yungang District",
    prefix="YG",
    subdistricts=(
        SubdistrictPlan("140214002", "新平旺街道", "Xinpingwang Sub-district"),
        SubdistrictPlan("140214018", "口泉街道", "Kouquan Sub-district"),
        SubdistrictPlan("140214029", "西花园街道", "Xihuayuan Sub-district"),
    ),
    projects=3,
    communities=12,
    buildings=51,
    households=2_563,
    area=Decimal("222724.70"),
    taken_over=5,
    newly=0,
)
ZUOYUN = CountyPlan(
    code="140226",
    name="左云县",
    name_en="Zuoyun County",
    prefix="ZY",
    subdistricts=(SubdistrictPlan("140226100", "云兴镇", "Yunxing Town"),),
    projects=2,
    communities=6,
    buildings=21,
    households=1_051,
    area=Decimal("95646.23"),
    taken_over=2,
    newly=0,
)

FULL = (PINGCHENG, YUNGANG, ZUOYUN)


def _small(
    county: CountyPlan,
    buildings: int,
    households: int,
    area: str,
    *,
    taken_over: int,
    newly: int,
    communities: int = 1,
) -> CountyPlan:
    return replace(
        county,
        projects=1,
        communities=communities,
        buildings=buildings,
        households=households,
        area=Decimal(area),
        subdistricts=county.subdistricts[:1],
        taken_over=taken_over,
        newly=newly,
    )


#: Four communities for tests, built by the same code; two of a county, so that there are ranks.
SMALL = (
    _small(PINGCHENG, 5, 250, "22371.95", taken_over=0, newly=1, communities=2),
    _small(YUNGANG, 2, 84, "7311.05", taken_over=1, newly=0),
    _small(ZUOYUN, 2, 66, "5902.84", taken_over=0, newly=0),
)
