"""News becomes deliveries: one a change and receiver, numbered without gaps, and nothing for words read anew."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from carriers.vocabulary import EventCode
from tests.tracking.notify.conftest import WAY, endpoint_at, news, parcel
from tests.tracking.shipments.telling import event
from tests.tracking.shipments.telling import told as told_by
from tracking.accounts.models import Merchant
from tracking.notify import endpoints
from tracking.notify.fan_out import fan_out
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.shipments.models import Event, Leg, Shipment, StatusChange
from tracking.shipments.opening import LegSpec
from tracking.shipments.recording.door import record_results, refold_shipments
from tracking.shipments.services import register_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _across_tenants() -> Any:
    with scopes_disabled():
        yield


def told(endpoint: WebhookEndpoint) -> list[Delivery]:
    return list(Delivery.objects.filter(endpoint=endpoint).order_by("change_id"))


def test_every_change_is_one_delivery_numbered_from_one(shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    news(shipment, *WAY)
    rows = told(endpoint)
    assert [row.sequence for row in rows] == [1, 2, 3, 4]
    assert [row.event_type for row in rows] == [
        "shipment.info_received", "shipment.in_transit", "shipment.out_for_delivery", "shipment.delivered",
    ]  # fmt: skip
    assert {row.state for row in rows} == {"pending"}
    assert not StatusChange.objects.filter(told_at=None).exists()


def test_what_is_told(shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    news(shipment, *WAY)
    payload = json.loads(told(endpoint)[-1].payload)
    assert payload == {
        "shipment": shipment.number,
        "order_number": "L-1001",
        "sequence": 4,
        "status": "delivered",
        "old_status": "out_for_delivery",
        "phase": "last_mile",
        "event_code": "last_mile.delivered",
        "reason": None,
        "is_correction": False,
        "occurred_at": payload["occurred_at"],
        "recorded_at": payload["recorded_at"],
        "tracking_url": payload["tracking_url"],
        "api_url": f"http://testserver/api/v1/shipments/{shipment.number}",
    }
    assert payload["occurred_at"].endswith("Z")
    assert payload["tracking_url"].replace("-", "") == f"http://testserver/t/{shipment.number}"


def test_fanning_out_again_makes_nothing_twice(shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    news(shipment, *WAY)
    before = [row.id for row in told(endpoint)]
    StatusChange.objects.update(told_at=None)  # as if the mark had been lost
    assert fan_out() == 4
    assert [row.id for row in told(endpoint)] == before


def test_who_wants_deliveries_alone_gets_no_others(merchant: Merchant, shipment: Shipment) -> None:
    choosy = endpoint_at(merchant, "http://127.0.0.1/choosy", event_types=["shipment.delivered", "shipment.exception"])
    news(shipment, *WAY)
    assert [(row.event_type, row.sequence) for row in told(choosy)] == [("shipment.delivered", 4)]


def test_another_merchants_endpoint_hears_nothing(shipment: Shipment) -> None:
    other = Merchant.objects.create(name="Moss & Fern", slug="moss")
    theirs = endpoint_at(other, "http://127.0.0.1/moss")
    news(shipment, *WAY)
    assert told(theirs) == []


def test_words_read_anew_wake_nobody_and_leave_no_gap(shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    news(shipment, *WAY[:2])
    Event.objects.filter(code="first_mile.picked_up").update(code="last_mile.out_for_delivery")
    refold_shipments([shipment.id], cause=StatusChange.Cause.REPLAY)
    assert fan_out() == 1
    news(shipment, WAY[3])
    assert [row.sequence for row in told(endpoint)] == [1, 2, 3]
    assert StatusChange.objects.count() == 4


def test_a_hand_over_found_at_the_same_moment_swallows_no_news(merchant: Merchant, endpoint: WebhookEndpoint) -> None:
    legs = [LegSpec(number="RB123456785CN", carrier="china_post")]
    shipment = register_shipment(merchant, legs=legs, origin_country="CN", destination_country="DE")
    leg = Leg.objects.get()
    record_results([told_by(leg, event(EventCode.FIRST_MILE_PICKED_UP, 9), event(EventCode.LINEHAUL_DEPARTED, 5))])
    assert Leg.objects.filter(shipment=shipment).count() == 2  # the destination's post, under the same number
    fan_out()
    shipment.refresh_from_db()
    assert shipment.status == "in_transit"
    assert [json.loads(row.payload)["event_code"] for row in told(endpoint)] == [shipment.event_code]
    assert [row.sequence for row in told(endpoint)] == [1]


def test_a_correction_by_people_is_told_as_one(shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    news(shipment, *WAY[:2])
    Event.objects.filter(code="first_mile.picked_up").update(code="last_mile.out_for_delivery")
    refold_shipments([shipment.id], cause=StatusChange.Cause.PEOPLE)
    fan_out()
    last = told(endpoint)[-1]
    assert (last.sequence, json.loads(last.payload)["is_correction"]) == (3, True)


def test_a_disabled_endpoints_news_is_kept_and_a_deleted_ones_is_not(
    merchant: Merchant, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    gone = endpoint_at(merchant, "http://127.0.0.1/gone")
    endpoints.delete_endpoint(gone.id)
    endpoints.disable(endpoint.id)
    news(shipment, WAY[0])
    assert told(gone) == []
    assert [row.state for row in told(endpoint)] == ["cancelled"]


def test_a_batch_costs_the_same_statements_whatever_its_size(
    merchant: Merchant, endpoint: WebhookEndpoint, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        news(parcel(merchant, f"L-{number}"), WAY[0])
    StatusChange.objects.update(told_at=None)
    Delivery.objects.all().delete()
    with django_assert_num_queries(6):  # savepoint, changes, endpoints, deliveries, mark, release
        assert fan_out() == 5
    assert Delivery.objects.count() == 5


def test_the_untold_are_found_by_their_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM shipments_statuschange WHERE told_at IS NULL ORDER BY id LIMIT 500")
        assert "status_change_untold" in " ".join(row[0] for row in cursor.fetchall())
