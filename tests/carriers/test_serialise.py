"""A result as JSON: every field in the form that its readers were promised."""

from datetime import UTC, date, datetime

import pytest

from carriers.errors import NotFound
from carriers.events import EstimatedDelivery, EventTime, NextLeg, Place, TimeSource, TrackingEvent, TrackingResult
from carriers.serialise import event_to_json, offset, result_to_json
from carriers.vocabulary import EventCode, Reason

DELAYED = TrackingEvent(
    code=EventCode.ANY_DELAYED,
    reason=Reason.TRANSPORT_FLIGHT_CANCELLED,
    time=EventTime(
        raw="24.12.2026 23:30",
        local=datetime.fromisoformat("2026-12-24T23:30"),
        offset_min=-180,
        instant=datetime(2026, 12, 25, 2, 30, tzinfo=UTC),
        source=TimeSource.PLACE,
    ),
    place=Place(
        text="Campinas/SP", country="BR", city="Campinas", zone="America/Sao_Paulo", latitude=-22.9, longitude=-47.1
    ),
    raw_code="VOO",
    raw_text="Voo cancelado",
    language="pt-BR",
    details={"flight_number": "LA8070"},
)


def test_an_event_keeps_the_three_times_the_place_and_the_carriers_words() -> None:
    assert event_to_json(DELAYED) == {
        "code": "any.delayed",
        "status": "exception",
        "phase": None,
        "reason": "transport.flight_cancelled",
        "occurred_at": "2026-12-25T02:30:00Z",
        "local_time": "2026-12-24T23:30:00",
        "utc_offset": "-03:00",
        "time_source": "place",
        "time_precision": "second",
        "raw_time": "24.12.2026 23:30",
        "place": {
            "text": "Campinas/SP", "country": "BR", "city": "Campinas", "zone": "America/Sao_Paulo",
            "latitude": -22.9, "longitude": -47.1,
        },
        "raw_code": "VOO",
        "raw_text": "Voo cancelado",
        "language": "pt-BR",
        "details": {"flight_number": "LA8070"},
        "is_correction": False,
    }  # fmt: skip


def test_an_event_without_a_zone_has_no_instant_and_no_offset() -> None:
    time = EventTime(
        raw="8:05",
        local=datetime.fromisoformat("2026-05-01T08:05"),
        offset_min=None,
        instant=None,
        source=TimeSource.UNKNOWN,
    )
    event = event_to_json(TrackingEvent(code=EventCode.UNKNOWN, time=time))
    assert (event["occurred_at"], event["utc_offset"], event["time_source"]) == (None, None, "unknown")
    assert event["local_time"] == "2026-05-01T08:05:00"
    assert event["place"] is None


def test_a_result_tells_the_hand_over_and_the_estimate() -> None:
    result = result_to_json(
        TrackingResult(
            number="YT1",
            events=(DELAYED,),
            next_leg=NextLeg(number="AM123456785BR", carrier="correios", carrier_name="Correios", evidence="partner"),
            estimated_delivery=EstimatedDelivery(earliest=date(2026, 12, 28), latest=date(2026, 12, 30)),
            origin_country="CN",
            destination_country="BR",
        )
    )
    assert result["next_leg"] == {
        "number": "AM123456785BR", "carrier": "correios", "carrier_name": "Correios", "evidence": "partner",
    }  # fmt: skip
    assert result["estimated_delivery"] == {"earliest": "2026-12-28", "latest": "2026-12-30"}
    assert (result["origin_country"], result["destination_country"], result["failure"]) == ("CN", "BR", None)


def test_a_failure_is_named() -> None:
    result = result_to_json(TrackingResult(number="YT1", failure=NotFound("no such number")))
    assert result["failure"] == {"error": "not_found", "detail": "no such number"}
    assert result["events"] == []


@pytest.mark.parametrize(("minutes", "text"), [(0, "+00:00"), (480, "+08:00"), (-210, "-03:30"), (345, "+05:45")])
def test_an_offset_is_written_with_sign_hours_and_minutes(minutes: int, text: str) -> None:
    assert offset(minutes) == text
