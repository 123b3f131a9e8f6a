"""今天要办 on the staff desk: for those who have to act, not for those who read."""

import pytest
from django.urls import reverse

from portal.accounts.roles import Role
from portal.demo import factories


@pytest.fixture
def contractor(neighbourhood):
    return factories.staff("contractor", Role.CONTRACTOR, neighbourhood.county)


@pytest.mark.parametrize(
    ("who", "shown"),
    [("clerk", True), ("contractor", True), ("evaluator", False), ("approver", False)],
)
def test_the_desk_says_what_is_due_to_those_who_act(who, shown, request, client):
    client.force_login(request.getfixturevalue(who))
    assert ("今天要办" in client.get(reverse("wagtailadmin_home")).content.decode()) is shown


def test_the_desk_offers_no_help_from_elsewhere(clerk, client):
    client.force_login(clerk)
    assert "guide.wagtail.org" not in client.get(reverse("wagtailadmin_home")).content.decode()
