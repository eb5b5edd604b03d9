"""Who is sent what, when: claims, fairness, order, leases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.notify.conftest import WAY, Answer, Receiver, endpoint_at, fresh, news, parcel, send_due
from tracking.accounts.models import Merchant
from tracking.notify import endpoints, outbox
from tracking.notify.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tracking.notify.outbox import LEASE, claim, hold_disabled
from tracking.notify.recording import record
from tracking.notify.sending import Sent
from tracking.shipments.models import Shipment, StatusChange

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _across_tenants() -> Iterator[None]:
    with scopes_disabled():
        yield


def owe(endpoint: WebhookEndpoint, count: int, **more: Any) -> list[Delivery]:
    """Deliveries of no change in particular, the first due the longest."""
    now = timezone.now()
    rows = [
        Delivery(
            merchant_id=endpoint.merchant_id, endpoint=endpoint, event_type="shipment.updated", payload="{}",
            next_attempt_at=now - timedelta(seconds=count - place), **more,
        )
        for place in range(count)
    ]  # fmt: skip
    return Delivery.objects.bulk_create(rows)


def answered(message: Any, status: int | None = 200, **more: Any) -> Sent:
    return Sent(message=message, started_at=timezone.now(), http_status=status, **more)


def test_what_is_sent_arrives_once_and_is_done(
    receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    news(shipment, *WAY)
    assert len(send_due()) == 4
    assert send_due() == []
    assert sorted(receiver.ids()) == sorted(str(row.id) for row in Delivery.objects.all())
    assert Counter(Delivery.objects.values_list("state", "attempts", "http_status")) == {("done", 1, 200): 4}
    assert Counter(DeliveryAttempt.objects.values_list("number", "http_status", "response")) == {(1, 200, "ok"): 4}
    assert fresh(endpoint).last_success_at is not None


def test_four_are_on_their_way_to_an_endpoint_at_once(endpoint: WebhookEndpoint) -> None:
    rows = owe(endpoint, 10)
    first = claim()
    assert {message.delivery_id for message in first} == {row.id for row in rows[:4]}
    assert claim() == []
    record([answered(first[0]), answered(first[1])])
    assert {message.delivery_id for message in claim()} == {row.id for row in rows[4:6]}


def test_sixteen_are_on_their_way_to_a_merchant_at_once(merchant: Merchant) -> None:
    for number in range(6):
        owe(endpoint_at(merchant, f"http://127.0.0.1/{number}"), 4)
    assert len(claim()) == 16
    assert claim() == []


def test_a_merchant_with_a_thousand_waiting_does_not_keep_others_waiting(merchant: Merchant) -> None:
    for number in range(10):
        owe(endpoint_at(merchant, f"http://127.0.0.1/{number}"), 100)
    others = [Merchant.objects.create(name=f"Shop {number}", slug=f"shop-{number}") for number in range(5)]
    for other in others:
        owe(endpoint_at(other, "http://127.0.0.1/"), 2)
    claimed = Counter(Delivery.objects.get(pk=message.delivery_id).merchant_id for message in claim(12))
    assert claimed == {merchant.id: 2, **{other.id: 2 for other in others}}


def test_a_slow_receiver_holds_up_nobody_else(merchant: Merchant, receiver: Receiver) -> None:
    slow, quick = endpoint_at(merchant, receiver.url), endpoint_at(merchant, f"{receiver.url}/quick")
    owe(slow, 20)
    rows = owe(quick, 8)
    held = [message for message in claim() if message.endpoint_id == slow.id]
    assert len(held) == 4
    connection.cursor().execute(
        "UPDATE notify_delivery SET lease_until = NULL, token = NULL WHERE endpoint_id = %s", [str(quick.id)]
    )
    while send_due():
        pass
    assert {got.path for got in receiver.received} == {"/hook/quick"}
    assert set(receiver.ids()) == {str(row.id) for row in rows}


def test_a_dispatcher_that_dies_is_followed_by_another_with_the_same_message(
    receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    """Killed between the receiver's 200 and our commit: the message is sent again, and can be told by its id."""
    [row] = owe(endpoint, 1)
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        [message] = claim()
        assert claim() == []
        traveller.shift(LEASE + timedelta(seconds=1))
        [sent] = send_due()
        assert sent.message.delivery_id == message.delivery_id == row.id
        assert (sent.message.number, receiver.ids()) == (2, [str(row.id)])
        # The first one comes back to life, late.
        assert record([answered(message, 500)]) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("done", 2)
    assert list(DeliveryAttempt.objects.order_by("number").values_list("number", "http_status")) == [(1, 500), (2, 200)]


