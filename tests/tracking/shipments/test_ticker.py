"""The ticker's look around, with a real broker: what it wakes, and when it leaves things where they are."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone

from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.between import Between
from tests.tracking.shipments.test_polling import account, more_legs, parcels
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.jobs import queue, waking
from tracking.shipments import pushes, tasks, ticker
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, Event, IdempotencyKey, InboundPush, Leg, Shipment

pytestmark = pytest.mark.django_db

QUEUE = settings.CELERY_TASK_DEFAULT_QUEUE
OURS = {tasks.poll_account.name, tasks.read_pushes.name, tasks.subscribe.name}


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    redis_client().delete(QUEUE)
    yield
    redis_client().delete(QUEUE)


def waiting() -> list[tuple[str, list[Any]]]:
    """The messages in the queue, the oldest first: task and arguments."""
    found = []
    for raw in reversed(redis_client().lrange(QUEUE, 0, -1)):  # type: ignore[arg-type]
        message = json.loads(raw)
        args, _, _ = json.loads(base64.b64decode(message["body"]))
        if message["headers"]["task"] in OURS:  # chores are woken by the clock
            found.append((message["headers"]["task"], args))
    return found


def test_a_due_leg_is_claimed_and_its_account_woken_with_ids_only(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    assert ticker.tick() == 1
    leg = Leg.objects.get()
    assert waiting() == [("shipments.poll_account", [str(yunexpress.id), [[str(leg.id), str(leg.poll_token)]]])]
    assert ticker.tick() == 0


def test_the_message_of_a_tick_makes_a_worker_ask(halden: Merchant, server: Server, road: Between) -> None:
    account(halden, "yunexpress", road)
    parcels(halden, server, "lost", 3)
    assert ticker.tick() == 3
    [(name, args)] = waiting()
    assert name == tasks.poll_account.name
    tasks.poll_account(*args)
    assert set(Shipment.objects.values_list("status", flat=True)) == {"exception"}
    assert Event.objects.count() == 27


def test_a_message_carries_at_most_five_hundred_legs(
    parcel: Shipment, monkeypatch: pytest.MonkeyPatch, yunexpress: CarrierAccount
) -> None:
    more_legs(parcel, 9)
    monkeypatch.setattr(ticker, "LEGS_PER_TASK", 4)
    assert ticker.tick() == 10
    assert [len(args[1]) for _, args in waiting()] == [4, 4, 2]


def test_while_workers_are_behind_no_wake_ups_pile_up(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    InboundPush.objects.create(merchant=parcel.merchant, account=yunexpress, message_id="m", body=b"")
    redis_client().rpush(QUEUE, *["{}"] * (ticker.MOST_QUEUED + 1))
    for _ in range(3):
        ticker.tick()
    assert redis_client().llen(QUEUE) == ticker.MOST_QUEUED + 1


def test_while_workers_are_behind_nothing_is_claimed(parcel: Shipment) -> None:
    redis_client().rpush(QUEUE, *["{}"] * (ticker.MOST_QUEUED + 1))
    assert ticker.tick() == 0
    assert Leg.objects.get().poll_token is None


def test_without_a_broker_nothing_is_claimed(parcel: Shipment, monkeypatch: pytest.MonkeyPatch) -> None:
    away = Celery(broker="redis+socket:///nonexistent/redis.sock", set_as_current=False)
    monkeypatch.setattr(ticker.queue, "waiting", partial(queue.waiting, away))
    assert ticker.tick() == 0
    assert Leg.objects.get().poll_token is None


def test_a_wake_up_that_cannot_be_sent_is_told_at_once() -> None:
    away = Celery(broker="redis+socket:///nonexistent/redis.sock", set_as_current=False)
    away.conf.update(broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    task = away.task(name="shipments.read_pushes")(pushes.read_pushes)
    began = time.monotonic()
    assert waking.wake(task) is False
    assert time.monotonic() - began < 2


def test_an_unread_push_wakes_a_reader(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    Leg.objects.update(next_poll_at=None)
    InboundPush.objects.create(merchant=parcel.merchant, account=yunexpress, message_id="m", body=b"")
    ticker.tick()
    assert waiting() == [("shipments.read_pushes", [])]


def test_a_silence_that_became_unusual_is_noticed_without_an_event(parcel: Shipment) -> None:
    long_ago = clock.now() - timedelta(days=10)
    Shipment.objects.update(created_at=long_ago, attention_due_at=long_ago + timedelta(hours=72))
    ticker.tick()
    parcel.refresh_from_db()
    assert (parcel.attention, parcel.attention_due_at) == (["silent"], None)


def test_a_deleted_shipment_is_looked_at_no_more(parcel: Shipment) -> None:
    past = clock.now() - timedelta(hours=1)
    Shipment.objects.update(archived_at=past, attention_due_at=past)
    ticker.tick()
    parcel.refresh_from_db()
    assert parcel.attention_due_at == past


def test_idempotency_keys_are_forgotten_after_a_day(halden: Merchant) -> None:
    for name, hours in (("old", 25), ("young", 23)):
        key = IdempotencyKey.objects.create(merchant=halden, key=name, request_digest="-")
        IdempotencyKey.objects.filter(pk=key.pk).update(created_at=timezone.now() - timedelta(hours=hours))
    ticker.forget_old()
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


def test_ids_survive_the_way_through_the_queue(parcel: Shipment) -> None:
    ticker.tick()
    [(_, [account_id, [[leg_id, token]]])] = waiting()
    leg = Leg.objects.get()
    assert (UUID(account_id), UUID(leg_id), UUID(token)) == (leg.account_id, leg.id, leg.poll_token)
