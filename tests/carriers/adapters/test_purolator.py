"""Purolator: the SOAP call, a batch, the depot's clock, and a parcel that goes on under a new number."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.bounds import decode_xml
from carriers.errors import AccountRefused, NotFound, Refused
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "purolator"
ACCESS = Access(credentials={"key": "k", "password": "p", "user_token": "t&1"}, now=datetime(2026, 2, 13, tzinfo=UTC))
purolator = registry.adapter("purolator")


def body_of(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.xml").read_bytes()


def read(situation: str) -> list[TrackingResult]:
    return purolator.read(body_of(situation))


def asked() -> list[TrackedNumber]:
    return [TrackedNumber(number=result.number) for result in read("goes_on_under_a_new_number")]


def with_scan(description: str, comment: str = "", kind: str = "Other") -> TrackingResult:
    body = body_of("goes_on_under_a_new_number").decode()
    last = "<Description>New Tracking Number Assigned - "
    at = body.index(last)
    end = body.index("</Comment>", at)
    body = f"{body[:at]}<Description>{description}</Description><Comment>{comment}{body[end:]}"
    before = body.rindex("<ScanType>", 0, at)
    body = f"{body[:before]}<ScanType>{kind}</ScanType>{body[body.index('</ScanType>', before) + 11 :]}"
    return purolator.read(body.encode())[1]


def test_the_pins_stand_in_an_envelope_and_the_key_in_the_header() -> None:
    request = purolator.request([TrackedNumber(number="331847209648"), TrackedNumber(number="A<B")], ACCESS)
    assert (request.method, request.path) == ("POST", "/PWS/V1/Tracking/TrackingService.asmx")
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"k:p").decode()
    assert request.headers["SOAPAction"].strip('"').endswith("/TrackPackagesByPin")
    envelope = decode_xml(request.body or b"")
    assert [value.text for value in envelope.iter("Value")] == ["331847209648", "A<B"]
    assert [token.text for token in envelope.iter("UserToken")] == ["t&1"]


def test_a_scan_has_the_clock_of_its_depot() -> None:
    [result] = read("montreal_customs_to_calgary")
    first, last = result.events[0], result.events[-1]
    assert (first.time.offset_min, last.time.offset_min) == (-300, -420)
    assert last.time.source is TimeSource.PLACE


def test_a_customs_hold_says_what_is_missing() -> None:
    [result] = read("montreal_customs_to_calgary")
    held = result.events[2]
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING)


def test_a_new_number_is_the_next_leg() -> None:
    follows = read("goes_on_under_a_new_number")[1].next_leg
    assert follows is not None
    assert (follows.carrier, follows.number[:6]) == ("purolator", "520093")


@pytest.mark.parametrize(
    ("description", "comment", "number"),
    [
        ("New Tracking Number Assigned -", "520093471188", "520093471188"),
        ("New Tracking Number Assigned -", "", None),
        ("New Tracking Number Assigned -", "call the depot", None),
        ("New Tracking Number Assigned: KQV004815162", "", "KQV004815162"),
        ("Arrived at sort facility", "520093471188", None),
    ],
)
def test_a_new_number_is_told_at_the_end_of_the_words_or_beside_them(
    description: str, comment: str, number: str | None
) -> None:
    follows = with_scan(description, comment).next_leg
    assert (follows.number if follows else None) == number


@pytest.mark.parametrize(
    ("kind", "description", "code"),
    [
        ("Other", "Available for pickup", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP),
        ("Delivery", "Shipment returned to sender", EventCode.RETURN_COMPLETED),
        ("Undeliverable", "Customer refused shipment", EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED),
        ("Undeliverable", "A wording of next year", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER),
        ("Other", "A wording of next year", EventCode.UNKNOWN),
    ],
)
def test_the_wording_is_finer_than_the_scan_type(kind: str, description: str, code: EventCode) -> None:
    assert code in {event.code for event in with_scan(description, kind=kind).events}


def test_a_batch_says_of_each_number_what_it_knows() -> None:
    answer = Answer(status=200, headers={}, body=body_of("goes_on_under_a_new_number"))
    pieces = purolator.read_each(answer, asked())
    assert [len(result.events) for result, _ in pieces] == [2, 2, 0]
    assert isinstance(pieces[2][0].failure, NotFound)
    for result, piece in pieces:
        [again] = purolator.read(piece)
        assert (again.number, again.events) == (result.number, result.events)


def test_a_wrong_login_stops_the_account() -> None:
    with pytest.raises(AccountRefused):
        read("wrong_login")
    with pytest.raises(Refused):
        purolator.read_each(Answer(status=401, headers={}, body=b"<html>401</html>"), asked())


def test_who_signed_is_kept_nowhere() -> None:
    assert "A PERSON" not in repr(read("montreal_customs_to_calgary"))
