"""KDNiao: signed forms both ways, states in numbers, and a free query whose rows have none."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from carriers import registry
from carriers.adapters.kdniao import KdNiao
from carriers.base import Access, Callback, PushMessage
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber
from carriers.vocabulary import EventCode, Reason, Status

PAYLOADS = Path(__file__).parents[2] / "payloads" / "kdniao"
KEY = "an-api-key"
KEYS = {"e_business_id": "1481516", "api_key": KEY}
kdniao = KdNiao(registry.sheet("kdniao"))


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def digest(content: str) -> str:
    signed = hashlib.md5((content + KEY).encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(signed.encode()).decode()


def asked(slug: str, keys: dict[str, str] = KEYS, **fields: str) -> tuple[dict[str, str], dict[str, str]]:
    access = Access(credentials=keys, now=datetime(2026, 6, 1, tzinfo=UTC))
    request = kdniao.request([TrackedNumber(number="YT4815162342015", carrier=slug, fields=fields)], access)
    form = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
    assert form["DataSign"] == digest(form["RequestData"])
    return form, json.loads(form["RequestData"])


def test_the_carrier_is_named_by_kdniao_s_own_code() -> None:
    form, content = asked("yto", phone_last4="0142")
    assert (form["RequestType"], form["EBusinessID"]) == ("8001", "1481516")
    assert content == {
        "OrderCode": "",
        "ShipperCode": "YTO",
        "LogisticCode": "YT4815162342015",
        "CustomerName": "0142",
    }


def test_without_a_code_kdniao_is_to_find_the_carrier() -> None:
    form, content = asked("sunyou")
    assert (form["RequestType"], content["ShipperCode"]) == ("8002", "")


def test_an_account_of_the_free_query_says_so() -> None:
    form, _ = asked("yto", {**KEYS, "request_type": "1002"})
    assert form["RequestType"] == "1002"


def test_put_into_a_locker_waits_and_taken_out_of_it_is_delivered() -> None:
    [result] = kdniao.read(body("locker_in_suzhou"))
    assert [event.code for event in result.events[-2:]] == [
        EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP,
        EventCode.LAST_MILE_DELIVERED_COLLECTED,
    ]
    assert {event.details["provider"] for event in result.events} == {"yto"}


def test_customs_states_say_who_must_act() -> None:
    [result] = kdniao.read(body("customs_fee_in_stockton"))
    held = [event.reason for event in result.events if event.status is Status.EXCEPTION]
    assert held == [Reason.CUSTOMS_DUTIES_UNPAID]


def test_the_free_query_s_newest_row_has_the_state_of_the_whole_and_the_others_their_words() -> None:
    [result] = kdniao.read(body("free_query_without_codes"))
    assert [(event.raw_code, event.code) for event in result.events] == [
        ("", EventCode.FIRST_MILE_PICKED_UP),
        ("", EventCode.ANY_IN_TRANSIT),
        ("", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("3", EventCode.LAST_MILE_DELIVERED),
    ]


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("没有可用套餐", AccountRefused),
        ("系统繁忙，请稍后再试", TryLater),
        ("快递公司编码不正确", Refused),
        ("暂无轨迹信息", NotFound),
        ("什么", BadAnswer),
    ],
)
def test_the_reason_s_words_tell_what_to_do(reason: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        kdniao.read(json.dumps({"Success": False, "Reason": reason}).encode())


def push(secret: str, sign: str | None = None) -> PushMessage:
    content = body("two_waybills.push").decode()
    form = {"RequestType": "102", "RequestData": content, "DataSign": digest(content) if sign is None else sign}
    return PushMessage(headers={}, body=urlencode(form).encode(), secret=secret)


def test_a_signed_push_is_read_and_what_was_not_found_says_nothing() -> None:
    kdniao.verify(push(KEY))
    [result] = kdniao.read_push(push(KEY).body)
    assert (result.number, result.events[-1].status) == ("YT4815162342015", Status.AVAILABLE_FOR_PICKUP)


def test_each_waybill_of_a_push_is_a_message_of_its_own() -> None:
    pieces = kdniao.split_push(kdniao.decode_push(push(KEY).body))
    assert list(pieces) == ["YT4815162342015", "YT4815162342999"]
    [result] = kdniao.read_push(json.dumps(pieces["YT4815162342015"]).encode())
    assert (result.number, len(result.events)) == ("YT4815162342015", 1)
    assert kdniao.read_push(json.dumps(pieces["YT4815162342999"]).encode()) == []


def test_a_push_without_a_signature_is_known_as_such() -> None:
    bare = PushMessage(headers={}, body=urlencode({"RequestData": "{}"}).encode(), secret=KEY)
    assert (kdniao.is_signed(push(KEY)), kdniao.is_signed(bare)) == (True, False)
    assert json.loads(kdniao.acknowledgement)["Success"] is True


@pytest.mark.parametrize("message", [push("another"), push(KEY, "00"), push("", ""), push(KEY, "é")])
def test_a_push_with_a_wrong_signature_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        kdniao.verify(message)


def subscribe(slug: str, **keys: str) -> dict[str, str] | None:
    access = Access(credentials=KEYS | keys, now=datetime(2026, 6, 1, tzinfo=UTC))
    number = TrackedNumber(number="YT4815162342015", carrier=slug)
    request = kdniao.subscription(number, access, Callback(url="https://example.org/push/k", secret=KEY))
    if request is None:
        return None
    assert (request.method, request.path) == ("POST", "/api/dist")
    return {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}


def test_numbers_are_subscribed_only_where_the_account_names_the_type_and_the_carrier_is_known() -> None:
    form = subscribe("yto", subscription_type="1008")
    assert form is not None
    assert (form["RequestType"], form["DataSign"]) == ("1008", digest(form["RequestData"]))
    assert json.loads(form["RequestData"])["ShipperCode"] == "YTO"
    assert subscribe("yto") is None
    assert subscribe("", subscription_type="1008") is None


def test_a_subscription_goes_to_an_address_that_no_call_tells() -> None:
    assert kdniao.tells_address is False


def test_a_refused_subscription_says_why() -> None:
    kdniao.read_subscription({"EBusinessID": "1481516", "Success": True, "Reason": ""})
    with pytest.raises(AccountRefused):
        kdniao.read_subscription({"Success": False, "Reason": "没有可用套餐"})
