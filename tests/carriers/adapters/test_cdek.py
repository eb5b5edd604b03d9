"""CDEK: statuses with offsets, back on a shelf is no return, a locker emptied by the courier is no delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "cdek"
ACCESS = Access(credentials={"client_id": "i", "client_secret": "s"}, now=datetime(2026, 6, 5, tzinfo=UTC))
cdek = registry.adapter("cdek")


def read(situation: str) -> TrackingResult:
    [result] = cdek.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_an_order_is_asked_for_by_cdek_s_own_number() -> None:
    request = cdek.request([TrackedNumber(number="1481516234")], ACCESS)
    assert (request.method, request.path, request.query) == ("GET", "/v2/orders", {"cdek_number": "1481516234"})


def test_back_on_the_shelf_after_a_courier_s_day_is_held_there_and_no_return() -> None:
    *_, held, again, delivered = read("delivered").events
    assert held.code is EventCode.LAST_MILE_HELD_DELIVERY_OFFICE
    assert (again.code, delivered.code) == (EventCode.LAST_MILE_OUT_FOR_DELIVERY, EventCode.LAST_MILE_DELIVERED)


def test_a_locker_that_the_courier_empties_was_not_emptied_by_the_buyer() -> None:
    codes = {event.raw_code: event.code for event in read("locker_from_abroad").events}
    assert codes["POSTOMAT_POSTED"] is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert codes["POSTOMAT_SEIZED"] is EventCode.LAST_MILE_PICKUP_MISSED
    assert codes["REPACKED"] is EventCode.UNKNOWN


def test_customs_of_either_country_is_told_apart() -> None:
    result = read("locker_from_abroad")
    assert [event.code for event in result.events[:4]] == [
        EventCode.EXPORT_CUSTOMS_PRESENTED,
        EventCode.LINEHAUL_DEPARTED,
        EventCode.IMPORT_CUSTOMS_PRESENTED,
        EventCode.IMPORT_CUSTOMS_RELEASED,
    ]
    assert (result.origin_country, result.destination_country) == ("KZ", "RU")


def test_an_order_that_ends_undelivered_goes_back() -> None:
    assert read("not_delivered").events[-1].code is EventCode.RETURN_STARTED


def test_times_bear_their_offset() -> None:
    assert {event.time.source for event in read("delivered").events} == {TimeSource.CARRIER_OFFSET}


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("unknown_number", NotFound),
        ("no_statuses", NotFound),
        ("internal_error", TryLater),
        ("bad_request", BadAnswer),
    ],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