def test_an_attempt_is_recorded_once_however_often_it_is_told(endpoint: WebhookEndpoint) -> None:
    owe(endpoint, 1)
    [message] = claim()
    record([answered(message)])
    record([answered(message)])
    assert DeliveryAttempt.objects.count() == 1


def test_what_was_deleted_meanwhile_is_let_go(endpoint: WebhookEndpoint) -> None:
    owe(endpoint, 1)
    [message] = claim()
    Delivery.objects.all().delete()
    assert record([answered(message)]) == 0


class TestOrder:
    @pytest.fixture(autouse=True)
    def _ordered(self, merchant: Merchant, receiver: Receiver) -> WebhookEndpoint:
        return endpoint_at(merchant, receiver.url, is_ordered=True)

    def test_of_one_shipment_each_waits_for_the_one_before(
        self, receiver: Receiver, merchant: Merchant, shipment: Shipment
    ) -> None:
        news(shipment, *WAY)
        news(parcel(merchant, "L-1002"), WAY[0])
        assert len(send_due()) == 2
        for _ in range(3):
            assert len(send_due()) == 1
        mine = [got.json["data"]["sequence"] for got in receiver.received if got.json["data"]["shipment"] == shipment.number]  # fmt: skip  # noqa: E501
        assert mine == [1, 2, 3, 4]

    def test_but_no_longer_than_a_quarter_of_an_hour(self, receiver: Receiver, shipment: Shipment) -> None:
        receiver.answer = Answer(status=500)
        with time_machine.travel(timezone.now(), tick=False) as traveller:
            news(shipment, *WAY[:3])
            assert len(send_due()) == 1
            traveller.shift(timedelta(minutes=14))
            assert [sent.message.number for sent in send_due()] == [2]
            traveller.shift(timedelta(minutes=2))
            assert len(send_due()) == 2

    def test_and_also_for_one_that_is_not_fanned_out_yet(self, shipment: Shipment) -> None:
        news(shipment, *WAY[:2])
        Delivery.objects.get(sequence=1).delete()
        StatusChange.objects.filter(number=1).update(told_at=None)
        assert claim() == []


class TestDisabled:
    def test_nothing_is_sent_and_what_waited_is_set_aside(self, endpoint: WebhookEndpoint) -> None:
        owe(endpoint, 3)
        endpoints.disable(endpoint.id)
        assert claim() == []
        assert hold_disabled() == 3
        assert hold_disabled() == 0
        assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}

    def test_one_on_its_way_is_recorded_and_changes_nothing(self, endpoint: WebhookEndpoint) -> None:
        owe(endpoint, 1)
        [message] = claim()
        endpoints.disable(endpoint.id)
        hold_disabled()
        assert record([answered(message)]) == 1
        assert Delivery.objects.get().state == "cancelled"
        assert DeliveryAttempt.objects.get().http_status == 200


def test_a_resting_endpoint_is_left_alone(endpoint: WebhookEndpoint) -> None:
    owe(endpoint, 2)
    WebhookEndpoint.objects.update(rests_until=timezone.now() + timedelta(seconds=30))
    assert claim() == []


def test_a_claim_reads_no_more_of_a_full_queue_than_of_a_short_one(endpoint: WebhookEndpoint) -> None:
    """Rows looked at, not seconds: the plan's own count."""
    few = _rows_read(endpoint, 20)
    many = _rows_read(endpoint, 3_000)
    assert many < few + 100


def _rows_read(endpoint: WebhookEndpoint, count: int) -> int:
    owe(endpoint, count)
    read = 0

    def walk(node: dict[str, Any]) -> None:
        nonlocal read
        rows = sum(
            node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        )
        read += rows * node["Actual Loops"]
        for inner in node.get("Plans", ()):
            walk(inner)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notify_delivery")
        with connection.execute_wrapper(
            lambda execute, sql, *rest: execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *rest)
        ):
            cursor.execute(outbox._CLAIM_SQL, outbox.parameters(32, timezone.now()))
        [[[plan]]] = cursor.fetchall()
    walk(plan["Plan"])
    Delivery.objects.update(lease_until=None, token=None)
    return int(read)


def test_a_message_whose_secret_does_not_open_is_claimed_without_one(endpoint: WebhookEndpoint) -> None:
    owe(endpoint, 1)
    WebhookEndpoint.objects.update(sealed_secrets=b"\x01\x02k9" + bytes(40))
    assert [message.secrets for message in claim()] == [[]]
