"""PostNL: event codes before statuses, Dutch wall clocks, rows without their list, texts that are `{}`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "postnl"
ACCESS = Access(credentials={"apikey": "k" * 32}, now=datetime(2026, 6, 5, tzinfo=UTC))
postnl = registry.adapter("postnl")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def read(value: Any) -> TrackingResult:
    [result] = postnl.read(json.dumps(value).encode())
    return result


def test_all_events_are_asked_for_in_english() -> None:
    request = postnl.request([TrackedNumber(number="3SQRST481516234")], ACCESS)
    assert (request.method, request.path) == ("GET", "/shipment/v2/status/barcode/3SQRST481516234")
    assert request.query == {"detail": "true", "language": "EN"}
    assert request.headers["apikey"] == "k" * 32


def test_a_number_cannot_break_out_of_the_path() -> None:
    request = postnl.request([TrackedNumber(number="../3S?x#y")], ACCESS)
    assert request.path == "/shipment/v2/status/barcode/..%2F3S%3Fx%23y"


def test_events_come_by_their_time_however_the_answer_runs() -> None:
    answer = payload("missed_then_left_with_a_neighbour")
    shuffled = payload("missed_then_left_with_a_neighbour")
    rows = shuffled["CompleteStatus"]["Shipment"]["Event"]
    shuffled["CompleteStatus"]["Shipment"]["Event"] = rows[5:] + rows[:5]
    assert read(shuffled) == read(answer)


def test_the_statuses_are_read_where_there_are_no_events() -> None:
    answer = payload("missed_then_left_with_a_neighbour")
    answer["CompleteStatus"]["Shipment"]["Event"] = {}
    assert [event.raw_code for event in read(answer).events] == ["99", "11"]


def test_one_event_without_its_list_is_one_event() -> None:
    answer = payload("missed_then_left_with_a_neighbour")
    shipment = answer["CompleteStatus"]["Shipment"]
    shipment["Event"] = shipment["Event"][0]
    assert [event.raw_code for event in read(answer).events] == ["I10"]


def test_two_o_clock_in_october_is_the_first_of_the_two() -> None:
    last = read(payload("abroad_customs_asks_for_data")).events[-1]
    assert (last.time.source, last.time.offset_min) == (TimeSource.CARRIER_DEFAULT, 120)


def test_ready_at_a_counter_is_not_delivered_although_its_phase_is_called_so() -> None:
    waiting = read(payload("at_a_counter_is_not_delivered")).events[-1]
    assert (waiting.code, waiting.code.is_delivery) == ("last_mile.available_for_pickup", False)


def test_a_wording_of_a_longer_kind_does_not_hide_the_neighbour() -> None:
    meaning = postnl.facts.meaning("I10", "Zending is bezorgd bij de buren")
    assert meaning.code == "last_mile.delivered.neighbour"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (payload("no_shipment"), NotFound),
        (payload("wrong_key"), Refused),
        (payload("too_many_requests"), TryLater),
        ({"message": "?", "http_status_code": 418.0}, BadAnswer),
        ({"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}}, Refused),
        ({"fault": {"faultstring": "Quota", "detail": {"errorcode": "policies.ratelimit.QuotaViolation"}}}, TryLater),
    ],
)
def test_an_error_is_named_for_what_to_do(answer: Any, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(answer)
