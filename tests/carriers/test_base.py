"""What every adapter gets from the base: reading, splitting, ordering, and the names of errors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from carriers import registry
from carriers.base import (
    Access,
    Answer,
    CarrierAdapter,
    CarrierRequest,
    PushAdapter,
    PushMessage,
    error_of_status,
    oldest_first,
)  # fmt: skip
from carriers.bounds import MAX_DEPTH, decode_json, decode_xml
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TimeSource, TrackedNumber, TrackingEvent, TrackingResult
from carriers.facts import ApiFacts, Evidence, FactSheet, Kind, Meaning
from carriers.times import estimated_delivery
from carriers.vocabulary import EventCode


def sheet(**changed: Any) -> FactSheet:
    facts: dict[str, Any] = {
        "slug": "plain", "name": "Plain Post", "kind": Kind.POST, "countries": ("DE",), "evidence": Evidence.DOCUMENTED,
        "tracking_url": "", "website": "", "language": "en", "zone": None, "post_of": (), "aliases": (),
        "api": ApiFacts(base_url="https://x", version="1", document="-", read_on=date(2026, 11, 23)),
        "credentials": (), "fields": (), "numbers": (), "codes": {"D": Meaning(EventCode.LAST_MILE_DELIVERED)},
    }  # fmt: skip
    return FactSheet(**(facts | changed))


class PlainPost(CarrierAdapter, PushAdapter):
    """The smallest carrier there can be: `{"parcels": {"<number>": [{"at", "code", "where"}]}}`."""

    slug = "plain"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        return CarrierRequest(method="GET", path="/" + numbers[0].number, headers={"x-at": str(access.now)})

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "refused" in answer:
            raise Refused(answer["refused"])
        return [
            TrackingResult(number=number, events=oldest_first(map(self.scan, rows)))
            for number, rows in answer["parcels"].items()
        ]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        parcels = decoded.get("parcels", {})
        return {number: {"parcels": {number: parcels[number]}} for number in numbers if number in parcels}

    def scan(self, row: dict[str, Any]) -> TrackingEvent:
        return self.event(
            raw_time=row["at"],
            local=datetime.fromisoformat(row["at"]),
            place=row.get("where", ""),
            raw_code=row["code"],
        )

    def verify(self, message: PushMessage) -> None:
        if message.headers.get("x-key") != message.secret:
            raise BadPush("wrong key")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        return self.parse(answer)


plain = PlainPost(sheet())


def answer(value: Any, status: int = 200, **headers: str) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(status=status, headers=headers, body=body)


def asked(*numbers: str) -> list[TrackedNumber]:
    return [TrackedNumber(number=number) for number in numbers]


def scan(at: str, code: str = "D", where: str = "") -> dict[str, str]:
    return {"at": at, "code": code, "where": where}


# Reading.


@pytest.mark.parametrize(
    "value",
    [{}, [], None, 1, "text", {"parcels": None}, {"parcels": {"A": [{}]}}, {"parcels": {"A": [scan("tomorrow")]}},
     {"parcels": {"A": [scan("1066-10-14T09:00:00")]}}, {"parcels": {"A": 7}}],
)  # fmt: skip
def test_a_shape_that_is_not_documented_is_a_bad_answer(value: Any) -> None:
    with pytest.raises(BadAnswer):
        plain.read(json.dumps(value).encode())


def test_an_error_that_the_carrier_says_keeps_its_name() -> None:
    with pytest.raises(Refused, match="no contract"):
        plain.read(b'{"refused": "no contract"}')


def test_a_lone_answer_may_bear_another_spelling_of_the_number() -> None:
    [(result, body)] = plain.read_each(answer({"parcels": {"AB 12": []}}), asked("AB12"))
    assert result.number == "AB 12"
    assert json.loads(body) == {"parcels": {"AB 12": []}}


def test_of_several_parcels_the_one_with_the_number_is_taken_in_any_spelling() -> None:
    told = answer({"parcels": {"ZZ99": [], "AB-12": [scan("2026-06-01T10:00:00+02:00")]}})
    [(result, _)] = plain.read_each(told, asked("ab12"))
    assert len(result.events) == 1


def test_of_several_strange_parcels_none_is_taken() -> None:
    with pytest.raises(BadAnswer):
        plain.read_each(answer({"parcels": {"ZZ99": [], "YY88": []}}), asked("AB12"))


class Punctual(PlainPost):
    """Says for ever when it is due; "C" takes an earlier report back."""

    def parse(self, answer: Any) -> list[TrackingResult]:
        return [
            replace(result, estimated_delivery=estimated_delivery("2026-06-02")) for result in super().parse(answer)
        ]

    def scan(self, row: dict[str, Any]) -> TrackingEvent:
        return replace(super().scan(row), is_correction=row["code"] == "C")


@pytest.mark.parametrize(("codes", "is_due"), [("X", True), ("XD", False), ("XDX", False), ("XDC", True)])
def test_no_estimate_outlives_the_delivery_unless_it_is_taken_back(codes: str, is_due: bool) -> None:
    rows = [scan(f"2026-06-01T1{hour}:00:00+02:00", code) for hour, code in enumerate(codes)]
    body = json.dumps({"parcels": {"A": rows}}).encode()
    for read in (Punctual(sheet()).read, Punctual(sheet()).read_push):
        [result] = read(body)
        assert (result.estimated_delivery is not None) is is_due


def test_a_push_with_something_else_in_the_place_of_a_text_is_a_bad_push() -> None:
    with pytest.raises(BadPush, match="no text"):
        plain.read_push(json.dumps({"parcels": {"A": [scan("2026-06-01T10:00:00", 7)]}}).encode())  # type: ignore[arg-type]


def test_an_empty_answer_is_not_found() -> None:
    with pytest.raises(NotFound):
        plain.read_each(answer({"parcels": {}}), asked("AB12"))


def test_a_batch_is_read_piece_by_piece_in_the_order_asked() -> None:
    told = answer({"parcels": {"C": [], "A": [scan("2026-06-01T10:00:00+02:00")], "B": [scan("never")]}})
    read = plain.read_each(told, asked("A", "B", "C", "D"))
    assert [result.number for result, _ in read] == ["A", "B", "C", "D"]
    assert [result.failure and result.failure.kind for result, _ in read] == [None, "bad_answer", None, "not_found"]
    assert plain.read(read[0][1]) == [read[0][0]]
    assert b"never" in read[1][1]


def test_an_error_for_a_whole_batch_is_raised() -> None:
    with pytest.raises(Refused):
        plain.read_each(answer({"refused": "no contract"}), asked("A", "B"))


def test_a_status_speaks_where_the_body_does_not() -> None:
    with pytest.raises(TryLater) as raised:
        plain.read_each(answer(b"<html/>", 503, **{"retry-after": "30"}), asked("A"))
    assert raised.value.after_s == 30


def test_the_body_s_own_error_goes_before_the_status() -> None:
    with pytest.raises(Refused):
        plain.read_each(answer({"refused": "no contract"}, 404), asked("A"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, None), (207, None), (302, BadAnswer), (400, BadAnswer), (401, Refused), (403, Refused), (404, NotFound),
     (408, TryLater), (410, BadAnswer), (425, TryLater), (429, TryLater), (500, TryLater), (599, TryLater)],
)  # fmt: skip
def test_each_status_has_its_name(status: int, error: type[CarrierError] | None) -> None:
    told = error_of_status(answer(b"", status))
    assert (told and type(told)) is error


# Events.


def test_an_offset_of_the_carrier_is_kept() -> None:
    [result] = plain.read(json.dumps({"parcels": {"A": [scan("2026-06-01T10:00:00+05:30")]}}).encode())
    time = result.events[0].time
    assert (time.offset_min, time.source) == (330, TimeSource.CARRIER_OFFSET)
    assert time.instant == datetime(2026, 6, 1, 4, 30, tzinfo=UTC)


def test_without_an_offset_a_place_or_a_zone_there_is_no_instant() -> None:
    event = plain.event(raw_time="2026-06-01 10:00", local=datetime(2026, 6, 1, 10))  # noqa: DTZ001
    assert (event.time.instant, event.time.source) == (None, TimeSource.UNKNOWN)
    assert event.time.local == datetime(2026, 6, 1, 10)  # noqa: DTZ001
    assert event.place is None


def test_a_carrier_of_one_clock_keeps_it_abroad_and_a_place_lends_its_zone_to_all_others() -> None:
    at = datetime(2026, 6, 1, 10)  # noqa: DTZ001
    tokyo = PlainPost(sheet(zone="Asia/Tokyo")).event(raw_time="-", local=at, place="Germany")
    there = plain.event(raw_time="-", local=at, place="Germany")
    assert (tokyo.time.offset_min, tokyo.time.source) == (540, TimeSource.CARRIER_DEFAULT)
    assert (there.time.offset_min, there.time.source) == (120, TimeSource.COUNTRY)


def test_a_day_stands_at_noon_for_order_only() -> None:
    event = plain.event(raw_time="2026-06-01", local=datetime(2026, 6, 1), precision=TimePrecision.DAY)  # noqa: DTZ001
    assert event.time.local == datetime(2026, 6, 1, 12)  # noqa: DTZ001
    assert event.time.precision is TimePrecision.DAY


def test_an_event_without_a_time_is_kept() -> None:
    event = plain.event(raw_time="", raw_code="D")
    assert (event.code, event.time.local, event.time.instant) == (EventCode.LAST_MILE_DELIVERED, None, None)


def test_an_unknown_code_is_unknown_with_the_carrier_s_words() -> None:
    event = plain.event(raw_time="", raw_code="Q7", raw_text="Something new")
    assert (event.code, event.raw_code, event.raw_text) == (EventCode.UNKNOWN, "Q7", "Something new")
    assert (event.status, event.phase) == (None, None)


def test_megabytes_of_wording_cost_no_time() -> None:
    dhl = registry.adapter("dhl_unified")
    assert dhl.facts.meaning("transit", "customs invoice pay " * 100_000).code is not None


def test_events_are_numbered_from_the_oldest_whichever_way_they_come() -> None:
    rows = [scan(f"2026-06-0{day}T10:00:00+02:00") for day in (1, 2, 3)]
    up, down = oldest_first(map(plain.scan, rows)), oldest_first(map(plain.scan, rows[::-1]))
    assert up == down
    assert [event.sequence for event in up] == [0, 1, 2]


def test_an_answer_out_of_order_keeps_the_carrier_s_order() -> None:
    rows = [scan(f"2026-06-0{day}T10:00:00+02:00") for day in (1, 4, 2, 3)]
    assert [event.time.raw for event in oldest_first(map(plain.scan, rows))] == [row["at"] for row in rows]


def test_local_times_order_events_where_instants_are_missing() -> None:
    rows = [scan("2026-06-02T10:00:00"), scan("2026-06-01T10:00:00")]
    assert [event.time.raw for event in oldest_first(map(plain.scan, rows))] == [row["at"] for row in rows[::-1]]


# Pushes.


def test_a_push_of_another_shape_is_a_bad_push() -> None:
    for body in (b"{", b"[]", b'{"parcels": 1}', b"\xff"):
        with pytest.raises(BadPush):
            plain.read_push(body)


def test_a_push_is_read_like_an_answer() -> None:
    [result] = plain.read_push(json.dumps({"parcels": {"A": [scan("2026-06-01T10:00:00+02:00")]}}).encode())
    assert len(result.events) == 1
    assert plain.push_id({}) is None


# Bounds.


def test_as_deep_as_allowed_is_read_and_one_deeper_is_not() -> None:
    assert decode_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(BadAnswer, match="deeper than"):
        decode_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert decode_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).tag == "a"
    with pytest.raises(BadAnswer, match="deeper than"):
        decode_xml(b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1))


def test_brackets_inside_a_text_are_no_depth() -> None:
    text = '[{"' * 50 + '\\"[['
    assert decode_json(json.dumps({"a": [text], "b": "\\"}).encode()) == {"a": [text], "b": "\\"}


def test_a_byte_order_mark_is_read_over() -> None:
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert decode_json(b'"\\ud83d\\udce6"') == "\U0001f4e6"


def test_a_prefix_of_a_tag_is_dropped() -> None:
    root = decode_xml(b'<t:track xmlns:t="urn:x"><t:pin>1</t:pin></t:track>')
    assert (root.tag, root.findtext("pin")) == ("track", "1")
