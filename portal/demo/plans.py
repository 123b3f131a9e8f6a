"""Two corrective actions of a community: one promised, one done and judged by residents."""

from datetime import date, timedelta
from random import Random

from feedback.plans.models import CorrectiveAction
from feedback.plans.services import (
    Cause,
    action_done,
    action_judge,
    action_open,
    action_plan,
    action_promise,
)
from feedback.plans.states import Trigger, Verdict
from portal.accounts.models import User
from portal.demo.board import drawing
from portal.demo.clock import at
from portal.demo.register import Register
from portal.places.models import Place

CLERK, REVIEWER = "clerk", "reviewer"
ANSWERS = (*[Verdict.YES] * 9, *[Verdict.PARTLY] * 3, Verdict.NO)


def plans_seed(register: Register, as_of: date, rng: Random) -> None:
    community = next(c for c in register.communities if c.place.code == "PC001")
    _promise(
        community.place,
        opened=as_of - timedelta(days=40),
        due=as_of + timedelta(days=25),
        cause=Cause(Trigger.CATEGORY, "C12", "地下室和楼道反复返水"),
        measure="更换1—4号楼地下排水横管，疏通化粪池，入冬前完成。",
        zh="更换1—4号楼地下排水管并疏通化粪池。施工期间每天9点至17点停用地下室水池。",
        en="The drains below buildings 1–4 are replaced and the septic tank is cleared.",
    )
    done = _promise(
        community.place,
        opened=as_of - timedelta(days=120),
        due=as_of - timedelta(days=30),
        cause=Cause(Trigger.SURVEY_ITEM, "B9", "楼道灯不亮、扶手松动"),
        measure="全部楼道更换声控灯，加固扶手。",
        zh="全部楼道换上声控灯，松动的扶手全部加固。",
        en="New lamps with sound switches in all stairwells; loose handrails are fixed.",
    )
    action_done(
        action=done,
        by=User.objects.get(username=CLERK),
        text="36个单元的声控灯已全部更换，扶手已加固。",
        photo=drawing(broken=False),
        now=at(as_of - timedelta(days=33), 16),
    )
    for home in community.households[: len(ANSWERS)]:
        key = f"{rng.getrandbits(128):032x}"
        action_judge(action=done, verdict=rng.choice(ANSWERS), household=home, key=key)


def _promise(
    place: Place, *, opened: date, due: date, cause: Cause, measure: str, zh: str, en: str
) -> CorrectiveAction:
    clerk = User.objects.get(username=CLERK)
    reviewer = User.objects.get(username=REVIEWER)
    action, _new = action_open(place=place, cause=cause, evidence={}, now=at(opened, 9), by=clerk)
    action_plan(
        action=action,
        by=clerk,
        now=at(opened + timedelta(days=2), 10),
        measure=measure,
        resident_text_zh=zh,
        resident_text_en=en,
        owner=clerk,
        due_on=due,
    )
    return action_promise(action=action, by=reviewer, now=at(opened + timedelta(days=4), 15))
