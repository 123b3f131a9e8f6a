"""Tests that use much of the machine never run side by side."""

import pytest

from tests.reachable import GROUP


@pytest.mark.worker
def test_what_uses_the_machine_stays_on_one_process(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", default=False):
        # One process only: nothing can run beside.
        return
    assert request.node.nodeid.endswith(f"@{GROUP}")
