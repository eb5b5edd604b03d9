"""Nova Poshta: a hundred numbers with their phones, one present status each, a new number after a redirection."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "nova_poshta"
ACCESS = Access(credentials={"api_key": "key"}, now=datetime(2026, 3, 13, tzinfo=UTC))
nova_poshta = registry.adapter("nova_poshta")


def read(situation: str) -> dict[str, TrackingResult]:
    return {result.number[-1]: result for result in nova_poshta.read((PAYLOADS / f"{situation}.json").read_bytes())}


def test_the_key_and_the_numbers_with_their_phones_go_in_the_body() -> None:
    numbers = [
        TrackedNumber(number="20450481516234", fields={"phone": "380501234567"}),
        TrackedNumber(number="20450481516235"),
    ]
    request = nova_poshta.request(numbers, ACCESS)
    assert (request.method, request.path) == ("POST", "/v2.0/json/")
    assert json.loads(request.body or b"") == {
        "apiKey": "key",
        "modelName": "TrackingDocument",
        "calledMethod": "getStatusDocuments",
        "methodProperties": {
            "Documents": [
                {"DocumentNumber": "20450481516234", "Phone": "380501234567"},
                {"DocumentNumber": "20450481516235", "Phone": ""},
            ]
        },
    }


def test_a_batch_is_split_by_number() -> None:
    answer = json.loads((PAYLOADS / "six_documents.json").read_bytes())
    pieces = nova_poshta.split(answer, ["20450481516235", "20450481516236", "20450481516200"])
    assert list(pieces) == ["20450481516235", "20450481516236"]
    assert [item["StatusCode"] for item in pieces["20450481516236"]["data"]] == ["3"]


def test_each_number_has_its_present_status_on_kyiv_s_clock_winter_and_summer() -> None:
    results = read("six_documents")
    delivered, attempt = results["4"].events[0], results["7"].events[0]
    assert (delivered.code, delivered.time.offset_min) == (EventCode.LAST_MILE_DELIVERED, 120)
    assert (attempt.time.local, attempt.time.offset_min) == (datetime(2026, 7, 10, 18, 40), 180)  # noqa: DTZ001


def test_an_attempt_tells_why_in_ukrainian() -> None:
    attempt = read("six_documents")["7"].events[0]
    assert (attempt.code, attempt.reason) == (EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT)


def test_the_estimate_stands_until_it_is_delivered() -> None:
    results = read("six_documents")
    assert results["4"].estimated_delivery is None
    estimate = results["5"].estimated_delivery
    assert estimate is not None
    assert estimate.latest == date(2026, 3, 11)


def test_a_redirected_parcel_goes_on_under_a_new_number() -> None:
    redirected = read("six_documents")["8"]
    assert redirected.events[0].code is EventCode.LAST_MILE_REDIRECTED
    assert redirected.next_leg is not None
    assert (redirected.next_leg.number, redirected.next_leg.carrier) == ("20450481516299", "nova_poshta")


def test_a_number_that_is_not_known_is_its_own_error_and_a_time_of_zeros_is_none() -> None:
    results = read("six_documents")
    assert isinstance(results["6"].failure, NotFound)
    odd = results["9"].events[0]
    assert (odd.code, odd.time.source, odd.time.local) == (EventCode.UNKNOWN, TimeSource.UNKNOWN, None)


def test_nobody_s_name_or_phone_is_kept() -> None:
    assert "RecipientFullName" in (PAYLOADS / "six_documents.json").read_text(encoding="utf-8")
    assert all(event.details == {} for result in read("six_documents").values() for event in result.events)


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("number_not_correct", NotFound),
        ("wrong_key", AccountRefused),
        ("too_many_requests", TryLater),
        ("other_error", BadAnswer),
    ],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
