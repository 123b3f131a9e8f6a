"""Flags: found without keeping what they were found from, judged by group, never dropped."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.surveys import quality, services
from feedback.surveys.flagged import flag_sums, flagged
from feedback.surveys.models import FlagReview, Response, Survey, SurveyTally
from feedback.surveys.reach_states import Flag, Verdict
from feedback.surveys.states import Channel
from portal.accounts.models import User
from portal.demo import factories
from portal.intake.receipts import new_key
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit
from tests.feedback.surveys.test_staff import signed_in


@pytest.fixture(autouse=True)
def during_the_survey():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def scales(survey: Survey, code: str = "4") -> dict[str, Any]:
    definition = survey.current_questionnaire().compiled()
    return {q.key: code for q in definition.asked() if q.type == "likert"}


# --- found ---


@pytest.mark.parametrize(
    ("codes", "flag"),
    [
        (["4"] * 5, True),
        (["4"] * 4, False),
        (["4", "4", "4", "4", "3"], False),
        (["4", "4", "4", "4", "0"], False),
        (["4", "4", "4", "4", "4", "0"], True),
    ],
)
def test_the_same_step_on_five_scales(survey: Survey, codes: list[str], flag: bool):
    definition = survey.current_questionnaire().compiled()
    answers = dict(zip(scales(survey), codes, strict=False))
    assert quality.is_straight(definition, answers) is flag


@pytest.mark.parametrize(
    ("seconds", "answered", "fast"),
    [(29, 5, True), (30, 5, False), (59, 12, True), (60, 12, False), (60, 40, False)],
)
def test_fast_is_under_a_minute_or_six_seconds_a_question(seconds: int, answered: int, fast: bool):
    token = quality.began_token(NOW)
    assert quality.is_fast(token, answered, NOW + timedelta(seconds=seconds)) is fast


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_a_form_that_tells_no_time_is_not_fast(token: str):
    assert not quality.is_fast(token, 20, NOW)


def test_a_resident_who_is_very_fast_or_sends_many_is_flagged_and_counted(
    survey: Survey, neighbourhood: Neighbourhood
):
    url = reverse("surveys:answer", args=[survey.slug, "PC001"])
    answers = {f"q-{key}": value for key, value in CORE.items()}
    for home, seconds, many in zip(neighbourhood.households, (5, 90), ("1", ""), strict=False):
        code, client = household_code(home), Client()
        page = client.post(url, {"move": "start", "code": code, "script": "1"}).content.decode()
        began = page.split('name="began" value="')[1].split('"')[0]
        data = {"move": "commit", "script": "1", "code": code, "began": began, "many": many}
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            done = client.post(url, {**data, **answers, "intake_key": new_key()})
        assert "已计入统计" in done.content.decode()
    assert sorted(Response.objects.values_list("flags", flat=True)) == ["", "DEVICE FAST"]


def test_many_interviews_of_one_account_in_ten_minutes_are_flagged(
    survey: Survey, neighbourhood: Neighbourhood, clerk: User
):
    url = reverse("surveys_staff:interview", args=[survey.pk, "PC001"])
    answers = {f"q-{key}": value for key, value in CORE.items()}
    for home in neighbourhood.households[:7]:
        data = {"move": "send", "household": home.pk, "key": new_key(), **answers}
        signed_in(clerk).post(url, data)
    flags = list(Response.objects.order_by("pk").values_list("flags", flat=True))
    assert flags == [""] * 5 + ["BURST"] * 2


def test_what_the_rest_of_a_survey_shows_is_flagged_and_a_change_is_judged_anew(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    home, key = neighbourhood.households[0], new_key()
    core = {**CORE, "B1": "4", "B18": "4", "B19": "4"}
    first = submit(home, core, key=key, signs=["FAST"])
    assert Response.objects.get().flags == "FAST"
    submit(home, {**core, **scales(survey)}, key=key)
    assert Response.objects.get().flags == "FAST STRAIGHT"
    services.response_replace(survey=survey, receipt=first.receipt, answers=CORE, now=NOW)
    assert Response.objects.get().flags == "FAST"


def test_a_flag_leads_to_no_device_account_home_or_time(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    """Nothing but the code itself is stored, and the household's row knows nothing of it."""
    submit(neighbourhood.households[0], signs=[Flag.DEVICE, Flag.FAST])
    response = Response.objects.values().get()
    assert response["flags"] == "DEVICE FAST"
    tables = connection.introspection.table_names()
    assert not [t for t in tables if t.startswith("surveys_") and "device" in t]


