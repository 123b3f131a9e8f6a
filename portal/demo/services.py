"""Seeding the demonstration: who may, in which order, and how it is known to be whole."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from feedback.indicators.models import RecalculationRun
from feedback.indicators.services import alerts_sweep, sweep
from feedback.surveys.models import Survey
from portal.accounts.models import User
from portal.demo import plan
from portal.demo.board import BoardMaker
from portal.demo.case_desk import case_desk_seed
from portal.demo.case_plan import record_filings, running_filings
from portal.demo.cases import RECORD_UNTIL, CaseWriter
from portal.demo.clock import seeding_moment
from portal.demo.figures import bundle_seed, figures_seed
from portal.demo.handling import handling_seed
from portal.demo.models import Seeding
from portal.demo.neighbours import neighbours_seed
from portal.demo.notice_desk import desk_seed
from portal.demo.notices import NoticeMaker
from portal.demo.objections import objections_seed
from portal.demo.plans import plans_seed
from portal.demo.profiles import profiles_draw
from portal.demo.progress import Progress
from portal.demo.reaching import flags_judged, reaching_seed
from portal.demo.record import record_seed
from portal.demo.register import Register, register_seed
from portal.demo.rng import rng_for
from portal.demo.staff import SignIn, sign_ins_write, staff_seed, teams_seed
from portal.demo.targets import targets_seed
from portal.demo.votes import votes_seed
from portal.demo.waves import SATISFACTION_WAVE, WaveMaker
from portal.demo.word import word_seed
from portal.pages.services import pages_ensure
from portal.places.models import Place

#: What each stage weighs in the progress bar: about its share of the time.
STAGES = {
    "register": 5,
    "staff": 3,
    "record": 1,
    "pages": 9,
    "notices": 7,
    "surveys": 33,
    "cases": 12,
    "figures": 30,
}
CLERK = "clerk"
FIGURES_A_COMMUNITY = 340


class SeedRefused(Exception):
    """The demonstration must not be written here; the message says why in one line."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `now` is the clock of the machine; the data knows only `as_of`."""

    as_of: date
    seed: int
    small: bool
    sign_ins_file: Path | None
    now: datetime


@dataclass
class Seeded:
    created: bool
    seconds: dict[str, float] = field(default_factory=dict)


def demo_seed(*, wanted: Wanted, progress: Progress) -> Seeded:
    """Fill an empty database. A database that holds the whole demonstration is left as it is.

    Raises SeedRefused on a production installation and where something else is in the database.
    """
    if not _may_begin():
        return Seeded(created=False)
    with transaction.atomic():
        run = Seeding.objects.create(
            seed=wanted.seed,
            as_of_date=wanted.as_of,
            small=wanted.small,
            started_at=wanted.now,
        )
    register = _register(wanted, progress)
    waves = _voices(register, wanted, progress)
    moment = seeding_moment(wanted.as_of)
    with progress.stage(_("Tallies and figures"), STAGES["figures"]):
        expected = FIGURES_A_COMMUNITY * len(register.communities)
        figures_seed(moment, progress, STAGES["figures"], expected)
        targets_seed(register, wanted.as_of, moment)
        waves.bring_late()
        begun = datetime.now(tz=wanted.now.tzinfo)
        sweep(moment)
        # It began by the clock of the demonstration, and so it ends.
        took = datetime.now(tz=wanted.now.tzinfo) - begun
        RecalculationRun.objects.update(finished_at=moment + took)
        plans_seed(register, wanted.as_of, rng_for(wanted.seed, "plans"))
        bundle_seed(register, wanted.as_of, moment)
        alerts_sweep(now=moment)
        word_seed(register, wanted.as_of, moment)
    cache.clear()
    with transaction.atomic():
        run.finished_at = datetime.now(tz=wanted.now.tzinfo)
        run.save(update_fields=["finished_at"])
    progress.close()
    return Seeded(created=True, seconds=progress.seconds)


def _register(wanted: Wanted, progress: Progress) -> Register:
    """Places, staff, projects and pages: what everything else stands on."""
    plans = plan.SMALL if wanted.small else plan.FULL
    with progress.stage(_("Places and homes"), STAGES["register"]):
        register = register_seed(
            plans, rng_for(wanted.seed, "register"), progress, STAGES["register"]
        )
    with progress.stage(_("Staff"), STAGES["staff"]):
        sign_ins: list[SignIn] = staff_seed(
            register, with_passwords=wanted.sign_ins_file is not None
        )
        if wanted.sign_ins_file is not None:
            sign_ins_write(wanted.sign_ins_file, sign_ins)
    with progress.stage(_("Projects and money"), STAGES["record"]):
        record_seed(register, rng_for(wanted.seed, "record"))
    with progress.stage(_("Pages"), STAGES["pages"]):
        pages_ensure()
    return register


def _voices(register: Register, wanted: Wanted, progress: Progress) -> WaveMaker:
    """Notices, answers and complaints, the record first and then the follow-up round."""
    profiles = profiles_draw(register, rng_for(wanted.seed, "profiles"))
    with progress.stage(_("Notices"), STAGES["notices"]):
        rng = rng_for(wanted.seed, "notices")
        NoticeMaker(register, wanted.as_of, rng, progress).publish(STAGES["notices"])
        rng = rng_for(wanted.seed, "objections")
        objections_seed(register.communities[0], wanted.as_of, rng)
        desk_seed(wanted.as_of)
    votes_seed(register, wanted.as_of, rng_for(wanted.seed, "votes"))
    with progress.stage(_("Survey answers"), STAGES["surveys"]):
        rng = rng_for(wanted.seed, "surveys")
        waves = WaveMaker(register, profiles, rng, progress)
        waves.run(wanted.as_of, STAGES["surveys"])
        rng = rng_for(wanted.seed, "reaching")
        left = {row.household.pk for row in waves.late if row.household}
        reaching_seed(register, waves.running, wanted.as_of, rng, left=left)
        flags_judged(Survey.objects.get(slug=SATISFACTION_WAVE.slug), seeding_moment(wanted.as_of))
    with progress.stage(_("Complaints"), STAGES["cases"]):
        rng = rng_for(wanted.seed, "cases")
        teams = teams_seed(register)
        writer = CaseWriter(teams, rng, progress)
        half = STAGES["cases"] / 2
        writer.write(record_filings(register, profiles, rng), RECORD_UNTIL, weight=half)
        now = seeding_moment(wanted.as_of)
        filings = running_filings(register, profiles, wanted.as_of, rng)
        writer.write(filings, now, weight=half)
        rng = rng_for(wanted.seed, "handling")
        handling_seed(register, teams, rng, since=RECORD_UNTIL, now=now)
        neighbours_seed(rng_for(wanted.seed, "neighbours"), now)
        rng = rng_for(wanted.seed, "board")
        clerk = User.objects.get(username=CLERK)
        BoardMaker(register, wanted.as_of, rng, clerk).make()
        case_desk_seed(register, now)
    return waves


def _may_begin() -> bool:
    """Whether to seed; False where it is already done."""
    if not settings.DEMONSTRATION or settings.SETTINGS_MODULE.endswith(".production"):
        raise SeedRefused(
            _("Refused: demonstration data is written only where DEMONSTRATION is on.")
        )
    run = Seeding.objects.order_by("-pk").first()
    if run and run.finished_at:
        return False
    if run:
        raise SeedRefused(
            _("Refused: an earlier seeding was broken off. Empty the database and start again.")
        )
    if Place.objects.exists():
        raise SeedRefused(_("Refused: this database already holds places of its own."))
    return True
