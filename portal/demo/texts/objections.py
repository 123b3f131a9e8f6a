"""What residents object to in the draft plan, and the public answers. Invented."""

from typing import NamedTuple


class Given(NamedTuple):
    """What somebody wrote, and what the committee made of it; without a disposition it is open."""

    text: str
    disposition: str = ""
    summary: str = ""
    reason: str = ""


OBJECTIONS = (
    Given(
        "我家窗户正对着新设的垃圾分类点，夏天味道太大，请挪远一点。",
        "ADOPTED",
        "垃圾分类点离住宅过近",
        "已与设计单位核对，分类点移至小区西侧围墙边，距最近的住宅25米。",
    ),
    Given(
        "方案把楼前的绿地改成了车位，老人没有地方晒太阳，不同意。",
        "PARTLY",
        "减少绿地、增设停车位",
        "保留绿地的三分之二并增设座椅，其余部分设8个限时停车位。",
    ),
    Given(
        "希望把外窗也一起换了，我们楼的窗户漏风好多年了。",
        "OUT_OF_SCOPE",
        "更换住户外窗",
        "本次改造只包括楼道等公共部位的窗户；住户外窗不在资金支持范围内，可由住户自愿出资统一更换。",
    ),
    Given(
        "施工顺序应该先修下水再铺路，去年隔壁小区就是反着来，路挖了两遍。",
        "ADOPTED",
        "先改管网、后铺路面",
        "施工组织设计已调整为先地下后地上，路面在管网验收后铺设。",
    ),
    Given(
        "不同意装门禁，进出麻烦，送水的也进不来。",
        "REJECTED",
        "取消单元门禁",
        "意愿调查中七成以上住户要求安装门禁；将设置访客呼叫和临时通行方式，方便送货上门。",
    ),
    Given("图纸上我们单元没有画无障碍坡道，家里有坐轮椅的老人，请补上。"),
    Given("充电桩的位置挡住了消防通道，请重新考虑。"),
)
