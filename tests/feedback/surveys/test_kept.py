"""What a phone keeps of an answer, the list it looks into, and the program that checks the list."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from feedback.surveys import services
from feedback.surveys.flagged import counted_receipts
from feedback.surveys.models import FlagReview, Response, Survey
from feedback.surveys.reach_states import Flag, Verdict
from portal.intake.receipts import receipt_hash
from portal.places.codes import household_code
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

PROGRAM = settings.BASE_DIR / "portal/static/surveys/check_seal.py"


@pytest.fixture
def sealed(survey: Survey, neighbourhood: Neighbourhood, submit: Submit) -> list[str]:
    """The receipts of seven homes in a sealed survey."""
    given = [submit(home).receipt for home in neighbourhood.households[:7]]
    services.survey_close(survey=survey, now=NOW)
    services.survey_seal(survey=survey, now=NOW)
    survey.refresh_from_db()
    return given


def part_of(client: Client, survey: Survey, receipt: str) -> dict[str, str]:
    """Hash → what the short list says of it."""
    hashed = receipt_hash(receipt)
    response = client.get(reverse("surveys:leaves_part", args=[survey.slug, hashed[:2]]))
    assert response.status_code == 200
    rows = [line.split(",") for line in response.content.decode().splitlines()]
    assert all(row[0][:2] == hashed[:2] for row in rows)
    return {row[0]: row[2] for row in rows}


def test_the_page_of_the_receipt_gives_the_phone_what_it_keeps(
    client: Client, survey: Survey, neighbourhood: Neighbourhood
):
    url = reverse("surveys:answer", args=[survey.slug, neighbourhood.community.code])
    sent = {f"q-{key}": value for key, value in CORE.items()}
    code = household_code(neighbourhood.households[0])
    with time_machine.travel(NOW, tick=False):
        html = client.post(url, {**sent, "move": "commit", "code": code, "intake_key": "a" * 32})
    page = html.content.decode()
    receipt = re.findall(r'data-keep-receipt="([^"]+)"', page)[0]
    assert f'data-keep-hash="{Response.objects.get().receipt_hash}"' in page
    assert receipt_hash(receipt) == Response.objects.get().receipt_hash


def test_the_page_of_a_sealed_survey_says_where_to_look(
    client: Client, survey: Survey, sealed: list[str], neighbourhood: Neighbourhood
):
    url = reverse("surveys:answer", args=[survey.slug, neighbourhood.community.code])
    html = client.get(url).content.decode()
    assert f"/surveys/{survey.slug}/sealed/leaves/00.csv" in html and "data-kept-of" in html
    for receipt in sealed:
        assert part_of(client, survey, receipt)[receipt_hash(receipt)] == "counted"


def test_what_was_set_aside_is_in_the_list_and_not_called_counted(
    client: Client, survey: Survey, sealed: list[str], neighbourhood: Neighbourhood
):
    hashed = receipt_hash(sealed[0])
    Response.objects.filter(receipt_hash=hashed).update(flags=Flag.FAST.value)
    FlagReview.objects.create(
        survey=survey, community=neighbourhood.community, flag=Flag.FAST, verdict=Verdict.VOIDED,
        reason="同一人代填", reviewed_at=NOW,
    )  # fmt: skip
    assert part_of(client, survey, sealed[0])[hashed] == ""
    assert len(counted_receipts(survey, "")) == 6


def test_there_is_no_list_before_sealing(client: Client, survey: Survey):
    assert client.get(f"/surveys/{survey.slug}/sealed/leaves/00.csv").status_code == 404


def check(*given: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *given], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_program_for_auditors_agrees_and_notices_what_was_changed(
    client: Client, survey: Survey, sealed: list[str], tmp_path: Path
):
    response = client.get(reverse("surveys:leaves", args=[survey.slug]))
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    whole, short, other = (tmp_path / name for name in ("whole", "short", "other"))
    whole.write_text(text, encoding="utf-8")
    root = survey.merkle_root
    code, said = check(str(whole), root, "--receipt", sealed[3].lower().replace("-", " "))
    assert (code, root in said, "is in the list" in said) == (0, True, True), said
    assert check(str(whole), "0" * 64)[0] == 1
    assert check(str(whole), "--receipt", "0000-0000-0000-0000")[0] == 1
    short.write_text("\n".join(text.splitlines()[:-1]), encoding="utf-8")
    assert check(str(short))[0] == 1
    other.write_text(f"{text}no leaf\n", encoding="utf-8")
    assert check(str(other))[0] == 2
    assert check(str(tmp_path / "missing"))[0] == 2


def test_a_phone_is_asked_to_forget_what_was_withdrawn(
    client: Client, survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    receipt = submit(neighbourhood.households[0]).receipt
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        given = {"receipt": receipt, "action": "withdraw", "sure": "1"}
        html = client.post(reverse("surveys:receipt"), given).content.decode()
    assert f'data-forget-receipt="{receipt}"' in html
