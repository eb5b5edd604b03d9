"""What attempts come to: retries on the schedule, endpoints that rest, are given up, and come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.notify.conftest import WAY, Answer, Receiver, fresh, news, parcel, send_due, the_delivery
from tracking.notify import endpoints
from tracking.notify.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tracking.notify.outbox import hold_disabled
from tracking.rules.retries import SCHEDULE_S
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _across_tenants() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def go_to(traveller: time_machine.Traveller, at: datetime) -> None:
    traveller.move_to(at + timedelta(milliseconds=1), tick=False)


def test_the_whole_schedule_with_one_id_and_a_new_time_and_signature_each_time(
    traveller: time_machine.Traveller, receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    receiver.answer = Answer(status=500, body=b"broken")
    news(shipment, WAY[0])
    waits = []
    for number in range(1, 11):
        [sent] = send_due()
        assert sent.message.number == number
        row = the_delivery()
        if number < 10:
            assert row.state == "pending"
            waits.append((row.next_attempt_at - timezone.now()).total_seconds())
            assert send_due() == []
            go_to(traveller, row.next_attempt_at)
    for wait_s, planned in zip(waits, SCHEDULE_S[1:], strict=True):
        assert 0.8 * planned <= wait_s <= 1.2 * planned
    assert the_delivery().state == "failed"
    assert len(set(receiver.ids())) == 1
    assert len({got.headers["webhook-timestamp"] for got in receiver.received}) == 10
    assert len({got.headers["webhook-signature"] for got in receiver.received}) == 10
    assert len({str(got.json["data"]) for got in receiver.received}) == 1
    tried = DeliveryAttempt.objects.order_by("number")
    assert [(each.number, each.http_status, each.response) for each in tried] == [
        (number, 500, "broken") for number in range(1, 11)
    ]


def test_a_receiver_that_recovers_gets_it_at_the_next_attempt(
    traveller: time_machine.Traveller, receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    receiver.answer = lambda _: Answer(status=500 if len(receiver.received) < 3 else 200)
    news(shipment, WAY[0])
    while (row := the_delivery()).state == "pending":
        go_to(traveller, row.next_attempt_at)
        send_due()
    assert (row.state, row.attempts) == ("done", 3)
    assert fresh(endpoint).failing_since is None
    assert fresh(endpoint).failed_attempts == 0


def test_retry_after_is_honoured_and_an_overloaded_endpoint_rests(
    traveller: time_machine.Traveller, receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    receiver.answer = Answer(status=429, headers={"Retry-After": "90"})
    news(shipment, WAY[0])
    send_due()
    assert the_delivery().next_attempt_at == timezone.now() + timedelta(seconds=90)
    receiver.answer = Answer()
    news(parcel(shipment.merchant, "L-2"), WAY[0])
    assert send_due() == []
    traveller.shift(timedelta(seconds=91))
    assert len(send_due()) == 2


def test_410_disables_at_once(receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint) -> None:
    receiver.answer = Answer(status=410)
    news(shipment, WAY[0])
    send_due()
    assert (fresh(endpoint).state, fresh(endpoint).disabled_why) == ("disabled", "gone")
    assert the_delivery().state == "failed"
    news(shipment, WAY[1])
    assert send_due() == []
    assert the_delivery(sequence=2).state == "cancelled"


@pytest.mark.parametrize("case", [(5.0, 9, "disabled"), (5.0, 8, "active"), (4.9, 900, "active")])
def test_five_days_of_nothing_but_failures_disable(
    receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint, case: tuple[float, int, str]
) -> None:
    days, failures, state = case
    since = timezone.now() - timedelta(days=days)
    WebhookEndpoint.objects.update(failing_since=since, failed_attempts=failures)
    receiver.answer = Answer(status=500)
    news(shipment, WAY[0])
    send_due()
    told = fresh(endpoint)
    assert (told.state, told.disabled_why) == (state, "failing" if state == "disabled" else "")
    assert (told.failing_since, told.failed_attempts) == (since, failures + 1)


def test_one_success_in_between_begins_the_count_anew(
    receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=6), failed_attempts=40)
    news(shipment, WAY[0])
    send_due()
    told = fresh(endpoint)
    assert (told.state, told.failing_since, told.failed_attempts) == ("active", None, 0)


class TestComingBack:
    @pytest.fixture(autouse=True)
    def _disabled(self, shipment: Shipment, endpoint: WebhookEndpoint) -> None:
        news(shipment, WAY[0])
        endpoints.disable(endpoint.id)
        hold_disabled()
        news(shipment, WAY[1])
        endpoints.enable(endpoint.id)
        news(shipment, WAY[2])

    def test_one_test_message_goes_first_and_what_is_new_after_it(self, endpoint: WebhookEndpoint) -> None:
        assert [sent.message.event_type for sent in send_due()] == ["endpoint.test"]
        assert (fresh(endpoint).state, fresh(endpoint).disabled_why) == ("active", "")
        assert [sent.message.event_type for sent in send_due()] == ["shipment.out_for_delivery"]

    def test_where_it_fails_everything_is_set_aside_again(self, receiver: Receiver, endpoint: WebhookEndpoint) -> None:
        receiver.answer = Answer(status=500)
        assert len(send_due()) == 1
        assert (fresh(endpoint).state, fresh(endpoint).disabled_why) == ("disabled", "probe")
        assert send_due() == []
        hold_disabled()
        assert {row.state for row in Delivery.objects.exclude(change=None)} == {"cancelled"}

    def test_what_came_meanwhile_is_replayed_when_asked_for(
        self, receiver: Receiver, endpoint: WebhookEndpoint
    ) -> None:
        send_due()
        since = timezone.now() - timedelta(hours=1)
        assert endpoints.failed_since(endpoint.id, since) == 2
        assert endpoints.replay_failed(endpoint.id, since) == 2
        assert endpoints.failed_since(endpoint.id, since) == 0
        while send_due():
            pass
        assert sorted(got.json["data"].get("sequence", 0) for got in receiver.received) == [0, 1, 2, 3]
        assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_replay_is_the_same_message_with_the_whole_schedule_before_it(
    receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    news(shipment, WAY[0])
    send_due()
    endpoints.replay(the_delivery())
    receiver.answer = Answer(status=500)
    [sent] = send_due()
    assert (sent.message.number, sent.message.attempts) == (2, 1)
    assert len(set(receiver.ids())) == 1
    row = the_delivery()
    assert row.state == "pending"
    assert (row.next_attempt_at - timezone.now()).total_seconds() < 7


def test_while_a_secret_changes_the_old_ones_sign_too_for_a_day(
    traveller: time_machine.Traveller, receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    def signatures() -> int:
        send_due()
        return len(receiver.received[-1].headers["webhook-signature"].split())

    news(shipment, WAY[0])
    assert signatures() == 1
    endpoints.rotate_secret(endpoint.id)
    news(shipment, WAY[1])
    assert signatures() == 2
    endpoints.rotate_secret(endpoint.id)  # its answer was lost, say
    traveller.shift(timedelta(hours=23))
    news(shipment, WAY[2])
    assert signatures() == 3
    traveller.shift(timedelta(hours=1, minutes=1))
    news(shipment, WAY[3])
    assert signatures() == 1
