"""A ballot of the community, with its notice published long enough ago."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from feedback.votes.models import Ballot, Voter
from feedback.votes.services import VoterRow, ballot_announce, ballot_create, voters_replace
from feedback.votes.states import Matter
from notices.models import NoticePage, NoticeType, NoticeVariant
from portal.accounts.models import User
from portal.pages.services import pages_ensure
from tests.conftest import Neighbourhood

SHANGHAI = ZoneInfo("Asia/Shanghai")
POSTED = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
OPENS = datetime(2026, 3, 20, 8, tzinfo=SHANGHAI)
CLOSES = datetime(2026, 3, 27, 18, tzinfo=SHANGHAI)
OPEN = OPENS + timedelta(days=1)


@pytest.fixture
def notice(neighbourhood: Neighbourhood) -> NoticePage:
    """The published notice of the vote. Written past the guard: its day lies in the past."""
    pages_ensure()
    from portal.pages.models import CommunityPage

    parent = CommunityPage.objects.get(place=neighbourhood.community)
    kind = NoticeType.objects.get(code="N07")
    page = NoticePage(
        title="业主表决公告",
        slug="n07",
        notice_type=kind,
        variant=NoticeVariant.objects.get(notice_type=kind, code="ANNOUNCED"),
        issuer="和平里社区居委会",
        contact_phone="0352-1234567",
        event_starts_at=OPENS,
        live=False,
    )
    parent.add_child(instance=page)
    NoticePage.objects.filter(pk=page.pk).update(live=True, first_published_at=POSTED)
    return NoticePage.objects.get(pk=page.pk)


@pytest.fixture
def draft(neighbourhood: Neighbourhood, clerk: User, notice: NoticePage) -> Ballot:
    """Twelve homes of ten owners: the first owns three (90 ㎡ each), a developer none."""
    ballot = ballot_create(
        place=neighbourhood.community,
        by=clerk,
        now=POSTED,
        title="是否加装电梯",
        matter=Matter.REBUILD,
        text="在1号楼加装电梯。",
        opens_at=OPENS,
        closes_at=CLOSES,
        is_online=True,
        notice=notice,
    )
    owners = ["甲", "甲", "甲", *"乙丙丁戊己庚辛壬癸"]
    rows = [
        VoterRow(owner, home, Decimal("90"), name=f"{owner}先生")
        for owner, home in zip(owners, neighbourhood.households, strict=True)
    ]
    voters_replace(ballot=ballot, rows=rows, by=clerk, now=POSTED)
    return ballot


@pytest.fixture
def ballot(draft: Ballot, clerk: User) -> Ballot:
    """Announced; open at OPEN."""
    return ballot_announce(ballot=draft, by=clerk, now=POSTED + timedelta(days=1))


@pytest.fixture
def voters(ballot: Ballot) -> list[Voter]:
    return list(ballot.voters.order_by("number"))
