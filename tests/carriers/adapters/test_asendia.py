"""Asendia: a token of its own kind, an answer without the number, customs codes with what they want."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "asendia"
CREDENTIALS = {"username": "u", "password": "p", "customer_id": "C 1"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 6, 12, tzinfo=UTC))
ASKED = TrackedNumber(number="LX481516239FR")
asendia = registry.adapter("asendia")


def read(situation: str) -> TrackingResult:
    [result] = asendia.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_customer_and_number_stand_in_the_path() -> None:
    request = asendia.request([ASKED], ACCESS)
    assert (request.method, request.path) == ("GET", "/api/customers/C%201/tracking/LX481516239FR")


def test_the_token_is_asked_for_with_user_and_password() -> None:
    assert asendia.auth is not None
    ask = asendia.auth.token_request(CREDENTIALS)
    assert ask.path == "/api/authenticate"
    assert json.loads(ask.body) == {"username": "u", "password": "p"}
    token = asendia.auth.read_token({"id_token": "jwt"})
    assert asendia.auth.headers(token) == {"Authorization": "Bearer jwt"}


def test_the_list_of_events_gets_the_number_that_was_asked_for() -> None:
    body = (PAYLOADS / "lyon_to_chicago_incomplete_clearance.json").read_bytes()
    calls = asendia.calls([ASKED], ACCESS)
    next(calls)
    with pytest.raises(StopIteration) as stop:
        calls.send(Answer(status=200, headers={}, body=body))
    [(result, raw)] = stop.value.value
    assert (result.number, len(result.events), raw) == ("LX481516239FR", 14, body)


@pytest.mark.parametrize(
    ("code", "meaning", "reason"),
    [
        ("IMPCLEARINC", EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_DOCUMENTS_INCORRECT),
        ("PAYCHARG", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        ("EXPCUSTRET", EventCode.EXPORT_CUSTOMS_HELD, None),
        ("PICKUP", EventCode.FIRST_MILE_PICKED_UP, None),
        ("PICKUPREAD", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("RETURNREFU", EventCode.RETURN_STARTED, Reason.CONSIGNEE_REFUSED),
        ("AWAITING", EventCode.UNKNOWN, None),
    ],
)
def test_a_code_says_what_is_wanted(code: str, meaning: EventCode, reason: Reason | None) -> None:
    told = asendia.facts.meaning(code)
    assert (told.code, told.reason) == (meaning, reason)


def test_the_older_form_with_the_number_is_read_too() -> None:
    assert read("refused_and_on_its_way_back").number == "LX481516239FR"


@pytest.mark.parametrize(("situation", "error"), [("unknown_number", NotFound), ("wrong_customer", Refused)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_an_answer_of_asendia_usa_is_another_apis() -> None:
    with pytest.raises(BadAnswer):
        asendia.read(b'{"responseStatusCode": 403, "responseStatusMessage": "denied"}')
