"""Aramex: the login in the body, a batch with unknown numbers, and times whose offset is a server's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import AccountRefused, BadAnswer, NotFound
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "aramex"
aramex = registry.adapter("aramex")
ACCESS = Access(credentials=dict.fromkeys(aramex.credentials, "x"), now=datetime(2026, 3, 20, tzinfo=UTC))
NUMBERS = [TrackedNumber(number=f"471209381{ending}") for ending in ("55", "66", "77")]


def body_of(situation: str) -> bytes:
    return (PAYLOADS / f"{situation}.json").read_bytes()


def read(situation: str) -> TrackingResult:
    [result] = aramex.read(body_of(situation))
    return result


def at(time: str, where: str = "Riyadh, Saudi Arabia", text: str = "") -> dict[str, Any]:
    update = {"UpdateCode": "SH033", "UpdateDescription": text, "UpdateDateTime": time, "UpdateLocation": where}
    row = {"Key": "47120938155", "Value": [update]}
    return {"HasErrors": False, "Notifications": [], "TrackingResults": [row], "NonExistingWaybills": []}


def test_the_numbers_and_the_login_stand_in_the_body() -> None:
    request = aramex.request(NUMBERS, ACCESS)
    assert (request.method, request.path) == (
        "POST", "/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments",
    )  # fmt: skip
    body = json.loads(request.body or b"")
    assert body["Shipments"] == ["47120938155", "47120938166", "47120938177"]
    assert body["ClientInfo"]["AccountPin"] == "x"
    assert body["GetLastTrackingUpdateOnly"] is False


def test_the_offset_is_the_servers_and_the_place_gives_the_zone() -> None:
    received = read("hong_kong_to_riyadh").events[1]
    assert received.time.raw.endswith("+0300)/")
    assert received.time.local == datetime(2026, 3, 14, 15, 0)  # noqa: DTZ001  a wall clock
    assert (received.time.source, received.time.offset_min) == (TimeSource.PLACE, 480)


@pytest.mark.parametrize(
    ("time", "local"),
    [
        ("/Date(1773500400000+0300)/", datetime(2026, 3, 14, 18, 0)),  # noqa: DTZ001
        ("/Date(1773500400000-0500)/", datetime(2026, 3, 14, 10, 0)),  # noqa: DTZ001
        ("/Date(1773500400000)/", datetime(2026, 3, 14, 15, 0)),  # noqa: DTZ001
    ],
)
def test_milliseconds_and_an_offset_are_a_wall_clock(time: str, local: datetime) -> None:
    [result] = aramex.read(json.dumps(at(time)).encode())
    assert result.events[0].time.local == local


def test_a_time_of_another_shape_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        aramex.read(json.dumps(at("2026-03-14T15:00:00")).encode())


def test_a_batch_says_of_each_number_what_it_knows() -> None:
    answer = Answer(status=200, headers={}, body=body_of("two_of_three"))
    results = [result for result, _ in aramex.read_each(answer, NUMBERS)]
    assert [result.number for result in results] == [asked.number for asked in NUMBERS]
    assert [len(result.events) for result in results] == [2, 1, 0]
    assert isinstance(results[2].failure, NotFound)


def test_a_piece_of_a_batch_is_read_by_itself() -> None:
    answer = Answer(status=200, headers={}, body=body_of("two_of_three"))
    for result, piece in aramex.read_each(answer, NUMBERS):
        [again] = aramex.read(piece)
        assert (again.number, again.events) == (result.number, result.events)


def test_a_wrong_login_stops_the_account_also_in_a_batch() -> None:
    answer = Answer(status=200, headers={}, body=body_of("wrong_login"))
    with pytest.raises(AccountRefused):
        aramex.read_each(answer, NUMBERS)


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("Attempted Delivery", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER, None),
        (
            "Attempted Delivery - Consignee not available",
            EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT,
            Reason.CONSIGNEE_ABSENT,
        ),
        (
            "On Hold - Customs Duties Payment",
            EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED,
            Reason.CUSTOMS_DUTIES_UNPAID,
        ),
        (
            "Held in Customs - Civil ID Required",
            EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED,
            Reason.CUSTOMS_RECIPIENT_ID_REQUIRED,
        ),
        ("Shipment held by customs", EventCode.IMPORT_CUSTOMS_HELD, None),
    ],
)
def test_the_wording_says_why(text: str, code: EventCode, reason: Reason | None) -> None:
    [result] = aramex.read(json.dumps(at("/Date(1773500400000+0300)/", text=text)).encode())
    assert (result.events[0].code, result.events[0].reason) == (code, reason)


def test_comments_are_kept_nowhere() -> None:
    assert "0500000000" not in repr(read("hong_kong_to_riyadh"))
