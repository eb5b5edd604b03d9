"""One process that does everything: with Redis gone, and side by side with the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.between import Between
from tests.tracking.shipments.test_polling import account, parcels
from tracking.accounts.models import Merchant
from tracking.jobs import stopping, waking
from tracking.jobs.models import Heartbeat, JobRun
from tracking.operations import rundue
from tracking.shipments import ticker
from tracking.shipments.models import Event, Leg, Shipment
from tracking.shipments.polling.claims import claim_due

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _resume() -> Iterator[None]:
    yield
    stopping.resume()


def test_due_legs_are_asked_here(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 3)
    assert rundue.once() >= 1
    assert set(Shipment.objects.values_list("status", flat=True)) == {"exception"}
    assert Event.objects.count() == 27
    assert not Leg.objects.exclude(poll_token=None).exists()
    assert Heartbeat.objects.filter(role="rundue").exists()
    assert JobRun.objects.filter(finished_at=None).count() == 0


def test_what_another_process_has_claimed_is_left_alone(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 2)
    claim_due(1)
    rundue.once()
    assert Leg.objects.exclude(poll_token=None).count() == 1
    assert Event.objects.values("shipment_id").distinct().count() == 1


def test_told_to_end_it_claims_nothing(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 3)
    stop = threading.Event()
    rundue.stop(stop)
    assert stop.is_set()
    assert rundue.once() == 0
    assert Leg.objects.exclude(lease_until=None).count() == 0


def test_told_to_end_it_gives_back_what_it_has_claimed(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 3)

    def look() -> None:
        ticker.tick()
        stopping.stop()

    assert Leg.objects.exclude(lease_until=None).count() == 0
    waking.work_here(look)
    assert Leg.objects.exclude(lease_until=None).count() == 0
    assert Event.objects.count() == 0
