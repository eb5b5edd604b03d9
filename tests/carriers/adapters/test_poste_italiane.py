"""Poste Italiane: its own way to a token, wordings in two languages, the flag of a return."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "poste_italiane"
CREDENTIALS = {"client_id": "shop", "client_secret": "between us"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 4, 22, tzinfo=UTC))
poste = registry.adapter("poste_italiane")


def read(situation: str) -> TrackingResult:
    [result] = poste.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def told(status: str, text: str) -> EventCode:
    row = {"data": "2026-04-21 16:20:00", "officeDescription": "Roma", "StatusDescription": text, "status": status}
    shipment = {"waybillNumber": "CP481516230IT", "tracking": [row]}
    answer = {"return": {"outcome": "OK", "code": 0, "shipment": [shipment]}}
    [result] = poste.read(json.dumps(answer).encode())
    return result.events[0].code


def test_the_whole_history_is_asked_for_in_the_envelope_of_the_manual() -> None:
    request = poste.request([TrackedNumber(number="CP481516230IT")], ACCESS)
    assert (request.method, request.path) == ("POST", "/postalandlogistics/parcel/tracking")
    assert request.headers["POSTE_clientID"] == "shop"
    assert json.loads(request.body or b"") == {
        "arg0": {
            "shipmentsData": [{"waybillNumber": "CP481516230IT", "lastTracingState": "N"}],
            "statusDescription": "E",
            "customerType": "DQ",
        }
    }


def test_a_token_is_asked_for_in_json_and_borne_bare() -> None:
    assert poste.auth is not None
    ask = poste.auth.token_request(CREDENTIALS)
    assert (ask.path, ask.headers["POSTE_clientID"]) == ("/user/sessions", "shop")
    assert json.loads(ask.body)["grantType"] == "client_credentials"
    token = poste.auth.read_token({"access_token": "abc", "expires_in": 3599, "token_type": "Bearer"})
    assert (poste.auth.headers(token), token.lives_s) == ({"Authorization": "abc"}, 3599.0)


def test_a_missing_invoice_is_the_merchant_s_to_send() -> None:
    held = next(event for event in read("hangzhou_to_turin_through_customs").events if event.raw_code == "DOG")
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING)
    assert held.reason is not None
    assert held.reason.action_by is ActionBy.MERCHANT


def test_ready_at_the_post_office_is_no_delivery_and_collecting_it_is() -> None:
    *_, ready, collected = read("hangzhou_to_turin_through_customs").events
    assert ready.code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP
    assert collected.code is EventCode.LAST_MILE_DELIVERED_COLLECTED


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Consegna non riuscita per indirizzo errato", EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS),
        ("La spedizione non è stata consegnata", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER),
        ("La spedizione è stata restituita al mittente", EventCode.RETURN_COMPLETED),
        ("Compiuta giacenza", EventCode.LAST_MILE_PICKUP_MISSED),
        ("In attesa del pagamento degli oneri doganali", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED),
        ("Out for delivery", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("Evento di servizio", EventCode.UNKNOWN),
    ],
)
def test_a_wording_decides_under_a_code_that_no_list_names(text: str, code: EventCode) -> None:
    assert told("XYZ", text) is code


def test_the_wording_goes_before_the_phase_which_contradicts_it() -> None:
    held = next(event for event in read("back_to_the_sender").events if event.raw_code == "003")
    assert (held.code, held.details) == (EventCode.LAST_MILE_HELD_DELIVERY_OFFICE, {"phase": "IN CONSEGNA"})


def test_a_delivery_under_the_flag_of_a_return_is_one_to_the_sender() -> None:
    assert read("back_to_the_sender").events[-1].code is EventCode.RETURN_COMPLETED


@pytest.mark.parametrize(
    ("situation", "error"),
    [
        ("no_result", NotFound),
        ("not_now", TryLater),
        ("wrong_customer_type", BadAnswer),
        ("web_site_instead_of_the_api", BadAnswer),
    ],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
