"""Addresses that no database can be asked about."""

import pytest
from django.test import Client


@pytest.mark.parametrize(
    "address",
    [
        "/%00/",
        "/pingcheng/n04-2026%00/",
        "/notices/PC001/?q=%00",
        "/feeds/notices.atom?type=N10%00",
        "/staff/notices/objections/?place=%00",
    ],
)
def test_a_nul_is_a_bad_request_and_no_fault_of_the_server(
    client: Client, db: None, address: str
) -> None:
    assert client.get(address).status_code == 400
    assert client.get(address.replace("%00", "")).status_code in {200, 302, 404}
