"""4PX: a signature over every parameter and the body, and the last mile that only the order knows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer, CarrierRequest
from carriers.client import fingerprint
from carriers.errors import AccountRefused, CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "fourpx"
NUMBER = "4PX3001815162342CN"
KEYS = {"app_key": "an-app-key", "app_secret": "an-app-secret"}
ACCESS = Access(credentials=KEYS, now=datetime(2026, 6, 1, tzinfo=UTC))
fourpx = registry.adapter("4px")


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def track_and_order() -> tuple[bytes, bytes]:
    kept = json.loads(body("tax_number_wanted_in_vienna"))
    order = kept.pop("order")
    return json.dumps(kept).encode(), json.dumps(order).encode()


def poll(*answers: Answer) -> tuple[list[CarrierRequest], TrackingResult, bytes]:
    calls = fourpx.calls([TrackedNumber(number=NUMBER)], ACCESS)
    sent = [next(calls)]
    for answer in answers:
        try:
            sent.append(calls.send(answer))
        except StopIteration as stop:
            [(result, raw)] = stop.value
            return sent, result, raw
    raise AssertionError("the adapter wants another answer")


def ok(answer: bytes) -> Answer:
    return Answer(status=200, headers={}, body=answer)


def test_every_parameter_the_body_and_the_secret_are_signed_in_alphabetical_order() -> None:
    request = fourpx.request([TrackedNumber(number=NUMBER)], ACCESS)
    signed = (
        "app_keyan-app-keyformatjsonmethodtr.order.tracking.gettimestamp1780272000000v1.0.0"
        '{"deliveryOrderNo": "4PX3001815162342CN"}an-app-secret'
    )
    assert request.body == b'{"deliveryOrderNo": "4PX3001815162342CN"}'
    assert request.query["sign"] == hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    assert request.query["language"] == "cn"
    assert "access_token" not in request.query


def test_a_software_vendor_s_token_goes_along_unsigned() -> None:
    vendor = Access(credentials={**KEYS, "access_token": "a-token"}, now=ACCESS.now)
    plain = fourpx.request([TrackedNumber(number=NUMBER)], ACCESS)
    request = fourpx.request([TrackedNumber(number=NUMBER)], vendor)
    assert request.query == {**plain.query, "access_token": "a-token"}


def test_the_order_tells_the_last_mile_and_is_kept_with_the_track() -> None:
    track, order = track_and_order()
    sent, result, raw = poll(ok(track), ok(order))
    assert [request.query["method"] for request in sent] == ["tr.order.tracking.get", "ds.xms.order.get"]
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier_name) == ("1012481516234200481516", "Austrian Post")
    assert fourpx.read(raw) == [result]
    assert fingerprint(fourpx, raw) == fingerprint(fourpx, track)  # so a silent parcel is not parsed again


def test_a_parcel_that_has_not_left_has_no_last_mile_to_ask_for() -> None:
    sent, result, _ = poll(ok(body("data_as_text")))
    assert len(sent) == 1
    assert [event.code for event in result.events] == [EventCode.SELLER_ORDER_CREATED]


@pytest.mark.parametrize(
    "order", [Answer(status=0, headers={}, body=b""), ok(b'{"result":"0","msg":"no order","data":null}')]
)
def test_the_track_stands_where_the_order_is_not_ours(order: Answer) -> None:
    sent, result, _ = poll(ok(track_and_order()[0]), order)
    assert sent[1].is_optional
    assert (len(result.events), result.next_leg) == (16, None)


def test_a_tax_number_is_the_buyer_s_to_give() -> None:
    [result] = fourpx.read(body("tax_number_wanted_in_vienna"))
    reasons = [event.reason for event in result.events if event.code is EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED]
    assert reasons == [Reason.CUSTOMS_RECIPIENT_ID_REQUIRED]


def test_only_some_of_the_ok_codes_are_a_delivery() -> None:
    [result] = fourpx.read(body("ok_is_not_always_delivered"))
    assert [event.raw_code for event in result.events if event.code.is_delivery] == ["FPX_D_LM"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("Invalid sign", AccountRefused),
        ("没有接口权限", AccountRefused),
        ("请求过于频繁", TryLater),
        ("订单不存在", NotFound),
    ],
)
def test_the_message_tells_what_to_do(message: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        fourpx.read(json.dumps({"result": "0", "msg": message, "errors": [], "data": None}).encode())
