"""What lies on the desk: ledgers that know their columns, a checked file, a colleague away."""

from datetime import date, datetime

import pytest

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Absence, Complaint, LedgerImport, LedgerSource
from portal.demo import plan
from portal.demo.case_desk import SOURCES, case_desk_seed
from portal.demo.progress import Progress
from portal.demo.register import register_seed
from portal.demo.rng import rng_for
from portal.demo.staff import staff_seed, teams_seed

pytestmark = pytest.mark.django_db


def test_the_desk_has_a_file_to_confirm_and_a_colleague_to_stand_in_for(
    db: None, settings, tmp_path
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    register = register_seed(plan.SMALL, rng_for(2020, "register"), Progress(None, 1))
    staff_seed(register, with_passwords=False)
    teams_seed(register)
    case_desk_seed(register, datetime(2026, 1, 31, 18, tzinfo=LOCAL))
    assert LedgerSource.objects.count() == len(SOURCES)
    job = LedgerImport.objects.get()
    assert (job.state, job.rows_added, job.rows_refused) == ("CHECKED", 4, 1)
    # One word waits for a meaning; another was said to be none of ours.
    assert job.unknown_words == {"category": {"楼道堆物": 1}}
    assert job.rows.filter(outcome="SKIP").count() == 1
    # Nothing of the file is taken in yet; the one case is the discipline office's.
    assert Complaint.objects.get().category_id == "C30"
    assert Absence.objects.covered_by(Absence.objects.get().deputy, date(2026, 1, 31)).exists()
