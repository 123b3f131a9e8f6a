from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.accounts.models import User
from portal.demo import factories
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)
from tests.conftest import Neighbourhood


@pytest.fixture
def project(neighbourhood: Neighbourhood) -> RenovationProject:
    project = factories.RenovationProjectFactory(county=neighbourhood.county, name="和平里改造")
    factories.ProjectCommunityFactory(project=project, community=neighbourhood.community)
    return project


@pytest.fixture
def elsewhere(neighbourhood: Neighbourhood) -> RenovationProject:
    return factories.RenovationProjectFactory(county=neighbourhood.other_county, name="矿工里改造")


def signed_in(user: User) -> Client:
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(user)
    return client


def test_the_list_shows_the_projects_of_ones_places(
    project: RenovationProject, elsewhere: RenovationProject, reviewer: User, clerk: User
) -> None:
    for user in (reviewer, clerk):
        page = signed_in(user).get(reverse("projects:list")).content.decode()
        assert "和平里改造" in page
        assert "矿工里改造" not in page


def test_the_list_asks_the_same_number_of_queries_for_many_projects(
    project: RenovationProject,
    neighbourhood: Neighbourhood,
    reviewer: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(reviewer)
    url = reverse("projects:list")
    client.get(url)
    with django_assert_max_num_queries(60) as few:
        client.get(url)
    factories.RenovationProjectFactory.create_batch(40, county=neighbourhood.county)
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_outside_is_not_found_and_inside_without_the_right_is_forbidden(
    project: RenovationProject, elsewhere: RenovationProject, clerk: User, evaluator: User
) -> None:
    client = signed_in(clerk)
    assert client.get(reverse("projects:detail", args=[project.pk])).status_code == 200
    assert client.get(reverse("projects:detail", args=[elsewhere.pk])).status_code == 404
    edit = reverse("projects:edit", args=[project.pk])
    assert client.get(edit).status_code == 403
    assert signed_in(evaluator).get(edit).status_code == 403


def test_a_project_is_entered_and_changed(neighbourhood: Neighbourhood, reviewer: User) -> None:
    client = signed_in(reviewer)
    data = {
        "county": neighbourhood.county.pk,
        "code": "PC-01",
        "name": "古城街道改造",
        "size_class": "LARGE",
        "investment": "73531300.00",
        "budget": "73531300.00",
        "contract_total": "",
        "completed_date": "2021-06-30",
    }
    client.post(reverse("projects:new"), data)
    project = RenovationProject.objects.get()
    edit = reverse("projects:edit", args=[project.pk])
    client.post(edit, {**data, "contract_total": "35314000", "extension_approved": "on"})

    project.refresh_from_db()
    assert project.contract_total == Decimal("35314000.00")
    assert project.accounts_deadline == date(2022, 3, 30)


def test_a_county_outside_ones_places_is_no_choice(
    neighbourhood: Neighbourhood, reviewer: User
) -> None:
    data = {"county": neighbourhood.other_county.pk, "code": "X", "name": "X", "budget": "1"}
    response = signed_in(reviewer).post(reverse("projects:new"), data)

    assert "county" in response.context["form"].errors
    assert not RenovationProject.objects.exists()


def test_a_refused_date_stands_at_its_field_with_what_was_typed(
    project: RenovationProject, reviewer: User
) -> None:
    url = reverse("projects:edit", args=[project.pk])
    data = {
        "code": project.code,
        "name": "新名称",
        "size_class": "LARGE",
        "investment": "1",
        "budget": "1",
        "completed_date": "2021-06-30",
        "accepted_date": "2021-06-01",
    }
    response = signed_in(reviewer).post(url, data)

    assert list(response.context["form"].errors) == ["accepted_date"]
    assert 'value="2021-06-01"' in response.content.decode()
    project.refresh_from_db()
    assert project.name == "和平里改造"


def test_receipts_and_payments_are_entered_and_removed(
    project: RenovationProject, reviewer: User
) -> None:
    client = signed_in(reviewer)
    entry = {"entry_date": "2020-08-26", "source": "CENTRAL", "amount": "1000.00"}
    for kind, model in (("receipts", FundReceipt), ("payments", Payment)):
        url = reverse(f"projects:{kind}", args=[project.pk])
        assert client.post(url, {**entry, "eligible": "on"}).status_code == 302
        row = model.objects.get()
        assert "2020-08-26" in client.get(url).content.decode()
        remove = reverse(f"projects:{kind[:-1]}_remove", args=[project.pk, row.pk])
        assert client.post(remove, {"reason": ""}).status_code == 200
        assert model.objects.exists()
        client.post(remove, {"reason": "录错"})
        assert not model.objects.exists()


@pytest.mark.parametrize("amount", ["-5", "0", "abc", "1e400", "1.234", "九"])
def test_a_bad_amount_gets_a_message(
    project: RenovationProject, reviewer: User, amount: str
) -> None:
    url = reverse("projects:payments", args=[project.pk])
    response = signed_in(reviewer).post(
        url, {"entry_date": "2020-08-26", "source": "CENTRAL", "amount": amount}
    )

    assert response.status_code == 200
    assert "amount" in response.context["form"].errors


def test_a_reader_sees_the_ledger_without_a_form(
    project: RenovationProject, evaluator: User
) -> None:
    url = reverse("projects:payments", args=[project.pk])
    client = signed_in(evaluator)
    assert client.get(url).context["form"] is None
    client.post(url, {"entry_date": "2020-08-26", "source": "CENTRAL", "amount": "1"})

    assert not Payment.objects.exists()


def test_a_takeover_is_recorded_and_ended(project: RenovationProject, reviewer: User) -> None:
    client = signed_in(reviewer)
    member = ProjectCommunity.objects.get()
    url = reverse("projects:takeovers", args=[member.pk])
    client.post(url, {"kind": "CONTRACT", "manager": "和顺物业", "from_date": "2021-08-01"})
    takeover = PropertyTakeover.objects.get()
    assert "和顺物业" in client.get(url).content.decode()
    end = reverse("projects:takeover_end", args=[takeover.pk])
    assert client.post(end, {"to_date": "2020-01-01"}).context["form"].errors
    client.post(end, {"to_date": "2021-12-31"})

    takeover.refresh_from_db()
    assert takeover.to_date == date(2021, 12, 31)


def test_the_dates_of_a_community_are_changed(project: RenovationProject, reviewer: User) -> None:
    member = ProjectCommunity.objects.get()
    data = {"start_date": "2020-10-01", "completed_date": "", "area": "1", "residual_area": "0"}
    signed_in(reviewer).post(reverse("projects:community", args=[member.pk]), data)

    member.refresh_from_db()
    assert (member.start_date, member.completed_date) == (date(2020, 10, 1), None)
