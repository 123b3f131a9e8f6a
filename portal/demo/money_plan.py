"""The money of the record, in whole 元, and what the source document says of it.

The document states sums by source and by total (domain.md §1); how they fall on the counties is
invented so that every stated sum and rate comes out: spending by source as stated, its total
35,961.17 万元, Pingcheng's adjusted receipts 34,772.63 万元 at 88.13 %, Yungang's budget against
its contracts.
"""

from portal.projects.states import FundSource

CENTRAL, BOND, PROVINCIAL, DISTRICT, GRANT = (
    FundSource.CENTRAL,
    FundSource.TREASURY_BOND,
    FundSource.PROVINCIAL_BOND,
    FundSource.DISTRICT,
    FundSource.OTHER_GRANT,
)

#: county → (total investment and budget, contracts)
BUDGETS: dict[str, tuple[int, int]] = {
    "140213": (393_117_900, 378_000_000),
    "140214": (73_531_300, 35_314_000),
    "140226": (29_860_000, 28_260_000),
}

#: county → source → received for the renovation
RECEIVED: dict[str, dict[FundSource, int]] = {
    "140213": {
        CENTRAL: 205_000_000,
        BOND: 26_400_000,
        PROVINCIAL: 60_000_000,
        DISTRICT: 16_597_600,
        GRANT: 39_728_700,
    },
    "140214": {CENTRAL: 22_000_000, PROVINCIAL: 9_500_000, DISTRICT: 4_500_000},
    "140226": {CENTRAL: 17_500_000, BOND: 2_100_000, PROVINCIAL: 6_500_000, DISTRICT: 2_651_900},
}

#: The part of the other grant that served other purposes (同财综【2019】63号): 12,568 − 3,972.87.
UNRELATED: dict[str, int] = {"140213": 85_951_300}

#: county → source → spent. Each source rounds to the stated hundredth of 万元, and so does the sum.
SPENT: dict[str, dict[FundSource, int]] = {
    "140213": {
        CENTRAL: 184_716_825,
        BOND: 26_000_025,
        PROVINCIAL: 44_179_025,
        DISTRICT: 11_826_625,
        GRANT: 39_728_700,
    },
    "140214": {CENTRAL: 19_000_000, PROVINCIAL: 7_500_000, DISTRICT: 2_330_500},
    "140226": {CENTRAL: 15_500_000, BOND: 2_000_000, PROVINCIAL: 5_000_000, DISTRICT: 1_830_000},
}

DOCUMENTS: dict[FundSource, str] = {
    CENTRAL: "同财建〔2020〕130号",
    BOND: "抗疫特别国债（演示）",
    PROVINCIAL: "省级专项债券（演示）",
    DISTRICT: "区级配套（演示）",
    GRANT: "同财综【2019】63号",
}
