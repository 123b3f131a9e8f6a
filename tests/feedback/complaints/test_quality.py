"""Quality cases: warranty, re-inspection, and which repairs count as verified (I25)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from feedback.complaints import services
from feedback.complaints.fixes import Fixes, quality_fixes
from feedback.complaints.models import Complaint
from feedback.complaints.states import PhotoKind
from feedback.complaints.warranty import warranty_end, warranty_of
from feedback.indicators.figures.complaints import community_figures
from feedback.indicators.models import Measurement
from feedback.indicators.services import sweep
from portal.demo import factories
from tests.feedback.complaints.conftest import NOW, jpeg

pytestmark = pytest.mark.django_db
MONTH = date(2026, 7, 1)
LATE = NOW + timedelta(days=40)


def photo(colour):
    return ContentFile(jpeg(colour))


@pytest.fixture
def project(neighbourhood):
    found = factories.RenovationProjectFactory(
        county=neighbourhood.county, accepted_date=date(2022, 3, 1)
    )
    factories.ProjectCommunityFactory(project=found, community=neighbourhood.community)
    return found


@pytest.fixture
def defect(file, clerk, project, company):
    """A leaking roof as a quality case, due on 15 July."""

    def _defect(**fields):
        complaint = file("C10", **fields)
        services.complaint_accept(complaint=complaint, by=clerk, reply="好", now=NOW)
        services.complaint_quality_mark(
            complaint=complaint,
            by=clerk,
            project=project,
            work_item="WATERPROOFING",
            contractor=company,
            now=NOW,
        )
        return complaint

    return _defect


def inspect(complaint, by, passed, at, colour):
    return services.complaint_reinspect(
        complaint=complaint, by=by, passed=passed, note="已查看", photo=photo(colour), now=at
    )


@pytest.mark.parametrize(
    ("item", "accepted", "until"),
    [
        ("WATERPROOFING", date(2022, 3, 1), date(2027, 3, 1)),
        ("WATERPROOFING", date(2024, 2, 29), date(2029, 2, 28)),
        ("PIPES", date(2022, 3, 1), date(2024, 3, 1)),
        ("ELECTRICS", date(2022, 3, 1), date(2024, 3, 1)),
        ("FIT_OUT", date(2022, 3, 1), date(2024, 3, 1)),
        ("HEATING", date(2022, 3, 1), date(2024, 3, 31)),  # 2022/23 and 2023/24
        ("HEATING", date(2022, 11, 1), date(2024, 3, 31)),
        ("HEATING", date(2022, 11, 2), date(2025, 3, 31)),  # a season begun counts not
        ("OTHER", date(2022, 3, 1), None),
    ],
)
def test_the_warranty_runs_from_acceptance(item, accepted, until):
    assert warranty_end(item, accepted) == until


def test_a_case_says_how_long_who_must_act(file, project, defect, company):
    roof = defect()
    found = warranty_of(roof, date(2026, 7, 13))
    assert (found.until, found.in_force, found.contractor) == (date(2027, 3, 1), True, company)
    assert not warranty_of(roof, date(2027, 3, 2)).in_force
    assert warranty_of(file("C14"), date(2026, 7, 13)).until == date(2024, 3, 31)
    assert warranty_of(file("C20"), date(2026, 7, 13)) is None
    project.accepted_date = None
    project.save()
    roof = Complaint.objects.get(pk=roof.pk)
    assert (
        warranty_of(roof, date(2026, 7, 13)).until,
        warranty_of(roof, LATE.date()).in_force,
    ) == (
        None,
        True,
    )


def test_a_repair_that_is_not_good_goes_back_with_its_old_deadline(defect, clerk):
    roof = defect()
    due = roof.due_at
    services.complaint_resolve(complaint=roof, by=clerk, text="补了", now=NOW)
    inspect(roof, clerk, False, NOW, "red")
    assert (roof.state, roof.resolved_at, roof.due_at) == ("ACCEPTED", None, due)
    services.complaint_resolve(complaint=roof, by=clerk, text="重做", now=NOW)
    found = inspect(roof, clerk, True, NOW, "green")
    assert (roof.state, found.photo.kind) == ("RESOLVED", PhotoKind.INSPECTION)
    assert [e.data["passed"] for e in roof.events.filter(kind="REINSPECTED").order_by("pk")] == [
        False,
        True,
    ]
    with pytest.raises(ValidationError):  # the same photo again
        inspect(roof, clerk, True, NOW, "green")


def test_what_can_not_be_inspected_or_marked(
    file, defect, clerk, evaluator, project, neighbourhood
):
    with pytest.raises(ValidationError):
        inspect(file("C10"), clerk, True, NOW, "red")
    with pytest.raises(PermissionDenied):
        inspect(defect(), evaluator, True, NOW, "red")
    elsewhere = factories.RenovationProjectFactory(county=neighbourhood.other_county)
    for wrong in ({"project": elsewhere}, {"work_item": "X"}):
        given = {"project": project, "work_item": "PIPES", **wrong}
        with pytest.raises(ValidationError):
            services.complaint_quality_mark(complaint=file("C10"), by=clerk, now=NOW, **given)


def months(neighbourhood, now=LATE):
    found = quality_fixes([neighbourhood.community, neighbourhood.other], lambda _month: now, now)
    return found.get(neighbourhood.community.pk, {})


def test_only_a_repair_that_passed_and_stayed_closed_is_fixed(defect, clerk, neighbourhood):
    good, bad, unseen, back = defect(), defect(), defect(), defect()
    for number, one in enumerate((good, bad, unseen, back)):
        services.complaint_resolve(complaint=one, by=clerk, text="修了", now=NOW)
        if one is not unseen:
            inspect(one, clerk, one is not bad, NOW + timedelta(hours=1), f"#0000{number}0")
    services.complaint_confirm(
        complaint=back, verdict="UNSOLVED", rating=1, now=NOW + timedelta(hours=2)
    )
    Complaint.objects.filter(pk=back.pk).update(due_at=good.due_at)
    assert months(neighbourhood) == {MONTH: Fixes(due=4, verified=1)}
    assert months(neighbourhood, NOW + timedelta(hours=1)) == {}  # not due yet
    services.complaint_resolve(complaint=back, by=clerk, text="重做", now=LATE)
    Complaint.objects.filter(pk=back.pk).update(due_at=good.due_at)
    assert months(neighbourhood)[MONTH].verified == 1  # resolved, and not inspected since
    inspect(back, clerk, True, LATE, "navy")
    assert months(neighbourhood)[MONTH].verified == 2


def test_i25_of_a_community_and_of_what_lies_above(defect, clerk, neighbourhood):
    good = defect()
    defect()
    services.complaint_resolve(complaint=good, by=clerk, text="修了", now=NOW)
    inspect(good, clerk, True, NOW, "green")
    figures = community_figures([neighbourhood.community], LATE)[neighbourhood.community.pk]
    figure = next(f for f in figures if f.slot.indicator == "I25")
    assert (figure.value, figure.inputs) == (50, {"verified": 1, "due": 2})
    sweep(LATE)
    county = Measurement.objects.filter(
        indicator="I25", place=neighbourhood.county, period_start=MONTH
    ).latest_revisions()
    assert county.get().value == 50
