"""After sealing, whoever reads the database joins no answer to a household."""

import hashlib
import json
from datetime import timedelta
from random import SystemRandom

import pytest
from django.db import connection

from feedback.surveys import services
from feedback.surveys.merkle import answers_commitment, leaf_hash, merkle_root
from feedback.surveys.models import Participation, Response, Survey
from feedback.surveys.states import Channel
from portal.accounts.models import User
from portal.demo import factories
from tests.conftest import Neighbourhood
from tests.feedback.surveys.conftest import CORE, NOW, Submit

MARK = "Q-A25 第%d户"


def answer_all(neighbourhood: Neighbourhood, submit: Submit) -> dict[int, int]:
    """Every home answers, saying which it is: household pk → number in its comment."""
    homes = neighbourhood.households + factories.HouseholdFactory.create_batch(
        48, building=neighbourhood.building
    )
    for number, home in enumerate(homes):
        submit(home, {**CORE, "B25": MARK % number})
    return {home.pk: number for number, home in enumerate(homes)}


def order_of(model: type, column: str, by: str) -> list[object]:
    """Values of a column in the order an operator of the database would read them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {model._meta.db_table} ORDER BY {by}")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def operator_orders() -> list[str]:
    return ["id", "ctid"] if connection.vendor == "postgresql" else ["id", "rowid"]


def joined(truth: dict[int, int], by: str) -> int:
    """Pairs that reading both tables side by side gets right."""
    homes = order_of(Participation, "household_id", by)
    answers = order_of(Response, "answers", by)
    said = [json.loads(a) if isinstance(a, str) else a for a in answers]
    return sum(
        MARK % truth[home] == answer["B25"]  # type: ignore[index]
        for home, answer in zip(homes, said, strict=True)
    )


def transactions_of(model: type) -> set[object]:
    """On PostgreSQL every row says which transaction wrote it; SQLite keeps no such thing."""
    column = "xmin::text" if connection.vendor == "postgresql" else "1"
    return set(order_of(model, column, "id"))


def test_before_sealing_order_joins_every_pair_and_after_it_none(
    transactional_db: None, survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    truth = answer_all(neighbourhood, submit)
    assert transactions_of(Response) == transactions_of(Participation)
    assert joined(truth, "id") == len(truth)
    old_keys = set(Response.objects.values_list("pk", flat=True))
    services.survey_close(survey=survey, now=NOW)
    services.survey_seal(survey=survey, now=NOW)
    written = transactions_of(Response), transactions_of(Participation)
    assert len(written[0]) == len(written[1]) == 1
    assert connection.vendor == "sqlite" or written[0] != written[1]
    for by in operator_orders():
        assert joined(truth, by) <= 6  # one hit is what chance gives
    assert not old_keys & set(Response.objects.values_list("pk", flat=True))
    assert sorted(r.answers["B25"] for r in Response.objects.all()) == sorted(
        MARK % number for number in truth.values()
    )
    assert set(Participation.objects.values_list("household_id", flat=True)) == set(truth)


def test_only_a_closed_survey_is_sealed(survey: Survey):
    with pytest.raises(services.NotOpen):
        services.survey_seal(survey=survey, now=NOW)


def test_the_root_is_what_anyone_computes_from_the_list(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    submitted = [submit(home) for home in neighbourhood.households[:7]]
    services.survey_close(survey=survey, now=NOW)
    root = services.survey_seal(survey=survey, now=NOW)
    survey.refresh_from_db()
    leaves = list(services.survey_leaves(survey))
    assert merkle_root(leaf_hash(x.receipt_hash, x.commitment) for x in leaves) == root
    assert (survey.merkle_root, survey.leaf_count) == (root, 7)
    known = {hashlib.sha256(s.receipt.encode()).hexdigest() for s in submitted}
    assert {leaf.receipt_hash for leaf in leaves} == known


def test_a_changed_answer_changes_the_root(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    for home in neighbourhood.households[:7]:
        submit(home)
    services.survey_close(survey=survey, now=NOW)
    root = services.survey_seal(survey=survey, now=NOW)
    changed = Response.objects.order_by("pk").first()
    assert changed
    changed.answers["B1"] = "5"
    changed.save()
    leaves = services.survey_leaves(survey)
    assert merkle_root(leaf_hash(x.receipt_hash, x.commitment) for x in leaves) != root


def test_merkle_root_vectors():
    def h(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    a, b, c = (leaf_hash(x * 64, "0" * 64) for x in "abc")
    assert a == h(b"\x00", bytes.fromhex("a" * 64), bytes(32))
    assert merkle_root([]) == hashlib.sha256(b"").hexdigest()
    assert merkle_root([a]) == a.hex()
    assert merkle_root([a, b, c]) == h(b"\x01", h(b"\x01", a, b), c).hex()
    assert answers_commitment("00" * 16, {"b": 1}) == h(bytes(16), b'{"b":1}').hex()


def test_a_channel_few_homes_used_is_forgotten(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit, clerk: User
):
    for home in neighbourhood.households[:9]:
        submit(home)
    submit(neighbourhood.households[9], channel=Channel.PHONE, staff=clerk)
    services.survey_close(survey=survey, now=NOW)
    services.survey_seal(survey=survey, now=NOW)
    assert set(Participation.objects.values_list("channel", flat=True)) == {""}
    assert sorted(Response.objects.values_list("channel", flat=True)) == ["PHONE", *["SELF"] * 9]


def test_sealing_twice_changes_nothing(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    for home in neighbourhood.households:
        submit(home)
    services.survey_close(survey=survey, now=NOW)
    root = services.survey_seal(survey=survey, now=NOW, shuffler=SystemRandom())
    before = list(Response.objects.order_by("pk").values_list("pk", "salt"))
    assert services.survey_seal(survey=survey, now=NOW) == root
    assert list(Response.objects.order_by("pk").values_list("pk", "salt")) == before


def test_a_named_survey_keeps_its_links(
    named_survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    for home in neighbourhood.households[:3]:
        submit(home, {"A8": "AGREE"}, survey=named_survey)
    services.survey_close(survey=named_survey, now=NOW)
    services.survey_seal(survey=named_survey, now=NOW)
    assert Participation.objects.filter(response__isnull=False).count() == 3


def test_surveys_are_closed_after_the_days_for_paper_and_sealed(
    survey: Survey, neighbourhood: Neighbourhood, submit: Submit
):
    submit(neighbourhood.households[0])
    assert services.surveys_close_due(now=survey.closes_at + timedelta(days=2)) == 0
    assert services.surveys_close_due(now=survey.closes_at + timedelta(days=3)) == 1
    survey.refresh_from_db()
    assert survey.closed_at and survey.sealed_at and survey.leaf_count == 1
    assert services.surveys_close_due(now=survey.closes_at + timedelta(days=4)) == 0


def test_a_revision_from_before_does_not_open_a_closed_survey_again(survey: Survey):
    revision = survey.save_revision()
    services.survey_close(survey=survey, now=NOW)
    with pytest.raises(Exception, match=r"closed|结束"):
        revision.publish()
    assert revision.as_object().closed_at == NOW
