"""The dashboards: who sees them, what they compare, and how many queries they take."""

import re
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.indicators.charts import Mark, compared, history
from feedback.indicators.dashboard_charts import MonthRate, Sample, funnel, months, ranking
from feedback.indicators.naming import named, width_of
from feedback.indicators.ranking import funnel_limits, ranked
from feedback.indicators.services import rebuild
from portal.accounts.roles import Role
from portal.common.parts import parts_forget
from portal.demo import factories
from tests.feedback.indicators.conftest import LOCAL, NOW, answers, community_of, complaints_filed

pytestmark = pytest.mark.django_db
ADDRESS = "/staff/figures/dashboard/"


def ends(*pairs):
    return [(Decimal(low), Decimal(high)) for low, high in pairs]


def ranks(found):
    return [(one.first, one.last) for one in found]


def test_places_whose_intervals_overlap_are_tied():
    found = ranked(ends((80, 90), (85, 95), (60, 70), (10, 20)))
    assert ranks(found) == [(1, 2), (1, 2), (3, 3), (4, 4)]
    assert [one.is_tied for one in found] == [True, True, False, False]


def test_a_tie_is_no_chain():
    """The first and the third differ, although both overlap the one between them."""
    assert ranks(ranked(ends((80, 90), (72, 82), (65, 75)))) == [(1, 2), (1, 3), (2, 3)]


def test_the_lowest_is_best_where_less_is_better():
    assert ranks(ranked(ends((1, 2), (5, 6), (2, 3)), lower_is_better=True)) == [
        (1, 2),
        (3, 3),
        (1, 2),
    ]


def test_counted_values_are_tied_only_when_equal():
    assert ranks(ranked(ends((5, 5), (7, 7), (7, 7)))) == [(3, 3), (1, 2), (1, 2)]
    assert ranked([]) == []


def test_the_limits_of_the_funnel():
    """p = 0.8, n = 100: 0.8 ± 1.96 · 0.04 and 0.8 ± 3.09 · 0.04, cut off at 0 and 1."""
    assert funnel_limits(0.8, 100) == pytest.approx((0.6764, 0.7216, 0.8784, 0.9236))
    assert funnel_limits(0.9, 1)[3] == 1.0
    assert funnel_limits(1.0, 5) == (1.0, 1.0, 1.0, 1.0)


def test_the_funnel_names_who_differs():
    chart = funnel("I38", [Sample("甲", 80, 100), Sample("乙", 82, 100), Sample("丙", 40, 100)])
    assert "丙" in chart.summary
    assert "甲" not in chart.summary
    assert "<svg" in chart.svg
    assert {row[0]: row[-1] for row in chart.rows}["丙"] == "低于偶然波动能解释的范围"
    assert funnel("I38", [Sample("甲", 80, 100), Sample("乙", 0, 0), Sample("丙", 4, 10)]) is None


def test_names_in_the_funnel_cover_neither_dots_nor_one_another():
    """Four places close together: each is named, the crowded ones at the end of a line."""
    dots = [(200.0, 100.0), (204.0, 101.0), (208.0, 102.0), (212.0, 101.0), (260.0, 100.0)]
    texts = ["水泥厂家属院", "纺织品公司宿舍", "和顺里小区", "Lane 4"]
    found = named(list(zip(texts, dots, strict=False)), dots, (460, 260), 12)
    assert [one.text for one in found] == texts
    boxes = [(one.x, one.y, width_of(one.text, 12) / 2, 6) for one in found]
    boxes += [(x, y, 5, 5) for x, y in dots]
    for (x, y, wide, high), (x2, y2, wide2, high2) in combinations(boxes[:4], 2):
        assert abs(x - x2) >= wide + wide2 or abs(y - y2) >= high + high2
    for x, y, wide, high in boxes[:4]:
        assert x - wide >= 0 and x + wide <= 460 and y - high >= 0 and y + high <= 260
        for x2, y2, wide2, high2 in boxes[4:]:
            assert abs(x - x2) >= wide + wide2 or abs(y - y2) >= high + high2
    assert any(one.end for one in found)
    # Where there is no room, a name is left to the table.
    assert named([("水泥厂家属院", (20.0, 20.0))], [(20.0, 20.0)], (40, 40), 12) == []


