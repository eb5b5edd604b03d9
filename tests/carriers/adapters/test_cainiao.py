"""Cainiao: a station signs and does not deliver, the last mile hides in words, question and push are signed alike."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from carriers import registry
from carriers.adapters.cainiao import Cainiao
from carriers.base import Access, PushMessage
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "cainiao"
SECRET = "between us"
KEYS = {"logistic_provider_id": "a-resource-code", "app_secret": SECRET}
ACCESS = Access(credentials=KEYS, now=datetime(2026, 6, 1, tzinfo=UTC))
cainiao = Cainiao(registry.sheet("cainiao"))


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def digest(content: str) -> str:
    return base64.b64encode(hashlib.md5((content + SECRET).encode(), usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize(("number", "field"), [("LP00481516234200", "orderCode"), ("RC481516234CN", "mailNo")])
def test_the_content_is_signed_and_an_lp_number_is_an_order(number: str, field: str) -> None:
    request = cainiao.request([TrackedNumber(number=number)], ACCESS)
    form = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
    assert (form["msg_type"], form["to_code"]) == ("cnge.track.get", "TRACK")
    assert json.loads(form["logistics_interface"]) == {field: number, "locale": "zh_CN"}
    assert form["data_digest"] == digest(form["logistics_interface"])


def test_a_station_s_signature_is_an_arrival_there_and_the_buyer_s_the_delivery() -> None:
    [result] = cainiao.read(body("station_in_amsterdam"))
    assert [(event.raw_code, event.code) for event in result.events[-2:]] == [
        ("GTMS_STA_SIGNED", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP),
        ("GSTA_SIGN", EventCode.LAST_MILE_DELIVERED_COLLECTED),
    ]


def test_failed_clearance_says_in_words_that_the_buyer_must_act() -> None:
    [result] = cainiao.read(body("station_in_amsterdam"))
    [held] = [event for event in result.events if event.raw_code == "CC_IM_FAILURE"]
    assert held.reason is Reason.CUSTOMS_RECIPIENT_ID_REQUIRED
    assert held.reason.action_by is ActionBy.BUYER


@pytest.mark.parametrize(
    ("situation", "number", "name"),
    [
        ("station_in_amsterdam", "3SQWER481516234", "PostNL"),
        ("waits_for_customs", "CE481516239BE", ""),
    ],
)
def test_the_last_mile_number_is_found_in_the_words_around_it(situation: str, number: str, name: str) -> None:
    [result] = cainiao.read(body(situation))
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier_name) == (number, name)


def test_the_offset_is_read_however_it_is_written_and_never_made_up() -> None:
    [result] = cainiao.read(body("station_in_amsterdam"))
    landed, presented = [event.time for event in result.events if event.raw_code in ("LH_ARRIVE", "CC_IM_START")]
    assert (landed.offset_min, presented.offset_min) == (120, 120)
    [vague] = cainiao.read(body("waits_for_customs"))
    assert [event.time.source for event in vague.events if event.raw_text == "包裹运输中"] == [TimeSource.UNKNOWN]


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("wrong_signature", AccountRefused),
        ("gateway_busy", TryLater),
        ("unknown_number", NotFound),
    ],
)
def test_gateway_and_service_fail_apart(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        cainiao.read(body(situation))


def test_the_keyless_service_s_answer_is_refused() -> None:
    with pytest.raises(BadAnswer):
        cainiao.read(b'{"success": true, "module": [{"mailNo": "LP00481516234200", "detailList": []}]}')


def push(situation: str, secret: str = SECRET, told: str | None = None) -> PushMessage:
    content = body(situation).decode()
    form = {"msg_type": "TRACE_PUSH", "data_digest": digest(content) if told is None else told}
    return PushMessage(headers={}, body=urlencode({**form, "logistics_interface": content}).encode(), secret=secret)


def test_a_signed_push_is_accepted_and_read() -> None:
    cainiao.verify(push("moved.push"))
    [result] = cainiao.read_push(push("moved.push").body)
    assert [event.raw_code for event in result.events] == ["LH_ARRIVE", "CC_IM_START", "CC_IM_FAILURE"]


def test_a_push_without_a_signature_is_known_as_such() -> None:
    bare = PushMessage(headers={}, body=urlencode({"logistics_interface": "{}"}).encode(), secret=SECRET)
    assert (cainiao.is_signed(push("moved.push")), cainiao.is_signed(bare)) == (True, False)
    assert json.loads(cainiao.acknowledgement)["success"] is True


def test_the_push_of_a_parcel_within_china_tells_its_latest_state() -> None:
    [result] = cainiao.read_push(push("within_china.push").body)
    [event] = result.events
    assert (event.code, event.time.offset_min) == (EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, 480)


@pytest.mark.parametrize(
    "message",
    [
        push("moved.push", "another"),
        push("moved.push", told="00"),
        push("moved.push", ""),
        push("moved.push", told="é"),
    ],
)
def test_a_push_with_a_wrong_signature_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        cainiao.verify(message)
