"""17TRACK: numbers are registered at their first poll, events keep their provider, pushes are signed with the key."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.adapters.track17 import Track17
from carriers.base import Access, Answer, CarrierRequest, PushMessage
from carriers.errors import BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "track17"
ACCESS = Access(credentials={"api_key": "0123456789ABCDEF"}, now=datetime(2026, 9, 6, tzinfo=UTC))
FOLLOWED, NEW = (
    TrackedNumber(number="UK481516230CN"),
    TrackedNumber(number="JT5186342097712", fields={"carrier": "100456"}),
)
track17 = registry.adapter("17track")
assert isinstance(track17, Track17)


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def poll(*answers: bytes) -> tuple[list[CarrierRequest], list[TrackingResult]]:
    calls = track17.calls([FOLLOWED, NEW], ACCESS)
    sent = [next(calls)]
    for answer in answers:
        try:
            sent.append(calls.send(Answer(status=200, headers={}, body=answer)))
        except StopIteration as stop:
            return sent, [result for result, _ in stop.value]
    raise AssertionError("the adapter wants another answer")


def rejected(code: int) -> bytes:
    row = {"number": NEW.number, "error": {"code": code, "message": "no"}}
    return json.dumps({"code": 0, "data": {"accepted": [], "rejected": [row]}}).encode()


def test_a_poll_names_the_numbers_and_the_carrier_where_it_is_known() -> None:
    request = track17.request([FOLLOWED, NEW], ACCESS)
    assert (request.method, request.path) == ("POST", "/track/v2.2/gettrackinfo")
    assert request.headers["17token"] == "0123456789ABCDEF"
    assert json.loads(request.body or b"") == [
        {"number": "UK481516230CN"},
        {"number": "JT5186342097712", "carrier": 100456},
    ]


def test_the_leg_s_own_carrier_is_named_by_17track_s_key() -> None:
    """Without it 17TRACK guesses by the number's shape, and fourteen digits may be anybody's."""
    asked = [TrackedNumber(number="48151623420048", carrier="chronopost"), TrackedNumber(number="1", carrier="nobody")]
    request = track17.request(asked, ACCESS, name="register")
    assert json.loads(request.body or b"") == [{"number": "48151623420048", "carrier": 100273}, {"number": "1"}]


def test_a_code_given_by_hand_goes_before_the_carrier_s() -> None:
    asked = TrackedNumber(number="1", carrier="postnord", fields={"carrier": "4011"})
    assert json.loads(track17.request([asked], ACCESS).body or b"") == [{"number": "1", "carrier": 4011}]


def test_no_two_carriers_share_a_key() -> None:
    assert track17.facts.api is not None
    keys = track17.facts.api.carrier_keys
    assert len(set(keys.values())) == len(keys) > 100


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("Import duties must be paid by the addressee", "payment_required", Reason.CUSTOMS_DUTIES_UNPAID),
        ("Customs: commercial invoice missing", "documents_required", Reason.CUSTOMS_INVOICE_MISSING),
        ("Customs needs the addressee's tax ID", "documents_required", Reason.CUSTOMS_RECIPIENT_ID_REQUIRED),
        ("Customs needs more information", "documents_required", Reason.CUSTOMS_DOCUMENTS_INCORRECT),
        ("Awaiting the addressee", "documents_required", None),
    ],
)
def test_what_customs_wants_is_told_by_the_carrier_s_words(text: str, code: str, reason: Reason | None) -> None:
    meaning = track17.facts.meaning("InTransit_CustomsRequiringInformation", text)
    assert (meaning.code.value, meaning.reason) == (f"import_customs.{code}", reason)


def test_a_number_that_is_not_followed_yet_is_registered_and_the_others_keep_their_result() -> None:
    sent, [followed, new] = poll(body("one_followed_one_not"), body("no_news_yet"))
    assert [request.path for request in sent] == ["/track/v2.2/gettrackinfo", "/track/v2.2/register"]
    assert json.loads(sent[1].body or b"") == [{"number": "JT5186342097712", "carrier": 100456}]
    assert len(followed.events) == 1
    assert isinstance(new.failure, NotFound)


@pytest.mark.parametrize(("code", "error"), [(-18019903, Refused), (-18019907, TryLater), (-18019908, Refused)])
def test_a_refused_registration_says_what_to_do(code: int, error: type[CarrierError]) -> None:
    _, [_, new] = poll(body("one_followed_one_not"), rejected(code))
    assert isinstance(new.failure, error)


def test_events_of_two_carriers_are_one_timeline_and_keep_who_told_them() -> None:
    [result] = track17.read(body("two_carriers_to_madrid"))
    assert [event.details["provider"] for event in result.events] == ["yunexpress"] * 5 + ["correos"] * 2
    assert [event.sequence for event in result.events] == list(range(7))


def test_the_last_mile_number_is_the_next_leg() -> None:
    [result] = track17.read(body("two_carriers_to_madrid"))
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier_name) == ("PQ4F6P0704815160128050R", "Correos Spain")
    assert result.next_leg.carrier == "correos"


def test_an_offset_that_the_carrier_did_not_give_is_not_taken_over() -> None:
    answer: dict[str, Any] = json.loads(body("two_carriers_to_madrid"))
    departed = answer["data"]["accepted"][0]["track_info"]["tracking"]["providers"][0]["events"][3]
    assert departed["time_raw"]["timezone"] is None
    departed["location"] = "somewhere"
    departed["address"]["country"] = None
    [result] = track17.read(json.dumps(answer).encode())
    event = next(event for event in result.events if event.raw_text == "Flight departed")
    assert (event.time.source, event.time.instant) == (TimeSource.UNKNOWN, None)


def test_the_answer_of_version_1_is_not_read() -> None:
    sent = PushMessage(headers={}, body=body("version_1"), secret="x")
    with pytest.raises(BadPush):
        track17.read_push(sent.body)


def push(secret: str, sign: str | None = None) -> PushMessage:
    message = body("moved.push")
    told = hashlib.sha256(message + b"/0123456789ABCDEF").hexdigest() if sign is None else sign
    return PushMessage(headers={"sign": told}, body=message, secret=secret)


def test_a_push_signed_with_our_key_is_accepted() -> None:
    track17.verify(push("0123456789ABCDEF"))


@pytest.mark.parametrize("message", [push("another key"), push("0123456789ABCDEF", "00"), push("", ""), push("k", "é")])
def test_a_push_with_a_wrong_signature_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        track17.verify(message)


def test_a_number_that_17track_no_longer_asks_for_brings_nothing() -> None:
    stopped = b'{"event": "TRACKING_STOPPED", "data": {"number": "UK481516230CN", "carrier": 3011, "tag": ""}}'
    assert track17.read_push(stopped) == []
