"""Posten Norge and Bring: three headers, packages of a consignment, a status that only the wording makes precise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "posten_norge"
CREDENTIALS = {"api_uid": "shop@example.org", "api_key": "key", "client_url": "https://shop.example.org"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 9, 20, tzinfo=UTC))
posten = registry.adapter("posten_norge")


def read(situation: str) -> list[TrackingResult]:
    return posten.read((PAYLOADS / f"{situation}.json").read_bytes())


def test_a_number_is_asked_for_with_the_key_and_the_shop_s_address() -> None:
    request = posten.request([TrackedNumber(number="LX481516230CN")], ACCESS)
    assert (request.path, request.query) == ("/api/v2/tracking.json", {"q": "LX481516230CN", "lang": "en"})
    assert request.headers["X-MyBring-API-Uid"] == "shop@example.org"
    assert request.headers["X-Bring-Client-URL"] == "https://shop.example.org"


def test_one_status_is_the_departure_the_arrival_or_a_duty_by_its_wording() -> None:
    [result] = read("shenzhen_to_bergen_vat_due")
    told = [(event.code, event.reason) for event in result.events if event.raw_code in ("INTERNATIONAL", "CUSTOMS")]
    assert told == [
        (EventCode.LINEHAUL_DEPARTED_EXPORT_OFFICE, None),
        (EventCode.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, None),
        (EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        (EventCode.IMPORT_CUSTOMS_RELEASED, None),
    ]


def test_ready_for_pick_up_is_no_delivery_and_a_longer_deadline_no_second_arrival() -> None:
    [result] = read("shenzhen_to_bergen_vat_due")
    *_, ready, deadline, collected = result.events
    assert ready.code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert ready.raw_text == "The parcel has arrived at Bergen & Laksevåg post i butikk."
    assert (deadline.code, collected.code) == (EventCode.ANY_NOTE, EventCode.LAST_MILE_DELIVERED_COLLECTED)


def test_every_package_of_a_consignment_is_a_result_of_its_own() -> None:
    delivered, returned = read("two_packages_one_returned")
    assert (delivered.number, returned.number) == ("370704815162342003", "370704815162342010")
    assert delivered.events[-1].code is EventCode.LAST_MILE_DELIVERED
    assert returned.events[-1].code is EventCode.RETURN_COMPLETED
    assert returned.events[0].reason is Reason.CONSIGNEE_WRONG_ADDRESS


def test_the_offset_is_the_carrier_s_and_a_status_that_says_nothing_stays_unknown() -> None:
    [result] = read("shenzhen_to_bergen_vat_due")
    assert {event.time.source for event in result.events} == {TimeSource.CARRIER_OFFSET}
    assert next(event.code for event in result.events if event.raw_code == "UNKNOWN") is EventCode.UNKNOWN


@pytest.mark.parametrize(("situation", "error"), [("no_shipments", NotFound), ("bad_query", BadAnswer)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
