"""A survey while it runs: extended, ended early, remembered, and who may do so."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from feedback.surveys import services
from feedback.surveys.models import Survey, SurveyEvent
from feedback.surveys.states import Phase
from portal.accounts.roles import Role
from portal.demo import factories
from portal.messages.models import Bulletin
from tests.feedback.surveys.conftest import NOW

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(hours=1)
PEOPLE = ("clerk", "reviewer", "evaluator", "approver", "administrator", "outsider")


def extend(survey, by, days=7, reason="下雨，入户推迟", now=SOON):
    return services.survey_extend(
        survey=survey,
        by=by,
        closes_at=survey.closes_at + timedelta(days=days),
        reason=reason,
        now=now,
    )


def test_an_extension_says_why_and_residents_read_it(client, survey, reviewer, neighbourhood):
    before = survey.closes_at
    extend(survey, reviewer)
    stored = Survey.objects.get()
    assert stored.closes_at == before + timedelta(days=7)
    event = stored.events.get()
    assert (event.kind, event.actor, event.closes_before) == ("EXTENDED", reviewer, before)
    with time_machine.travel(SOON, tick=False):
        page = client.get(f"/surveys/{survey.slug}/{neighbourhood.community.code}/")
    assert "下雨，入户推迟" in page.content.decode()


@pytest.mark.parametrize(
    ("days", "reason", "field"),
    [(7, " ", "reason"), (0, "雨", "closes_at"), (-1, "雨", "closes_at")],
)
def test_what_is_missing_is_said_at_the_field(survey, reviewer, days, reason, field):
    with pytest.raises(ValidationError) as refused:
        extend(survey, reviewer, days, reason)
    assert set(refused.value.message_dict) == {field}
    assert not SurveyEvent.objects.exists()


def test_what_has_ended_is_not_extended(survey, reviewer):
    with pytest.raises(ValidationError):
        extend(survey, reviewer, now=survey.closes_at + timedelta(minutes=1))


def test_ended_early_residents_cannot_answer_and_paper_still_can_be_entered(
    survey, submit, reviewer, neighbourhood, client
):
    services.survey_end_early(survey=survey, by=reviewer, reason="已全部答完", now=SOON)
    with pytest.raises(services.NotOpen):
        submit(neighbourhood.households[0], now=SOON + timedelta(minutes=1))
    assert survey.phase(SOON + timedelta(minutes=1)) is Phase.ENTRY
    with time_machine.travel(SOON + timedelta(minutes=5), tick=False):
        page = client.get(f"/surveys/{survey.slug}/{neighbourhood.community.code}/")
    assert "已全部答完" in page.content.decode()


def test_publishing_again_does_not_undo_an_extension(survey, reviewer):
    revision = survey.save_revision(user=reviewer)
    extend(survey, reviewer)
    moved = Survey.objects.get().closes_at
    revision.publish()
    assert Survey.objects.get().closes_at == moved


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("state", ["UPCOMING", "OPEN", "ENTRY", "CLOSED"])
def test_who_may_extend_and_end_in_which_state(survey, neighbourhood, request, person, held, state):
    by = request.getfixturevalue(person)
    may = {"evaluator"} if held else {"reviewer", "evaluator", "administrator"}
    Survey.objects.filter(pk=survey.pk).update(held_by_evaluators=held)
    now = {
        "UPCOMING": survey.opens_at - timedelta(hours=1),
        "OPEN": SOON,
        "ENTRY": survey.closes_at + timedelta(hours=1),
        "CLOSED": survey.closes_at + timedelta(hours=1),
    }[state]
    if state == "CLOSED":
        services.survey_close(survey=survey, now=now)
    for name in ("extend", "end"):
        allowed = (
            person in may and state in {"extend": ("UPCOMING", "OPEN"), "end": ("OPEN",)}[name]
        )
        before = SurveyEvent.objects.count()

        def step(name=name):
            if name == "extend":
                return extend(survey, by, now=now)
            return services.survey_end_early(survey=survey, by=by, reason="够了", now=now)

        if allowed:
            step()
        else:
            # Whoever may publish, but not now, is told why; others may not at all.
            with pytest.raises((ValidationError, PermissionDenied)):
                step()
        assert SurveyEvent.objects.count() - before == int(allowed)


class TestReminders:
    def remind(self, survey, days):
        return services.surveys_remind_due(now=survey.closes_at - timedelta(days=days))

    @pytest.fixture
    def planned(self, survey):
        Survey.objects.filter(pk=survey.pk).update(remind_days="7, 2")
        survey.refresh_from_db()
        survey.closes_at = survey.opens_at + timedelta(days=20)
        survey.save(update_fields=["closes_at"])
        return survey

    def test_each_day_tells_subscribers_once(self, planned, neighbourhood):
        assert self.remind(planned, 8) == 0
        assert self.remind(planned, 7) == 1
        assert self.remind(planned, 7) == 0
        assert self.remind(planned, 2) == 1
        news = list(Bulletin.objects.order_by("pk"))
        assert [bulletin.place for bulletin in news] == [neighbourhood.county] * 2
        assert "即将截止" in news[0].texts["zh-hans"]["title"]

    def test_what_was_missed_is_not_sent_late(self, planned):
        assert self.remind(planned, 5) == 0

    def test_an_extended_survey_reminds_of_its_new_end(self, planned, reviewer):
        assert self.remind(planned, 2) == 1
        extend(planned, reviewer, now=planned.closes_at - timedelta(days=2))
        assert self.remind(planned, 7) == 1

    def test_a_closed_survey_reminds_nobody(self, planned):
        services.survey_close(survey=planned, now=SOON)
        assert self.remind(planned, 7) == 0

    def test_nobody_is_told_who_has_answered(self, planned, neighbourhood):
        self.remind(planned, 7)
        shown = str(Bulletin.objects.get().texts)
        assert neighbourhood.community.name not in shown


def test_the_screens_extend_and_end(client, survey, reviewer, clerk, neighbourhood):
    address = f"/staff/surveys/{survey.pk}/wave/"
    with time_machine.travel(SOON, tick=False):
        client.force_login(clerk)
        assert client.get(f"{address}extend/").status_code == 403
        client.force_login(reviewer)
        wrong = client.post(f"{address}extend/", {"closes_at": "2020-01-01 10:00", "reason": "雨"})
        assert "新的截止时间" in wrong.content.decode()
        end = survey.closes_at + timedelta(days=3)
        client.post(f"{address}extend/", {"closes_at": f"{end:%Y-%m-%d %H:%M}", "reason": "雨"})
        assert SurveyEvent.objects.get().kind == "EXTENDED"
        client.post(f"{address}end/", {"reason": "够了"})
        page = client.get(f"/staff/surveys/{survey.pk}/").content.decode()
    assert "够了" in page
    assert SurveyEvent.objects.count() == 2


def test_staff_of_another_county_know_of_no_survey(client, survey, neighbourhood):
    client.force_login(factories.staff("far", Role.COUNTY_REVIEWER, neighbourhood.other_county))
    assert client.get(f"/staff/surveys/{survey.pk}/wave/extend/").status_code == 404
