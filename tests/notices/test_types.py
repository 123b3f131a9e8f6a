"""Types are data: an administrator changes them, and what is public stays as it was."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation
from wagtail.models import ModelLogEntry
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from notices.holidays import unknown_years
from notices.models import NoticeField, NoticePage, NoticeType
from notices.refusal import NoticeRefused
from notices.services import notice_type_save
from notices.states import Publicity
from portal.accounts.roles import Role
from portal.demo import factories
from tests.notices.conftest import NOW, SHANGHAI


def read(client, page: NoticePage, language: str = "zh-hans") -> str:
    with translation.override(language):
        url = page.get_url()
    return client.get(url).content.decode()


def kind(code: str) -> NoticeType:
    return NoticeType.objects.get(code=code)


def test_all_eighteen_are_whole(db):
    with_fields = set(NoticeField.objects.values_list("notice_type__code", flat=True))
    assert with_fields == {f"N{number:02}" for number in range(1, 19)}
    for one in NoticeType.objects.prefetch_related("variants"):
        one.full_clean()
        for field in one.fields.all():
            field.full_clean()
            assert field.label_en
            assert bool(field.help_en) == bool(field.help_zh)
        for variant in one.variants.all():
            variant.full_clean()
    at_once = NoticeType.objects.filter(needs_review=False).order_by("code")
    assert list(at_once.values_list("code", flat=True)) == ["N10", "N11", "N12"]
    objectable = NoticeType.objects.filter(allows_objections=True)
    assert {"N04", "N06", "N08", "N16"} <= set(objectable.values_list("code", flat=True))


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("unit", {"unit": ""}),
        ("rule", {"rule": "", "amount": 0}),
        ("amount", {"amount": 0}),
        ("unit", {"unit": "HOURS"}),
        ("amount", {"rule": "", "unit": ""}),
        ("title_template", {"title_template": "{小区名}公示"}),
        ("body_template", {"body_template": "共{几户}户"}),
        ("code", {"code": "n-4"}),
    ],
)
def test_a_rule_nobody_could_keep_is_refused_at_its_field(field, changes, db):
    one = kind("N04")
    for name, value in changes.items():
        setattr(one, name, value)
    with pytest.raises(ValidationError) as refused:
        one.full_clean()
    assert field in refused.value.message_dict


def test_a_change_of_the_rule_leaves_public_notices_as_they_were(pages, administrator, now):
    live = factories.notice(pages.community, NOW, kind="N04")
    one = kind("N04")
    one.amount, one.allows_objections = 20, False
    one.fields.get(key="drawings").delete()
    notice_type_save(notice_type=one, by=administrator)
    live = NoticePage.objects.get(pk=live.pk)
    assert (live.legal_period.amount, live.allows_objections) == (7, True)
    live.title = "方案征求意见（更正）"
    live.save_revision().publish()
    assert NoticePage.objects.get(pk=live.pk).publicity_end == date(2026, 3, 11)
    draft = factories.notice(pages.community, kind="N04", publicity_end=date(2026, 3, 11))
    with pytest.raises(NoticeRefused):
        draft.save_revision().publish()


def test_a_public_notice_keeps_its_type(pages, now):
    live = factories.notice(pages.community, NOW, kind="N04")
    live.notice_type = kind("N12")
    live.extra |= {"percent": "50", "contract": "1", "paid": "1"}
    with pytest.raises(NoticeRefused) as refused:
        live.save_revision().publish()
    assert "notice_type" in refused.value.message_dict


@pytest.mark.parametrize(("key", "value"), [("budget", ""), ("budget", "很多钱"), ("content", "")])
def test_an_extra_field_is_asked_for_on_the_way_to_the_public(key, value, pages, now):
    draft = factories.notice(pages.community, kind="N04")
    draft.extra[key] = value
    with pytest.raises(NoticeRefused) as refused:
        draft.save_revision().publish()
    assert set(refused.value.message_dict) == {f"extra_N04_{key}"}
    draft.live = True
    with pytest.raises(NoticeRefused):
        draft.save()


def test_the_public_page_states_the_extra_fields(pages, now, client):
    live = factories.notice(pages.community, NOW, kind="N04")
    html = read(client, live)
    assert "图纸查阅地点" in html
    assert "128.00万元" in html
    assert "Estimated cost" in read(client, live, "en")


def test_a_field_for_one_kind_is_not_asked_of_another(pages, now):
    kinds = {one.code: one for one in kind("N07").variants.all()}
    announced = NoticePage(notice_type=kind("N07"), variant=kinds["ANNOUNCED"]).asked
    result = NoticePage(notice_type=kind("N07"), variant=kinds["RESULT"]).asked
    assert {spec.key for spec in announced.fields} == {"matters", "method"}
    assert {spec.key for spec in result.fields} == {"matters", "area_share", "head_share", "votes"}


@pytest.mark.parametrize(
    ("day", "code", "amount", "last"),
    [
        (date(2026, 9, 28), "N04", 7, date(2026, 10, 13)),
        (date(2025, 9, 29), "N04", 7, date(2025, 10, 15)),
        (date(2026, 2, 14), "N13", 5, date(2026, 2, 28)),
        (date(2026, 2, 13), "N13", 2, date(2026, 2, 24)),
    ],
)
def test_working_days_across_the_holidays(day, code, amount, last, pages, client):
    """The vectors of domain.md §2, lived through: published, open to the last day, then ended."""
    NoticeType.objects.filter(code=code).update(amount=amount)
    start = datetime(day.year, day.month, day.day, 10, tzinfo=SHANGHAI)
    with time_machine.travel(start, tick=False):
        page = factories.notice(pages.community, kind=code)
        page.save_revision().publish()
    page = NoticePage.objects.get(pk=page.pk)
    assert (page.publicity_start, page.publicity_end) == (day, last)
    assert page.publicity(last) == Publicity.OPEN
    assert page.days_left(last) == 1
    assert page.days_left(day) == (last - day).days + 1
    assert page.publicity(last + timedelta(days=1)) == Publicity.ENDED
    with time_machine.travel(start + timedelta(days=40), tick=False):
        assert "公示期已满" in read(client, page)


def test_a_year_nobody_has_announced_is_warned_of(pages, clerk, client, reviewer):
    day = datetime(2027, 3, 1, 10, tzinfo=SHANGHAI)
    with time_machine.travel(day, tick=False):
        page = factories.notice(pages.community, kind="N04")
        client.force_login(clerk)
        edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        assert "2027年的节假日安排尚未公布" in edit
        page.save_revision().publish()
        client.logout()
        assert "2027年的节假日安排尚未公布" in read(client, page)
    assert NoticePage.objects.get(pk=page.pk).publicity_end == date(2027, 3, 10)
    assert unknown_years(NoticePage(publicity_start=date(2027, 1, 1))) == []


def form(one: NoticeType, **changes):
    fields = [
        {
            "id": field.pk or "",
            "key": field.key,
            "kind": field.kind,
            "label_zh": field.label_zh,
            "label_en": field.label_en,
            "required": "on" if field.required else "",
            "choices": field.choices,
            "help_zh": "",
            "help_en": "",
            "only_for": field.only_for,
        }
        for field in one.fields.all()
    ]
    new = changes.pop("new_field", None)
    initial = len(fields)
    names = ("code", "name_zh", "name_en", "rule", "amount", "unit", "basis")
    data = {name: getattr(one, name) for name in names} | {
        "needs_review": "on",
        "allows_objections": "on" if one.allows_objections else "",
        "offered": "on",
        "title_template": one.title_template,
        "body_template": one.body_template,
        "fields": inline_formset([*fields, *([new] if new else [])], initial=initial),
        "variants": inline_formset([]),
    }
    return nested_form_data(data | changes)


NEW = {
    "key": "designer",
    "kind": "TEXT",
    "label_zh": "设计单位",
    "label_en": "Designer",
    "required": "on",
    "choices": "",
    "help_zh": "",
    "help_en": "",
    "only_for": "",
}


def test_an_administrator_adds_a_field_on_the_screen(pages, administrator, client, now):
    client.force_login(administrator)
    one = kind("N04")
    url = reverse("notice_types:edit", args=[one.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, form(one, amount="10", new_field=NEW))
    assert answer.status_code == 302
    one = kind("N04")
    assert one.amount == 10
    assert [spec.key for spec in one.specs][-1] == "designer"
    entry = ModelLogEntry.objects.get(content_type__model="noticetype")
    assert (entry.action, entry.user) == ("wagtail.edit", administrator)


@pytest.mark.parametrize(
    "changes",
    [{"code": "N44"}, {"unit": ""}, {"new_field": NEW | {"only_for": "NO"}}, {"amount": "x"}],
)
def test_what_makes_no_sense_is_said_and_kept_on_the_screen(changes, pages, administrator, client):
    client.force_login(administrator)
    one = kind("N04")
    answer = client.post(reverse("notice_types:edit", args=[one.pk]), form(one, **changes))
    assert answer.status_code == 200
    assert kind("N04").amount == 7
    assert kind("N04").fields.count() == 4


def test_an_administrator_makes_a_type_of_their_own(pages, administrator, client):
    client.force_login(administrator)
    one = NoticeType(code="N19", name_zh="满意度结果公示", name_en="Results of the survey")
    one.rule, one.amount, one.unit = "LENGTH", 5, "WORKING"
    answer = client.post(reverse("notice_types:add"), form(one, new_field=NEW))
    assert answer.status_code == 302
    assert kind("N19").specs[0].key == "designer"


def test_a_kind_that_notices_have_cannot_be_removed(pages, administrator, now):
    water = kind("N10").variants.get(code="WATER")
    event = NOW + timedelta(days=3)
    factories.notice(pages.community, NOW, kind="N10", variant=water, event_starts_at=event)
    one = kind("N10")
    one.variants = [variant for variant in one.variants.all() if variant.code != "WATER"]
    with pytest.raises(ValidationError):
        notice_type_save(notice_type=one, by=administrator)


@pytest.mark.parametrize("role", list(Role))
def test_who_keeps_the_types(role, neighbourhood, pages, client):
    may = role == Role.ADMINISTRATOR
    user = factories.staff("somebody", role, neighbourhood.city)
    client.force_login(user)
    one = kind("N04")
    answer = client.get(reverse("notice_types:edit", args=[one.pk]))
    assert answer.status_code == (200 if may else 404)
    if not may:
        with pytest.raises(PermissionDenied):
            notice_type_save(notice_type=one, by=user)
    county = factories.staff("county", role, neighbourhood.county)
    with pytest.raises(PermissionDenied):
        notice_type_save(notice_type=one, by=county)
