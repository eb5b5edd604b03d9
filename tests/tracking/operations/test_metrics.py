"""The page of figures: who may read it, what it says after work was done, and what it never says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.between import Between
from tests.tracking.shipments.test_polling import account, parcels
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.jobs import counters, heartbeats
from tracking.operations import state
from tracking.shipments import tasks, ticker
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, InboundPush, Leg, Shipment
from tracking.shipments.polling.call_counts import count_delays
from tracking.shipments.polling.claims import claim_due

pytestmark = pytest.mark.django_db

TOKEN = "nobody-guesses-this-token-4711"


@pytest.fixture(autouse=True)
def _open_door(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.METRICS_TOKEN = TOKEN
    redis_client().delete(counters.KEY)
    counters._Pending.amounts.clear()
    yield
    counters._Pending.away_until = 0.0
    redis_client().delete(counters.KEY)


def figures(client: Client) -> dict[tuple[str, tuple[str, ...]], float]:
    """(name, values of its labels) -> value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        (sample.name.removeprefix("throughline_"), tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_only_who_has_the_token_reads_it(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_calls_are_counted_by_carrier_and_result(
    halden: Merchant, server: Server, road: Between, client: Client
) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 3)
    for account_id, claims in claim_due(10).items():
        tasks.poll_account(str(account_id), [(str(claim.leg_id), str(claim.token)) for claim in claims])
    found = figures(client)
    assert found["carrier_numbers_total", ("yunexpress", "ok")] == 3
    calls = found["carrier_calls_total", ("yunexpress", "ok")]
    assert calls >= 1
    assert found["carrier_call_seconds_count", ("yunexpress",)] == calls
    assert found["carrier_call_seconds_sum", ("yunexpress",)] > 0
    assert found["fenced_answers_total", ()] == 0


def test_what_waits_is_told_with_its_age(parcel: Shipment, yunexpress: CarrierAccount, client: Client) -> None:
    Leg.objects.update(next_poll_at=clock.now() - timedelta(minutes=10))
    InboundPush.objects.create(
        merchant=parcel.merchant, account=yunexpress, message_id="m", body=b"", received_at=clock.now()
    )
    heartbeats.beat("ticker", "here")
    CarrierAccount.objects.update(limits=[{"calls": 250, "per": "day"}])
    found = figures(client)
    assert found["due_legs", ()] == 1
    assert 600 <= found["due_leg_age_seconds", ("parcels",)] < 700
    assert found["unread_pushes", ()] == 1
    assert found["heartbeat_age_seconds", ("ticker",)] < 60
    assert found["accounts", ("yunexpress", "active")] == 1
    [(labels, left)] = [(labels, value) for (name, labels), value in found.items() if name == "budget_left_calls"]
    assert (labels[1], labels[2], left) == ("yunexpress", "day", 250)
    assert found["partition_problems", ()] == 0
    assert [part for (name, part), value in found.items() if name == "unreadable" and value] == []


def test_a_claimed_leg_is_not_due(parcel: Shipment) -> None:
    assert (state.due_legs().count, state.due_legs().claimed) == (1, 0)
    claim_due(10)
    assert (state.due_legs().count, state.due_legs().claimed) == (0, 1)


def test_the_delay_of_a_scan_falls_into_its_bucket(client: Client) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    count_delays("dhl", [now - timedelta(minutes=10), now - timedelta(hours=3), now + timedelta(hours=1), None], now)
    counters.flush()
    found = figures(client)
    buckets = {labels[1]: value for (name, labels), value in found.items() if name == "detection_delay_seconds_bucket"}
    assert (buckets["60.0"], buckets["900.0"], buckets["14400.0"], buckets["+Inf"]) == (1, 2, 3, 3)
    assert found["detection_delay_seconds_sum", ("dhl",)] == 600 + 3 * 3600


def test_figures_wait_for_redis_and_lose_nothing(nowhere: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    counters.add("carrier_calls", "dhl", "ok", amount=2)
    with monkeypatch.context() as patch:
        patch.setattr(counters, "_client", lambda: nowhere)
        assert not counters.flush()
    counters.add("carrier_calls", "dhl", "ok")
    assert not counters.flush()  # Redis is left alone for a while
    counters._Pending.away_until = 0.0
    assert counters.flush()
    assert counters.read()["carrier_calls"]["dhl", "ok"] == {"": 3}


def test_without_redis_the_rest_is_told(
    nowhere: redis.Redis, parcel: Shipment, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "_client", lambda: nowhere)
    found = figures(client)
    assert found["due_legs", ()] == 1
    assert found["unreadable", ("counted",)] == 1


def test_no_label_tells_of_a_merchant_or_a_parcel(parcel: Shipment, client: Client) -> None:
    ticker.tick()
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    leg = Leg.objects.get()
    for secret in (parcel.number, leg.number, "HL-1", "Halden", "halden", str(leg.account_id), str(parcel.id)):
        assert secret not in text
