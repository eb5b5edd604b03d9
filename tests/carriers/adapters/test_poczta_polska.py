"""Poczta Polska: SOAP with a name and password, Polish codes with reasons, clocks at home and abroad."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import bounds, registry
from carriers.base import Access
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "poczta_polska"
ACCESS = Access(credentials={"username": "a&b", "password": "<pw>"}, now=datetime(2026, 4, 1, tzinfo=UTC))
poczta = registry.adapter("poczta_polska")


def read(situation: str) -> TrackingResult:
    [result] = poczta.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


def test_a_number_is_asked_for_in_an_envelope_that_bears_the_login_as_text() -> None:
    request = poczta.request([TrackedNumber(number="RR481516230PL")], ACCESS)
    assert (request.method, request.path) == ("POST", "/Sledzenie/services/Sledzenie")
    envelope = bounds.decode_xml(request.body or b"")
    assert [envelope.findtext(f".//{tag}") for tag in ("Username", "Password", "numer")] == [
        "a&b",
        "<pw>",
        "RR481516230PL",
    ]


def test_customs_says_why_and_the_merchant_has_to_act() -> None:
    held = next(event for event in read("guangzhou_to_krakow_held_by_customs").events if event.raw_code == "P_ZPUCPP")
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING)
    assert held.reason is not None
    assert held.reason.action_by is ActionBy.MERCHANT


def test_a_notice_is_an_attempt_a_second_one_waits_and_the_office_hands_it_out() -> None:
    *_, notice, again, collected = read("guangzhou_to_krakow_held_by_customs").events
    assert notice.code is EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT
    assert again.code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert collected.code is EventCode.LAST_MILE_DELIVERED_COLLECTED


def test_the_reason_of_an_attempt_stands_behind_it_and_the_return_follows() -> None:
    *_, attempt, turned, home = read("refused_and_returned").events
    assert (attempt.code, attempt.reason) == (EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED)
    assert (turned.code, home.code) == (EventCode.RETURN_STARTED, EventCode.RETURN_COMPLETED)


def test_minutes_are_poland_s_and_abroad_the_other_country_s() -> None:
    result = read("guangzhou_to_krakow_held_by_customs")
    sent, arrived, collected = result.events[1], result.events[2], result.events[-1]
    assert (sent.time.source, sent.time.offset_min) == (TimeSource.COUNTRY, 480)
    assert (arrived.time.offset_min, collected.time.offset_min) == (60, 120)
    assert {event.time.precision for event in result.events} == {TimePrecision.MINUTE}
    assert (result.origin_country, result.destination_country) == ("CN", "PL")


def test_a_code_that_the_list_does_not_know_stays_unknown() -> None:
    codes = {event.raw_code: event.code for event in read("guangzhou_to_krakow_held_by_customs").events}
    assert codes["P_XYZ"] is EventCode.UNKNOWN


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("no_such_number", NotFound),
        ("nothing_for_thirty_days", NotFound),
        ("system_error", TryLater),
        ("wrong_password", Refused),
    ],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
