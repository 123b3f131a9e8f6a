"""Seeding the demonstration: who may, in which order, and how it is known to be whole."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from portal.demo import plan
from portal.demo.models import Seeding
from portal.demo.progress import Progress
from portal.demo.record import record_seed
from portal.demo.register import register_seed
from portal.demo.rng import rng_for
from portal.demo.staff import SignIn, sign_ins_write, staff_seed
from portal.places.models import Place

STAGES = {"register": 6, "record": 2, "staff": 4}


class SeedRefused(Exception):
    """The demonstration must not be written here; the message says why in one line."""


@dataclass
class Seeded:
    created: bool
    sign_ins: list[SignIn] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def demo_seed(
    *,
    as_of: date,
    seed: int,
    small: bool,
    sign_ins_file: Path | None,
    now: datetime,
    progress: Progress,
) -> Seeded:
    """Fill an empty database. A database that holds the whole demonstration is left as it is.

    Raises SeedRefused on a production installation and where something else is in the database.
    """
    if not _may_begin():
        return Seeded(created=False)
    with transaction.atomic():
        run = Seeding.objects.create(seed=seed, as_of_date=as_of, small=small, started_at=now)
    seeded = Seeded(created=True, seconds=progress.seconds)
    plans = plan.SMALL if small else plan.FULL
    with progress.stage(_("Places and homes"), STAGES["register"]):
        register = register_seed(plans, rng_for(seed, "register"), progress)
    with progress.stage(_("Staff"), STAGES["staff"]):
        users, seeded.sign_ins = staff_seed(register, with_passwords=sign_ins_file is not None)
        if sign_ins_file is not None:
            sign_ins_write(sign_ins_file, seeded.sign_ins)
    with progress.stage(_("Projects and money"), STAGES["record"]):
        record_seed(register, rng_for(seed, "record"))
    with transaction.atomic():
        run.finished_at = datetime.now(tz=now.tzinfo)
        run.save(update_fields=["finished_at"])
    progress.close()
    return seeded


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