def test_every_crowded_outlier_of_a_funnel_is_named_once():
    samples = [Sample(f"第{number}里", 60, 150 + number) for number in range(4)]
    samples += [Sample(f"院{number}", 85, 100) for number in range(40)]
    chart = funnel("I38", samples)
    # Twice each: what is white around the letters, and the letters.
    assert [chart.svg.count(f">第{number}里<") for number in range(4)] == [2] * 4
    assert ">院3<" not in chart.svg


def test_the_months_of_the_works_are_shaded():
    rates = [MonthRate(date(2020, month, 1), month % 3, 500) for month in range(1, 13)]
    chart = months("件数", rates, (date(2020, 4, 1), date(2020, 9, 10)))
    during = [row[0] for row in chart.rows if row[-1]]
    assert during == [f"2020-{month:02d}" for month in range(4, 10)]
    assert "2020-04" in chart.summary
    assert "2020-09" in chart.summary
    # The months stand in their order, those of the works not before the others.
    drawn = re.findall(r">(2020-\d\d)<", chart.svg)
    assert len(drawn) > 3 and drawn == sorted(drawn)
    assert chart.rows[1][3] == "4.00"
    assert months("件数", rates[:1], None) is None


def mark(label, value, around):
    return Mark(label, Decimal(value), Decimal(value - around), Decimal(value + around))


def test_a_ranking_says_who_is_ahead_or_that_nobody_is():
    apart = [mark("乙", 50, 5), mark("甲", 90, 5), Mark("丙", None, note="不适用")]
    chart = ranking("I38", apart, "%", lower_is_better=False)
    assert [row[:2] for row in chart.rows] == [["1", "甲"], ["2", "乙"], ["–", "丙"]]
    assert "前一半的：甲" in chart.summary
    less = ranking("I29", [*apart, mark("丁", 10, 1)], "件", lower_is_better=True)
    assert [row[1] for row in less.rows] == ["丁", "乙", "甲", "丙"]
    together = [mark("甲", 52, 10), mark("乙", 50, 5)]
    assert "分不出先后" in ranking("I38", together, "%", lower_is_better=False).summary


def test_of_many_places_the_last_ones_are_drawn_and_named_too():
    """Who looks for the worst of sixty must not be told that it is the fortieth."""
    marks = [mark(f"第{number}个", 100 - number, 0) for number in range(60)]
    for chart in (
        compared("I38", marks, "%", lower_is_better=False),
        ranking("I38", marks, "%", lower_is_better=False),
    ):
        assert "没有数据" not in chart.summary
        assert "最前20个和最后20个" in chart.summary
        drawn = [number for number in range(60) if f"第{number}个" in chart.svg]
        assert drawn == [*range(20), *range(40, 60)]
        assert len(chart.rows) == 60
    assert "最后的是第59个，41%" in compared("I38", marks, "%", lower_is_better=False).summary
    assert "最前" not in compared("I38", marks[:40], "%", lower_is_better=False).summary


def test_one_period_has_a_picture_too():
    chart = history("I38", [mark("2021-12", 80, 5)], "%", lower_is_better=False)
    assert "<svg" in chart.svg
    assert history("I38", [], "%", lower_is_better=False).svg == ""


def test_a_trend_that_does_not_move_says_so():
    marks = [mark(f"2021-{month:02d}", 100, 0) for month in range(1, 4)]
    chart = history("I19", marks, "%", lower_is_better=False, total=260)
    assert chart.summary == "从2021-01到2021-03一直是100%。"
    assert 'width="260"' in chart.svg


def stands_on(base):
    base.renovate()
    survey = base.closed_wave(A=(48, 60), B=(36, 40), C=(100, 150), D=(48, 60))
    for month, count in ((3, 4), (6, 9), (11, 2)):
        complaints_filed(base.city["A"], date(2021, month, 1), count)
    rebuild(None, NOW)
    return survey


