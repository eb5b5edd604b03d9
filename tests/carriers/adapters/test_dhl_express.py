"""DHL Express: checkpoints of two letters, the remark that says why, and service areas that end in a country."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from carriers import registry
from carriers.auth import basic
from carriers.base import Access
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingEvent
from carriers.vocabulary import EventCode, Reason

ACCESS = Access(credentials={"api_key": "demo", "api_secret": "key"}, now=datetime(2026, 6, 12, tzinfo=UTC))
express = registry.adapter("dhl_express")


def checkpoint(code: str, text: str = "", **more: Any) -> TrackingEvent:
    row = {"date": "2026-05-04", "time": "09:00:00", "typeCode": code, "description": text} | more
    [result] = express.parse({"shipments": [{"shipmentTrackingNumber": "4815162343", "events": [row]}]})
    return result.events[0]


def test_the_offset_of_every_checkpoint_and_its_remarks_are_asked_for() -> None:
    request = express.request([TrackedNumber(number="4815162343")], ACCESS)
    assert request.path == "/shipments/4815162343/tracking"
    assert request.query["requestGMTOffsetPerEvent"] == "true"
    assert request.query["trackingView"] == "all-checkpoints-with-remarks"
    assert request.headers["Authorization"] == basic("demo", "key")


def test_a_piece_is_asked_for_as_a_piece() -> None:
    request = express.request([TrackedNumber(number="JD014600077123450816")], ACCESS)
    assert (request.path, request.query["pieceTrackingNumber"]) == ("/tracking", "JD014600077123450816")


@pytest.mark.parametrize(
    ("code", "remark", "expected", "reason"),
    [
        ("CD", "", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, None),
        ("CD", "The invoice is missing.", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING),
        ("OH", "We need an EORI.", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_RECIPIENT_ID_REQUIRED),
        ("OH", "Unable to contact the receiver.", EventCode.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_CANNOT_CONTACT),
        ("OH", "Pending customs inspection.", EventCode.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_INSPECTION),
        ("OH", "A flight was cancelled.", EventCode.LINEHAUL_DELAYED, Reason.TRANSPORT_FLIGHT_CANCELLED),
        ("OH", "", EventCode.ANY_DELAYED, Reason.OTHER_UNKNOWN),
        ("HP", "", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        ("UD", "", EventCode.IMPORT_CUSTOMS_HELD, Reason.OTHER_REGULATORY),
        ("BN", "", EventCode.IMPORT_CUSTOMS_HELD, Reason.CUSTOMS_AWAITING_PRESENTATION),
        # What goes on is not held, whatever its remark talks of.
        ("DF", "The invoice is missing.", EventCode.ANY_IN_TRANSIT, None),
        ("PY", "Payment of duties received.", EventCode.ANY_NOTE, None),
    ],
)
def test_the_remark_says_who_must_act(code: str, remark: str, expected: EventCode, reason: Reason | None) -> None:
    event = checkpoint(code, "A checkpoint", remarks=[{"value": remark}] if remark else [])
    assert (event.code, event.reason) == (expected, reason)
    assert event.details.get("remark", "") == remark


def test_clearance_for_export_is_not_the_import_s() -> None:
    assert checkpoint("CR", "Clearance processing complete at LEIPZIG - Export").code.phase == "export_customs"
    assert checkpoint("CR", "Clearance processing complete at LEIPZIG").code.phase == "import_customs"


@pytest.mark.parametrize(
    ("area", "city", "country"),
    [
        ("KINGSTON-JAM", "Kingston", "JM"),
        ("VAN NUYS,CA-USA", "Van Nuys", "US"),
        ("Brisbane-AU", "Brisbane", "AU"),
        ("ADANA-TURKEY", "Adana", "TR"),
        ("New York, NY", "New York City", "US"),
        ("WINSTON-SALEM,NC-USA", "Winston-Salem", "US"),
    ],
)
def test_a_service_area_ends_in_a_country(area: str, city: str, country: str) -> None:
    place = checkpoint("PU", serviceArea=[{"code": "XXX", "description": area}]).place
    assert place is not None
    assert (place.city, place.country) == (city, country)


def test_without_an_offset_the_place_decides_and_without_a_place_nothing() -> None:
    told = checkpoint("PU", serviceArea=[{"code": "KIN", "description": "KINGSTON-JAM"}]).time
    assert (told.source, told.instant) == (TimeSource.PLACE, datetime(2026, 5, 4, 14, 0, tzinfo=UTC))
    assert checkpoint("PU", serviceArea=[]).time.instant is None


@pytest.mark.parametrize(
    ("status", "error"),
    [("400", Refused), (401, Refused), ("404", NotFound), (422, Refused), (429, TryLater), ("500", TryLater)],
)
def test_each_problem_has_its_name(status: str | int, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        express.read(json.dumps({"title": "…", "detail": "…", "status": status}).encode())
