"""Kuaidi100: asked under its own key of the carrier, customs in numbers and words, pushes as a signed form."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest

from carriers import registry
from carriers.adapters.kuaidi100 import Kuaidi100
from carriers.base import Access, Callback, PushMessage
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber
from carriers.vocabulary import EventCode, Reason, Status

PAYLOADS = Path(__file__).parents[2] / "payloads" / "kuaidi100"
ACCESS = Access(credentials={"customer": "CUSTOMER", "key": "KEY"}, now=datetime(2026, 6, 1, tzinfo=UTC))
SALT = "between us"
kuaidi100 = Kuaidi100(registry.sheet("kuaidi100"))


def body(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def asked(slug: str, **fields: str) -> dict[str, str]:
    request = kuaidi100.request([TrackedNumber(number="LX482915608CN", carrier=slug, fields=fields)], ACCESS)
    form = {name: values[0] for name, values in parse_qs((request.body or b"").decode()).items()}
    signed = hashlib.md5((form["param"] + "KEYCUSTOMER").encode(), usedforsecurity=False).hexdigest().upper()
    assert (form["customer"], form["sign"]) == ("CUSTOMER", signed)
    told: dict[str, str] = json.loads(form["param"])
    return told


def test_the_carrier_is_named_by_kuaidi100_s_own_key() -> None:
    assert (asked("china_post")["com"], asked("jt_express_cn")["com"]) == ("youzhengguoji", "jtexpress")
    assert asked("china_post", carrier="emsguoji")["com"] == "emsguoji"


def test_the_phone_s_last_digits_go_along_where_they_are_known() -> None:
    assert asked("sf_express", phone_last4="0142")["phone"] == "0142"
    assert "phone" not in asked("china_post")


def test_a_carrier_without_a_key_is_left_to_the_number_s_shape() -> None:
    assert asked("speedee")["com"] == asked("")["com"] == "auto"


def test_a_customs_state_says_that_it_hangs_and_the_wording_who_must_act() -> None:
    [result] = kuaidi100.read(body("customs_hold_in_madrid"))
    held = [(event.raw_code, event.reason) for event in result.events if event.status is Status.EXCEPTION]
    assert held == [
        ("0", Reason.CUSTOMS_INSPECTION),
        ("13", Reason.CUSTOMS_RECIPIENT_ID_REQUIRED),
        ("13", Reason.CUSTOMS_DUTIES_UNPAID),
    ]


def test_signed_for_by_a_station_is_not_delivered_and_the_pick_up_code_is() -> None:
    [result] = kuaidi100.read(body("signed_by_a_station"))
    assert [event.code for event in result.events if event.raw_code == "3"] == [
        EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP,
        EventCode.LAST_MILE_DELIVERED_COLLECTED,
    ]


def test_a_foreign_row_without_a_place_has_no_instant() -> None:
    answer = json.loads(body("customs_hold_in_madrid"))
    answer["data"][-10] |= {"location": "", "context": "飞机进港"}
    [result] = kuaidi100.read(json.dumps(answer).encode())
    landed = next(event for event in result.events if event.code is EventCode.LINEHAUL_ARRIVED)
    assert (landed.time.source, landed.time.instant) == (TimeSource.UNKNOWN, None)


def test_every_row_keeps_the_carrier_that_told_it() -> None:
    [result] = kuaidi100.read_push(body("two_carriers.push"))
    assert [event.details["provider"] for event in result.events] == ["china_post"] * 9 + ["royalmail"] * 2
    assert [event.sequence for event in result.events] == list(range(11))


@pytest.mark.parametrize(
    ("code", "error"),
    [("500", NotFound), ("502", TryLater), ("503", AccountRefused), ("601", AccountRefused), ("408", Refused)],
)
def test_a_return_code_says_what_to_do(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        kuaidi100.read(json.dumps({"result": False, "returnCode": code, "message": "no"}).encode())


def push(secret: str, sign: str | None = None) -> PushMessage:
    param = body("two_carriers.push").decode()
    told = hashlib.md5((param + SALT).encode(), usedforsecurity=False).hexdigest() if sign is None else sign
    return PushMessage(headers={}, body=urlencode({"sign": told, "param": param}).encode(), secret=secret)


def test_a_push_signed_with_our_salt_is_accepted_and_read() -> None:
    kuaidi100.verify(push(SALT))
    [result] = kuaidi100.read_push(push(SALT).body)
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier) == ("JV481516234GB", "royalmail")


@pytest.mark.parametrize("message", [push("another"), push(SALT, "00"), push("", ""), push(SALT, "é")])
def test_a_push_with_a_wrong_signature_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        kuaidi100.verify(message)


def test_a_push_without_a_signature_is_known_as_such() -> None:
    bare = PushMessage(headers={}, body=urlencode({"param": "{}"}).encode(), secret=SALT)
    assert (kuaidi100.is_signed(push(SALT)), kuaidi100.is_signed(bare)) == (True, False)


@pytest.mark.parametrize(("slug", "com", "auto"), [("yto", "yuantong", None), ("", "", "1")])
def test_a_number_is_subscribed_with_our_address_and_salt(slug: str, com: str, auto: str | None) -> None:
    callback = Callback(url="https://example.org/push/k", secret=SALT)
    number = TrackedNumber(number="YT4815162342009", carrier=slug, fields={"phone_last4": "0142"})
    request = kuaidi100.subscription(number, ACCESS, callback)
    form = dict(parse_qsl((request.body or b"").decode()))
    told = json.loads(form["param"])
    assert (request.method, request.path, form["schema"]) == ("POST", "/poll", "json")
    assert (told["company"], told["number"], told["key"]) == (com, "YT4815162342009", "KEY")
    asked_for = told["parameters"]
    assert (asked_for["callbackurl"], asked_for["salt"]) == ("https://example.org/push/k", SALT)
    assert (asked_for["phone"], asked_for.get("autoCom")) == ("0142", auto)


@pytest.mark.parametrize("code", ["200", "501"])
def test_a_subscription_that_stands_is_no_error(code: str) -> None:
    kuaidi100.read_subscription({"result": code == "200", "returnCode": code, "message": ""})


@pytest.mark.parametrize(
    ("code", "error"), [("500", TryLater), ("600", AccountRefused), ("701", Refused), ("999", BadAnswer)]
)
def test_a_refused_subscription_says_why(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        kuaidi100.read_subscription({"result": False, "returnCode": code, "message": "no"})


def test_a_push_is_answered_in_kuaidi100_s_words() -> None:
    assert json.loads(kuaidi100.acknowledgement)["returnCode"] == "200"


def test_a_number_that_kuaidi100_gives_up_brings_nothing() -> None:
    assert kuaidi100.read_push(body("given_up.push")) == []
