from datetime import date, datetime, timedelta

import pytest

from notices.guard import dates_fill, notice_problems, terms_keep
from notices.models import NoticeType, NoticeVariant
from portal.demo import factories
from tests.notices.conftest import NOW, SHANGHAI

pytestmark = pytest.mark.django_db


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def problems(now=NOW, **fields):
    page = factories.NoticePageFactory(**fields)
    return {problem.field: problem.message for problem in notice_problems(page, now=now)}


def cut(code: str, event: datetime):
    kind = NoticeVariant.objects.get(notice_type__code="N10", code=code)
    dates = {"publicity_start": NOW.date(), "publicity_end": event.date()}
    return problems(kind="N10", variant=kind, event_starts_at=event, **dates)


def test_every_type_of_the_domain_is_there_with_a_whole_period():
    codes = list(NoticeType.objects.order_by("code").values_list("code", flat=True))
    assert codes == [f"N{number:02}" for number in range(1, 19)]
    assert NoticeType.objects.get(code="N01").shown.startswith("7 ")
    assert set(NoticeVariant.objects.values_list("notice_type__code", flat=True)) == {"N07", "N10"}


@pytest.mark.parametrize(
    ("kind", "start", "lawful_end"),
    [
        # The vectors of the working-day calendar, as publicity periods.
        ("N04", date(2026, 9, 28), date(2026, 10, 13)),
        ("N04", date(2025, 9, 29), date(2025, 10, 15)),
        ("N13", date(2026, 2, 14), date(2026, 2, 28)),
        # Three days from Friday end on Monday; ten that end in the spring festival end after it.
        ("N08", date(2026, 3, 6), date(2026, 3, 9)),
        ("N02", date(2026, 2, 7), date(2026, 2, 24)),
    ],
)
def test_it_refuses_a_period_one_day_too_short(kind, start, lawful_end):
    page = {"kind": kind, "publicity_start": start, "now": at(start)}
    assert problems(**page, publicity_end=lawful_end) == {}
    refused = problems(**page, publicity_end=lawful_end - timedelta(days=1))
    assert set(refused) == {"publicity_end"}
    assert str(lawful_end.day) in refused["publicity_end"]


@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2026, 3, 2), date(2028, 3, 2)),
        (date(2027, 12, 31), date(2029, 12, 31)),
        (date(2028, 2, 29), date(2030, 2, 28)),
    ],
)
@pytest.mark.parametrize("kind", ["N04", "N12"])
def test_it_refuses_a_period_longer_than_two_years(kind, start, last):
    page = {"kind": kind, "publicity_start": start, "now": at(start)}
    assert problems(**page, publicity_end=last) == {}
    for end in (last + timedelta(days=1), last.replace(year=2062)):
        refused = problems(**page, publicity_end=end)
        assert set(refused) == {"publicity_end"}
        assert f"{last.year}年{last.month}月{last.day}日" in refused["publicity_end"]
        assert "2 年" in refused["publicity_end"]


@pytest.mark.parametrize(
    ("code", "hours"),
    [("WATER", 24), ("GAS", 48), ("POWER_SHORT", 24), ("HEAT", 24), ("EMERGENCY", 0)],
)
def test_a_cut_is_announced_so_many_hours_before(code, hours):
    assert cut(code, NOW + timedelta(hours=hours)) == {}
    if hours:
        assert set(cut(code, NOW + timedelta(hours=hours, minutes=-1))) == {"event_starts_at"}


def test_a_planned_power_cut_is_announced_seven_days_before():
    assert cut("POWER", at(date(2026, 3, 9), hour=0)) == {}
    assert set(cut("POWER", at(date(2026, 3, 8), hour=23))) == {"event_starts_at"}


def test_a_cut_says_what_is_cut_and_when():
    dates = {"publicity_start": NOW.date(), "publicity_end": NOW.date()}
    assert set(problems(kind="N10", **dates)) == {"variant"}
    water = NoticeVariant.objects.get(code="WATER")
    assert set(problems(kind="N10", variant=water, **dates)) == {"event_starts_at"}
    assert set(problems(kind="N12", variant=water, **dates)) >= {"variant"}


