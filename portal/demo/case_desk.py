"""What lies on the desk of those who take complaints in: ledgers that know their columns, a file
that waits to be confirmed, a colleague who is away, and what the discipline office alone reads."""

from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction

from feedback.complaints import services
from feedback.complaints.models import Absence, Category, LedgerSource
from feedback.complaints.states import Channel
from portal.accounts.models import User
from portal.demo.register import Register
from portal.demo.staff import COMMUNITY, COUNTY

SOURCES = {
    "大同市12345热线工单": Channel.HOTLINE,
    "大同市信访系统导出": Channel.PETITION,
    "平城区社区民情台账": Channel.LEDGER,
}
COLUMNS = {
    "source_number": "工单编号",
    "community": "所属小区",
    "category": "问题分类",
    "text": "诉求内容",
    "filed_at": "来电时间",
    "building": "楼栋",
    "resolved_at": "办结时间",
    "resolution": "办理结果",
    "verdict": "是否解决",
    "rating": "满意度",
}
WORDS = {"category": {"房屋渗漏": "C10", "供热问题": "C14", "交通出行": LedgerSource.LEFT_OUT}}
#: Category and text, solved after so many days (None: still open), what the resident said, rating.
ROWS = [
    ("房屋渗漏", "顶层卧室屋顶渗水，下雨就漏", 4, "已解决", "满意"),
    ("供热问题", "家中温度只有十五度，多次反映", 2, "部分解决", "一般"),
    ("路面破损、积水", "楼前路面坑洼，雨后积水", None, "", ""),
    ("交通出行", "公交站牌看不清", 3, "已解决", "满意"),
    ("楼道堆物", "三单元楼道堆满杂物", None, "", ""),
    ("屋面漏雨", "楼道顶部漏雨，墙皮脱落", 5, "未回访", ""),
]
#: A report of corruption, about nobody who exists.
RESTRICTED = "外墙保温改造时，验收当天没有查看现场就签了字，听说监理收了施工方的购物卡。希望核实。"


@transaction.atomic
def case_desk_seed(register: Register, moment: datetime) -> None:
    """Three ledgers that know their columns, a checked file of the first, an absence, and a report
    of corruption."""
    sources = [
        LedgerSource.objects.create(
            name=name, place=register.city, channel=channel, columns=COLUMNS, words=WORDS
        )
        for name, channel in SOURCES.items()
    ]
    first = sources[0]
    first.place = register.counties[COUNTY]
    first.save(update_fields=["place"])
    _file_seed(first, register, moment)
    _absence_seed(register, moment.date())
    _restricted_seed(register, moment)


def _file_seed(source: LedgerSource, register: Register, moment: datetime) -> None:
    reviewer = User.objects.get(username="reviewer")
    content = "\n".join(_lines(register, moment)).encode("gb18030")
    job = services.import_start(
        by=reviewer,
        source=source,
        filename=f"12345工单_{moment:%Y%m}.csv",
        file=ContentFile(content),
        now=moment,
    )
    services.import_check(by=reviewer, job=job, columns=COLUMNS, now=moment)
    services.import_run(import_id=job.pk, clock=lambda: moment)


def _lines(register: Register, moment: datetime) -> list[str]:
    lines = [",".join(COLUMNS.values())]
    communities = register.in_county(COUNTY)
    for number, (category, text, days, verdict, rating) in enumerate(ROWS):
        community = communities[number % len(communities)]
        filed = moment - timedelta(days=20 - number)
        done = f"{filed + timedelta(days=days):%Y-%m-%d}" if days else ""
        building = community.buildings[0].name
        told = [f"GD{moment:%Y%m}{number + 1:04d}", community.place.name, category, text]
        ended = [done, "已安排维修" if done else "", verdict, rating]
        lines.append(",".join([*told, f"{filed:%Y-%m-%d %H:%M}", building, *ended]))
    return lines


def _absence_seed(register: Register, today: date) -> None:
    """The county's grid worker is on leave; the clerk of a community does what lies there."""
    place = next(c.place for c in register.communities if c.code == COMMUNITY)
    Absence.objects.create(
        user=User.objects.get(username=f"grid-{COUNTY}"),
        deputy=User.objects.get(username="clerk"),
        place=place,
        from_date=today - timedelta(days=2),
        to_date=today + timedelta(days=12),
    )


def _restricted_seed(register: Register, moment: datetime) -> None:
    """From the community whose clerk can sign in, and who must not see it."""
    place = next(c.place for c in register.communities if c.code == COMMUNITY)
    services.complaint_file(
        key=f"{moment:%Y%m%d}".zfill(32),
        community=place,
        category=Category.objects.get(pk="C30"),
        text=RESTRICTED,
        now=moment - timedelta(days=3),
    )