@pytest.fixture
def measured(stood):
    return stood


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("evaluator", "", 200),
        ("evaluator", "?place=140213&indicator=I38&year=2021", 200),
        ("evaluator", "?place=PC101&indicator=nonsense&year=x", 200),
        ("evaluator", "?project=PC-01", 200),
        ("evaluator", "?place=nowhere", 404),
        ("evaluator", "?project=nowhere", 404),
        ("reviewer", "?place=140213", 200),
        ("reviewer", "?place=140214", 404),
        ("reviewer", "?project=YG-01", 404),
        ("clerk", "", 200),
        ("clerk", "?place=PC101", 404),
        ("outsider", "?place=PC001", 404),
    ],
)
def test_who_sees_a_dashboard(measured, client, request, name, path, status):
    client.force_login(request.getfixturevalue(name))
    assert client.get(f"{ADDRESS}{path}").status_code == status


def test_a_contractor_sees_none(measured, client, neighbourhood):
    client.force_login(factories.staff("builder", Role.CONTRACTOR, neighbourhood.county))
    assert client.get(ADDRESS).status_code == 403
    client.logout()
    assert client.get(ADDRESS).status_code == 302


def page(client, user, path):
    client.force_login(user)
    response = client.get(f"{ADDRESS}{path}")
    assert response.status_code == 200
    return response


def body_of(response):
    """What the body was made of."""
    names = [one.name for one in response.templates]
    return response.context[names.index("indicators/dashboard_body.html")]


def test_a_county_compares_its_communities(measured, client, evaluator, city):
    found = page(client, evaluator, "?place=140213&indicator=I38")
    context = body_of(found)
    assert {row.place.code for row in context["rows"]} >= {"PC101", "PC102", "PC103"}
    shown = {row[1]: (row[0], row[2]) for row in context["ranking"].rows}
    # 80 ± 9 and 90 ± 7 overlap; 66.67 ± 7 lies below the second alone.
    assert shown[city["B"].label] == ("1–2", "90.00")
    assert shown[city["A"].label] == ("1–3", "80.00")
    assert shown[city["C"].label] == ("2–3", "66.67")
    assert context["funnel"] is not None
    assert [one.line.row.indicator for one in context["multiples"]].count("I38") == 1
    body = found.content.decode()
    assert body.count("<svg") > 3


def test_a_community_shows_its_months_without_ranks(measured, client, evaluator, city):
    context = body_of(page(client, evaluator, f"?place={city['A'].code}"))
    assert context["ranking"] is None
    assert context["funnel"] is None
    # Its own figures stand in the table, not heads of columns over nothing.
    assert [row.place.code for row in context["rows"]] == [city["A"].code]
    assert any(cell.mark for cell in context["rows"][0].cells)
    rows = {row[0]: row for row in context["months"].rows}
    assert rows["2021-06"][1:3] == ["9", "300"]
    assert Decimal(rows["2021-06"][3]) == Decimal(30)


def test_a_project_compares_the_communities_it_covers(measured, client, evaluator):
    context = body_of(page(client, evaluator, "?project=PC-01"))
    assert {row.place.code for row in context["rows"]} == {"PC101", "PC102", "PC103"}
    assert any(one.line.row.project_id for one in context["multiples"])


def test_surveys_years_apart_are_one_trend(measured, wave, answer, client, evaluator, city):
    later = wave(
        slug="later",
        opens_at=datetime(2025, 11, 1, tzinfo=LOCAL),
        closes_at=datetime(2025, 12, 1, tzinfo=LOCAL),
    )
    answer(later, city["A"], answers(50, 10))
    rebuild(None, datetime(2025, 12, 20, tzinfo=LOCAL))
    context = body_of(page(client, evaluator, f"?place={city['A'].code}&year=2025"))
    (found,) = [one for one in context["multiples"] if one.line.row.indicator == "I38"]
    assert [row[1] for row in found.chart.rows] == ["80.00", "83.33"]
    assert found.line.sign == "≥"


def queries_of(client, user, path="?place=140213"):
    page(client, user, path)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{ADDRESS}{path}")
    return len(queries)


def test_the_number_of_queries_does_not_grow(measured, client, evaluator, neighbourhood, city):
    before = queries_of(client, evaluator)
    for number in range(5):
        community_of(neighbourhood.subdistrict, f"PC2{number:02d}", 40)
    rebuild(None, NOW)
    assert queries_of(client, evaluator) == before


def test_a_page_with_kept_charts_takes_few_queries(measured, client, evaluator, settings):
    settings.KEEP_PARTS = True
    parts_forget()
    assert queries_of(client, evaluator) <= 12
    parts_forget()
