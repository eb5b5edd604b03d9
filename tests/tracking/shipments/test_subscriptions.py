"""Legs are subscribed to their carrier's pushes, with the real sandbox that pushes to a real web server."""

from __future__ import annotations

import base64
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers.facts import Limit, Per
from tests.carriers.sandbox.conftest import Server, serving
from tests.tracking.shipments.between import Between, between
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.shipments import pushes, services, tasks, ticker
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, Event, InboundPush, Leg, RawAnswer, Shipment
from tracking.shipments.polling import poll, subscriptions
from tracking.shipments.polling.claims import claim_due
from tracking.shipments.recording.reading import journey
from tracking.shipments.scheduling import next_poll
from tracking.shipments.services import LegSpec

pytestmark = pytest.mark.django_db

QUEUE = settings.CELERY_TASK_DEFAULT_QUEUE
SECRET = "our word to the carrier"
CREDENTIALS = {
    "ups": {"client_id": "sandbox", "client_secret": "sandbox", "push_secret": SECRET},
    "kuaidi100": {"customer": "sandbox", "key": "sandbox", "push_secret": SECRET},
    "kdniao": {"e_business_id": "sandbox", "api_key": "sandbox", "subscription_type": "1008"},
}
# A story of each, told for so many hours; the parcel is on its way then.
STORIES = {"ups": ("refused_at_the_door", 36), "kuaidi100": ("china_post_london", 20)}


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    redis_client().delete(QUEUE)
    yield
    redis_client().delete(QUEUE)


@pytest.fixture(scope="module")
def pushing() -> Iterator[Server]:
    """A sandbox that pushes, on the machine's time."""
    with serving("--push", clock="") as server:
        yield server


@pytest.fixture
def way(pushing: Server) -> Iterator[Between]:
    with between(pushing.base) as way:
        yield way


def connect(merchant: Merchant, carrier: str, way: Between, **changes: str) -> CarrierAccount:
    return services.save_account(
        merchant, carrier, credentials=CREDENTIALS[carrier] | changes, base_url=f"{way.url}/{carrier}",
        limits=[Limit(calls=1_000_000, per=Per.DAY)],
    )  # fmt: skip


def register(merchant: Merchant, server: Server, carrier: str, *, seed: int = 1) -> Shipment:
    """A parcel on its way, of which nobody has been asked yet."""
    story, hours = STORIES[carrier]
    start = clock.now() - timedelta(hours=hours)
    told = server.ask("/sandbox/journeys", {"story": story, "start_at": start.isoformat(), "seed": seed})
    first = told["first_leg"]
    spec = LegSpec(number=first["number"], carrier=first["carrier"], fields=first["fields"])
    return services.register_shipment(merchant, destination_country=told["destination_country"], legs=[spec])


def leg_of(shipment: Shipment) -> Leg:
    return Leg.objects.get(shipment=shipment)


def work(*names: str) -> int:
    """Does the waiting messages of these tasks, as a worker would."""
    done = 0
    while raw := redis_client().rpop(QUEUE):
        message = json.loads(raw)  # type: ignore[arg-type]
        name = message["headers"]["task"].removeprefix("shipments.")
        if name in names:
            getattr(tasks, name)(*json.loads(base64.b64decode(message["body"]))[0])
            done += 1
    return done


def subscribe_all() -> None:
    ticker.tick()
    work("subscribe")


def poll_all() -> None:
    Leg.objects.update(next_poll_at=clock.now(), lease_until=None, poll_token=None)
    for account_id, claims in claim_due(500).items():
        poll.poll_account(account_id, claims)


def wait_h(leg: Leg, subscription: str) -> float:
    """Hours to the next call if the leg were subscribed so."""
    row = Leg.objects.values(*next_poll.COLUMNS).get(pk=leg.pk) | {"subscription": subscription}
    now = clock.now()
    due = next_poll.after_unchanged(row, now)
    assert due is not None
    return (due - now) / timedelta(hours=1)


def wait_for(is_so: Callable[[], Any], what: str, within_s: float = 15.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.1)


def calls(way: Between, part: str) -> int:
    return sum(part in f"{target}?" for target in way.asked)


# Asking.


@pytest.mark.parametrize(
    ("carrier", "path"), [("ups", "/subscription/standard/package"), ("kuaidi100", "/kuaidi100/poll?")]
)
def test_a_leg_is_subscribed_when_it_opens_and_then_asked_a_third_as_often(
    halden: Merchant, pushing: Server, way: Between, carrier: str, path: str
) -> None:
    connect(halden, carrier, way)
    leg = leg_of(register(halden, pushing, carrier, seed=11))
    assert (leg.subscription, leg.subscribe_at is not None) == (Leg.Subscription.WANTED, True)
    subscribe_all()
    leg.refresh_from_db()
    assert leg.subscription == Leg.Subscription.ACTIVE
    assert calls(way, path) == 1
    poll_all()
    leg.refresh_from_db()
    unpushed_h = wait_h(leg, Leg.Subscription.NONE)
    assert leg.next_poll_at is not None
    assert (leg.next_poll_at - clock.now()) / timedelta(hours=1) > min(2.8 * unpushed_h, 0.9 * settings.POLL_MAX_WAIT_H)
    subscribe_all()
    assert calls(way, path) == 1


