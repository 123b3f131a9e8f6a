"""The public pages under /figures/: the same for everybody, small cells hidden."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from feedback.indicators.evidence import entry
from feedback.indicators.models import Measurement
from feedback.indicators.queries import public_figures, public_history
from feedback.indicators.recorded import recorded
from feedback.indicators.services import rebuild
from feedback.indicators.stated import compared
from feedback.surveys.services import survey_close
from portal.demo import factories
from portal.places.models import Place
from portal.projects.models import ProjectCommunity, StatedFigure
from tests.feedback.indicators.conftest import (
    NOW,
    all_answered,
    answers,
    card_of,
    community_of,
)

pytestmark = pytest.mark.django_db


stands_on = all_answered


@pytest.fixture
def measured(stood):
    return stood


def by_code(place):
    return {figure.code: figure for figure in public_figures(place)}


def test_a_community_shows_its_figure_with_all_it_stands_on(measured, city):
    figure = by_code(city["A"])["I38"]
    assert (figure.value, figure.unit, figure.n, figure.population) == (
        Decimal("80.00"),
        "%",
        60,
        300,
    )
    assert figure.low < figure.value < figure.high
    assert (figure.target, figure.attainment) == (Decimal("90.00"), Decimal("88.89"))


def test_a_public_figure_says_its_numbers_where_they_tell_nothing_more(measured, client, city):
    """A weighted sum with all its digits would give back a small community that is hidden."""
    page = client.get(f"/figures/{city['A'].code}/I38/").content.decode()
    assert "48 ÷ 60 × 100 = 80.00 %" in page
    county = client.get("/figures/140213/I38/").content.decode()
    assert "÷ 1" not in county.replace(",", "")
    assert "代入数字" not in county
    assert "万元 ÷" in client.get("/figures/140213/I09/").content.decode()


def test_a_table_of_places_says_of_which_time_each_figure_is(measured, client):
    """Satisfaction of one survey stands beside the return rate of the next."""
    page = client.get("/figures/").content.decode()
    figure = by_code(Place.objects.get(code="140213"))["I38"]
    assert (figure.period_end.month, figure.period) == (12, "2021-12")
    assert re.search(rf'{figure.value} %<br><span class="small soft">2021-12', page)


def test_a_small_community_says_only_that(measured, answer, city, neighbourhood, wave):
    survey = wave(slug="second", closes_at=NOW - timedelta(days=20))
    for key, top, n in (("A", 50, 60), ("B", 30, 40), ("C", 90, 150)):
        answer(survey, city[key], answers(top, n - top))
    answer(survey, neighbourhood.community, answers(7, 0))
    survey_close(survey=survey, now=NOW - timedelta(days=17))
    rebuild(None, NOW)
    small = by_code(neighbourhood.community)["I38"]
    assert (small.value, small.n, small.note) == (None, None, "回收不足10份")
    # The county's figure is public: without the next smallest it would give the small one away.
    beside = by_code(city["B"])["I38"]
    assert (beside.value, beside.n, beside.low) == (None, 40, None)
    assert by_code(city["A"])["I38"].value is not None


def test_a_sample_that_is_too_small_shows_how_many_answered(measured, answer, city, wave):
    survey = wave(slug="second", closes_at=NOW - timedelta(days=20))
    answer(survey, city["A"], answers(15, 5))
    survey_close(survey=survey, now=NOW - timedelta(days=17))
    rebuild(None, NOW)
    figure = by_code(city["A"])["I38"]
    assert (figure.value, figure.n, figure.note) == (None, 20, "样本不足")


def test_an_open_survey_shows_its_return_rate_only(measured, answer, city, wave):
    survey = wave(slug="open", closes_at=NOW + timedelta(days=5))
    answer(survey, city["A"], answers(0, 70))
    rebuild(None, NOW)
    figures = by_code(city["A"])
    assert figures["I38"].value == Decimal("80.00")
    assert len(public_history(city["A"], "I38")) == 1


def test_the_pages_answer(measured, client, neighbourhood, city):
    for code in ("1402", "140213", "PC101"):
        page = client.get(f"/figures/{code}/")
        assert page.status_code == 200
        assert "演示数据" in page.content.decode()
    assert "80.00" in client.get("/figures/PC101/I38/").content.decode()
    english = client.get("/en/figures/140213/").content.decode()
    assert "Residents&#x27; satisfaction" in english
    assert client.get("/figures/").status_code == 200
    assert client.get("/figures/stated/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["999/", "140213051/", "PC101/I99/", "PC101/I01/", "PC101/%00/", "999/I38/", "PC101/I38/x/"],
)
def test_what_does_not_exist_is_not_found(measured, client, path):
    assert client.get(f"/figures/{path}").status_code == 404


def test_pages_carry_no_inline_style_or_script(measured, client):
    for path in ("", "1402/", "140213/", "140213/I38/", "140213/I09/"):
        page = client.get(f"/figures/{path}").content.decode()
        assert not re.search(r"\sstyle=|<style|<script>|javascript:", page), path
        assert "<svg" in page


def test_a_page_without_figures_says_so(client, neighbourhood):
    for path in ("", "1402/", "PC001/", "PC001/I38/", "stated/"):
        assert client.get(f"/figures/{path}").status_code == 200


def test_more_communities_are_no_more_queries(measured, client, neighbourhood, answer, wave):
    def count(path):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    count("/figures/140213/")
    before = [count("/figures/140213/"), count("/figures/140213/?page=2")]
    survey = wave(slug="many", closes_at=NOW - timedelta(days=20))
    for number in range(30):
        place = community_of(neighbourhood.subdistrict, f"PC3{number:02d}", 40)
        answer(survey, place, answers(number % 32, 32 - number % 32))
    survey_close(survey=survey, now=NOW - timedelta(days=17))
    rebuild(None, NOW)
    assert [count("/figures/140213/"), count("/figures/140213/?page=2")] == before


def test_what_the_record_can_tell_stands_beside_what_is_stated(renovation, neighbourhood, city):
    """Also money without what served something else, and what was taken over anew."""
    keys = ("received-adjusted", "takeover-new", "residual", "execution-target", "committees")
    for key in keys:
        factories.StatedFigureFactory(place=neighbourhood.county, key=key)
    factories.PropertyTakeoverFactory(
        community=city["B"], from_date=date(2021, 9, 1), to_date=None, newly=True
    )
    ProjectCommunity.objects.filter(community=city["C"]).update(residual_area=700)
    found = {row.key: recorded(row) for row in StatedFigure.objects.all()}
    assert found == {
        "received-adjusted": Decimal("34772.63"),
        "takeover-new": 1,
        "residual": 700,
        "execution-target": 95,
        "committees": None,
    }


def test_a_grade_in_words_differs_in_no_language_where_it_is_the_same(measured, neighbourhood):
    grade = card_of(neighbourhood.city).grade
    row = factories.StatedFigureFactory(
        place=neighbourhood.city, key="grade", value=None, text=grade.name.zh
    )
    for language, ours in (("zh-hans", grade.name.zh), ("en", grade.name.en)):
        with override(language):
            (pair,) = compared()[0].pairs
            assert (pair.ours, pair.differs) == (ours, False)
    row.text = "优" if grade.name.zh != "优" else "差"
    row.save()
    with override("en"):
        assert compared()[0].pairs[0].differs


def test_stated_figures_stand_beside_ours(measured, client, neighbourhood):
    factories.StatedFigureFactory(
        place=neighbourhood.other_county,
        key="gap",
        name_zh="预算超出合同总价",
        value=Decimal("53"),
        unit="%",
        indicator="I06",
        variant="main",
        note_zh="两种分母都得不到53%",
    )
    factories.StatedFigureFactory(
        place=neighbourhood.city,
        key="execution",
        name_zh="预算执行率",
        value=Decimal("72.15"),
        unit="%",
        indicator="I09",
        variant="raw",
    )
    factories.StatedFigureFactory(place=neighbourhood.city, key="score")
    page = client.get("/figures/stated/").content.decode()
    assert "51.97 %" in page and "72.15 %" in page and "79.50" in page
    # The gap, and the score, of which ours stands beside it.
    assert page.count("不一致") == 2
    own = card_of(neighbourhood.city).total
    assert own is not None and f"{own:,.2f}" in page


def test_the_index_of_evidence_names_places_in_the_reader_s_language(measured, neighbourhood):
    row = Measurement.objects.filter(place=neighbourhood.county).with_few()[0]
    for language, name in (("zh-hans", row.place.name), ("en", row.place.name_en)):
        with override(language):
            assert name and entry(row)["scope"] == name
    project = Measurement.objects.filter(project__isnull=False).with_few()[0]
    assert entry(project)["scope"] == project.project.name
