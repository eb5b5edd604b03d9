"""La Poste: a comma list in the path, a list in the answer, and a way back told in the codes of the way out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import CarrierError, Refused, TryLater
from carriers.events import TrackedNumber
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "laposte"
ACCESS = Access(credentials={"okapi_key": "k" * 64}, now=datetime(2026, 6, 5, tzinfo=UTC))
laposte = registry.adapter("laposte")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def answered(value: Any, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(value).encode())


def test_numbers_stand_in_the_path() -> None:
    asked = [TrackedNumber(number="6A48213057719"), TrackedNumber(number="8R90015523384")]
    request = laposte.request(asked, ACCESS)
    assert (request.method, request.path) == ("GET", "/suivi/v2/idships/6A48213057719,8R90015523384")
    assert request.query == {"lang": "fr_FR"}
    assert request.headers["X-Okapi-Key"] == "k" * 64


def test_a_number_cannot_break_out_of_the_path() -> None:
    request = laposte.request([TrackedNumber(number="../../x?y#z")], ACCESS)
    assert request.path == "/suivi/v2/idships/..%2F..%2Fx%3Fy%23z"


def test_a_batch_with_one_unknown_number_keeps_the_others() -> None:
    numbers = ["6A48213057719", "1A70034418256", "8R90015523384", "6A00000000000"]
    read = laposte.read_each(answered(payload("three_numbers"), 207), [TrackedNumber(number=one) for one in numbers])
    failures = {result.number: result.failure and result.failure.kind for result, _ in read}
    assert failures == dict(zip(numbers, [None, "not_found", None, "not_found"], strict=True))
    assert laposte.read(read[0][1]) == [read[0][0]]


@pytest.mark.parametrize(("name", "error"), [("wrong_key", Refused), ("too_many_requests", TryLater)])
def test_an_error_for_the_whole_batch_is_raised(name: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        laposte.read_each(answered(payload(name)), [TrackedNumber(number="6A1"), TrackedNumber(number="6A2")])


def test_after_the_return_a_scan_in_transit_is_on_the_way_back() -> None:
    [result] = laposte.parse(payload("returned_to_the_sender"))
    assert [event.code for event in result.events[1:]] == [
        EventCode.RETURN_STARTED, EventCode.RETURN_IN_TRANSIT, EventCode.RETURN_COMPLETED,
    ]  # fmt: skip


def test_before_the_return_the_same_code_is_on_the_way_out() -> None:
    [result] = laposte.parse(payload("delivered_to_a_neighbour"))
    assert result.events[1].code is EventCode.ANY_IN_TRANSIT


def test_the_carrier_s_order_number_decides_where_it_gives_one() -> None:
    answer = payload("delivered_to_a_neighbour")
    shuffled = payload("delivered_to_a_neighbour")
    rows = shuffled["shipment"]["event"]
    shuffled["shipment"]["event"] = rows[3:] + rows[:3]
    assert laposte.parse(shuffled) == laposte.parse(answer)


def test_an_answer_without_order_numbers_reads_the_same() -> None:
    answer = payload("delivered_to_a_neighbour")
    bare = payload("delivered_to_a_neighbour")
    for row in bare["shipment"]["event"]:
        del row["order"]
    assert laposte.parse(bare) == laposte.parse(answer)


def test_a_number_that_is_not_accepted_stops_no_account() -> None:
    with pytest.raises(CarrierError) as raised:
        laposte.parse(payload("number_not_accepted"))
    assert raised.value.kind == "not_found"
