"""Who sees what was answered, by role, state of the survey and way to look."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.models import Survey
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

PEOPLE = ("clerk", "reviewer", "evaluator", "approver", "administrator", "outsider")
STATES = ("OPEN", "ENTRY", "CLOSED", "SEALED")
#: The first question's last step as a result page would say it.
TOLD = "非常满意"


def moment(survey: Survey, state: str) -> datetime:
    """When `survey` is in `state`, having brought it there."""
    now = survey.closes_at + timedelta(hours=1) if state != "OPEN" else NOW
    if state in ("CLOSED", "SEALED"):
        services.survey_close(survey=survey, now=now)
    if state == "SEALED":
        services.survey_seal(survey=survey, now=now)
    services.tallies_sweep(now=now)
    return now


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("person", PEOPLE)
def test_results_by_role_and_state(
    request: pytest.FixtureRequest,
    client: Client,
    survey: Survey,
    neighbourhood: Neighbourhood,
    submit: Submit,
    person: str,
    state: str,
):
    """While it runs, staff of the rated places see who took part and nothing else."""
    for home in neighbourhood.households:
        submit(home, {**CORE, "B1": "5"})
    now = moment(survey, state)
    over, rates = state in ("CLOSED", "SEALED"), person != "outsider"
    seen = rates and (person == "evaluator" or over)
    client.force_login(request.getfixturevalue(person))

    def look(name: str, *args: Any) -> tuple[int, str]:
        response = client.get(reverse(f"surveys_staff:{name}", args=[survey.pk, *args]))
        return response.status_code, response.content.decode()

    with time_machine.travel(now, tick=False):
        assert look("detail")[0] == (200 if rates else 404)
        assert look("results")[0] == (200 if seen else 403 if rates else 404)
        shown = {name: look(name)[1] for name in ("detail", "flags", "batches")}
        shown["community"] = look("community", neighbourhood.community.code)[1]
        address = reverse("surveys_staff:microdata", args=[survey.pk])
        taken = client.post(address, {"what": "answers", "reason": "年度评价"})
    if rates:
        assert "12" in shown["detail"]
    for name in ("detail", "flags", "batches", "community"):
        assert TOLD not in shown[name], name
    # Single answers leave the house after sealing alone.
    assert (taken.status_code == 200) is (
        state == "SEALED" and taken.headers["Content-Type"].startswith("text/csv")
    )


@pytest.mark.parametrize("person", PEOPLE)
def test_a_sealed_survey_shows_its_root_beside_the_results(
    request: pytest.FixtureRequest,
    client: Client,
    survey: Survey,
    neighbourhood: Neighbourhood,
    submit: Submit,
    person: str,
):
    for home in neighbourhood.households:
        submit(home)
    now = moment(survey, "SEALED")
    survey.refresh_from_db()
    client.force_login(request.getfixturevalue(person))
    with time_machine.travel(now, tick=False):
        page = client.get(reverse("surveys_staff:results", args=[survey.pk]))
        address = reverse("surveys_staff:microdata", args=[survey.pk])
        book = client.post(address, {"what": "codebook", "reason": "年度评价"})
    assert (survey.merkle_root in page.content.decode()) is (person != "outsider")
    if book.status_code == 200:
        text = b"".join(book.streaming_content).decode()  # type: ignore[attr-defined]
        assert f",{survey.merkle_root}," in text
