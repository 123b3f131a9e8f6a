import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from feedback.plans.models import CorrectiveAction
from feedback.plans.services import Cause, action_done, action_open, action_plan, action_promise
from feedback.plans.states import Trigger
from portal.accounts.models import User
from tests.conftest import Neighbourhood

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
DUE = date(2026, 4, 30)
CAUSE = Cause(Trigger.INDICATOR, "I01", "满意率未达标", period_end=date(2025, 12, 31))
EVIDENCE = {"value": "71.20", "target": "90.00", "unit": "%", "period": "2025"}
PLAN = {"measure": "更换排水管", "resident_text_zh": "更换1号楼排水管", "due_on": DUE}


def jpeg() -> ContentFile[bytes]:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return ContentFile(out.getvalue(), name="photo.jpg")


@pytest.fixture
def opened(neighbourhood: Neighbourhood) -> CorrectiveAction:
    action, _new = action_open(
        place=neighbourhood.community, cause=CAUSE, evidence=EVIDENCE, now=NOW
    )
    return action


@pytest.fixture
def planned(opened: CorrectiveAction, clerk: User) -> CorrectiveAction:
    return action_plan(action=opened, by=clerk, now=NOW, owner=clerk, **PLAN)


@pytest.fixture
def promised(planned: CorrectiveAction, reviewer: User) -> CorrectiveAction:
    return action_promise(action=planned, by=reviewer, now=NOW)


@pytest.fixture
def done(promised: CorrectiveAction, clerk: User) -> CorrectiveAction:
    return action_done(action=promised, by=clerk, text="已更换", photo=jpeg(), now=NOW)
