"""Cases that go through whatever dice say, and ledgers of years, for figures to count."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from feedback.complaints import services
from feedback.complaints.models import Category
from feedback.complaints.services import LedgerRow
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.feedback.complaints.conftest import jpeg
from tests.feedback.indicators.conftest import LOCAL

LATER = datetime(2022, 8, 10, 12, tzinfo=LOCAL)
HOTLINE, OFFICE, OWN = "12345", "PETITION", "COMMUNITY_LEDGER"


class Lives:
    """Cases that go through whatever the dice say, by the services that staff use."""

    def __init__(self, rng, neighbourhood):
        self.rng = rng
        self.community = neighbourhood.community
        self.homes = neighbourhood.households[:4]
        self.clerk = factories.staff("gu", Role.COMMUNITY_STAFF, self.community)
        self.caller = factories.staff("he", Role.COMMUNITY_STAFF, self.community)
        self.project = factories.RenovationProjectFactory(county=neighbourhood.county)
        factories.ProjectCommunityFactory(project=self.project, community=self.community)
        self.photos = 0

    def file(self, now):
        """In working hours, about the roof, the road, a lamp or the noise of the works."""
        code = self.rng.choice(["C10", "C10", "C17", "C18", "C01"])
        filed = services.complaint_file(
            key=new_key(),
            community=self.community,
            category=Category.objects.get(pk=code),
            text="还是老问题",
            household=self.rng.choice([None, *self.homes]),
            now=now,
        )
        return filed.complaint

    def take_on(self, case, now):
        self.act("accept", case, now, reply=self.rng.choice(["", "已受理"]))
        if self.rng.random() < 0.4:
            given = {"project": self.project, "work_item": "WATERPROOFING"}
            self.act("quality_mark", case, now, **given)

    def go_on(self, case, now):
        """One thing that staff or the resident do."""
        rng, name = self.rng, self.rng.choice(sorted(self.CHOICES))
        photo = ContentFile(jpeg(self.colour(), (16, 16))) if name == "reinspect" else None
        given = {
            "wait": {"text": "请告知单元"},
            "extend": {"workdays": 5, "reason": "下雨"},
            "promise": {"day": (now + timedelta(days=9)).date(), "text": "先苫盖"},
            "reclassify": {"category": Category.objects.get(pk="C11"), "danger": False},
            "resolve": {"text": "修了"},
            "transfer": {"office": "信访局", "reason": "要求复查"},
            "reinspect": {"passed": rng.random() < 0.6, "note": "看过", "photo": photo},
        }
        if name == "confirm":
            verdict, rating = rng.choice(["SOLVED", "PARTLY", "UNSOLVED"]), rng.choice([None, 2, 5])
            self.act("confirm", case, now, by=None, verdict=verdict, rating=rating)
        elif name == "callback":
            told = {"answered": True, "verdict": "SOLVED", "rating": 4}
            self.act("callback", case, now, by=self.caller, **told)
        elif name == "return":
            self.act("return", case, now, reason="不属信访", prefix="petition")
        else:
            self.act(name, case, now, **given.get(name, {}))

    CHOICES = (
        *("wait", "resume", "extend", "promise", "reclassify", "resolve", "transfer"),
        *("confirm", "callback", "reinspect", "return"),
    )

    def act(self, name, case, now, *, prefix="complaint", by="clerk", **given):
        """What is not possible now is passed over."""
        if by is not None:
            given["by"] = self.clerk if by == "clerk" else by
        try:
            getattr(services, f"{prefix}_{name}")(complaint=case, now=now, **given)
        except ValidationError:
            case.refresh_from_db()

    def colour(self):
        self.photos += 1
        return (self.photos % 256, self.photos // 256, 90)

    def merge(self, cases, now):
        """Some reports joined to others of the same community."""
        for main, case in zip(cases[::7], cases[1::7], strict=False):
            self.act("merge", case, now, main=main)


def ledger(rng, community, months, homes, first=0):
    """Rows of three ledgers, a few homes complaining again and again; solved, or still open."""
    for number in range(len(months) * 3):
        at = datetime.combine(rng.choice(months), datetime.min.time(), LOCAL)
        at += timedelta(days=rng.randint(0, 27), hours=9)
        solved = at + timedelta(days=rng.randint(1, 20)) if rng.random() < 0.9 else None
        said = rng.choice(["", "SOLVED", "UNSOLVED"]) if solved else ""
        yield LedgerRow(
            community=community,
            channel=rng.choice([HOTLINE, OFFICE, OWN]),
            source_number=f"{community.code}-{first + number}",
            category=rng.choice(["C10", "C17", "C17", "C01", "C05"]),
            text="路面不平",
            household=rng.choice([None, *homes]),
            filed_at=at,
            accepted_at=at if rng.random() < 0.95 else None,
            first_contact_at=at + timedelta(hours=2) if rng.random() < 0.6 else None,
            resolved_at=solved,
            verdict=said,
            verdict_at=solved + timedelta(days=2) if said else None,
            rating=rng.choice([None, 1, 5]) if said else None,
            by_callback=rng.random() < 0.5,
        )


def every_month(community, months):
    """A ledger that has a row in every month can be compared."""
    for number, month in enumerate(months):
        at = datetime.combine(month, datetime.min.time(), LOCAL) + timedelta(days=3, hours=9)
        for channel in (HOTLINE, OFFICE):
            yield LedgerRow(
                community=community,
                channel=channel,
                source_number=f"M{number}",
                category="C20",
                text="停车难",
                filed_at=at,
                accepted_at=at,
                resolved_at=at + timedelta(days=1),
            )
