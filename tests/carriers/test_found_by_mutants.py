"""What `python -m benchmarks mutants` found, each cause once: recorded answers with the one thing changed that hurt."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from carriers import registry
from carriers.adapters.yanwen import Yanwen
from carriers.base import Access, Answer, CarrierRequest
from carriers.errors import BadAnswer
from carriers.events import TrackedNumber, TrackingResult
from tests.carriers.mutation import PAYLOADS
from tests.carriers.road import Reply, road
from tests.carriers.trial import ask


def changed(answer: str, way: str, value: Any) -> bytes:
    """A recorded answer with the value at `way` ("a.0.b") replaced."""
    whole = holder = json.loads((PAYLOADS / f"{answer}.json").read_bytes())
    *steps, last = (int(step) if step.isdigit() else step for step in way.split("."))
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return json.dumps(whole).encode()


# Python's words for a list or an object ("{'value': None}") came out as the carrier's code, text, place or number.
@pytest.mark.parametrize(
    ("answer", "way"),
    [
        ("asendia/lyon_to_chicago_incomplete_clearance", "0.code"),
        ("correios/back_to_the_sender", "objetos.0.eventos.0.tipo"),
        ("nz_post/shenzhen_to_wellington_biosecurity", "results.tracking_events.0.seqref"),
        ("royalmail/parcel_to_berlin_held_by_customs", "mailPieces.events.0.eventName"),
        ("royalmail/parcel_to_berlin_held_by_customs", "mailPieces.events.0.locationName"),
        ("spring/refused_and_back", "Shipment.CarrierTrackingNumber"),
        ("spring/semi_tracked_to_japan", "Shipment.Events.0.Code"),
        ("usps/parcel_in_a_locker", "trackingEvents.1.eventCity"),
    ],
)
def test_a_list_or_an_object_in_the_place_of_a_text_is_a_bad_answer(answer: str, way: str) -> None:
    for value in ([None], {"value": "x"}):
        with pytest.raises(BadAnswer):
            registry.adapter(answer.partition("/")[0]).read(changed(answer, way, value))


def test_a_text_in_the_place_of_a_list_of_codes_is_not_spelt_out() -> None:
    way = "payload.summary.trackingDetailCodes.forward"
    with pytest.raises(BadAnswer):
        registry.adapter("amazon_shipping").read(changed("amazon_shipping/nobody_at_home_today", way, "LATE"))


@pytest.mark.parametrize(
    ("answer", "way"),
    [
        ("correios/back_to_the_sender", "objetos.0.eventos.0.codigo"),
        ("spring/semi_tracked_to_japan", "Shipment.Events.0.Code"),
    ],
)
def test_null_in_the_place_of_a_code_is_no_code(answer: str, way: str) -> None:
    [result] = registry.adapter(answer.partition("/")[0]).read(changed(answer, way, None))
    assert not [event.raw_code for event in result.events if "None" in event.raw_code]


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_a_time_told_in_utc_alone_keeps_the_words_it_was_told_in(nothing: str | None) -> None:
    body = changed("usps/parcel_in_a_locker", "trackingEvents.0.eventTimestamp", nothing)
    [result] = registry.adapter("usps").read(body)
    assert "2026-05-05T22:07:58Z" in [event.time.raw for event in result.events]


# What a second, optional look brings must not lose what the first one told.
@pytest.mark.parametrize(
    ("slug", "answer"), [("fourpx", "ok_is_not_always_delivered"), ("yunexpress", "delivered_then_returned")]
)
@pytest.mark.parametrize(
    "second", [b"<html>Busy</html>", b"[]", b'{"Items": 7, "data": 7}', b'{"Items": [7], "data": [7]}']
)
def test_a_strange_second_answer_leaves_the_first_as_it_is(slug: str, answer: str, second: bytes) -> None:
    first = (PAYLOADS / slug / f"{answer}.json").read_bytes()
    adapter = registry.adapter(slug)
    asked = [TrackedNumber(number=adapter.read(first)[0].number)]
    optional: list[bool] = []
    [told] = ask(adapter, asked, first, second, optional=optional)
    assert optional
    assert told.events == adapter.read(first)[0].events


class Careless(Yanwen):
    """Looks into its second answer without asking what it is, as the adapter of YunExpress once did."""

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        yield self.request(numbers, access)
        answer = yield self.request(numbers, access)
        return self.decode(answer.body)["result"].get("rows")  # type: ignore[no-any-return]


def test_a_careless_adapter_is_a_bad_answer_and_takes_nothing_with_it() -> None:
    with road() as carriers:
        outcome = carriers.track(Careless(registry.sheet("yanwen")), Reply(body=b'{"result": []}'))
    assert outcome.result is not None
    assert isinstance(outcome.result.failure, BadAnswer)
