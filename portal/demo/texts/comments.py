"""Free comments of residents: A25 of the intention survey, B25 of the satisfaction survey."""

from random import Random

INTENTION_WISHES = [
    "最盼着把屋顶防水做好",
    "下水管道一定要换粗的",
    "希望先解决暖气不热",
    "路面能修平，老人出门方便",
    "多划几个车位",
    "别砍大树",
    "楼道窗户换一换，冬天太冷",
    "路灯多装两盏",
    "给电动车装个充电棚",
    "单元门和对讲都坏了，换新的",
    "线缆都埋到地下去",
    "给老人留个晒太阳的地方",
]
INTENTION_ENDINGS = [
    "，工期别拖太久。",
    "，质量第一，慢点也行。",
    "，材料要公开让我们看。",
    "，施工前跟大家说一声。",
    "，完了以后得有人管。",
    "，千万别干一半停了。",
    "，住户代表要参加验收。",
    "，别光刷外墙做样子。",
]

GOOD = [
    "外墙保温做了以后冬天暖和多了",
    "路修平了，推轮椅出门方便",
    "楼道亮堂了，晚上回家不害怕",
    "下水不堵了，这是最实在的",
    "工人干活挺仔细，收工还打扫",
    "线缆收拾整齐了，看着舒心",
    "有了凉亭和健身器材，老人有去处",
    "屋顶不漏了，感谢",
    "社区的人跟得紧，反映问题有回音",
    "充电棚建得好，没人再飞线充电",
]
WANTED = [
    "停车还是紧张",
    "希望尽快有物业来管",
    "绿化补种的树死了几棵",
    "暖气还差一点，顶层不够热",
    "垃圾桶清得不及时",
    "北边那段路有积水",
    "门禁老坏，没人修",
    "保修电话打不通",
    "健身器材少，孩子没地方玩",
    "物业费收得不明白",
    "楼顶有一处还渗水",
    "施工时把花池弄坏了没恢复",
]


def intention_comment(rng: Random) -> str:
    return rng.choice(INTENTION_WISHES) + rng.choice(INTENTION_ENDINGS)


def satisfaction_comment(score: int, rng: Random) -> str:
    """What somebody who gave `score` of 5 would write."""
    good, wanted = rng.choice(GOOD), rng.choice(WANTED)
    if score >= 5:
        return f"{good}。"
    if score == 4:
        return f"{good}，就是{wanted}。"
    if score == 3:
        return f"改是改了，{wanted}，{rng.choice(WANTED)}。"
    return f"{wanted}，反映过没人管，{rng.choice(WANTED)}。"
