"""J&T Express China: a batch by commas, digests in the header, scans that are read by their Chinese name."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from carriers import registry
from carriers.adapters.jt_express_cn import JtExpressChina
from carriers.base import Access, Answer, PushMessage
from carriers.errors import AccountRefused, BadPush, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber
from carriers.vocabulary import EventCode, Status

PAYLOADS = Path(__file__).parents[2] / "payloads" / "jt_express_cn"
KEY = "a-private-key"
ACCESS = Access(credentials={"api_account": "178000", "private_key": KEY}, now=datetime(2026, 6, 1, tzinfo=UTC))
NUMBERS = ("JT4815162342004", "JT3000481516234", "JT4815162342999", "JT0000000000000")
jt = JtExpressChina(registry.sheet("jt_express_cn"))


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def digest(content: str) -> str:
    return base64.b64encode(hashlib.md5((content + KEY).encode(), usedforsecurity=False).digest()).decode()


def test_waybills_go_in_one_text_which_is_signed() -> None:
    request = jt.request([TrackedNumber(number=number) for number in NUMBERS[:2]], ACCESS)
    [content] = parse_qs((request.body or b"").decode())["bizContent"]
    assert json.loads(content) == {"billCodes": "JT4815162342004,JT3000481516234"}
    assert (request.headers["apiAccount"], request.headers["digest"]) == ("178000", digest(content))
    assert request.headers["timestamp"] == "1780272000000"


def test_each_waybill_gets_its_own_result_and_its_own_raw_answer() -> None:
    asked = [TrackedNumber(number=number) for number in NUMBERS]
    read = jt.read_each(Answer(status=200, headers={}, body=body("three_waybills")), asked)
    assert [result.failure and result.failure.kind for result, _ in read] == [None, None, "not_found", "not_found"]
    for result, raw in read[:2]:
        assert jt.read(raw) == [result]


def test_times_are_china_s_whatever_the_place() -> None:
    result = jt.read(body("three_waybills"))[0]
    assert {(event.time.source, event.time.offset_min) for event in result.events} == {
        (TimeSource.CARRIER_DEFAULT, 480)
    }


def test_a_scan_s_name_goes_before_its_number_which_other_countries_count_otherwise() -> None:
    answer = json.loads(body("refused_and_sent_back"))
    answer["data"][0]["details"][0] |= {"scanType": "快件揽收", "scanTypeCode": 10, "desc": "已取件"}
    [result] = jt.read(json.dumps(answer).encode())
    assert result.events[0].code is EventCode.FIRST_MILE_PICKED_UP


def test_a_parcel_that_waits_at_a_station_is_not_delivered_until_somebody_takes_it() -> None:
    waits, taken = jt.read(body("three_waybills"))[0].events[-2:]
    assert (waits.status, taken.code) == (Status.AVAILABLE_FOR_PICKUP, EventCode.LAST_MILE_DELIVERED_COLLECTED)


def test_a_locker_s_signature_is_no_delivery() -> None:
    result = jt.read(body("three_waybills"))[1]
    assert (result.events[-1].raw_code, result.events[-1].status) == ("快件签收", Status.AVAILABLE_FOR_PICKUP)


def test_signed_for_by_the_sender_is_the_end_of_the_way_back() -> None:
    [result] = jt.read(body("refused_and_sent_back"))
    assert [event.code for event in result.events][2:4] == [EventCode.RETURN_STARTED, EventCode.RETURN_COMPLETED]


@pytest.mark.parametrize(
    ("situation", "error"),
    [("wrong_digest", AccountRefused), ("system_error", TryLater), ("no_data", NotFound)],
)
def test_a_return_code_says_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        jt.read(body(situation))


def push(secret: str, told: str | None = None) -> PushMessage:
    content = body("picked_up.push").decode()
    headers = {"apiaccount": "178000", "digest": digest(content) if told is None else told}
    return PushMessage(headers=headers, body=urlencode({"bizContent": content}).encode(), secret=secret)


def test_a_push_signed_with_our_key_is_accepted_and_read() -> None:
    jt.verify(push(KEY))
    [result] = jt.read_push(push(KEY).body)
    assert (result.number, [event.code for event in result.events]) == (
        "JT4815162342004",
        [EventCode.FIRST_MILE_PICKED_UP],
    )


def test_a_push_without_a_signature_is_known_as_such() -> None:
    bare = PushMessage(headers={}, body=push(KEY).body, secret=KEY)
    assert (jt.is_signed(push(KEY)), jt.is_signed(bare)) == (True, False)
    assert json.loads(jt.acknowledgement)["code"] == "1"


@pytest.mark.parametrize("message", [push("another"), push(KEY, "00"), push("", ""), push(KEY, "é")])
def test_a_push_with_a_wrong_digest_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        jt.verify(message)
