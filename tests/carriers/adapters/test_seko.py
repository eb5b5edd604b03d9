"""SEKO OmniParcel: an array out and in, codes beside the delivery carrier's, a locker that is no delivery."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "seko"
ACCESS = Access(credentials={"access_key": "k"}, now=datetime(2026, 9, 8, tzinfo=UTC))
NUMBERS = [TrackedNumber(number=f"WFY948151{ending}") for ending in "678"]
seko = registry.adapter("seko")


def read(situation: str) -> TrackingResult:
    [result] = seko.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_numbers_are_the_body_and_the_key_a_header() -> None:
    request = seko.request(NUMBERS, ACCESS)
    assert (request.method, request.path) == ("POST", "/labels/statusv2")
    assert json.loads(request.body or b"") == [asked.number for asked in NUMBERS]
    assert request.headers["access_key"] == "k"


def test_the_place_gives_the_zone() -> None:
    first = read("inspected_then_into_a_locker").events[0]
    assert (first.time.source, first.time.offset_min) == (TimeSource.PLACE, 60)


def test_the_delivery_carriers_own_code_is_kept_beside() -> None:
    handed_over = read("inspected_then_into_a_locker").events[6]
    assert (handed_over.code, handed_over.raw_code) == (EventCode.LAST_MILE_HANDED_OVER, "OP-4")
    assert handed_over.details == {"carrier_code": "0.0"}


def test_into_a_locker_is_not_delivered() -> None:
    events = read("inspected_then_into_a_locker").events
    assert events[-2].code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert events[-1].code is EventCode.LAST_MILE_DELIVERED_COLLECTED


def test_customs_that_inspect_say_so() -> None:
    held = read("inspected_then_into_a_locker").events[4]
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION)


def test_a_batch_says_of_each_number_what_it_knows() -> None:
    answer = Answer(status=200, headers={}, body=(PAYLOADS / "two_of_three.json").read_bytes())
    results = [result for result, _ in seko.read_each(answer, NUMBERS)]
    assert [len(result.events) for result in results] == [2, 0, 0]
    assert all(isinstance(result.failure, NotFound) for result in results[1:])


@pytest.mark.parametrize(("situation", "error"), [("wrong_key", AccountRefused), ("another_error", BadAnswer)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