def test_a_late_report_is_published_and_marked_as_late():
    done = at(date(2026, 1, 5))
    dates = {"publicity_start": NOW.date(), "publicity_end": date(2026, 3, 20)}
    assert problems(kind="N15", event_starts_at=done, **dates) == {}
    page = factories.NoticePageFactory(kind="N15", event_starts_at=done, first_published_at=NOW)
    assert page.late_since == date(2026, 2, 2)
    page.first_published_at = at(date(2026, 2, 2))
    assert page.late_since is None


def test_a_report_on_the_future_is_refused():
    dates = {"publicity_start": NOW.date(), "publicity_end": date(2026, 3, 20)}
    assert set(problems(kind="N15", event_starts_at=NOW + timedelta(days=1), **dates)) == {
        "event_starts_at"
    }


def test_publicity_does_not_begin_before_the_notice_is_public():
    page = {"publicity_start": date(2026, 2, 27), "publicity_end": date(2026, 3, 20)}
    assert set(problems(**page)) == {"publicity_start"}
    assert problems(**page, first_published_at=at(date(2026, 2, 27))) == {}


def test_a_scheduled_notice_is_judged_as_of_its_day():
    page = {
        "kind": "N09",
        "event_starts_at": at(date(2026, 3, 10)),
        "publicity_end": date(2026, 4, 1),
    }
    assert problems(**page, publicity_start=date(2026, 3, 3), go_live_at=at(date(2026, 3, 3))) == {}
    late = problems(**page, publicity_start=date(2026, 3, 4), go_live_at=at(date(2026, 3, 4)))
    assert set(late) == {"event_starts_at"}


@pytest.mark.parametrize("field", ["title", "body", "issuer", "contact_phone"])
def test_what_a_notice_must_say_is_asked_for_at_its_field(field):
    dates = {"publicity_start": NOW.date(), "publicity_end": NOW.date()}
    assert set(problems(**{field: ""}, **dates)) == {field}


def test_an_expiry_and_an_alias_are_refused():
    dates = {"publicity_start": NOW.date(), "publicity_end": NOW.date()}
    assert set(problems(expire_at=NOW + timedelta(days=9), **dates)) == {"expire_at"}
    assert set(problems(alias_of_id=1, **dates)) == {"alias_of"}


def test_empty_publicity_dates_become_the_shortest_lawful_ones():
    page = factories.NoticePageFactory(kind="N04", publicity_end=None)
    dates_fill(page, now=at(date(2026, 9, 28)))
    assert (page.publicity_start, page.publicity_end) == (date(2026, 9, 28), date(2026, 10, 13))
    page = factories.NoticePageFactory(kind="N10", publicity_end=None)
    page.event_starts_at, page.event_ends_at = at(date(2026, 3, 5)), at(date(2026, 3, 6))
    dates_fill(page, now=NOW)
    assert (page.publicity_start, page.publicity_end) == (date(2026, 3, 2), date(2026, 3, 6))


@pytest.mark.parametrize(
    ("kind", "key", "event"),
    [("N02", "closes", None), ("N09", "finish", at(date(2026, 3, 10)))],
)
def test_what_runs_until_a_day_is_posted_until_it(kind, key, event):
    page = factories.NoticePageFactory(
        kind=kind, event_starts_at=event, publicity_start=NOW.date(), publicity_end=None
    )
    page.extra[key] = "2026-05-20"
    dates_fill(page, now=NOW)
    assert page.publicity_end == date(2026, 5, 20)
    assert notice_problems(page, now=NOW) == []
    page.publicity_end = date(2026, 5, 19)
    refused = {problem.field: problem.message for problem in notice_problems(page, now=NOW)}
    assert set(refused) == {"publicity_end"}
    assert "2026年5月20日" in refused["publicity_end"]


def test_a_survey_that_closes_early_is_still_announced_ten_days():
    page = factories.NoticePageFactory(kind="N02", publicity_start=NOW.date(), publicity_end=None)
    page.extra["closes"] = "2026-03-05"
    dates_fill(page, now=NOW)
    assert page.publicity_end == date(2026, 3, 12)


def test_a_notice_posted_before_that_rule_keeps_its_own_terms():
    page = factories.NoticePageFactory(kind="N02", publicity_start=NOW.date())
    terms_keep(page)
    for field in page.terms["fields"]:
        del field["stays_until"]
    page.extra["closes"] = "2026-05-20"
    page.publicity_end = date(2026, 3, 12)
    assert notice_problems(page, now=NOW) == []
