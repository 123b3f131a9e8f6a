"""The demonstration's members of staff: one a role, with passwords made for this machine."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.demo.case_lives import Team
from portal.demo.register import Register
from portal.places.models import Place, StaffAssignment

CITY = "1402"
COUNTY = "140213"
COMMUNITY = "PC001"
OTHER_COMMUNITY = "YG001"


@dataclass(frozen=True)
class StaffPlan:
    username: str
    name: str
    role: Role
    place: str
    organisation: str
    email: str = ""


#: name → kind. All invented.
ORGANISATIONS: dict[str, Organisation.Kind] = {
    "古槐社区居委会": Organisation.Kind.COMMITTEE,
    "矿工新村社区工作站": Organisation.Kind.COMMITTEE,
    "平城区住建局（演示）": Organisation.Kind.GOVERNMENT,
    "大同市住建局（演示）": Organisation.Kind.GOVERNMENT,
    "大同市财政局（演示）": Organisation.Kind.GOVERNMENT,
    "纪检监察组（演示）": Organisation.Kind.GOVERNMENT,
    "平城区老旧小区改造项目部": Organisation.Kind.PROJECT_UNIT,
    "晋北古都建筑工程有限公司": Organisation.Kind.CONTRACTOR,
    "和邻物业服务有限公司": Organisation.Kind.PROPERTY_COMPANY,
    "衡正绩效评价事务所": Organisation.Kind.EVALUATOR,
}

STAFF = [
    StaffPlan("clerk", "王秀英", Role.COMMUNITY_STAFF, COMMUNITY, "古槐社区居委会"),
    StaffPlan("clerk2", "刘建国", Role.COMMUNITY_STAFF, OTHER_COMMUNITY, "矿工新村社区工作站"),
    StaffPlan("contractor", "张志强", Role.CONTRACTOR, COUNTY, "晋北古都建筑工程有限公司"),
    StaffPlan("property", "李梅", Role.PROPERTY_COMPANY, COMMUNITY, "和邻物业服务有限公司"),
    StaffPlan("project", "赵永刚", Role.PROJECT_UNIT, COUNTY, "平城区老旧小区改造项目部"),
    StaffPlan("reviewer", "陈丽华", Role.COUNTY_REVIEWER, COUNTY, "平城区住建局（演示）"),
    StaffPlan("reader", "孙晓东", Role.COUNTY_READER, COUNTY, "平城区住建局（演示）"),
    StaffPlan("city", "周文博", Role.CITY_READER, CITY, "大同市住建局（演示）"),
    StaffPlan("evaluator", "吴敏", Role.EVALUATOR, CITY, "衡正绩效评价事务所"),
    StaffPlan("finance", "郑海涛", Role.FINANCE_APPROVER, CITY, "大同市财政局（演示）"),
    StaffPlan(
        "discipline", "冯正", Role.DISCIPLINE, CITY, "纪检监察组（演示）", "discipline@example.org"
    ),
    StaffPlan("admin", "系统管理员", Role.ADMINISTRATOR, CITY, "大同市住建局（演示）"),
]


#: County → who handles its cases and who calls back. They have no password.
TEAMS: dict[str, tuple[str, str]] = {
    "140213": ("平城区网格员", "平城区回访员"),
    "140214": ("云冈区网格员", "云冈区回访员"),
    "140226": ("左云县网格员", "左云县回访员"),
}
CONTRACTOR = "晋北古都建筑工程有限公司"


@dataclass(frozen=True)
class SignIn:
    """What somebody at this machine needs to sign in. It goes to a file only, never to a log."""

    username: str
    password: str
    name: str
    role: str
    place: str


def staff_seed(register: Register, *, with_passwords: bool) -> list[SignIn]:
    """One user a role, and their sign-ins (none without `with_passwords`: they can't sign in)."""
    places = {CITY: register.city, **register.counties}
    places.update({c.code: c.place for c in register.communities})
    passwords = {plan.username: _password() if with_passwords else None for plan in STAFF}
    hashes = {name: make_password(password) for name, password in passwords.items()}
    sign_ins: list[SignIn] = []
    with transaction.atomic():
        organisations = {
            name: Organisation.objects.get_or_create(name=name, defaults={"kind": kind})[0]
            for name, kind in ORGANISATIONS.items()
        }
        for plan in STAFF:
            place, organisation = places[plan.place], organisations[plan.organisation]
            user = User.objects.create(
                username=plan.username,
                display_name=plan.name,
                email=plan.email,
                organisation=organisation,
                password=hashes[plan.username],
            )
            StaffAssignment.objects.create(
                user=user, role=plan.role, place=place, organisation=organisation
            )
            if password := passwords[plan.username]:
                role = str(plan.role.label)
                sign_ins.append(SignIn(plan.username, password, plan.name, role, place.name))
    return sign_ins


def teams_seed(register: Register) -> dict[str, Team]:
    """County code → team. Cases of the contractor's county are passed on to it."""
    company = Organisation.objects.get(name=CONTRACTOR)
    teams = {}
    with transaction.atomic():
        for code, names in TEAMS.items():
            county = register.counties[code]
            kinds = zip(("grid", "callback"), names, strict=True)
            handler, caller = (_worker(f"{kind}-{code}", name, county) for kind, name in kinds)
            teams[code] = Team(handler, caller, company if code == COUNTY else None)
    return teams


def _worker(username: str, name: str, county: Place) -> User:
    user = User.objects.create(username=username, display_name=name, password=make_password(None))
    StaffAssignment.objects.create(user=user, role=Role.COMMUNITY_STAFF, place=county)
    return user


def sign_ins_write(path: Path, sign_ins: list[SignIn]) -> None:
    """A JSON list that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([vars(one) for one in sign_ins], file, ensure_ascii=False, indent=2)


def _password() -> str:
    """Twelve characters that can't be mistaken for one another, in groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))
    return "-".join(groups)
