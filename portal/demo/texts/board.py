"""What the demonstration says of things done, of visits and of published cases. Invented."""

#: (residents said, what was done, where, days before the seeding day)
WE_DID = [
    (
        "楼道灯天一黑就看不见，老人上下楼害怕。",
        "3栋楼的楼道灯全部换成声控灯，每层一盏；网格员每月检查一次。",
        "1至3号楼楼道",
        26,
    ),
    (
        "下雨以后单元门口积水，要垫砖头才能出门。",
        "门口重新找坡，加了一道排水沟，雨后去看过，没有积水。",
        "2号楼东侧",
        61,
    ),
    (
        "问卷里很多人希望有个坐着晒太阳的地方。",
        "在中心花坛边装了6把带靠背的长椅，铺了平整的地面，轮椅也能到。",
        "中心花坛",
        97,
    ),
]

SUPERVISORS = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"
GIVEN = ("建国", "秀兰", "桂英", "志强", "玉梅", "永福", "春花", "德明", "淑珍", "宝贵")
ADDRESSED = ("师傅", "阿姨", "老师", "大姐")

SEEN = (
    "看了屋面防水的基层处理和卷材搭接，问了施工员几个问题。",
    "看了楼道粉刷和扶手安装，数了新装的灯。",
    "看了雨水管和污水管的接口，让施工队当场放水试了一遍。",
    "看了外墙保温板的锚固钉，对照公示的做法数了间距。",
    "看了路面铺装和路缘石，拿水平尺量了坡度。",
)
FOUND = (
    "有一处卷材没有压实，用手能掀起来。",
    "楼梯口的材料堆了半边，轮椅过不去。",
    "新装的雨水管卡子少了两个。",
    "沟槽边的围挡倒了，晚上没有灯。",
    "路缘石有一段高低不平。",
)

#: The finding that becomes a case about a leaking roof, and what was looked at on that visit.
ROOF_SEEN, ROOF_FOUND = SEEN[0], FOUND[0]

#: Words that a resident wrote and an editor masks.
PERSONAL = "我是{room}的{name}，电话{phone}。"
