"""Two owners' votes: one that is open now, and one of last year that was counted."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from feedback.votes.models import Ballot, Vote
from feedback.votes.services import (
    VoterRow,
    ballot_announce,
    ballot_close,
    ballot_create,
    voters_replace,
)
from feedback.votes.states import Channel, Choice, Matter
from notices.models import NoticePage, NoticeType, NoticeVariant
from notices.services import notices_publish_many
from notices.services.bulk import NewNotice
from portal.accounts.models import User
from portal.demo.clock import at
from portal.demo.register import Community, Register
from portal.pages.models import CommunityPage

SURNAMES = "王李张刘陈杨赵黄周吴徐孙马胡朱郭何高林郑"
#: Share that has voted, and of them for and against; the rest abstains.
OPEN_SHARES = (0.52, 0.8, 0.12)
COUNTED_SHARES = (0.81, 0.86, 0.1)


def votes_seed(register: Register, as_of: date, rng: Random) -> None:
    first, second = register.communities[:2]
    keeper = User.objects.get(username="admin")
    _ballot(
        first,
        keeper,
        rng,
        title="选聘物业服务企业",
        matter=Matter.PROPERTY_COMPANY,
        text="是否同意选聘本次公示的物业服务企业，合同期三年，收费每月每平方米0.50元。",
        posted=as_of - timedelta(days=20),
        opens=as_of - timedelta(days=4),
        closes=as_of + timedelta(days=6),
        shares=OPEN_SHARES,
        is_online=True,
    )
    counted = _ballot(
        second,
        keeper,
        rng,
        title="利用公共部位设置充电车棚",
        matter=Matter.COMMON_PARTS,
        text="是否同意在小区北侧空地设置电动自行车充电车棚，收益归全体业主。",
        posted=as_of - timedelta(days=320),
        opens=as_of - timedelta(days=300),
        closes=as_of - timedelta(days=293),
        shares=COUNTED_SHARES,
        is_online=False,
    )
    ballot_close(ballot=counted, by=keeper, now=counted.closes_at + timedelta(hours=2))


def _ballot(
    community: Community,
    keeper: User,
    rng: Random,
    *,
    title: str,
    matter: Matter,
    text: str,
    posted: date,
    opens: date,
    closes: date,
    shares: tuple[float, float, float],
    is_online: bool,
) -> Ballot:
    made = at(posted, 9)
    notice = _notice(community, title, text, made, at(opens, 8), at(closes, 18), rng)
    ballot = ballot_create(
        place=community.place,
        by=keeper,
        now=made,
        title=title,
        matter=matter,
        text=text,
        opens_at=at(opens, 8),
        closes_at=at(closes, 18),
        is_online=is_online,
        notice=notice,
    )
    voters_replace(ballot=ballot, rows=_owners(community, rng), by=keeper, now=made)
    ballot_announce(ballot=ballot, by=keeper, now=made + timedelta(hours=1))
    share, in_favour, against = shares
    votes = []
    for voter in ballot.voters.order_by("number"):
        if rng.random() < share:
            drawn = rng.random()
            choice = Choice.FOR if drawn < in_favour else Choice.ABSTAIN
            choice = Choice.AGAINST if in_favour <= drawn < in_favour + against else choice
            moment = at(opens, 9) + timedelta(hours=rng.randrange(72))
            votes.append(
                Vote(
                    voter=voter,
                    choice=choice,
                    channel=Channel.PAPER,
                    cast_at=moment,
                    entered_by=keeper,
                )
            )
    Vote.objects.bulk_create(votes)
    return ballot


def _owners(community: Community, rng: Random) -> list[VoterRow]:
    """Every home; about one owner in thirty has two."""
    rows: list[VoterRow] = []
    for home in community.households:
        if rows and rng.random() < 1 / 30:
            owner, name = rows[-1].owner, rows[-1].name
        else:
            owner, name = str(home.pk), f"{rng.choice(SURNAMES)}某某"
        rows.append(VoterRow(owner, home, Decimal(home.floor_area), name, int(rng.random() < 0.2)))
    return rows


def _notice(
    community: Community,
    title: str,
    text: str,
    posted: datetime,
    opens: datetime,
    closes: datetime,
    rng: Random,
) -> NoticePage:
    kind = NoticeType.objects.get(code="N07")
    paragraphs = [
        f"<p>{text}</p>",
        "<p>表决依据《民法典》第二百七十八条进行，请全体业主参加。表决票可在社区居委会领取。</p>",
    ]
    body = [
        {"type": "paragraph", "value": value, "id": str(UUID(int=rng.getrandbits(128)))}
        for value in paragraphs
    ]
    notice = NoticePage(
        title=f"业主表决公告：{title}",
        notice_type=kind,
        variant=NoticeVariant.objects.get(notice_type=kind, code="ANNOUNCED"),
        issuer="社区居委会（演示）",
        contact="社区居委会",
        contact_phone=community.place.phone or "0352-0000000",
        publicity_start=posted.date(),
        publicity_end=closes.date(),
        event_starts_at=opens,
        event_ends_at=closes,
        body=json.dumps(body),
        extra={"matters": text, "method": "现场或书面投票，也可委托他人"},
    )
    parent = CommunityPage.objects.get(place=community.place)
    new = NewNotice(notice=notice, parent=parent, published_at=posted)
    return notices_publish_many(new=[new], user=None)[0]
