"""Ninja Van: a country in every address, numbers as a repeated parameter, words of the way back, signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.adapters.ninja_van import NinjaVan
from carriers.base import Access, Answer, PushMessage
from carriers.errors import BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "ninja_van"
CREDENTIALS = {"client_id": "id", "client_secret": "s", "country": "SG"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 7, 8, tzinfo=UTC))
NUMBERS = [TrackedNumber(number=number) for number in ("NVSGQLPRC000481516", "NVMYKX004815162342", "NVPHX000000001")]
ninja_van = NinjaVan(registry.sheet("ninja_van"))


def body_of(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def pushed(**row: Any) -> TrackingEvent:
    body = {"tracking_id": "NV1", "timestamp": "2026-07-06T16:02:00+0800"} | row
    [result] = ninja_van.read_push(json.dumps(body).encode())
    return result.events[0]


def test_the_country_and_each_number_stand_in_the_address() -> None:
    request = ninja_van.request(NUMBERS[:2], ACCESS)
    assert (request.method, request.path) == (
        "GET",
        "/sg/1.0/orders/tracking-events?tracking_number=NVSGQLPRC000481516&tracking_number=NVMYKX004815162342",
    )


def test_the_token_is_asked_for_in_the_accounts_country() -> None:
    ask = ninja_van.auth.token_request(CREDENTIALS)
    assert ask.path == "/sg/2.0/oauth/access_token"
    assert json.loads(ask.body) == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s"}


def test_a_batch_says_of_each_number_what_it_knows() -> None:
    answer = Answer(status=200, headers={}, body=body_of("two_of_three"))
    results = [result for result, _ in ninja_van.read_each(answer, NUMBERS)]
    assert [len(result.events) for result in results] == [1, 4, 0]
    assert isinstance(results[2].failure, NotFound)


def test_an_answer_that_knows_none_is_not_found() -> None:
    with pytest.raises(NotFound):
        ninja_van.read_each(Answer(status=200, headers={}, body=b'{"data": []}'), NUMBERS[:1])


def test_what_customs_want_stands_in_the_remark() -> None:
    [result] = ninja_van.read(body_of("customs_held_then_collected_in_singapore"))
    held = next(event for event in result.events if "Customs Held" in event.raw_code)
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING)
    assert result.events[3].details == {"flight_number": "SQ851"}


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        ("On Vehicle for Delivery", "On Vehicle for Delivery", EventCode.RETURN_IN_TRANSIT),
        ("Delivered, Received by Customer", "Delivered", EventCode.RETURN_COMPLETED),
        ("Delivery Exception, Pending Reschedule", "Delivery Exception", EventCode.RETURN_IN_TRANSIT),
        ("Cancelled", "Cancelled", EventCode.SELLER_CANCELLED),
        ("An Event of Next Year", "A Status of Next Year", EventCode.UNKNOWN),
    ],
)
def test_on_the_way_back_the_same_words_are_the_returns(event: str, status: str, code: EventCode) -> None:
    why = {"state": "x", "failure_reason": "Nobody at address"}
    assert pushed(event=event, status=status, is_parcel_on_rts_leg=True, delivery_exception=why).code is code


def test_the_event_is_finer_than_the_status_and_a_new_one_falls_back_to_it() -> None:
    left = pushed(event="Delivered, Left at Doorstep", status="Delivered")
    new = pushed(event="Delivered, Handed to a Robot", status="Delivered")
    assert (left.code, new.code) == (EventCode.LAST_MILE_DELIVERED_SAFE_PLACE, EventCode.LAST_MILE_DELIVERED)


@pytest.mark.parametrize(("comments", "country"), [("SG-Singapore-A Hub", "SG"), ("left with the guard", None)])
def test_only_a_hub_among_the_comments_is_a_place(comments: str, country: str | None) -> None:
    place = pushed(status="Arrived at Sorting Hub", comments=comments).place
    assert (place.country if place else None) == country


@pytest.mark.parametrize(
    ("title", "error"),
    [("Unauthorized", Refused), ("Too Many Requests", TryLater), ("Internal Server Error", TryLater)],
)
def test_an_error_is_named_for_what_to_do(title: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        ninja_van.read(json.dumps({"error": {"title": title}}).encode())


def test_an_error_in_words_that_are_not_known_is_read_by_the_http_status() -> None:
    with pytest.raises(NotFound):
        ninja_van.read_each(Answer(status=404, headers={}, body=b'{"error": {"title": "?"}}'), NUMBERS[:1])


def push(signature: str | None = None, key: str = "s") -> PushMessage:
    body = body_of("refused.push")
    made = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"x-ninjavan-hmac-sha256": made if signature is None else signature}
    return PushMessage(headers=headers, body=body, secret=key)


def test_a_signed_push_is_accepted_and_says_why() -> None:
    ninja_van.verify(push())
    [result] = ninja_van.read_push(body_of("refused.push"))
    assert result.events[0].reason is Reason.CONSIGNEE_REFUSED


@pytest.mark.parametrize("signature", ["", "AAAA", "é"])
def test_a_push_with_another_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadPush):
        ninja_van.verify(push(signature))


def test_an_account_without_a_secret_accepts_nothing() -> None:
    with pytest.raises(BadPush):
        ninja_van.verify(push(key=""))


def test_only_older_pushes_have_an_id() -> None:
    assert ninja_van.push_id(json.loads(body_of("older_hub_in_the_comments.push"))) is not None
    assert ninja_van.push_id(json.loads(body_of("refused.push"))) is None


def test_who_signed_is_kept_nowhere() -> None:
    assert "A PERSON" not in repr(ninja_van.read(body_of("customs_held_then_collected_in_singapore")))
