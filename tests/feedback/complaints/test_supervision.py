"""The supervisors' log: terms, visits, findings that become cases, what is public."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse

from feedback.complaints import services
from feedback.complaints.models import (
    Complaint,
    QualityCase,
    SupervisionVisit,
    Supervisor,
    VisitFinding,
)
from feedback.complaints.services import Seen
from feedback.complaints.states import Channel
from portal.demo import factories
from portal.places.models import StaleMark
from tests.feedback.complaints.conftest import NOW, category, jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def supervisor(clerk, neighbourhood):
    return services.supervisor_save(
        by=clerk, community=neighbourhood.community, name="王建国", alias="王师傅",
        shows_alias=True, from_date=date(2026, 1, 1), to_date=date(2026, 12, 31),
    )  # fmt: skip


@pytest.fixture
def visit(supervisor, clerk, neighbourhood):
    return services.visit_record(
        by=clerk,
        community=neighbourhood.community,
        visit_date=date(2026, 7, 10),
        supervisors=[supervisor],
        seen="看了屋面防水",
        findings=[Seen("卷材没有压实", neighbourhood.building)],
        photos=[ContentFile(jpeg("blue"))],
        now=NOW,
    )


def test_a_name_is_encrypted_and_the_public_reads_the_alias(supervisor, client, clerk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM complaints_supervisor")
        assert "王建国" not in cursor.fetchone()[0]
    page = reverse("complaints:supervision", args=["PC001"])
    html = client.get(page).content.decode()
    assert "王师傅" in html and "王建国" not in html
    fields = {"name": "王建国", "alias": "王师傅", "from_date": supervisor.from_date}
    services.supervisor_save(
        by=clerk, community=supervisor.community, supervisor=supervisor, shows_alias=False, **fields
    )
    assert "王师傅" not in client.get(page).content.decode()


@pytest.mark.parametrize("wrong", [{"to_date": date(2025, 1, 1)}, {"alias": ""}, {"name": ""}])
def test_a_supervisor_needs_a_term_and_a_name_to_show(clerk, neighbourhood, wrong):
    given = {"name": "王建国", "alias": "王师傅", "from_date": date(2026, 1, 1), **wrong}
    with pytest.raises(ValidationError):
        services.supervisor_save(
            by=clerk, community=neighbourhood.community, shows_alias=True, **given
        )


def test_a_visit_is_public_and_marks_the_figures(visit, client, neighbourhood):
    html = client.get(reverse("complaints:supervision", args=["PC001"])).content.decode()
    assert "看了屋面防水" in html and "卷材没有压实" in html
    photo = visit.photos.get()
    answer = client.get(reverse("complaints:visit_photo", args=[photo.token]))
    assert answer.headers["Content-Type"] == "image/jpeg"
    kinds = StaleMark.objects.filter(place=neighbourhood.community).values_list("kind", flat=True)
    assert StaleMark.Kind.PROJECT in kinds


@pytest.fixture
def works(neighbourhood):
    project = factories.RenovationProjectFactory(county=neighbourhood.county)
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.community)
    return project


def test_a_finding_becomes_one_quality_case_with_its_photos(
    visit, works, clerk, company, neighbourhood
):
    finding, told = visit.findings.get(), {"by": clerk, "category": category("C10"), "now": NOW}
    for wrong in ({}, {"project": works, "work_item": "ROOF"}):
        with pytest.raises(ValidationError):
            services.finding_file(finding=finding, **told, **wrong)
    assert not Complaint.objects.exists()
    given = {"project": works, "work_item": "WATERPROOFING", "contractor": company}
    case = services.finding_file(finding=finding, photos=visit.photos.all(), **told, **given)
    assert (case.channel, case.building) == (Channel.SUPERVISION, neighbourhood.building)
    quality = QualityCase.objects.get(complaint=case)
    assert (quality.project, quality.work_item) == (works, "WATERPROOFING")
    assert quality.contractor == company
    assert finding.complaint == case
    with visit.photos.get().file.open() as log, case.photos.get().file.open() as own:
        assert log.read() == own.read()
    assert case.photos.get().file.name != visit.photos.get().file.name
    # Sent twice, it is the same case.
    assert services.finding_file(finding=finding, **told, **given) == case
    assert Complaint.objects.count() == QualityCase.objects.count() == 1


def test_without_works_a_finding_is_an_ordinary_case(visit, clerk):
    told = {"by": clerk, "category": category("C10"), "now": NOW}
    case = services.finding_file(finding=visit.findings.get(), **told)
    assert not QualityCase.objects.exists() and case.channel == Channel.SUPERVISION


def test_a_photo_of_another_visit_is_not_taken(visit, works, clerk, supervisor, neighbourhood):
    other = services.visit_record(
        by=clerk, community=neighbourhood.community, visit_date=date(2026, 7, 11),
        supervisors=[supervisor], seen="x", photos=[ContentFile(jpeg("red"))], now=NOW,
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        services.finding_file(
            finding=visit.findings.get(), by=clerk, category=category("C10"), now=NOW,
            project=works, work_item="OTHER", photos=other.photos.all(),
        )  # fmt: skip
    assert set(refused.value.error_dict) == {"photos"}


def test_visit_and_case_lead_to_each_other(visit, works, clerk, client):
    client.force_login(clerk)
    page = reverse("complaints_supervision:visit", args=[visit.pk])
    finding = visit.findings.get()
    html = client.get(page).content.decode()
    assert f'id="id_{finding.pk}_category"' in html and works.name in html
    file = reverse("complaints_supervision:finding_file", args=[finding.pk])
    assert client.post(file, {"project": works.pk}).status_code == 422
    given = {"category": "C10", "project": works.pk, "photos": [visit.photos.get().pk]}
    done = client.post(file, given)
    assert done.status_code == 302
    # A category of the roof needs no part of the works chosen.
    case = QualityCase.objects.get(work_item="WATERPROOFING").complaint
    assert case.photos.count() == 1
    assert f'href="{page}"' in client.get(done.url).content.decode()
    assert case.number in client.get(page).content.decode()
    assert client.post(file, given).url == done.url
    assert Complaint.objects.count() == 1


def test_a_resident_cannot_file_as_a_supervisor(file):
    with pytest.raises(PermissionDenied):
        file(channel=Channel.SUPERVISION)


@pytest.mark.parametrize("who", ["outsider", "evaluator", "builder"])
def test_others_keep_no_log(request, visit, supervisor, who, neighbourhood):
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        services.visit_record(
            by=user, community=neighbourhood.community, visit_date=date(2026, 7, 10),
            supervisors=[supervisor], seen="x", now=NOW,
        )  # fmt: skip
    with pytest.raises(PermissionDenied):
        services.finding_file(
            finding=visit.findings.get(), by=user, category=category("C10"), now=NOW
        )


@pytest.mark.parametrize(
    ("day", "went"), [(date(2026, 7, 14), True), (date(2025, 12, 31), True), (NOW.date(), False)]
)
def test_a_visit_was_on_a_day_of_the_term_and_somebody_went(
    supervisor, clerk, neighbourhood, day, went
):
    with pytest.raises(ValidationError):
        services.visit_record(
            by=clerk, community=neighbourhood.community, visit_date=day,
            supervisors=[supervisor] if went else [], seen="x", now=NOW,
        )  # fmt: skip


def test_the_committee_walks_through_its_screens(client, clerk, neighbourhood, outsider):
    client.force_login(clerk)
    add = reverse("complaints_supervision:supervisor_add")
    given = {"community": neighbourhood.community.pk, "name": "李梅", "from_date": "2026-01-01"}
    assert client.post(add, {**given, "shows_alias": "on"}).status_code == 422
    assert client.post(add, given).status_code == 302
    person = Supervisor.objects.get()
    edit = reverse("complaints_supervision:supervisor_edit", args=[person.pk])
    assert "李梅" in client.get(edit).content.decode()
    record = reverse("complaints_supervision:visit_add")
    # The one community there is need not be chosen.
    assert client.get(record).context["community"] == neighbourhood.community
    assert client.get(add).context["form"]["community"].value() == neighbourhood.community.pk
    seen = {"visit_date": "2026-07-01", "seen": "看了路面", "supervisors": [person.pk]}
    assert client.post(f"{record}?place=PC001", {**seen, "seen": ""}).status_code == 422
    named = {**seen, "finding_0": "李师傅家门口路缘石高低不平"}
    asked = client.post(f"{record}?place=PC001", named)
    assert asked.status_code == 422
    assert "李师傅" in asked.context["form"].errors["checked"][0]
    done = client.post(f"{record}?place=PC001", {**named, "checked": "on"})
    assert done.status_code == 302
    finding = VisitFinding.objects.get()
    assert "路缘石" in client.get(done.url).content.decode()
    file = reverse("complaints_supervision:finding_file", args=[finding.pk])
    assert client.post(file, {"category": "C30"}).status_code == 422
    assert client.post(file, {"category": "C17"}).status_code == 302
    assert "看了路面" in client.get(reverse("complaints_supervision:log")).content.decode()
    client.force_login(outsider)
    visit = SupervisionVisit.objects.get()
    page = reverse("complaints_supervision:visit", args=[visit.pk])
    assert client.get(page).status_code == 404
