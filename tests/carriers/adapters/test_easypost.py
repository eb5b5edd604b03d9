"""EasyPost: a tracker is made by asking, the detail beside the status, customs in words, signed pushes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.adapters.easypost import EasyPost
from carriers.base import Access, PushMessage
from carriers.errors import AccountRefused, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "easypost"
ACCESS = Access(credentials={"api_key": "k"}, now=datetime(2026, 5, 9, tzinfo=UTC))
easypost = EasyPost(registry.sheet("easypost"))


def body_of(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def read(situation: str) -> TrackingResult:
    [result] = easypost.read(body_of(situation))
    return result


def asked_for(carrier: str) -> Any:
    request = easypost.request([TrackedNumber(number="C11048151623423", carrier=carrier)], ACCESS)
    return json.loads(request.body or b"")["tracker"]


def told(status: str, detail: str | None, message: str = "") -> tuple[EventCode, Reason | None]:
    tracker = json.loads(body_of("another_carrier_takes_over"))
    tracker["tracking_details"][1] |= {"status": status, "status_detail": detail, "message": message}
    [result] = easypost.read(json.dumps(tracker).encode())
    return result.events[1].code, result.events[1].reason


def test_a_tracker_is_made_by_asking_for_it() -> None:
    request = easypost.request([TrackedNumber(number="C11048151623423", carrier="ontrac")], ACCESS)
    assert (request.method, request.path) == ("POST", "/v2/trackers")
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"k:").decode()


@pytest.mark.parametrize(("carrier", "key"), [("ontrac", "OnTrac"), ("usps", "USPS"), ("yunexpress", None), ("", None)])
def test_a_carrier_is_named_by_easyposts_own_key_where_it_has_one(carrier: str, key: str | None) -> None:
    assert asked_for(carrier) == {"tracking_code": "C11048151623423"} | ({"carrier": key} if key else {})


@pytest.mark.parametrize(
    ("status", "detail", "code", "reason"),
    [
        ("in_transit", "status_update", EventCode.ANY_IN_TRANSIT, None),
        ("in_transit", None, EventCode.ANY_IN_TRANSIT, None),
        ("in_transit", "refused", EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED),
        ("delivered", "arrived_at_destination", EventCode.LAST_MILE_DELIVERED, None),
        ("failure", "lost", EventCode.ANY_LOST, Reason.CARRIER_LOST),
        ("failure", "a_detail_of_next_year", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER, None),
        ("unknown", "unknown", EventCode.UNKNOWN, None),
        ("a_status_of_next_year", "held", EventCode.UNKNOWN, None),
    ],
)
def test_the_detail_is_finer_than_the_status(
    status: str, detail: str | None, code: EventCode, reason: Reason | None
) -> None:
    assert told(status, detail) == (code, reason)


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ("Held in Customs", EventCode.IMPORT_CUSTOMS_HELD, None),
        ("Missing commercial invoice", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING),
        ("Duties and taxes are due", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        ("Inbound Out of Customs", EventCode.IMPORT_CUSTOMS_RELEASED, None),
    ],
)
def test_customs_are_told_in_words(message: str, code: EventCode, reason: Reason | None) -> None:
    assert told("in_transit", "held", message) == (code, reason)


def test_the_carrier_behind_is_kept_with_its_own_code() -> None:
    assert read("another_carrier_takes_over").events[1].details == {"provider": "FedexSmartPost", "carrier_code": "OX"}


def test_another_number_is_the_next_leg_once_another_carrier_took_over() -> None:
    leg = read("another_carrier_takes_over").next_leg
    assert leg is not None
    assert leg.number == "9261299991234567890122"
    tracker = json.loads(body_of("another_carrier_takes_over"))
    del tracker["tracking_details"][1]
    [before] = easypost.read(json.dumps(tracker).encode())
    assert before.next_leg is None


@pytest.mark.parametrize(
    ("situation", "error"), [("wrong_key", AccountRefused), ("number_not_taken", Refused), ("too_many_calls", TryLater)]
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_a_tracker_without_news_is_not_found_yet() -> None:
    assert isinstance(read("no_news_yet").failure, NotFound)


def push(secret: str, signature: str | None = None) -> PushMessage:
    body = body_of("delivered.push")
    key = unicodedata.normalize("NFKD", secret).encode()
    made = "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return PushMessage(headers={"x-hmac-signature": made if signature is None else signature}, body=body, secret=secret)


@pytest.mark.parametrize("secret", ["s3cret", "sécret"])
def test_a_signed_push_is_accepted(secret: str) -> None:
    easypost.verify(push(secret))


@pytest.mark.parametrize("signature", ["", "hmac-sha256-hex=", "hmac-sha256-hex=00", "é"])
def test_a_push_with_another_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadPush):
        easypost.verify(push("s3cret", signature))


def test_an_account_without_a_secret_accepts_nothing() -> None:
    with pytest.raises(BadPush):
        easypost.verify(push(""))


def test_a_push_has_an_id_and_only_trackers_are_read() -> None:
    [result] = easypost.read_push(body_of("delivered.push"))
    assert result.events[-1].code is EventCode.LAST_MILE_DELIVERED
    assert easypost.push_id(json.loads(body_of("delivered.push"))) == "evt_5c1e0b"
    assert easypost.read_push(b'{"description": "batch.created", "result": {"id": "batch_1"}}') == []


def test_who_signed_is_kept_nowhere() -> None:
    assert "A PERSON" not in repr(read("held_in_customs_then_austin"))
