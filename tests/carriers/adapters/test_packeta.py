"""Packeta: the password inside the XML, the Z left out, an answer without the number, Prague's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import bounds, registry
from carriers.base import Access
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "packeta"
ACCESS = Access(credentials={"api_password": "a&b"}, now=datetime(2026, 6, 5, tzinfo=UTC))
packeta = registry.adapter("packeta")


def read(situation: str) -> TrackingResult:
    [result] = packeta.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


def test_a_packet_is_asked_for_without_its_z_and_the_password_is_text() -> None:
    request = packeta.request([TrackedNumber(number="Z4815162342")], ACCESS)
    assert (request.method, request.path) == ("POST", "/api/rest")
    asked = bounds.decode_xml(request.body or b"")
    assert (asked.tag, asked.findtext("apiPassword"), asked.findtext("packetId")) == (
        "packetTracking",
        "a&b",
        "4815162342",
    )


def test_a_full_locker_is_an_attempt_and_a_packet_in_it_waits() -> None:
    *_, full, redirected, waiting, taken = read("full_locker_redirected").events
    assert full.code is EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER
    assert redirected.code is EventCode.LAST_MILE_REDIRECTED
    assert waiting.code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert taken.code is EventCode.LAST_MILE_DELIVERED


def test_another_carrier_s_number_is_the_next_leg_s() -> None:
    leg = read("handed_to_a_carrier_and_refused").next_leg
    assert leg is not None
    assert (leg.number, leg.carrier, leg.evidence) == ("MX481516234HU", None, "externalTrackingCode")
    assert read("full_locker_redirected").next_leg is None


def test_a_refusal_says_so_and_the_way_back_follows() -> None:
    *_, refused, started, completed = read("handed_to_a_carrier_and_refused").events
    assert (refused.code, refused.reason) == (EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED)
    assert (started.code, completed.code) == (EventCode.RETURN_STARTED, EventCode.RETURN_COMPLETED)


def test_times_are_prague_s_in_winter_and_in_summer() -> None:
    announced, *_, completed = read("handed_to_a_carrier_and_refused").events
    assert (announced.time.offset_min, completed.time.offset_min) == (60, 120)


def test_no_branch_is_no_detail() -> None:
    announced, collected, *_ = read("full_locker_redirected").events
    assert (announced.details, collected.details) == ({}, {"branch": "1"})


def test_what_a_cancelled_packet_does_next_is_not_guessed() -> None:
    codes = {event.raw_text: event.code for event in read("not_collected").events}
    assert codes["packet cancelled but consigned"] is EventCode.UNKNOWN
    assert codes["storage time expired"] is EventCode.LAST_MILE_PICKUP_MISSED


@pytest.mark.parametrize(
    ("situation", "error"),
    [("unknown_packet", NotFound), ("no_records", NotFound), ("wrong_password", Refused), ("gateway_down", TryLater)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