def test_a_subscription_that_ends_is_asked_for_again_a_day_before(
    halden: Merchant, pushing: Server, way: Between
) -> None:
    connect(halden, "ups", way)
    leg = leg_of(register(halden, pushing, "ups", seed=12))
    subscribe_all()
    leg.refresh_from_db()
    assert leg.subscribe_at is not None
    assert timedelta(days=12, hours=23) < leg.subscribe_at - timezone.now() <= timedelta(days=13)
    Leg.objects.update(subscribe_at=timezone.now())
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, calls(way, "/subscription/")) == (Leg.Subscription.ACTIVE, 2)


def test_nobody_subscribes_what_is_no_longer_asked_for(halden: Merchant, pushing: Server, way: Between) -> None:
    connect(halden, "ups", way)
    parcel = register(halden, pushing, "ups", seed=13)
    for column, value in (("next_poll_at", None), ("state", Leg.State.REPLACED)):
        Leg.objects.update(**{"next_poll_at": clock.now(), "state": Leg.State.OPEN} | {column: value})
        assert subscriptions.claim(10) == {}
    Leg.objects.update(state=Leg.State.OPEN, next_poll_at=clock.now())
    services.archive_shipment(parcel)
    assert subscriptions.claim(10) == {}


def test_a_carrier_that_refuses_is_asked_as_often_as_ever(
    halden: Merchant, server: Server, pushing: Server, way: Between
) -> None:
    way.sandbox_url = server.base  # which pushes nothing
    connect(halden, "ups", way)
    leg = leg_of(register(halden, pushing, "ups", seed=14))
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, leg.subscribe_at) == (Leg.Subscription.REFUSED, None)
    way.sandbox_url = pushing.base
    poll_all()
    leg.refresh_from_db()
    assert leg.next_poll_at is not None
    assert (leg.next_poll_at - clock.now()) / timedelta(hours=1) < 1.1 * wait_h(leg, Leg.Subscription.NONE)
    assert CarrierAccount.objects.get().state == CarrierAccount.State.ACTIVE
    subscribe_all()
    assert calls(way, "/subscription/") == 1


@pytest.mark.parametrize(
    ("said", "state", "after"),
    [
        ((429, {"response": {"errors": [{"code": "10429", "message": "?"}]}}), "wanted", timedelta(minutes=15)),
        ((404, {"response": {"errors": [{"code": "TW0001", "message": "?"}]}}), "wanted", timedelta(hours=6)),
        ((200, {"validTrackingNumbers": [], "invalidTrackingNumbers": ["1Z"]}), "refused", None),
        ((200, {"hello": "world"}), "refused", None),
    ],
)
def test_what_the_carrier_answers_decides_when_it_is_asked_again(
    halden: Merchant, way: Between, said: tuple[int, Any], state: str, after: timedelta | None
) -> None:
    way.change = lambda path, body: json.dumps(said[1]).encode() if "subscription" in path else body
    way.status = lambda path, status: said[0] if "subscription" in path else status
    connect(halden, "ups", way)
    spec = LegSpec(number="1Z12345E0205271688", carrier="ups")
    leg = leg_of(services.register_shipment(halden, destination_country="US", legs=[spec]))
    subscribe_all()
    leg.refresh_from_db()
    assert leg.subscription == state
    if after is None:
        assert leg.subscribe_at is None
        return
    assert leg.subscribe_at is not None
    assert after - timedelta(minutes=1) < leg.subscribe_at - timezone.now() <= after


def test_an_account_without_a_secret_asks_for_nothing_until_it_has_one(
    halden: Merchant, pushing: Server, way: Between
) -> None:
    connect(halden, "ups", way, push_secret="")
    leg = leg_of(register(halden, pushing, "ups", seed=16))
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, leg.subscribe_at, calls(way, "/subscription/")) == (Leg.Subscription.NONE, None, 0)
    connect(halden, "ups", way)
    subscribe_all()
    leg.refresh_from_db()
    assert leg.subscription == Leg.Subscription.ACTIVE


def test_a_number_that_the_carrier_does_not_push_costs_no_call(halden: Merchant, way: Between) -> None:
    connect(halden, "ups", way)
    spec = LegSpec(number="92748901234567890123456789", carrier="ups")
    leg = leg_of(services.register_shipment(halden, destination_country="US", legs=[spec]))
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, leg.subscribe_at, calls(way, "/subscription/")) == (Leg.Subscription.NONE, None, 0)


def test_where_no_call_tells_the_address_a_number_counts_as_pushed_with_its_first_push(
    halden: Merchant, way: Between
) -> None:
    connect(halden, "kdniao", way)
    spec = LegSpec(number="YT4815162342015", carrier="yto")
    leg = leg_of(services.register_shipment(halden, destination_country="CN", legs=[spec]))
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, leg.subscribe_at, calls(way, "/api/dist")) == (Leg.Subscription.WANTED, None, 1)
    subscribe_all()
    assert calls(way, "/api/dist") == 1


