"""Amazon Shipping: a refresh token at another host, details that come and go, the way back in the same codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import AccountRefused, CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "amazon_shipping"
amazon = registry.adapter("amazon_shipping")
CREDENTIALS = dict(zip(amazon.credentials, ("id", "s", "Atzr|x", "AMZN_UK", "AmazonShipping_UK"), strict=True))
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 8, 12, tzinfo=UTC))


def read(situation: str) -> TrackingResult:
    [result] = amazon.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_number_and_carrier_are_asked_for_in_the_accounts_business() -> None:
    request = amazon.request([TrackedNumber(number="QA0481516234")], ACCESS)
    assert (request.method, request.path) == ("GET", "/shipping/v2/tracking")
    assert request.query == {"trackingId": "QA0481516234", "carrierId": "AMZN_UK"}
    assert request.headers["x-amzn-shipping-business-id"] == "AmazonShipping_UK"


def test_the_access_token_is_made_of_the_refresh_token_at_amazons_issuer() -> None:
    assert amazon.auth is not None
    ask = amazon.auth.token_request(CREDENTIALS)
    assert (ask.issuer, ask.path) == ("https://api.amazon.com", "/auth/o2/token")
    form = parse_qs(ask.body.decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["Atzr|x"])
    token = amazon.auth.read_token({"access_token": "Atza|y", "expires_in": 3600})
    assert amazon.auth.headers(token) == {"x-amz-access-token": "Atza|y"}


def test_a_detail_says_why_of_the_newest_event() -> None:
    failed = read("nobody_at_home_today").events[-1]
    assert (failed.code, failed.reason) == (EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT)
    assert read("second_attempt_left_with_a_neighbour").events[-1].code is EventCode.LAST_MILE_DELIVERED_NEIGHBOUR


def test_an_event_is_known_again_when_its_detail_is_gone() -> None:
    today, later = read("nobody_at_home_today").events[5], read("second_attempt_left_with_a_neighbour").events[5]
    assert (today.raw_code, today.time) == (later.raw_code, later.time)
    assert later.code is EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER


def test_details_of_another_status_than_the_newest_events_are_left_out() -> None:
    answer = json.loads((PAYLOADS / "nobody_at_home_today.json").read_bytes())
    answer["payload"]["summary"]["status"] = "OutForDelivery"
    [result] = amazon.read(json.dumps(answer).encode())
    assert result.events[-1].code is EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER


def test_on_the_way_back_the_same_codes_are_the_returns() -> None:
    back = read("on_its_way_back").events
    assert [event.code for event in back[-3:]] == [
        EventCode.RETURN_STARTED, EventCode.RETURN_IN_TRANSIT, EventCode.RETURN_COMPLETED,
    ]  # fmt: skip


def test_the_promise_is_the_estimate_until_it_is_delivered() -> None:
    estimate = read("nobody_at_home_today").estimated_delivery
    assert estimate is not None
    assert estimate.latest.isoformat() == "2026-08-13"
    assert read("second_attempt_left_with_a_neighbour").estimated_delivery is None


@pytest.mark.parametrize(
    ("situation", "error"),
    [("unknown_number", NotFound), ("wrong_token", AccountRefused), ("too_many_calls", TryLater)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_its_api_answers_for_amazons_own_numbers() -> None:
    assert registry.reaching("amazon")[0] == "amazon_shipping"


def test_who_received_it_is_kept_nowhere() -> None:
    assert "A PERSON" not in repr(read("second_attempt_left_with_a_neighbour"))
