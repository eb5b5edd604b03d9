"""Correos: Basic, an envelope that decides, wordings finer than codes, Spain's clock."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound
from carriers.events import TimePrecision, TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "correos"
ACCESS = Access(credentials={"username": "user", "password": "pw"}, now=datetime(2026, 5, 22, tzinfo=UTC))
correos = registry.adapter("correos")


def read(situation: str) -> TrackingResult:
    [result] = correos.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_whole_history_is_asked_for_and_not_the_last_event() -> None:
    request = correos.request([TrackedNumber(number="PQ4F6P0481516234228013Q")], ACCESS)
    assert request.path == "/canonico/eventos_envio_servicio_auth/PQ4F6P0481516234228013Q"
    assert request.query["indUltEvento"] == "N"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"user:pw").decode()


def test_a_shipment_without_its_list_reads_the_same() -> None:
    body = (PAYLOADS / "announced_then_returned.json").read_bytes().strip()
    assert correos.read(body[1:-1]) == correos.read(body)


def test_charges_to_pay_are_known_by_the_wording_under_a_code_that_is_not_listed() -> None:
    due = next(event for event in read("shenzhen_to_seville_charges_due").events if event.raw_code == "Q710000R")
    assert (due.code, due.reason) == (EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID)
    assert due.reason is not None
    assert due.reason.action_by is ActionBy.BUYER


def test_an_attempt_says_why_and_ready_at_the_office_is_no_delivery() -> None:
    events = {event.raw_code: event for event in read("shenzhen_to_seville_charges_due").events}
    assert events["H010930R"].reason is Reason.CONSIGNEE_ABSENT
    assert events["H01I350V"].code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert events["I01H210V"].code is EventCode.LAST_MILE_DELIVERED


def test_delivered_to_the_sender_is_a_return() -> None:
    *_, turned, home = read("announced_then_returned").events
    assert (turned.code, home.code) == (EventCode.RETURN_STARTED, EventCode.RETURN_COMPLETED)


def test_a_unit_abroad_has_no_instant_for_its_clock_is_not_told() -> None:
    left = read("shenzhen_to_seville_charges_due").events[0]
    assert (left.time.source, left.time.instant) == (TimeSource.UNKNOWN, None)


def test_an_event_without_a_time_is_a_days() -> None:
    arrived = read("announced_then_returned").events[2]
    assert (arrived.raw_code, arrived.time.precision) == ("G01L010V", TimePrecision.DAY)


def test_a_code_and_wording_that_nobody_knows_stay_unknown() -> None:
    odd = next(event for event in read("announced_then_returned").events if event.raw_code == "Y550000V")
    assert odd.code is EventCode.UNKNOWN


@pytest.mark.parametrize(("situation", "error"), [("no_trace", NotFound), ("other_error", BadAnswer)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