def test_a_worker_that_dies_before_the_answer_leaves_the_leg_to_the_next_after_the_lease(
    halden: Merchant, pushing: Server, way: Between
) -> None:
    connect(halden, "ups", way)
    leg = leg_of(register(halden, pushing, "ups", seed=17))
    assert subscriptions.claim(10)  # and the claimer dies
    subscribe_all()
    leg.refresh_from_db()
    assert (leg.subscription, calls(way, "/subscription/")) == (Leg.Subscription.WANTED, 0)
    assert leg.subscribe_at is not None
    assert leg.subscribe_at - timezone.now() <= subscriptions.LEASE
    Leg.objects.update(subscribe_at=timezone.now())
    subscribe_all()
    leg.refresh_from_db()
    assert leg.subscription == Leg.Subscription.ACTIVE


def test_two_tickers_never_ask_for_the_same_leg(halden: Merchant, pushing: Server, way: Between) -> None:
    connect(halden, "ups", way)
    for seed in (18, 19, 20):
        register(halden, pushing, "ups", seed=seed)
    first, second = subscriptions.claim(2), subscriptions.claim(2)
    assert [len(legs) for claims in (first, second) for legs in claims.values()] == [2, 1]


# Being told.


@pytest.fixture
def door(live_server: Any, settings: Any) -> str:
    """The platform's web process, to which the sandbox pushes."""
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("carrier", ["ups", "kuaidi100"])
def test_a_push_arrives_before_anybody_asked_and_moves_the_parcel(
    halden: Merchant, pushing: Server, way: Between, door: str, carrier: str
) -> None:
    connect(halden, carrier, way)
    parcel = register(halden, pushing, carrier, seed=21)
    subscribe_all()
    wait_for(InboundPush.objects.exists, "the sandbox's push")
    assert pushes.read_pushes().events > 0
    parcel.refresh_from_db()
    assert parcel.status == "in_transit"
    leg = leg_of(parcel)
    assert (leg.subscription, calls(way, "/details/") + calls(way, "query.do")) == (Leg.Subscription.ACTIVE, 0)
    assert set(Event.objects.values_list("channel", flat=True)) == {"push"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("carrier", ["ups", "kuaidi100"])
def test_push_and_poll_that_tell_the_same_are_one_entry(
    halden: Merchant, pushing: Server, way: Between, door: str, carrier: str
) -> None:
    connect(halden, carrier, way)
    parcel = register(halden, pushing, carrier, seed=22)
    poll_all()
    polled = len(journey(parcel).timeline.entries)
    subscribe_all()
    wait_for(InboundPush.objects.exists, "the sandbox's push")
    pushes.read_pushes()
    poll_all()
    assert len(journey(parcel).timeline.entries) == polled
    assert InboundPush.objects.get().failure == ""


def test_a_push_of_several_keeps_each_parcel_s_raw_answer_free_of_the_others(halden: Merchant, way: Between) -> None:
    account = connect(halden, "kdniao", way)
    numbers = ["YT4815162342015", "YT4815162342016"]
    for number in numbers:
        services.register_shipment(halden, destination_country="CN", legs=[LegSpec(number=number, carrier="yto")])
    trace = {
        "AcceptTime": "2026-11-20 09:51:07",
        "AcceptStation": "【苏州市】已揽收",
        "Location": "苏州市",
        "Action": "1",
    }
    rows = [
        {"ShipperCode": "YTO", "LogisticCode": number, "Success": True, "State": "1", "Traces": [trace]}
        for number in numbers
    ]
    body = json.dumps({"EBusinessID": "sandbox", "Count": "2", "Data": rows}).encode()
    InboundPush.objects.create(merchant=halden, account=account, message_id="m1", body=zlib.compress(body))
    assert pushes.read_pushes().events == 2
    of_leg = dict(Leg.objects.values_list("id", "number"))
    told = {of_leg[raw.leg_id]: zlib.decompress(bytes(raw.body)).decode() for raw in RawAnswer.objects.all()}
    assert sorted(told) == numbers
    for number, other in (numbers, numbers[::-1]):
        assert number in told[number]
        assert other not in told[number]
    assert set(Leg.objects.values_list("subscription", flat=True)) == {Leg.Subscription.ACTIVE}


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_recorded_meanwhile_does_not_undo_the_subscription(
    halden: Merchant, pushing: Server, way: Between
) -> None:
    connect(halden, "ups", way)
    leg = leg_of(register(halden, pushing, "ups", seed=23))
    done = threading.Event()

    def agree() -> None:
        try:
            with scopes_disabled():
                subscribe_all()
        finally:
            done.set()
            connections.close_all()

    with transaction.atomic():  # as whoever records an answer: the shipment is locked, the leg was read before
        Shipment.objects.select_for_update().get()
        stale = leg_of(Shipment.objects.get())
        thread = threading.Thread(target=agree)
        thread.start()
        assert not done.wait(2)
        stale.save(update_fields=["subscription", "last_checked_at"])
    thread.join(20)
    leg.refresh_from_db()
    assert leg.subscription == Leg.Subscription.ACTIVE
