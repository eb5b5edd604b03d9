"""Spring GDS: a command in the body, the carrier's number told, a "delivered" that is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound
from carriers.events import NextLeg, TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "spring"
ACCESS = Access(credentials={"api_key": "k"}, now=datetime(2026, 9, 8, tzinfo=UTC))
spring = registry.adapter("spring")


def read(situation: str) -> TrackingResult:
    [result] = spring.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_command_the_key_and_the_number_are_the_body() -> None:
    request = spring.request([TrackedNumber(number="LXAB48151623NL")], ACCESS)
    assert (request.method, request.path) == ("POST", "/")
    assert json.loads(request.body or b"") == {
        "Apikey": "k", "Command": "TrackShipment", "Shipment": {"TrackingNumber": "LXAB48151623NL"},
    }  # fmt: skip


def test_the_carriers_number_is_the_next_leg() -> None:
    assert read("invoice_missing_then_usps").next_leg == NextLeg(
        number="9200190396055701234567", carrier=None, carrier_name="USPS", evidence="CarrierTrackingNumber"
    )


def test_a_number_that_is_the_carriers_too_names_no_leg() -> None:
    assert read("semi_tracked_to_japan").next_leg is None


def test_the_customs_exception_takes_its_reason_from_the_words() -> None:
    held = read("invoice_missing_then_usps").events[4]
    assert (held.code, held.reason) == (
        EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED,
        Reason.CUSTOMS_INVOICE_MISSING,
    )


def test_delivered_to_the_country_is_not_delivered() -> None:
    arrived, ended = read("semi_tracked_to_japan").events[-2:]
    assert (arrived.code, ended.code) == (EventCode.LINEHAUL_ARRIVED, EventCode.TRACKING_EXPIRED)


def test_received_back_is_not_yet_returned() -> None:
    *_, received, completed = read("refused_and_back").events
    assert (received.code, received.reason) == (EventCode.RETURN_IN_TRANSIT, Reason.CONSIGNEE_REFUSED)
    assert completed.code is EventCode.RETURN_COMPLETED


def test_an_old_code_with_a_new_meaning_is_told_apart_by_its_words() -> None:
    assert read("refused_and_back").events[0].code is EventCode.LAST_MILE_APPOINTMENT


def test_the_place_gives_the_zone_and_the_carriers_words_are_kept() -> None:
    at_usps = read("invoice_missing_then_usps").events[6]
    assert (at_usps.time.source, at_usps.time.offset_min) == (TimeSource.PLACE, -240)
    assert at_usps.details == {"carrier_code": "10", "carrier_text": "Arrived at USPS Regional Facility"}


def test_a_number_without_events_is_not_found() -> None:
    assert isinstance(read("no_events_yet").failure, NotFound)


@pytest.mark.parametrize(
    ("situation", "error"), [("not_found", NotFound), ("wrong_key", AccountRefused), ("another_error", BadAnswer)]
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
