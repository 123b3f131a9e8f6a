import pytest
from django.test import Client

from portal.healthz.models import Heartbeat
from tests.workers import running_worker, wait_until


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_worker_is_well_as_soon_as_it_is_there(client: Client) -> None:
    assert client.get("/healthz").json()["worker"] == "failing"
    with running_worker():
        wait_until(Heartbeat.objects.exists)

    answer = client.get("/healthz").json()
    assert (answer["status"], answer["worker"]) == ("ok", "ok")
