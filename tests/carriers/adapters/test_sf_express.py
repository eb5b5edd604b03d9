"""SF Express: the digest, the phone's last four, and what "80" means."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from carriers import registry
from carriers.adapters.sf_express import digest
from carriers.base import Access, PushAdapter, PushMessage
from carriers.errors import BadAnswer, BadPush, CarrierError, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber
from carriers.vocabulary import EventCode

ACCESS = Access(
    credentials={"partner_id": "TLTEST", "checkword": "Ab9+/xY0"}, now=datetime(2026, 6, 3, 4, 5, 6, 789000, tzinfo=UTC)
)
NUMBER = [TrackedNumber(number="SF1398204417756", fields={"phone_last4": "0417"})]
sf = registry.adapter("sf_express")


def answer(*routes: dict[str, Any], as_text: bool = True) -> bytes:
    said = {
        "success": True,
        "errorCode": "S0000",
        "msgData": {"routeResps": [{"mailNo": "SF1", "routes": list(routes)}]},
    }
    return json.dumps({"apiResultCode": "A1000", "apiResultData": json.dumps(said) if as_text else said}).encode()


def route(code: str, remark: str, place: str = "") -> dict[str, Any]:
    return {"acceptTime": "2026-06-03 11:40:00", "acceptAddress": place, "opCode": code, "remark": remark}


def meaning(code: str, remark: str) -> EventCode:
    [result] = sf.read(answer(route(code, remark)))
    return result.events[0].code


def test_the_form_bears_a_digest_of_what_it_says() -> None:
    request = sf.request(NUMBER, ACCESS)
    assert (request.method, request.path) == ("POST", "/std/service")
    form = {name: value for name, [value] in parse_qs((request.body or b"").decode(), strict_parsing=True).items()}
    assert form["partnerID"] == "TLTEST"
    assert form["serviceCode"] == "EXP_RECE_SEARCH_ROUTES"
    assert form["timestamp"] == "1780459506789"
    asked = json.loads(form["msgData"])
    assert asked["trackingNumber"] == ["SF1398204417756"]
    assert asked["checkPhoneNo"] == "0417"
    assert form["msgDigest"] == digest(form["msgData"], form["timestamp"], "Ab9+/xY0")


def test_the_digest_is_taken_over_the_form_encoded_text() -> None:
    encoded = b"%7B%22a%22%3A%22x+y%22%7D17Ab9%2B%2FxY0"
    assert (
        base64.b64decode(digest('{"a":"x y"}', "17", "Ab9+/xY0"))
        == hashlib.md5(encoded, usedforsecurity=False).digest()
    )


def test_a_request_has_an_id_of_its_own() -> None:
    ids = {parse_qs((sf.request(NUMBER, ACCESS).body or b"").decode())["requestID"][0] for _ in range(2)}
    later = Access(credentials=ACCESS.credentials, now=datetime(2026, 6, 3, 4, 5, 7, tzinfo=UTC))
    ids |= set(parse_qs((sf.request(NUMBER, later).body or b"").decode())["requestID"])
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("remark", "code"),
    [
        ("已放入顺丰自助柜", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP),
        ("已送达菜鸟驿站", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP),
        ("本人已从丰巢取出", EventCode.LAST_MILE_DELIVERED_COLLECTED),
        ("已派送至本人", EventCode.LAST_MILE_DELIVERED_SIGNED),
        ("已签收", EventCode.LAST_MILE_DELIVERED),
    ],
)
def test_80_in_a_locker_is_not_delivered(remark: str, code: EventCode) -> None:
    assert meaning("80", remark) is code


def test_customs_abroad_and_at_home_are_told_apart_by_the_word() -> None:
    assert meaning("604", "出口清关中") is EventCode.EXPORT_CUSTOMS_PRESENTED
    assert meaning("604", "清关中") is EventCode.IMPORT_CUSTOMS_PRESENTED


def test_a_code_that_no_table_knows_stays_unknown() -> None:
    assert meaning("9971", "新的路由") is EventCode.UNKNOWN


def test_a_time_without_a_place_is_china_s() -> None:
    [result] = sf.read(answer(route("50", "已收取快件")))
    assert result.events[0].time.source is TimeSource.CARRIER_DEFAULT
    assert result.events[0].time.offset_min == 8 * 60


def test_a_scan_abroad_is_on_china_s_clock_too_and_keeps_its_place() -> None:
    [result] = sf.read(answer(route("106", "航空落地", "Los Angeles")))
    [event] = result.events
    assert (event.time.source, event.time.offset_min) == (TimeSource.CARRIER_DEFAULT, 8 * 60)
    assert event.place is not None
    assert event.place.country == "US"


def test_the_inner_json_may_be_an_object_already() -> None:
    assert sf.read(answer(route("50", "已收取快件"), as_text=False)) == sf.read(answer(route("50", "已收取快件")))


@pytest.mark.parametrize("inner", ['{"a":' * 40 + "1" + "}" * 40, '{"a": NaN}', "{", '"\\u0000"', ""])
def test_the_inner_json_is_held_to_the_same_bounds(inner: str) -> None:
    with pytest.raises(BadAnswer):
        sf.read(json.dumps({"apiResultCode": "A1000", "apiResultData": inner}).encode())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("A1001", Refused),
        ("A1004", Refused),
        ("A1006", Refused),
        ("A1005", TryLater),
        ("A1099", TryLater),
        ("A7", BadAnswer),
    ],
)
def test_each_error_code_has_its_name(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        sf.read(json.dumps({"apiResultCode": code, "apiErrorMsg": "…", "apiResultData": None}).encode())


def test_a_push_is_never_signed_and_its_routes_are_told_by_waybill() -> None:
    body = (Path(__file__).parents[2] / "payloads" / "sf_express" / "two_waybills.push.json").read_bytes()
    assert isinstance(sf, PushAdapter)
    message = PushMessage(headers={"sign": "anything"}, body=body, secret="anything")
    assert not sf.is_signed(message)
    with pytest.raises(BadPush):
        sf.verify(message)
    told = {result.number: [event.raw_code for event in result.events] for result in sf.read_push(body)}
    assert told == {"SF1398204417756": ["54", "31"], "SF1398204417800": ["44"]}
    assert json.loads(sf.acknowledgement)["return_code"] == "0000"
