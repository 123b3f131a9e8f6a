"""Factories that the demonstration data and the tests share."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from wagtail.models import Page
from wagtail.rich_text import RichText

from feedback.surveys import services as survey_services
from feedback.surveys.models import Survey
from notices.models import NoticePage, NoticeType, NoticeVariant
from notices.services import NewNotice, notices_publish_many
from notices.states import FieldKind
from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.places.models import Building, Household, Place, PlaceLevel, StaffAssignment
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
    StatedFigure,
)
from portal.projects.states import FundSource, SizeClass, TakeoverKind

# --- places ---


def place(level: str, parent: Place | None = None, **fields: Any) -> Place:
    """A new place at `level` below `parent` (a root where there is none)."""
    fields["level"] = PlaceLevel.objects.get(code=level)
    return parent.add_child(**fields) if parent else Place.add_root(**fields)


class BuildingFactory(DjangoModelFactory):
    class Meta:
        model = Building

    name = factory.Sequence(lambda n: f"{n + 1}号楼")
    units = 3
    floors = 6
    built_year = 1992


class HouseholdFactory(DjangoModelFactory):
    class Meta:
        model = Household

    unit = "1"
    room = factory.Sequence(lambda n: f"{101 + n}")
    register_number = factory.Sequence(lambda n: n + 1)
    floor_area = Decimal("76.50")
    tenure = Household.Tenure.OWNED
    occupancy = Household.Occupancy.OCCUPIED
    valid_from = date(2000, 1, 1)


# --- accounts ---


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"单位{n + 1}")
    kind = Organisation.Kind.CONTRACTOR


def staff(username: str, role: Role, at: Place, **fields: Any) -> User:
    """An active member of staff with one assignment; the password is not usable until set."""
    user = User.objects.create_user(username, **fields)
    organisation = user.organisation
    if role in {Role.CONTRACTOR, Role.PROPERTY_COMPANY} and organisation is None:
        organisation = OrganisationFactory()
    StaffAssignment.objects.create(user=user, role=role, place=at, organisation=organisation)
    return user


# --- projects ---


class RenovationProjectFactory(DjangoModelFactory):
    class Meta:
        model = RenovationProject

    code = factory.Sequence(lambda n: f"P{n + 1:03d}")
    name = factory.Sequence(lambda n: f"老旧小区改造项目{n + 1}")
    size_class = SizeClass.SMALL_MEDIUM
    investment = Decimal("10000000.00")
    budget = Decimal("10000000.00")
    contract_total = Decimal("9500000.00")
    completed_date = date(2021, 6, 30)


class ProjectCommunityFactory(DjangoModelFactory):
    class Meta:
        model = ProjectCommunity

    start_date = date(2020, 9, 1)
    completed_date = date(2021, 6, 30)
    area = Decimal("19615.87")


class FundReceiptFactory(DjangoModelFactory):
    class Meta:
        model = FundReceipt

    entry_date = date(2020, 8, 26)
    source = FundSource.CENTRAL
    amount = Decimal("1000000.00")
    document = "同财建〔2020〕130号"


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    entry_date = date(2020, 12, 15)
    source = FundSource.CENTRAL
    amount = Decimal("500000.00")


class PropertyTakeoverFactory(DjangoModelFactory):
    class Meta:
        model = PropertyTakeover

    kind = TakeoverKind.CONTRACT
    from_date = date(2021, 7, 1)


class StatedFigureFactory(DjangoModelFactory):
    class Meta:
        model = StatedFigure

    key = factory.Sequence(lambda n: f"figure-{n + 1}")
    name_zh = "综合得分"
    name_en = "Overall score"
    value = Decimal("79.50")
    stated_date = date(2022, 2, 28)
    source_zh = "绩效评价报告"


# --- surveys ---


def published_survey(
    sample: str, *places: Place, now: datetime, slug: str = "", **fields: Any
) -> Survey:
    """A survey from a sample, open from the day before `now` for ten days, published."""
    dates = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=10)}
    survey = survey_services.survey_create(
        sample=sample, slug=slug or sample.lower(), places=list(places), **{**dates, **fields}
    )
    return survey_services.survey_publish(survey=survey)


# --- notices ---


#: One value of each kind that an extra field can hold.
_VALUES = {
    FieldKind.TEXT: "见公告栏",
    FieldKind.LONG_TEXT: "屋面防水、外墙保温、雨污分流。",
    FieldKind.NUMBER: "12",
    FieldKind.MONEY: "1280000.00",
    FieldKind.DATE: "2026-06-30",
    FieldKind.DATETIME: "2026-06-30T09:00:00+08:00",
}


def notice_extra(
    kind: NoticeType | None, variant: NoticeVariant | None = None, last: date | None = None
) -> dict[str, str]:
    """A value for every extra field that a notice of `kind` must have, posted until `last`."""
    specs = kind.specs if kind else []
    code = variant.code if variant else ""
    values = {
        spec.key: spec.choices[0] if spec.choices else _VALUES[FieldKind(spec.kind)]
        for spec in specs
        if spec.required and spec.concerns(code)
    }
    if last is not None:
        values |= {spec.key: last.isoformat() for spec in specs if spec.stays_until}
    return values


class NoticePageFactory(DjangoModelFactory):
    """An unsaved notice that the guard lets through today; `kind` is the code of its type."""

    class Meta:
        model = NoticePage
        strategy = factory.BUILD_STRATEGY

    class Params:
        kind = "N12"

    title = factory.Sequence(lambda n: f"改造进度公示（第{n + 1}期）")
    notice_type = factory.LazyAttribute(lambda o: NoticeType.objects.get(code=o.kind))
    body = [("paragraph", RichText("<p>本月完成屋面防水和外墙保温，下月开始地下管网施工。</p>"))]
    issuer = "社区居民委员会"
    contact = "社区居委会办公室"
    contact_phone = "0352-0000000"
    extra = factory.LazyAttribute(
        lambda o: notice_extra(o.notice_type, o.variant, o.publicity_end or timezone.localdate())
    )
    variant = None
    publicity_start = None
    publicity_end = factory.LazyAttribute(
        lambda o: o.publicity_start + timedelta(days=9) if o.publicity_start else None
    )


def notice(parent: Page, published_at: datetime | None = None, **fields: Any) -> NoticePage:
    """A notice below `parent`: public since `published_at`, or a draft."""
    page = NoticePageFactory(**fields)
    if published_at is None:
        page.live = False
        return parent.add_child(instance=page)
    if page.publicity_end is None and page.legal_period is None:
        page.publicity_end = timezone.localdate(published_at) + timedelta(days=9)
    return notices_publish_many(new=[NewNotice(page, parent, published_at)], user=None)[0]
