"""Canpar: a SOAP call without a login, local times, codes of which five are known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.bounds import decode_xml
from carriers.errors import BadAnswer, NotFound
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "canpar"
ACCESS = Access(credentials={}, now=datetime(2026, 4, 16, tzinfo=UTC))
canpar = registry.adapter("canpar")


def read(situation: str) -> TrackingResult:
    [result] = canpar.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


def test_the_barcode_stands_in_an_envelope() -> None:
    request = canpar.request([TrackedNumber(number="D4815<1")], ACCESS)
    assert request.headers["Content-Type"].endswith('action="urn:trackByBarcodeV2"')
    assert [found.text for found in decode_xml(request.body or b"").iter("barcode")] == ["D4815<1"]


def test_each_place_has_its_own_clock() -> None:
    events = read("winnipeg_to_sudbury_closed_once").events
    assert (events[0].time.offset_min, events[-1].time.offset_min) == (-300, -240)


def test_a_code_that_is_not_known_is_read_by_its_wording_or_stays_unknown() -> None:
    events = read("winnipeg_to_sudbury_closed_once").events
    assert (events[5].code, events[5].reason) == (EventCode.LAST_MILE_ATTEMPT_FAILED_CLOSED, Reason.CONSIGNEE_CLOSED)
    assert events[2].code is EventCode.UNKNOWN


def test_the_estimate_ends_with_the_delivery() -> None:
    estimate = read("on_its_way").estimated_delivery
    assert estimate is not None
    assert estimate.latest.isoformat() == "2026-04-15"
    assert read("winnipeg_to_sudbury_closed_once").estimated_delivery is None


def test_an_unknown_barcode_is_not_found() -> None:
    with pytest.raises(NotFound):
        read("unknown_barcode")


def test_a_page_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        canpar.read(b"<html><body>Busy</body></html>")


def test_who_signed_is_kept_nowhere() -> None:
    assert "A PERSON" not in repr(read("winnipeg_to_sudbury_closed_once"))
