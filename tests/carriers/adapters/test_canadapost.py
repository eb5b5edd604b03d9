"""Canada Post: XML, zone names and their offsets, a post abroad."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "canadapost"
ACCESS = Access(credentials={"username": "user", "password": "pw"}, now=datetime(2026, 6, 13, tzinfo=UTC))
canadapost = registry.adapter("canadapost")


def read(situation: str) -> TrackingResult:
    [result] = canadapost.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


def offset_of(label: str) -> int | None:
    body = (PAYLOADS / "halifax_to_regina.xml").read_text(encoding="utf-8").replace(">CSTNO<", f">{label}<")
    [result] = canadapost.read(body.encode())
    return result.events[-1].time.offset_min


def test_the_pin_is_asked_for_in_the_version_that_is_read() -> None:
    request = canadapost.request([TrackedNumber(number="7304815162342101")], ACCESS)
    assert (request.method, request.path) == ("GET", "/vis/track/pin/7304815162342101/detail")
    assert request.headers == {
        "Accept": "application/vnd.cpc.track-v2+xml",
        "Accept-language": "en-CA",
        "Authorization": "Basic " + base64.b64encode(b"user:pw").decode(),
    }


@pytest.mark.parametrize(
    ("label", "offset_min"),
    [
        ("NST", -210), ("NDT", -150), ("AST", -240), ("ADT", -180), ("EST", -300), ("EDT", -240), ("CST", -360),
        ("CDT", -300), ("CSTNO", -360), ("MST", -420), ("MDT", -360), ("MSTNO", -420), ("PST", -480), ("PDT", -420),
    ],
)  # fmt: skip
def test_a_zones_name_is_an_offset(label: str, offset_min: int) -> None:
    assert offset_of(label) == offset_min


def test_a_name_that_is_not_known_leaves_the_offset_to_the_place() -> None:
    arrived = read("toronto_to_tel_aviv").events[-1]
    assert (arrived.time.source, arrived.time.offset_min) == (TimeSource.PLACE, 120)


def test_a_place_that_is_not_known_gives_no_instant() -> None:
    landed = read("toronto_to_tel_aviv").events[1]
    assert landed.place is not None
    assert (landed.place.text, landed.place.country, landed.time.instant) == ("ILTLVA", None, None)


def test_an_event_without_a_time_is_a_days() -> None:
    odd = next(event for event in read("halifax_to_regina").events if event.raw_code == "7777")
    assert (odd.code, odd.time.precision) == (EventCode.UNKNOWN, TimePrecision.DAY)


def test_the_changed_date_is_the_estimate_until_it_is_delivered() -> None:
    assert read("halifax_to_regina").estimated_delivery is None
    estimate = read("toronto_to_tel_aviv").estimated_delivery
    assert estimate is not None
    assert estimate.latest.isoformat() == "2026-02-24"


def test_who_signed_is_kept_nowhere() -> None:
    assert "ROY" not in repr(read("halifax_to_regina"))


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("no_history", NotFound),
        ("wrong_key", Refused),
        ("throttled", TryLater),
        ("summary_instead_of_detail", BadAnswer),
    ],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
