"""A bundle is made of one moment, and making it writes nothing. These tests commit."""

import io
from threading import Thread

import pytest
from django.db import InternalError, connection

from feedback.indicators.bundle.choosing import choose
from feedback.indicators.bundle.writing import bundle_write
from feedback.indicators.models import Measurement
from feedback.surveys.models import Survey, SurveyTally
from tests.feedback.indicators import test_bundle as bundles
from tests.feedback.indicators.conftest import NOW, Base

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def base(transactional_db: None) -> Base:
    base = Base()
    base.stood = bundles.stands_on(base)
    return base


def test_what_is_written_meanwhile_is_not_in_the_bundle(base, tmp_path, monkeypatch):
    """Figures are read first, tallies and surveys after them; somebody writes in between. SQLite's
    transactions let nobody write meanwhile."""
    tallies = SurveyTally.objects.filter(survey=base.stood)
    before = {row.community.code: str(row.returned) for row in tallies.select_related("community")}

    written = []

    def write() -> None:
        try:
            tallies.update(returned=9999)
            Survey.objects.filter(pk=base.stood.pk).update(title_zh="另一个名称")
            Measurement.objects.filter(indicator="I09").update(value=1)
            written.append(True)
        finally:
            connection.close()

    def choose_then_write(*args, **kwargs):
        found = choose(*args, **kwargs)
        writer = Thread(target=write)
        writer.start()
        writer.join(30)
        assert written
        return found

    monkeypatch.setattr("feedback.indicators.bundle.writing.choose", choose_then_write)
    folder = bundles.unpacked(tmp_path, base.neighbourhood.city)
    monkeypatch.undo()
    assert set(tallies.values_list("returned", flat=True)) == {9999}
    assert {row["community"]: row["returned"] for row in bundles.table(folder, "tallies")} == before
    assert [row["title"] for row in bundles.table(folder, "surveys")] == [base.stood.title]
    assert bundles.run(folder)[0] == 0


def test_making_a_bundle_cannot_write(base, monkeypatch):
    def write(*args, **kwargs):
        Survey.objects.update(title_zh="另一个名称")

    monkeypatch.setattr("feedback.indicators.bundle.writing.choose", write)
    with pytest.raises(InternalError, match="read-only"):
        bundle_write(base.neighbourhood.city, 2021, io.BytesIO(), now=NOW, public=False)
