"""Australia Post: ten ids a call, wordings without codes, who holds it at the border, consignments and articles."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "australia_post"
CREDENTIALS = {"api_key": "key", "password": "pw", "account_number": "0001234567"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 10, 15, tzinfo=UTC))
australia_post = registry.adapter("australia_post")


def read(situation: str) -> list[TrackingResult]:
    return australia_post.read((PAYLOADS / f"{situation}.json").read_bytes())


def meaning(text: str) -> tuple[EventCode, Reason | None]:
    found = registry.sheet("australia_post").meaning("", text)
    return found.code, found.reason


def test_ids_are_asked_for_together_on_the_account() -> None:
    request = australia_post.request([TrackedNumber(number="A1"), TrackedNumber(number="B2")], ACCESS)
    assert (request.method, request.path, request.query) == ("GET", "/shipping/v1/track", {"tracking_ids": "A1,B2"})
    assert request.headers["Account-Number"] == "0001234567"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"key:pw").decode()


def test_a_batch_is_split_and_an_invalid_id_is_its_own_error() -> None:
    answer = json.loads((PAYLOADS / "two_ids_one_invalid.json").read_bytes())
    assert list(australia_post.split(answer, ["LX481516230CN"])) == ["LX481516230CN"]
    invalid, known = read("two_ids_one_invalid")
    assert isinstance(invalid.failure, NotFound)
    assert known.events[-1].code is EventCode.LAST_MILE_DELIVERED_SAFE_PLACE


def test_the_offset_is_the_carrier_s_own_through_the_change_of_the_clock() -> None:
    _, known = read("two_ids_one_invalid")
    assert {event.time.source for event in known.events} == {TimeSource.CARRIER_OFFSET}
    assert [event.time.offset_min for event in known.events[:3]] == [600, 600, 660]


def test_a_consignment_and_its_articles_are_one_way_in_the_order_of_time() -> None:
    [result] = read("consignment_with_two_articles")
    instants = [event.time.instant for event in result.events]
    assert len(instants) == 5
    assert instants == sorted(instants, key=lambda instant: instant or datetime.max.replace(tzinfo=UTC))
    assert [event.sequence for event in result.events] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("Item is in Customs", EventCode.IMPORT_CUSTOMS_PRESENTED, None),
        ("Held by Australian Border Force", EventCode.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_BORDER_SECURITY),
        ("Held for biosecurity assessment", EventCode.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE),
        ("Released from biosecurity", EventCode.IMPORT_CUSTOMS_RELEASED, None),
        ("Duty and GST payment required", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        ("Import permit required", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_IMPORT_LICENCE_MISSING),
        ("Awaiting collection at ALEXANDRIA LPO", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("Attempted delivery - card left", EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("Return to sender - refused by addressee", EventCode.RETURN_STARTED, Reason.CONSIGNEE_REFUSED),
        ("Possible delay due to severe weather", EventCode.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER),
        ("Delivered to sender", EventCode.RETURN_COMPLETED, None),
        ("Label cleaned", EventCode.UNKNOWN, None),
    ],
)
def test_a_wording_tells_what_happened_and_who_must_act(text: str, code: EventCode, reason: Reason | None) -> None:
    assert meaning(text) == (code, reason)


@pytest.mark.parametrize(("situation", "error"), [("too_many_requests", TryLater), ("mixed_ids", BadAnswer)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
