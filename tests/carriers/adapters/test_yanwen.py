"""Yanwen: thirty numbers a call, and a delivered parcel that comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.client import fingerprint
from carriers.errors import CarrierError, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "yanwen"
ACCESS = Access(credentials={"merchant_number": "100000"}, now=datetime(2026, 6, 20, tzinfo=UTC))
yanwen = registry.adapter("yanwen")


def body(name: str = "three_numbers") -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def read_batch(answer: bytes, *numbers: str) -> list[tuple[TrackingResult, bytes]]:
    asked = [TrackedNumber(number=number) for number in numbers]
    return yanwen.read_each(Answer(status=200, headers={}, body=answer), asked)


def test_numbers_go_in_one_parameter() -> None:
    asked = [TrackedNumber(number=f"UH00000000{digit}YP") for digit in range(3)]
    request = yanwen.request(asked, ACCESS)
    assert (request.method, request.path) == ("GET", "/api/tracking")
    assert request.query == {"nums": "UH000000000YP,UH000000001YP,UH000000002YP"}
    assert request.headers["Authorization"] == "100000"


def test_each_number_gets_its_own_result_and_its_own_raw_answer() -> None:
    read = read_batch(body(), "UM056734064YP", "UH972281866YP", "UA620116415YP", "UB000000001YP")
    assert [result.failure and result.failure.kind for result, _ in read] == ["not_found", None, None, "not_found"]
    for result, raw in read[:3]:
        [again] = yanwen.read(raw)
        assert again.number == result.number
        assert again.events == result.events


def test_a_number_may_be_asked_for_by_its_last_mile_number() -> None:
    [(by_waybill, _), (by_last_mile, _)] = read_batch(body(), "UH972281866YP", "CB088844429FR")
    assert by_waybill == by_last_mile


def test_a_piece_changes_only_when_its_parcel_does() -> None:
    later: dict[str, Any] = json.loads(body())
    later["requestTime"], later["elapsedMilliseconds"] = "2026-06-21T08:00:00+08:00", {"total": 990}
    later["result"][1]["checkpoints"].append(later["result"][1]["checkpoints"][0])
    numbers = ("UH972281866YP", "UA620116415YP")
    before = [fingerprint(yanwen, raw) for _, raw in read_batch(body(), *numbers)]
    after = [fingerprint(yanwen, raw) for _, raw in read_batch(json.dumps(later).encode(), *numbers)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False]


def test_checkpoints_keep_the_order_of_the_carrier_even_where_it_is_out_of_order() -> None:
    [_, returned, _] = yanwen.read(body())
    codes = [EventCode.SELLER_LABEL_CREATED, EventCode.RETURN_IN_TRANSIT, EventCode.LAST_MILE_DELIVERED]
    assert [event.code for event in returned.events] == codes
    assert returned.events[1].time.instant > returned.events[2].time.instant  # type: ignore[operator]


def test_every_checkpoint_has_its_own_offset() -> None:
    [delivered, *_] = yanwen.read(body())
    assert {event.time.offset_min for event in delivered.events} == {8 * 60, 2 * 60}


@pytest.mark.parametrize(("name", "error"), [("busy", TryLater), ("wrong_merchant", Refused)])
def test_an_error_for_the_whole_batch_is_raised(name: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read_batch(body(name), "UH972281866YP", "UA620116415YP")
