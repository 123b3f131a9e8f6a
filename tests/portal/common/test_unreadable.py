"""Addresses that no database can be asked about."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/%00/", "/pingcheng/n04-2026%00/", "/notices/PC0%0001/"])
def test_a_path_with_a_nul_leads_nowhere(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/notices/PC001/?q=%00",
        "/feeds/notices.atom?type=N10%00",
        "/feeds/notices.atom?type=N1%000",
        "/feeds/notices.atom?type=N10%0%0000",
        "/staff/notices/objections/?place=%00",
    ],
)
def test_a_nul_behind_a_path_is_passed_over(client: Client, address: str) -> None:
    plain = address.replace("%00", "").replace("%00", "")
    with_nul, without = client.get(address), client.get(plain)
    assert with_nul.status_code == without.status_code
    assert with_nul.status_code in {200, 302, 404}
