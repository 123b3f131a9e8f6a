from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from wagtail.models import ModelLogEntry

from portal.accounts.models import User
from portal.demo import factories
from portal.places.models import StaleMark
from portal.projects import services
from portal.projects.models import Payment, ProjectCommunity, PropertyTakeover, RenovationProject
from portal.projects.states import FundSource, Stage, TakeoverKind
from tests.conftest import Neighbourhood

TODAY = date(2022, 2, 28)


@pytest.fixture
def project(neighbourhood: Neighbourhood) -> RenovationProject:
    project = factories.RenovationProjectFactory(county=neighbourhood.county)
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.community)
    return project


def payment_facts(**facts: object) -> dict[str, object]:
    return {
        "entry_date": date(2021, 1, 5),
        "source": FundSource.CENTRAL,
        "amount": Decimal("1234.56"),
        "eligible": True,
        **facts,
    }


def test_a_change_is_logged_and_marks_the_figures_stale(
    project: RenovationProject, reviewer: User
) -> None:
    services.project_update(
        actor=reviewer,
        project=project,
        facts={"accepted_date": date(2021, 9, 1), "name": project.name},
        today=TODAY,
    )

    project.refresh_from_db()
    assert project.stage(TODAY) == Stage.ACCEPTED
    mark = StaleMark.objects.get()
    assert (mark.kind, mark.place, mark.object_id) == ("PROJECT", project.county, project.pk)
    entry = ModelLogEntry.objects.get(action="wagtail.edit")
    assert entry.user == reviewer
    assert entry.data == {"from": {"accepted_date": ""}, "to": {"accepted_date": "2021-09-01"}}


def test_saving_the_same_facts_changes_nothing(project: RenovationProject, reviewer: User) -> None:
    services.project_update(
        actor=reviewer, project=project, facts={"budget": project.budget}, today=TODAY
    )

    assert not StaleMark.objects.exists()
    assert not ModelLogEntry.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"accepted_date": date(2021, 6, 29)}, "accepted_date"),
        ({"completed_date": None, "accounts_date": date(2021, 9, 1)}, "accounts_date"),
        ({"completed_date": date(2022, 3, 1)}, "completed_date"),
        ({"budget": Decimal("-1")}, "budget"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    project: RenovationProject, reviewer: User, facts: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        services.project_update(actor=reviewer, project=project, facts=facts, today=TODAY)

    assert list(caught.value.message_dict) == [field]
    assert not StaleMark.objects.exists()


@pytest.mark.parametrize("name", ["clerk", "outsider", "evaluator", "approver"])
def test_only_editors_of_the_county_change_a_project(
    project: RenovationProject, name: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionDenied):
        services.payment_add(
            actor=request.getfixturevalue(name),
            project=project,
            facts=payment_facts(),
            today=TODAY,
        )

    assert not Payment.objects.exists()


def test_a_reviewer_of_another_county_changes_nothing(
    project: RenovationProject, neighbourhood: Neighbourhood
) -> None:
    stranger = factories.staff("stranger", "COUNTY_REVIEWER", neighbourhood.other_county)

    with pytest.raises(PermissionDenied):
        services.project_update(
            actor=stranger, project=project, facts={"name": "改名"}, today=TODAY
        )


def test_a_payment_is_entered_and_removed_with_a_reason(
    project: RenovationProject, reviewer: User
) -> None:
    payment = services.payment_add(
        actor=reviewer, project=project, facts=payment_facts(), today=TODAY
    )
    with pytest.raises(ValidationError):
        services.ledger_entry_remove(actor=reviewer, entry=payment, reason="  ")
    services.ledger_entry_remove(actor=reviewer, entry=payment, reason="重复录入")

    assert not Payment.objects.exists()
    assert StaleMark.objects.count() == 2
    entry = ModelLogEntry.objects.get(action="projects.entry_remove")
    assert entry.data["reason"] == "重复录入"
    assert entry.data["entry"]["amount"] == "1234.56"


def test_a_payment_of_tomorrow_is_refused(project: RenovationProject, reviewer: User) -> None:
    facts = payment_facts(entry_date=date(2022, 3, 1))

    with pytest.raises(ValidationError) as caught:
        services.payment_add(actor=reviewer, project=project, facts=facts, today=TODAY)

    assert "entry_date" in caught.value.message_dict


def test_a_second_open_takeover_is_refused_until_the_first_ends(
    project: RenovationProject, reviewer: User, neighbourhood: Neighbourhood
) -> None:
    community = neighbourhood.community
    facts = {"kind": TakeoverKind.CONTRACT, "from_date": date(2021, 7, 1)}
    first = services.takeover_start(actor=reviewer, community=community, facts=facts, today=TODAY)
    later = {"kind": TakeoverKind.SELF, "from_date": date(2022, 1, 1)}
    with pytest.raises(ValidationError) as caught:
        services.takeover_start(actor=reviewer, community=community, facts=later, today=TODAY)
    assert "from_date" in caught.value.message_dict

    services.takeover_end(actor=reviewer, takeover=first, to_date=date(2021, 12, 31))
    services.takeover_start(actor=reviewer, community=community, facts=later, today=TODAY)

    assert PropertyTakeover.objects.active_on(TODAY).get().kind == TakeoverKind.SELF


def test_a_residual_item_leaves_the_community_completed(
    project: RenovationProject, reviewer: User
) -> None:
    member = ProjectCommunity.objects.get()
    services.project_community_update(
        actor=reviewer,
        member=member,
        facts={"residual_item": "剩余道路", "residual_area": Decimal(700)},
        today=TODAY,
    )

    assert ProjectCommunity.objects.completed_by(TODAY).count() == 1
    assert StaleMark.objects.get().place == member.community
