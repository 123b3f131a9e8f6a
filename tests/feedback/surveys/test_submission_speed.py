"""What answering keeps of a survey, and that it never goes by an old one."""

import re

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.urls import reverse

from feedback.surveys import nudges
from feedback.surveys.models import Participation, Response
from portal.common import generation, parts
from portal.intake.receipts import new_key
from portal.places.codes import household_code
from portal.places.models import StaleMark
from tests.feedback.surveys.conftest import CORE, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings):
    """As in use: a process keeps what it has read."""
    settings.KEEP_PARTS = True
    caches["pages"].clear()
    generation._seen.clear()
    parts.parts_forget()
    with time_machine.travel(NOW, tick=False):
        yield
    parts.parts_forget()


def answer(client, survey, household):
    fields = {f"q-{key}": value for key, value in CORE.items()}
    given = {"move": "commit", "code": household_code(household), "intake_key": new_key()}
    url = reverse("surveys:answer", args=[survey.slug, household.building.place.code])
    return client.post(url, given | fields, headers={"X-Intake": "script"})


def test_a_submission_takes_six_queries_at_most(
    client, survey, neighbourhood, django_assert_num_queries
):
    first, second = neighbourhood.households[:2]
    assert answer(client, survey, first).headers["X-Intake"] == "stored"
    # The household; the rows, on PostgreSQL in one statement that looks at the survey. The other
    # two are the savepoint that stands for the transaction here.
    with django_assert_num_queries(4 if connection.vendor == "postgresql" else 7):
        page = answer(client, survey, second)
    assert page.headers["X-Intake"] == "stored"
    assert Response.objects.count() == Participation.objects.count() == 2
    assert StaleMark.objects.filter(kind=StaleMark.Kind.SURVEY, object_id=survey.pk).count() >= 2


def test_a_household_counts_once(client, survey, neighbourhood):
    household = neighbourhood.households[0]
    answer(client, survey, household)
    answer(client, survey, household)
    assert Response.objects.count() == Participation.objects.count() == 1


def test_a_survey_closed_meanwhile_takes_no_answer(client, survey, neighbourhood):
    first, second = neighbourhood.households[:2]
    answer(client, survey, first)
    # As another process would: nothing tells this one.
    type(survey).objects.filter(pk=survey.pk).update(closed_at=survey.opens_at)
    assert answer(client, survey, second).headers.get("X-Intake") != "stored"
    assert Response.objects.count() == 1


def test_many_answers_send_one_nudge(client, survey, neighbourhood, monkeypatch):
    """It is due only after all that need no nudge of their own."""
    sent = []
    monkeypatch.setattr(nudges, "_on_its_way", {})
    monkeypatch.setattr(
        nudges.current_app, "send_task", lambda *args, **kwargs: sent.append(kwargs["countdown"])
    )
    now = iter([100.0, 101.0, 101.9, 102.0])
    monkeypatch.setattr(nudges.time, "monotonic", lambda: next(now))
    for _each in range(3):
        nudges.tally_nudge(survey_id=survey.pk, community_id=neighbourhood.community.pk)
    assert sent == [nudges.WAIT]
    nudges.tally_nudge(survey_id=survey.pk, community_id=neighbourhood.community.pk)
    assert len(sent) == 2


def test_a_receipt_is_never_another_homes(client, survey, neighbourhood):
    """What stands around the words is kept, the words never are."""
    pages = [answer(client, survey, home).content.decode() for home in neighbourhood.households[:3]]
    for page, stored in zip(pages, Response.objects.order_by("pk"), strict=True):
        assert page.count(f'data-keep-hash="{stored.receipt_hash}"') == 1
    assert len({re.sub(r"[0-9a-f]{32,}|[0-9A-Z]{4}-[-0-9A-Z]+|\d{16}", "", p) for p in pages}) == 1
