"""DHL eCommerce: labels of American zones, wordings in capitals, and the number under which the post delivers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

ACCESS = Access(credentials={"client_id": "a", "client_secret": "b"}, now=datetime(2026, 6, 12, tzinfo=UTC))
PIC = "9261299995300042817366"
ecommerce = registry.adapter("dhl_ecommerce")


def package(*scans: dict[str, Any], **more: Any) -> TrackingResult:
    row = {"package": {"trackingId": "GM605112299301877452"} | more, "events": list(scans)}
    [result] = ecommerce.parse({"packages": [row]})
    return result


def scan(text: str = "PROCESSED", location: str = "Henderson, NV, US", **more: Any) -> dict[str, Any]:
    return {"date": "2026-07-04", "time": "09:00:00", "primaryEventDescription": text, "location": location} | more


def test_a_number_is_asked_for_as_the_label_s() -> None:
    request = ecommerce.request([TrackedNumber(number="GM605112299301877452")], ACCESS)
    assert (request.path, request.query) == ("/tracking/v4/package/open", {"trackingId": "GM605112299301877452"})
    assert ecommerce.auth is not None
    assert ecommerce.auth.token_request(ACCESS.credentials).path == "/auth/v4/accesstoken"


@pytest.mark.parametrize(
    ("label", "location", "hour"),
    [
        ("ET", "", 13),
        ("CT", "", 14),
        ("PT", "Henderson, NV, US", 16),
        ("EST", "", 14),
        ("AST", "San Juan, PR, US", 13),
        ("MT", "Phoenix, AZ, US", 16),  # no summer time there
        ("+02", "Paris, FR", 7),
        ("LT", "Paris, FR", 7),
        ("CST", "Shanghai, CN", 1),  # China's, not Chicago's
    ],
)
def test_a_label_is_read_where_it_is_printed(label: str, location: str, hour: int) -> None:
    [event] = package(scan(location=location, timeZone=label)).events
    assert event.time.instant == datetime(2026, 7, 4, hour, 0, tzinfo=UTC)


@pytest.mark.parametrize("label", ["LT", "MT", "XX", ""])
def test_without_a_place_no_zone_is_invented(label: str) -> None:
    [event] = package(scan(location="", timeZone=label)).events
    assert event.time.instant is None


def test_the_post_s_number_is_told_once_a_scan_says_that_it_has_the_package() -> None:
    waiting = package(scan("LABEL CREATED"), deliveryConfirmationNumber=PIC)
    handed = package(scan("TENDERED TO DELIVERY SERVICE PROVIDER"), deliveryConfirmationNumber=PIC)
    assert waiting.next_leg is None
    assert handed.next_leg is not None
    assert (handed.next_leg.carrier, handed.next_leg.number) == ("usps", PIC)


def test_a_status_stamped_with_the_time_of_the_call_is_no_scan() -> None:
    told = package(scan("EN ROUTE", location=""), scan("EN ROUTE"), scan("PROCESSED", location=""))
    assert [event.raw_text for event in told.events] == ["EN ROUTE", "PROCESSED"]


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("EN ROUTE TO DHL ECOMMERCE DISTRIBUTION CENTER", EventCode.SELLER_DISPATCHED_FROM_WAREHOUSE, None),
        ("EN ROUTE TO DHL ECOMMERCE OR AWAITING PROCESSING", EventCode.SELLER_LABEL_CREATED, None),
        ("ARRIVAL DHL ECOMMERCE FACILITY", EventCode.FIRST_MILE_ARRIVED_HUB, None),
        ("ARRIVAL DESTINATION DHL ECOMMERCE FACILITY", EventCode.LAST_MILE_ARRIVED_HUB, None),
        ("Tendered to USPS", EventCode.LAST_MILE_HANDED_OVER, None),
        ("ARRIVED USPS SORT FACILITY", EventCode.LAST_MILE_ARRIVED_HUB, None),
        ("Clearance processing completed - Export", EventCode.EXPORT_CUSTOMS_RELEASED, None),
        ("Clearance processing completed - Import", EventCode.IMPORT_CUSTOMS_RELEASED, None),
        ("POSSIBLE DELIVERY DELAY - ADVERSE WEATHER", EventCode.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER),
        ("UNDELIVERABLE AS ADDRESSED", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER, None),
        ("INSUFFICIENT ADDRESS", EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS, Reason.CONSIGNEE_WRONG_ADDRESS),
        ("READY FOR COLLECTION", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("DELIVERED, TO ORIGINAL SENDER", EventCode.RETURN_COMPLETED, None),
        ("RETURNED TO SENDER", EventCode.RETURN_STARTED, None),
        ("REPALLETISED", EventCode.UNKNOWN, None),
    ],
)
def test_the_wording_decides(text: str, expected: EventCode, reason: Reason | None) -> None:
    [event] = package(scan(text)).events
    assert (event.code, event.reason) == (expected, reason)


@pytest.mark.parametrize(
    ("code", "error"), [("400", Refused), ("404", NotFound), ("429", TryLater), ("500", TryLater), ("418", BadAnswer)]
)
def test_each_error_has_its_name(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        ecommerce.parse({"type": f"https://api.dhlecs.com/docs/errors#{code}.0000001", "title": "…"})
