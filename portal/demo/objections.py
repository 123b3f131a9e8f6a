"""Objections to the draft plan that is posted these days: a handful answered, two still open."""

from datetime import date, timedelta
from random import Random

from notices.models import NoticePage
from notices.services import objection_answer, objection_file
from notices.states import Disposition
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.demo.clock import at
from portal.demo.register import Community
from portal.demo.texts.objections import OBJECTIONS
from portal.intake.receipts import new_key


def objections_seed(community: Community, as_of: date, rng: Random) -> int:
    """Objections to the running draft plan of `community`; 0 where none is posted."""
    plan = (
        NoticePage.objects.live()
        .filter(place=community.place, notice_type__code="N04", publicity_end__gte=as_of)
        .first()
    )
    clerk = User.objects.filter(
        staff_assignments__role=Role.COMMUNITY_STAFF, staff_assignments__place=community.place
    ).first()
    if plan is None or plan.publicity_start is None or clerk is None:
        return 0
    homes = rng.sample(community.households, len(OBJECTIONS))
    for index, (given, home) in enumerate(zip(OBJECTIONS, homes, strict=True)):
        day = min(plan.publicity_start + timedelta(days=index // 2), as_of - timedelta(days=1))
        filed = objection_file(
            key=new_key(),
            notice=plan,
            text=given.text,
            household=home if index % 3 else None,
            now=at(day, 10 + index % 8, 5 * index % 60),
        )
        if given.disposition:
            objection_answer(
                objection=filed.objection,
                disposition=Disposition(given.disposition),
                summary=given.summary,
                reason=given.reason,
                user=clerk,
                now=at(as_of - timedelta(days=1), 16, index),
                names_checked=True,
            )
    return len(OBJECTIONS)
