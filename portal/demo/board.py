"""Cases that may be read, what was done, the supervisors' log, and a few signs of gaming.

The cases are filed, handled and answered by the services, at moments of the past, so that every
screen shows what it would show in real life.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from feedback.complaints import services
from feedback.complaints.models import (
    Category,
    Complaint,
    ComplaintPhoto,
    DeviceMark,
    PublishedCase,
    SupervisionVisit,
    Supervisor,
    VisitFinding,
)
from feedback.complaints.states import PhotoKind, Verdict
from portal.accounts.models import User
from portal.common.periods import add_months, month_start, months_between
from portal.common.workdays import add_workdays
from portal.demo.clock import at, seeding_moment
from portal.demo.register import Register
from portal.demo.texts import board as texts
from portal.intake.redaction import Box
from portal.intake.screening import personal_data
from portal.places.models import Place
from portal.projects.models import ProjectCommunity

#: Of the communities of the record, so many were watched every month.
WATCHED = 0.72


@dataclass
class BoardMaker:
    register: Register
    as_of: date
    rng: Random
    clerk: User

    @property
    def community(self) -> Place:
        """Where the clerk of the demonstration works."""
        return next(c.place for c in self.register.communities if c.place.code == "PC001")

    def make(self) -> None:
        self._log()
        cases = self._published()
        self._we_did(cases)
        self._signs()

    # --- cases ---

    def _case(
        self,
        code: str,
        text: str,
        days: int,
        *,
        reply: str = "已受理，网格员今天联系您。",
        done: str = "",
        closed_after: timedelta | None = None,
        verdict: str = "",
        verdict_after: timedelta = timedelta(days=1),
        device: str = "",
    ) -> Complaint:
        """One case from its filing, so many working days ago, to where it stands."""
        filed_at = at(add_workdays_back(self.as_of, days), 9, self.rng.randint(5, 40))
        filed = services.complaint_file(
            key=f"{self.rng.getrandbits(128):032x}",
            community=self.community,
            category=Category.objects.get(pk=code),
            text=text,
            now=filed_at,
        )
        case = filed.complaint
        self._mark(case, DeviceMark.Deed.FILED, device, filed_at)
        moment = filed_at + timedelta(minutes=45)
        services.complaint_accept(complaint=case, by=self.clerk, reply=reply, now=moment)
        if done:
            closed = filed_at + (closed_after or timedelta(hours=5))
            if closed_after is None:
                closed = case.due_at - timedelta(hours=1)
            services.complaint_resolve(complaint=case, by=self.clerk, text=done, now=closed)
            if verdict:
                answer = closed + verdict_after
                rating = 5 if verdict == Verdict.SOLVED else 2
                services.complaint_confirm(
                    complaint=case, verdict=verdict, rating=rating, now=answer
                )
                self._mark(case, DeviceMark.Deed.CONFIRMED, device, answer)
        return case

    @staticmethod
    def _mark(case: Complaint, deed: str, device: str, moment: datetime) -> None:
        services.device_mark(complaint=case, deed=deed, device_key=device, now=moment)

    def _published(self) -> list[PublishedCase]:
        """Three cases whose residents agreed; what points to them is masked."""
        told = [
            ("C10", "顶楼卧室漏雨，墙皮掉了一片。我是3号楼2单元501的李阿姨，电话13803520001。",
             "师傅上屋面补了防水，换了一块卷材，下雨后回访没有再漏。", 55, True),
            ("C18", "2单元楼道灯坏了一个月，晚上接孩子摸黑。请联系王先生，微信wang_lights。",
             "当天换了两个灯头和声控开关，王先生在场试过。", 34, False),
            ("C12", "一楼下水返味，地漏冒水，晋B12345那辆车压着井盖，没法疏通。",
             "联系车主挪车，疏通车抽了化粪池，地漏换成防臭的。", 21, False),
        ]  # fmt: skip
        found = []
        for code, text, done, days, has_photos in told:
            case = self._case(
                code, text, days, done=done, closed_after=timedelta(hours=7),
                verdict=Verdict.SOLVED, verdict_after=timedelta(hours=20),
            )  # fmt: skip
            case.refresh_from_db()
            now = (case.verdict_at or case.filed_at) + timedelta(hours=1)
            services.complaint_consent(complaint=case, agrees=True, now=now)
            photos = self._photos(case, now) if has_photos else []
            screened = services.Screened(
                reported=[True] * len(personal_data(case.text)),
                done=[True] * len(personal_data(services.reply_of(case))),
            )
            found.append(
                services.case_publish(
                    complaint=case,
                    by=self.clerk,
                    screened=screened,
                    before=photos[0] if photos else None,
                    after=photos[1] if photos else None,
                    now=now + timedelta(hours=2),
                )
            )
        return found

    def _photos(self, case: Complaint, now: datetime) -> list[ComplaintPhoto]:
        kinds = ((PhotoKind.BEFORE, True), (PhotoKind.AFTER, False))
        for kind, broken in kinds:
            services.photos_add(case, [drawing(broken)], now=now, staff=self.clerk, kind=kind)
        photos = list(case.photos.order_by("pk"))
        for photo, (_kind, broken) in zip(photos, kinds, strict=True):
            boxes = [Box(72, 62, 14, 20)] if broken else []
            services.photo_hide(photo=photo, by=self.clerk, boxes=boxes, now=now)
        return photos

    def _we_did(self, cases: list[PublishedCase]) -> None:
        for index, (said, did, where, days) in enumerate(texts.WE_DID):
            day = self.as_of - timedelta(days=days)
            services.we_did_save(
                by=self.clerk,
                community=self.community,
                said=said,
                did=did,
                where=where,
                done_date=day,
                cases=[cases[1]] if index == 0 else [],
                survey_key="satisfaction-2021" if index == len(texts.WE_DID) - 1 else "",
                now=at(day + timedelta(days=1), 10),
            )

    # --- signs of gaming ---

    def _signs(self) -> None:
        """One of each kind, and one case more that nobody spoke about; then the night's sweep."""
        for text in ("路灯有一盏常亮不灭。", "垃圾桶满了没有换。"):
            self._case("C22" if "垃圾" in text else "C18", text, 9, reply="", done="已处理。",
                       closed_after=timedelta(hours=6))  # fmt: skip
        self._case(
            "C17", "大门口的路面塌了一块，骑车容易摔。", 14, done="已填平。",
            verdict=Verdict.UNSOLVED, verdict_after=timedelta(days=2),
        )  # fmt: skip
        moved = self._case("C17", "路面挖开以后没有回填，天天绕路。", 8)
        services.complaint_reclassify(
            complaint=moved,
            by=self.clerk,
            category=Category.objects.get(pk="C05"),
            danger=False,
            now=moved.filed_at + timedelta(hours=3),
        )
        device = f"{self.rng.getrandbits(128):032x}"
        for number in range(5):
            self._case(
                "C21", f"{number + 1}号楼前的草坪没有人浇水。", 5, done="已浇水。",
                closed_after=timedelta(hours=3), verdict=Verdict.SOLVED,
                verdict_after=timedelta(hours=2 + number), device=device,
            )  # fmt: skip
        services.signals_sweep(now=seeding_moment(self.as_of))

    # --- the supervisors' log ---

    def _log(self) -> None:
        """Of the record and of the year before the seeding day; a visit a month, mostly."""
        people: list[Supervisor] = []
        plans: list[tuple[Place, date, date]] = []
        works = ProjectCommunity.objects.filter(start_date__isnull=False)
        for row in works.select_related("community").order_by("community__path", "pk"):
            end = row.completed_date or self.as_of
            assert row.start_date is not None
            people += self._people(row.community, row.start_date, end)
            plans.append((row.community, row.start_date, end))
        since = add_months(month_start(self.as_of), -4)
        people += self._people(self.community, since, None)
        plans.append((self.community, since, self.as_of))
        Supervisor.objects.bulk_create(people, batch_size=200)
        self._visits(people, plans)

    def _people(self, place: Place, start: date, end: date | None) -> list[Supervisor]:
        count = 2 if self.rng.random() < 0.92 or end is None else 1
        found = []
        for surname in self.rng.sample(texts.SUPERVISORS, count):
            alias = surname + self.rng.choice(texts.ADDRESSED)
            name = surname + self.rng.choice(texts.GIVEN)
            found.append(
                Supervisor(
                    community=place,
                    name=name,
                    alias=alias,
                    shows_alias=self.rng.random() < 0.7 or end is None,
                    from_date=start,
                    to_date=end,
                )
            )
        return found

    def _visits(self, people: list[Supervisor], plans: list[tuple[Place, date, date]]) -> None:
        visits = [visit for plan in plans for visit in self._of_plan(*plan)]
        SupervisionVisit.objects.bulk_create(visits, batch_size=200)
        links, findings = [], []
        for visit in visits:
            went = [
                one
                for one in people
                if one.community_id == visit.community_id
                and one.from_date <= visit.visit_date
                and (one.to_date is None or visit.visit_date <= one.to_date)
            ]
            links += [(visit.pk, one.pk) for one in went[:2]]
            if self.rng.random() < 0.3:
                text = self.rng.choice(texts.FOUND)
                findings.append(VisitFinding(visit=visit, text=text))
        through = SupervisionVisit.supervisors.through
        through.objects.bulk_create(
            [through(supervisionvisit_id=visit, supervisor_id=one) for visit, one in links],
            batch_size=200,
        )
        VisitFinding.objects.bulk_create(findings, batch_size=200)
        # The last visit finds what is still in work now.
        ours = SupervisionVisit.objects.filter(community=self.community)
        latest = ours.order_by("-visit_date", "-pk").first()
        if latest is not None:
            last = latest.findings.first() or VisitFinding(visit=latest)
            last.text, last.visit.seen = texts.ROOF_FOUND, texts.ROOF_SEEN
            last.save()
            last.visit.save(update_fields=["seen"])
            category = Category.objects.get(pk="C10")
            moment = datetime.combine(last.visit.visit_date, time(15), at(self.as_of, 9).tzinfo)
            key = f"{self.rng.getrandbits(128):032x}"
            works = ProjectCommunity.objects.filter(community=self.community).first()
            services.finding_file(
                finding=last,
                by=self.clerk,
                category=category,
                project=works.project if works else None,
                work_item=category.work_item,
                now=moment,
                key=key,
            )

    def _of_plan(self, place: Place, start: date, end: date) -> Iterator[SupervisionVisit]:
        always = self.rng.random() < WATCHED or place == self.community
        for month in months_between(start, end):
            day = max(month + timedelta(days=self.rng.randint(2, 26)), start)
            # Of the seeding day nothing but its first minutes has passed.
            if day <= end and day < self.as_of and (always or self.rng.random() < 0.7):
                yield SupervisionVisit(
                    community=place,
                    visit_date=day,
                    seen=self.rng.choice(texts.SEEN),
                    created_at=at(day, 16),
                    created_by=self.clerk,
                )


def add_workdays_back(day: date, workdays: int) -> date:
    """The day from which `workdays` working days lead to `day`, or just past it."""
    found = day - timedelta(days=workdays)
    while add_workdays(found, workdays) > day:
        found -= timedelta(days=1)
    return found


def drawing(broken: bool) -> ContentFile[bytes]:
    """A drawn ceiling, with a stain and a face to cover, or mended. No photo, and no one's home."""
    image = Image.new("RGB", (960, 720), "#e9e2d3")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, 960, 720), fill="#cfd8d3")
    draw.line((0, 430, 960, 430), fill="#8d9a93", width=6)
    draw.rectangle((330, 150, 520, 330), fill="#bcd3e6", outline="#7d7566", width=8)
    if broken:
        draw.ellipse((520, 40, 820, 190), fill="#b99a6b")
        draw.ellipse((590, 70, 760, 160), fill="#8b6b3f")
        draw.ellipse((720, 470, 790, 550), fill="#e3b58f", outline="#6b4500", width=4)
        draw.rectangle((700, 550, 810, 720), fill="#a03a1b")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return ContentFile(out.getvalue(), name="photo.jpg")
