"""Correios: a token for the postage card, the pair of code and type, duty to pay, the way back, corrections."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "correios"
CREDENTIALS = {"username": "shop", "access_code": "between us", "postage_card": "0067599079"}
ACCESS = Access(credentials=CREDENTIALS, now=datetime(2026, 8, 3, tzinfo=UTC))
correios = registry.adapter("correios")


def read(situation: str) -> list[TrackingResult]:
    return correios.read((PAYLOADS / f"{situation}.json").read_bytes())


def test_numbers_are_asked_for_together_with_all_their_events_in_portuguese() -> None:
    request = correios.request([TrackedNumber(number="NB481623415BR"), TrackedNumber(number="NB481623432BR")], ACCESS)
    assert (request.method, request.path) == ("GET", "/srorastro/v1/objetos")
    assert request.query == {"codigosObjetos": "NB481623415BR,NB481623432BR", "resultado": "T"}
    assert request.headers["Accept-Language"] == "pt-BR"


def test_the_token_is_asked_for_with_the_postage_card() -> None:
    assert correios.auth is not None
    ask = correios.auth.token_request(CREDENTIALS)
    assert ask.path == "/token/v1/autentica/cartaopostagem"
    assert ask.headers["Authorization"] == "Basic " + base64.b64encode(b"shop:between us").decode()
    assert json.loads(ask.body) == {"numero": "0067599079"}
    token = correios.auth.read_token({"token": "abc", "expiraEm": "2026-08-04T10:00:00"})
    assert correios.auth.headers(token) == {"Authorization": "Bearer abc"}


def test_a_batch_is_split_by_number_and_the_unknown_one_is_its_own_error() -> None:
    answer = json.loads((PAYLOADS / "two_objects_one_unknown.json").read_bytes())
    pieces = correios.split(answer, ["NB481623415BR", "NB481623432BR"])
    assert list(pieces) == ["NB481623415BR", "NB481623432BR"]
    known, unknown = read("two_objects_one_unknown")
    assert [event.code for event in known.events] == [EventCode.FIRST_MILE_PICKED_UP]
    assert isinstance(unknown.failure, NotFound)


def test_duty_to_pay_is_the_buyer_s_to_do_and_quarantine_the_authority_s() -> None:
    [result] = read("guangzhou_to_campinas_duty_paid")
    duty = next(event for event in result.events if event.raw_code == "PAR/17")
    assert (duty.code, duty.reason) == (EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID)
    assert duty.reason is not None
    assert duty.reason.action_by is ActionBy.BUYER
    assert next(event.reason for event in result.events if event.raw_code == "FC/34") is Reason.CUSTOMS_QUARANTINE


def test_the_town_decides_the_clock_and_abroad_the_country() -> None:
    [result] = read("guangzhou_to_campinas_duty_paid")
    posted, home = result.events[0], result.events[-1]
    assert (posted.time.offset_min, posted.time.source) == (480, TimeSource.COUNTRY)
    assert (home.time.offset_min, home.time.source) == (-180, TimeSource.PLACE)


def test_a_delivery_that_is_to_be_disregarded_is_taken_back() -> None:
    [result] = read("back_to_the_sender")
    taken_back = next(event for event in result.events if event.raw_code == "EST/01")
    assert taken_back.is_correction
    assert not any(event.is_correction for event in result.events if event is not taken_back)


def test_once_it_turns_back_the_transfers_are_of_the_return() -> None:
    [result] = read("back_to_the_sender")
    transfers = [event.code for event in result.events if event.raw_code == "RO/01"]
    assert transfers == [EventCode.ANY_IN_TRANSIT, EventCode.RETURN_IN_TRANSIT]
    assert result.events[-1].code is EventCode.RETURN_COMPLETED


def test_an_outcome_of_an_international_unit_means_the_same_and_keeps_its_type() -> None:
    [result] = read("guangzhou_to_campinas_duty_paid")
    delivered = result.events[-1]
    assert (delivered.raw_code, delivered.details) == ("BDE/01", {"codigo": "BDI"})
    assert delivered.code is EventCode.LAST_MILE_DELIVERED


@pytest.mark.parametrize(("situation", "error"), [("wrong_token", Refused), ("no_objects", BadAnswer)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
