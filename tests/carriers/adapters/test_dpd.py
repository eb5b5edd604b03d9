"""DPD: stages that were reached, a shop that is no delivery, barcodes that hold the parcel's number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import bounds, registry
from carriers.base import Access, Answer
from carriers.errors import NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "dpd"
SECRETS = {"partner_name": "n", "partner_token": "t&<", "cloud_user_id": "u", "cloud_user_token": "s"}
ACCESS = Access(credentials=SECRETS, now=datetime(2026, 3, 13, tzinfo=UTC))
dpd = registry.adapter("dpd")


def read(situation: str) -> TrackingResult:
    [result] = dpd.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        ("09980481516233", "09980481516233"),
        ("09980481516207U", "09980481516207U"),
        ("0081827099804815162333502769", "09980481516233"),
        ("</ParcelNo>", "</ParcelNo>"),
    ],
)
def test_the_number_is_asked_for_as_dpd_knows_it(number: str, asked: str) -> None:
    request = dpd.request([TrackedNumber(number=number)], ACCESS)
    sent = bounds.decode_xml(request.body or b"")
    assert [each.text for each in sent.iter("ParcelNo")] == [asked]
    assert [each.text for each in sent.iter("Token")] == ["t&<", "s"]


def test_a_printed_number_that_is_not_found_is_asked_for_without_its_check_sign() -> None:
    calls = dpd.calls([TrackedNumber(number="09980481516207U")], ACCESS)
    assert b"<ParcelNo>09980481516207U<" in (next(calls).body or b"")
    unknown = Answer(status=200, headers={}, body=(PAYLOADS / "unknown_parcel.xml").read_bytes())
    assert b"<ParcelNo>09980481516207<" in (calls.send(unknown).body or b"")
    known = Answer(status=200, headers={}, body=(PAYLOADS / "under_way_to_hamburg.xml").read_bytes())
    with pytest.raises(StopIteration) as done:
        calls.send(known)
    [(result, body)] = done.value.value
    assert (len(result.events), body) == (4, known.body)


def test_another_number_is_asked_for_once() -> None:
    calls = dpd.calls([TrackedNumber(number="09980481516207")], ACCESS)
    next(calls)
    with pytest.raises(NotFound):
        calls.send(Answer(status=200, headers={}, body=(PAYLOADS / "unknown_parcel.xml").read_bytes()))


def test_a_stage_that_was_not_reached_has_not_happened() -> None:
    assert [event.raw_code for event in read("under_way_to_hamburg").events][-1] == "AT_DELIVERY_DEPOT"
    with pytest.raises(NotFound):
        read("nothing_reached_yet")


def test_a_failed_call_says_why_and_a_shop_is_no_delivery() -> None:
    *_, failed, waiting, collected = read("absent_then_shop_then_collected").events
    assert (failed.code, failed.reason) == (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT)
    assert waiting.code is E.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert (collected.code, collected.time.precision) == (E.LAST_MILE_DELIVERED_COLLECTED, TimePrecision.DAY)


def test_the_english_of_the_netherlands_has_the_month_first() -> None:
    first = read("english_of_the_netherlands").events[0]
    assert first.time.instant == datetime(2026, 3, 2, 18, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(("situation", "error"), [("unknown_parcel", NotFound), ("wrong_user", Refused)])
def test_errors_are_told_in_the_body(situation: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(situation)


def test_a_limit_of_calls_is_waited_for() -> None:
    with pytest.raises(TryLater) as caught:
        read("call_limit")
    assert caught.value.after_s == 600


@pytest.mark.parametrize(
    ("code", "text", "what", "why"),
    [
        ("ParcelShop", "Delivered by driver to Pickup parcelshop", E.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("DODEI", "", E.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("DODEY", "", E.LAST_MILE_DELIVERED_COLLECTED, None),
        ("DeliveryFailure", "Niet thuis", E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("X", "Die Annahme wurde verweigert.", E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED),
        ("DELIVERED", "Ihr Paket wurde einem Nachbarn übergeben.", E.LAST_MILE_DELIVERED_NEIGHBOUR, None),
        (
            "AT_DELIVERY_DEPOT",
            "Ihr Paket kann an einen Nachbarn übergeben werden.",
            E.LAST_MILE_ARRIVED_DELIVERY_OFFICE,
            None,
        ),
        ("ON_THE_ROAD", "Ihr Paket wird in den Pickup Paketshop gebracht.", E.LAST_MILE_REDIRECTED, None),
        ("ON_THE_ROAD", "Ihr Paket wird an den Versender zurückgesandt.", E.RETURN_STARTED, None),
        ("DELIVERED", "Das Paket wurde an den Versender zurückgegeben.", E.RETURN_COMPLETED, None),
    ],
)
def test_codes_and_wordings(code: str, text: str, what: E, why: Reason | None) -> None:
    meaning = dpd.facts.meaning(code, text)
    assert (meaning.code, meaning.reason) == (what, why)
