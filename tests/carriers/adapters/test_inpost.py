"""InPost: a locker that holds a parcel is no delivery; pushes of the group are signed, ShipX's are not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer, PushAdapter, PushMessage
from carriers.errors import BadPush, NotFound, Refused, TryLater
from carriers.events import TrackedNumber
from carriers.vocabulary import EventCode, Status

PAYLOADS = Path(__file__).parents[2] / "payloads" / "inpost"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 3, 13, tzinfo=UTC))
inpost = registry.adapter("inpost")
assert isinstance(inpost, PushAdapter)
pusher: PushAdapter = inpost
BODY = (PAYLOADS / "ready.push.json").read_bytes()


def signature(*parts: bytes, secret: bytes = b"s") -> str:
    return base64.b64encode(hmac.digest(secret, b"".join(parts), hashlib.sha256)).decode()


def test_several_numbers_stand_in_the_query_each_under_the_same_name() -> None:
    request = inpost.request([TrackedNumber(number="620048151623420048151623"), TrackedNumber(number="A&b")], ACCESS)
    assert request.path == ("/tracking/v1/parcels?trackingNumbers=620048151623420048151623&trackingNumbers=A%26b")
    assert request.headers["x-inpost-event-version"] == "V1"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ready_to_pickup", Status.AVAILABLE_FOR_PICKUP),
        ("stack_in_box_machine", Status.AVAILABLE_FOR_PICKUP),
        ("LMD.1005", Status.AVAILABLE_FOR_PICKUP),
        ("delivered", Status.DELIVERED),
        ("EOL.1002", Status.DELIVERED),
        ("returned_to_sender", Status.RETURNED),
    ],
)
def test_a_locker_waits_and_the_taking_out_delivers(code: str, status: Status) -> None:
    assert inpost.facts.meaning(code).code.status is status


def test_delivered_to_a_locker_is_not_delivered_whatever_the_status_says() -> None:
    [result] = inpost.read((PAYLOADS / "delivered_to_locker_is_waiting.json").read_bytes())
    assert result.events[-1].code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP


@pytest.mark.parametrize(
    ("situation", "error"), [("not_found", NotFound), ("wrong_token", Refused), ("too_many_requests", TryLater)]
)
def test_a_problem_is_read_by_its_status(situation: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        inpost.read((PAYLOADS / f"{situation}.json").read_bytes())


@pytest.mark.parametrize(
    "headers",
    [
        {"x-inpost-signature": signature(BODY)},
        {"x-inpost-timestamp": "2026-03-03T10:02:20Z", "x-inpost-signature": signature(b"2026-03-03T10:02:20Z.", BODY)},
        {"x-api-key": "s"},
    ],
)
def test_a_push_is_proved_by_a_signature_or_by_our_key(headers: dict[str, str]) -> None:
    pusher.verify(PushMessage(headers=headers, body=BODY, secret="s"))


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, "s"),
        ({"x-inpost-signature": signature(BODY, secret=b"other")}, "s"),
        ({"x-inpost-timestamp": "1", "x-inpost-signature": signature(b"2.", BODY)}, "s"),
        ({"x-inpost-signature": signature(BODY + b" ")}, "s"),
        ({"x-api-key": "S"}, "s"),
        ({"x-api-key": ""}, ""),
        ({"x-inpost-signature": signature(BODY, secret=b"")}, ""),
        ({"x-inpost-signature": "é"}, "s"),
    ],
)
def test_a_push_that_nothing_proves_is_turned_away(headers: dict[str, str], secret: str) -> None:
    with pytest.raises(BadPush):
        pusher.verify(PushMessage(headers=headers, body=BODY, secret=secret))


def test_a_push_is_one_event_with_its_own_id() -> None:
    [result] = pusher.read_push(BODY)
    assert [event.code for event in result.events] == [EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP]
    assert pusher.push_id({"eventId": "4815-0005"}) == "4815-0005"
    assert pusher.push_id({}) is None


def test_shipx_tells_of_other_things_too() -> None:
    assert pusher.read_push(b'{"event":"shipment_confirmed","payload":{"shipment_id":1},"event_ts":""}') == []
    [result] = pusher.read_push((PAYLOADS / "shipx.push.json").read_bytes())
    assert result.events[0].time.instant == datetime(2026, 3, 3, 10, 2, 19, tzinfo=UTC)


def test_a_batch_is_split_by_number_and_what_is_left_out_is_not_found() -> None:
    numbers = ["620048151623420048151624", "620048151623420048151623", "620048151623420048151699"]
    body = (PAYLOADS / "two_parcels_failed_and_returned.json").read_bytes()
    asked = [TrackedNumber(number=number) for number in numbers]
    told = inpost.read_each(Answer(status=200, headers={}, body=body), asked)
    assert [result.number for result, _ in told] == numbers
    assert [type(result.failure) for result, _ in told] == [type(None), type(None), NotFound]