def test_sealing_keeps_flags_and_the_root_holds_every_answer(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    for home in neighbourhood.households[:4]:
        submit(home, signs=["DEVICE"] if home == neighbourhood.households[0] else [])
    services.survey_close(survey=survey, now=NOW)
    root = services.survey_seal(survey=survey, now=NOW)
    assert sorted(Response.objects.values_list("flags", flat=True)) == ["", "", "", "DEVICE"]
    judge(survey, neighbourhood, evaluator, verdict="VOIDED")
    survey.refresh_from_db()
    assert len(list(services.survey_leaves(survey))) == 4 and survey.merkle_root == root


# --- judged ---


def judge(survey: Survey, neighbourhood: Neighbourhood, user: User, **given: Any) -> FlagReview:
    fields = {"flag": "DEVICE", "verdict": "KEPT", "reason": "网格员逐户代填", **given}
    return services.flag_review(
        survey=survey, community=neighbourhood.community, user=user, now=NOW, **fields
    )


@pytest.fixture
def closed(survey: Survey, neighbourhood: Neighbourhood, submit: Submit) -> Survey:
    for n, home in enumerate(neighbourhood.households):
        submit(home, {**CORE, "B1": "1" if n < 2 else "5"}, signs=["DEVICE"] if n < 2 else [])
    services.survey_close(survey=survey, now=NOW)
    services.tallies_sweep(now=NOW)
    return survey


def test_what_is_voided_leaves_the_sums_and_comes_back(
    closed: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    tally = SurveyTally.objects.get(survey=closed, community=neighbourhood.community)
    assert tally.released == 12 and tally.returned == 12
    for verdict, released in ((Verdict.VOIDED, 10), (Verdict.KEPT, 12)):
        judge(closed, neighbourhood, evaluator, verdict=verdict)
        services.tallies_sweep(now=NOW)
        tally.refresh_from_db()
        assert tally.released == released and tally.returned == 12
    assert Response.objects.count() == 12


def test_the_method_box_says_how_many_were_flagged_and_what_became_of_them(
    closed: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    (row,) = flag_sums(closed, [neighbourhood.community])
    assert (row.flag, row.answers, row.open) == (Flag.DEVICE, 2, 2)
    judge(closed, neighbourhood, evaluator, verdict="VOIDED")
    (row,) = flag_sums(closed, [neighbourhood.community])
    assert (row.kept, row.voided, row.open) == (0, 2, 0)
    page = signed_in(evaluator).get(reverse("surveys_staff:results", args=[closed.pk]))
    assert "同一设备提交超过5份" in page.content.decode()


@pytest.mark.parametrize(
    "given", [{"reason": " "}, {"verdict": "MAYBE"}, {"flag": "FAST"}, {"flag": "NONSENSE"}]
)
def test_a_verdict_needs_a_reason_and_a_flag_that_is_there(
    closed: Survey, neighbourhood: Neighbourhood, evaluator: User, given: dict[str, str]
):
    with pytest.raises(ValidationError):
        judge(closed, neighbourhood, evaluator, **given)


def test_nothing_is_judged_while_the_survey_runs(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    submit(neighbourhood.households[0], signs=["DEVICE"])
    with pytest.raises(ValidationError, match="截止"):
        judge(survey, neighbourhood, evaluator)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("evaluator", 200),
        ("clerk", 403),
        ("reviewer", 403),
        ("approver", 403),
        ("administrator", 403),
        ("outsider", 404),
    ],
)
def test_only_the_evaluator_sees_and_judges_flags(
    request: pytest.FixtureRequest,
    closed: Survey,
    neighbourhood: Neighbourhood,
    who: str,
    status: int,
):
    user = request.getfixturevalue(who)
    client, url = signed_in(user), reverse("surveys_staff:flags", args=[closed.pk])
    assert client.get(url).status_code == status
    data = {"community": "PC001", "flag": "DEVICE", "verdict": "VOIDED", "reason": "同一人代填"}
    client.post(url, data)
    assert FlagReview.objects.exists() is (status == 200)
    if status != 200:
        with pytest.raises(PermissionDenied):
            judge(closed, neighbourhood, user)


def test_the_evaluator_judges_a_group_and_never_sees_what_was_answered(
    closed: Survey, evaluator: User
):
    client, url = signed_in(evaluator), reverse("surveys_staff:flags", args=[closed.pk])
    html = client.get(url).content.decode()
    assert "2份答卷带有此标记" in html and "非常满意" not in html
    missing = client.post(
        url, {"community": "PC001", "flag": "DEVICE", "verdict": "KEPT"}, follow=True
    )
    assert "请写明理由" in missing.content.decode()
    assert client.post(url, {"community": "nowhere"}).status_code == 404


def test_the_receipt_of_a_voided_answer_says_so(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, evaluator: User
):
    sent = submit(neighbourhood.households[0], signs=["DEVICE"])
    services.survey_close(survey=survey, now=NOW)
    judge(survey, neighbourhood, evaluator, verdict="VOIDED", reason="同一部手机代填")
    page = Client().post(reverse("surveys:receipt"), {"receipt": sent.receipt})
    assert "此答卷不计入统计" in page.content.decode() and "同一部手机代填" in page.content.decode()


def test_the_list_of_flags_asks_the_database_as_often_for_many(
    closed: Survey, neighbourhood: Neighbourhood, evaluator: User
):
    client, url = signed_in(evaluator), reverse("surveys_staff:flags", args=[closed.pk])

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    few = queries()
    for n in range(8):
        place = factories.place("COMMUNITY", neighbourhood.subdistrict, code=f"X{n}", name=f"第{n}")
        Response.objects.create(
            survey=closed,
            questionnaire=closed.current_questionnaire(),
            community=place,
            channel=Channel.SELF,
            standing="COUNTED",
            answers={},
            flags="FAST STRAIGHT",
            receipt_hash=f"{n}",
        )
    assert len(flagged(closed, closed.communities())) == 17
    assert queries() == few
