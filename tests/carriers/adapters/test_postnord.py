"""PostNord: the status beside an event where its code is not known, several languages, shipments of several items."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "postnord"
ACCESS = Access(credentials={"apikey": "k" * 32}, now=datetime(2026, 6, 5, tzinfo=UTC))
postnord = registry.adapter("postnord")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def read(name: str) -> list[TrackingResult]:
    return postnord.read(json.dumps(payload(name)).encode())


def test_an_identifier_is_asked_for_with_the_key_in_the_query() -> None:
    request = postnord.request([TrackedNumber(number="LB123456785SE")], ACCESS)
    assert (request.method, request.path) == ("GET", "/rest/shipment/v5/trackandtrace/findByIdentifier.json")
    assert request.query == {"apikey": "k" * 32, "id": "LB123456785SE", "locale": "en"}


def test_the_status_says_the_stage_where_no_list_knows_the_code() -> None:
    [result] = read("refused_and_going_back")
    refused = result.events[2]
    assert (refused.raw_code, refused.details, refused.code) == (
        "99", {"status": "DELIVERY_REFUSED"}, "last_mile.attempt_failed.refused",
    )  # fmt: skip


def test_other_stays_in_the_carriers_words() -> None:
    [result] = read("refused_and_going_back")
    assert (result.events[1].code, result.events[1].raw_text) == ("unknown", "Något som ingen lista känner")


def test_a_time_without_an_offset_is_that_of_the_place_or_none() -> None:
    [result] = read("refused_and_going_back")
    assert [event.time.source for event in result.events[:2]] == [TimeSource.UNKNOWN, TimeSource.PLACE]


def test_a_shipment_of_two_items_is_told_item_by_item() -> None:
    answer = Answer(status=200, headers={}, body=json.dumps(payload("two_items")).encode())
    [(one, _)] = postnord.read_each(answer, [TrackedNumber(number="373500481516234224")])
    assert (one.number, one.events[-1].code) == ("373500481516234224", "any.in_transit")
    with pytest.raises(BadAnswer):
        postnord.read_each(answer, [TrackedNumber(number="00373500481516234200")])


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        ("Arrival at inward office of exchange", "import_customs.arrived_import_office"),
        ("Information about the item has been sent to customs", "import_customs.declared"),
        ("Customs needs more information from you", "import_customs.documents_required"),
        ("Försändelsen är tullklarerad", "import_customs.released"),
        ("Pakken er ude til levering", "last_mile.out_for_delivery"),
        ("Pakken er under kørsel til omdeling", "last_mile.out_for_delivery"),
        ("Försändelsen har lämnats in av avsändaren", "first_mile.picked_up"),
        ("Import VAT has been paid", "any.resumed"),
        ("Waiting for import VAT to be paid", "import_customs.payment_required"),
    ],
)
def test_words_say_more_than_en_route(wording: str, code: str) -> None:
    assert postnord.facts.meaning("EN_ROUTE", wording).code == code


@pytest.mark.parametrize(
    ("name", "error"), [("nothing_known", NotFound), ("no_identifier", NotFound), ("other_api", BadAnswer)]
)
def test_an_error_is_named_for_what_to_do(name: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(name)


def test_a_fault_that_no_list_knows_passes() -> None:
    fault = {"faultCode": "systemBusy", "explanationText": "Try again"}
    answer = {"TrackingInformationResponse": {"compositeFault": {"faults": [fault]}, "shipments": []}}
    with pytest.raises(TryLater):
        postnord.read(json.dumps(answer).encode())
