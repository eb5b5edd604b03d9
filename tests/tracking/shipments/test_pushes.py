"""Reading what carriers pushed: whose it is, once, and never one message at the cost of another."""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from tracking.accounts.models import Merchant
from tracking.shipments import pushes, services
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, Event, InboundPush, Leg, Shipment
from tracking.shipments.services import LegSpec

pytestmark = pytest.mark.django_db

NUMBER = "YT2630600000000001"


@pytest.fixture
def track17(halden: Merchant) -> CarrierAccount:
    return services.save_account(halden, "track17", credentials={"api_key": "k"})


def message(number: str = NUMBER, *texts: str) -> bytes:
    events = [
        {
            "time_iso": f"2026-11-20T10:{minute:02}:00+08:00", "time_utc": f"2026-11-20T02:{minute:02}:00Z",
            "description": text, "location": "Shenzhen", "stage": "InTransit", "sub_status": "InTransit_PickedUp",
        }
        for minute, text in enumerate(texts or ("Picked up",))
    ]  # fmt: skip
    told = {"providers": [{"provider": {"key": 1, "name": "one"}, "events": events}]}
    return json.dumps(
        {"event": "TRACKING_UPDATED", "data": {"number": number, "track_info": {"tracking": told}}}
    ).encode()


def pushed(account: CarrierAccount, said: bytes, message_id: str, **more: Any) -> InboundPush:
    """As the push door leaves it."""
    return InboundPush.objects.create(
        merchant=account.merchant, account=account, message_id=message_id, **({"body": zlib.compress(said)} | more)
    )


def again(push: InboundPush) -> InboundPush:
    push.refresh_from_db()
    return push


def test_a_push_becomes_events_and_is_read_once(parcel: Shipment, track17: CarrierAccount) -> None:
    push = pushed(track17, message(), "m1")
    assert pushes.unread_pushes()
    assert pushes.read_pushes().events == 1
    assert (again(push).failure, push.attempts, push.lease_until) == ("", 1, None)
    assert push.read_at is not None
    assert not pushes.unread_pushes()
    assert pushes.read_pushes().events == 0
    [event] = Event.objects.all()
    assert (event.channel, event.raw_text) == ("push", "Picked up")


def test_what_two_messages_tell_is_kept_once(parcel: Shipment, track17: CarrierAccount) -> None:
    pushed(track17, message(NUMBER, "Picked up"), "m1")
    pushed(track17, message(NUMBER, "Picked up", "Sorted"), "m2")
    assert pushes.read_pushes().events == 2
    assert sorted(Event.objects.values_list("raw_text", flat=True)) == ["Picked up", "Sorted"]


def test_a_number_that_is_nobodys_is_read_and_says_so(parcel: Shipment, track17: CarrierAccount) -> None:
    push = pushed(track17, message("RB123456785CN"), "m1")
    pushes.read_pushes()
    assert again(push).failure == "no open shipment has this number"
    assert not pushes.unread_pushes()


def test_a_number_of_a_deleted_shipment_is_nobodys(parcel: Shipment, track17: CarrierAccount) -> None:
    services.archive_shipment(parcel)
    push = pushed(track17, message(), "m1")
    pushes.read_pushes()
    assert again(push).failure == "no open shipment has this number"
    assert not Event.objects.exists()


def test_a_push_tells_nothing_of_another_merchants_parcel(parcel: Shipment) -> None:
    moss = Merchant.objects.create(name="Moss & Fern", slug="moss")
    with scope(merchant=moss):
        theirs = services.save_account(moss, "track17", credentials={"api_key": "k"})
        push = pushed(theirs, message(), "m1")
    pushes.read_pushes()
    with scopes_disabled():
        assert again(push).failure == "no open shipment has this number"
        assert not Event.objects.exists()


def test_of_two_parcels_under_one_number_the_one_under_way_is_told(
    parcel: Shipment, halden: Merchant, track17: CarrierAccount
) -> None:
    Shipment.objects.update(status="delivered")
    second = services.register_shipment(
        halden, destination_country="DE", legs=[LegSpec(number=NUMBER, carrier="yunexpress")]
    )
    pushed(track17, message(), "m1")
    pushes.read_pushes()
    assert set(Event.objects.values_list("shipment_id", flat=True)) == {second.id}


@pytest.mark.parametrize("body", [b"{}", b"[]", b"not JSON", b"\xff", b'{"event": "TRACKING_UPDATED", "data": 1}'])
def test_a_message_that_nobody_can_read_is_flagged_and_kept(
    body: bytes, parcel: Shipment, track17: CarrierAccount
) -> None:
    push = pushed(track17, body, "m1")
    pushes.read_pushes()
    assert again(push).failure.startswith("bad_push: ")
    assert zlib.decompress(bytes(push.body)) == body
    assert not pushes.unread_pushes()


def test_a_poison_message_keeps_no_other_waiting_and_is_set_aside_after_five_attempts(
    parcel: Shipment, track17: CarrierAccount
) -> None:
    poison = pushed(track17, b"", "m1", body=b"no zlib stream")
    good = pushed(track17, message(), "m2")
    for attempt in range(1, 6):
        assert pushes.unread_pushes()
        pushes.read_pushes()
        assert again(poison).attempts == attempt
        assert again(good).attempts == 1
        assert good.read_at is not None
        InboundPush.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not pushes.unread_pushes()
    pushes.read_pushes()
    assert (again(poison).attempts, poison.read_at, poison.failure) == (5, None, "internal: error")


def test_a_message_whose_reader_died_is_read_when_its_lease_is_over(parcel: Shipment, track17: CarrierAccount) -> None:
    push = pushed(track17, message(), "m1", attempts=1, lease_until=timezone.now() + timedelta(seconds=30))
    assert pushes.read_pushes().events == 0
    InboundPush.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert pushes.read_pushes().events == 1
    assert again(push).attempts == 2


def test_one_worker_reads_and_leaves_the_others_to_the_polls(parcel: Shipment, track17: CarrierAccount) -> None:
    pushed(track17, message(), "m1")
    redis_client().set("pushes:reader", "", px=5_000)
    assert pushes.read_pushes_alone().events == 0
    redis_client().delete("pushes:reader")
    assert pushes.read_pushes_alone().events == 1
    assert not redis_client().exists("pushes:reader")


def test_of_many_read_together_the_one_that_cannot_be_read_waits_alone(
    parcel: Shipment, track17: CarrierAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [pushed(track17, message(), f"m{number}") for number in range(5)]
    told = pushes._told

    def stumble(push: InboundPush, *rest: Any) -> Any:
        if push.pk == rows[2].pk:
            raise RuntimeError("ours")
        return told(push, *rest)

    monkeypatch.setattr(pushes, "_told", stumble)
    pushes.read_pushes()
    assert [again(row).read_at is not None for row in rows] == [True, True, False, True, True]
    assert [again(row).attempts for row in rows] == [1] * 5


def test_a_push_says_nothing_of_when_the_carrier_was_last_asked(parcel: Shipment, track17: CarrierAccount) -> None:
    Leg.objects.update(last_failure_kind="try_later", fail_count=2, last_digest=b"0123456789abcdef")
    pushed(track17, message(), "m1")
    pushes.read_pushes()
    leg = Leg.objects.get()
    assert (leg.last_failure_kind, leg.fail_count, bytes(leg.last_digest)) == ("try_later", 2, b"0123456789abcdef")
