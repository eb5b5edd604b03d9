"""Landmark Global: the login in the XML, two forms of time, codes of several wordings, the carrier of the last mile."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.bounds import decode_xml
from carriers.errors import AccountRefused, CarrierError, NotFound
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "landmark_global"
ACCESS = Access(credentials={"username": "us&er", "password": "p<w"}, now=datetime(2026, 4, 9, tzinfo=UTC))
landmark = registry.adapter("landmark_global")


def body_of(situation: str) -> str:
    return (PAYLOADS / f"{situation}.xml").read_text(encoding="utf-8")


def read(situation: str) -> TrackingResult:
    [result] = landmark.read(body_of(situation).encode())
    return result


def test_the_login_stands_in_the_xml() -> None:
    request = landmark.request([TrackedNumber(number="LTN48209317N1")], ACCESS)
    assert (request.method, request.path) == ("POST", "/v2/Track.php")
    asked = decode_xml(request.body or b"")
    assert [asked.findtext(f"Login/{name}") for name in ("Username", "Password")] == ["us&er", "p<w"]
    assert asked.findtext("TrackingNumber") == "LTN48209317N1"
    assert asked.findtext("RetrievalType") == "Historical"


def test_both_forms_of_time_are_read() -> None:
    assert read("customs_issue_on_the_way_to_toronto").events[-1].time.local == datetime(2026, 4, 9, 17, 40)  # noqa: DTZ001
    assert read("to_be_routed").events[0].time.local == datetime(2026, 4, 2, 3, 40, 52)  # noqa: DTZ001


def test_midnight_is_twelve_am() -> None:
    crossing = read("customs_issue_on_the_way_to_toronto").events[4]
    assert crossing.time.local == datetime(2026, 4, 4, 0, 0)  # noqa: DTZ001


def test_a_place_that_is_not_known_gives_no_instant() -> None:
    assert read("to_be_routed").events[1].time.instant is None


def test_the_carrier_of_the_last_mile_is_named_with_its_number() -> None:
    leg = read("customs_issue_on_the_way_to_toronto").next_leg
    assert leg is not None
    assert (leg.number, leg.carrier_name) == ("7304815162342101", "Canada Post")
    assert registry.slug_of(leg.carrier_name) == "canadapost"


@pytest.mark.parametrize("carrier", ["To Be Routed", "Landmark Global", ""])
def test_as_long_as_none_is_chosen_there_is_no_next_leg(carrier: str) -> None:
    body = body_of("customs_issue_on_the_way_to_toronto").replace("Canada Post", carrier)
    [result] = landmark.read(body.encode())
    assert result.next_leg is None


@pytest.mark.parametrize(
    ("code", "wording", "meaning", "reason"),
    [
        ("125", "Customs Cleared", EventCode.IMPORT_CUSTOMS_RELEASED, None),
        ("125", "Customs transmission sent to carrier", EventCode.IMPORT_CUSTOMS_DECLARED, None),
        ("135", "Customs Issue", EventCode.IMPORT_CUSTOMS_HELD, None),
        ("135", "Customs Issue - Duties Unpaid", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED,
         Reason.CUSTOMS_DUTIES_UNPAID),
        ("200", "US in Transit", EventCode.ANY_IN_TRANSIT, None),
        ("200", "Departure to country of destination", EventCode.LINEHAUL_DEPARTED, None),
        ("250", "Customs Clearance in Progress", EventCode.IMPORT_CUSTOMS_PRESENTED, None),
        ("275", "Arrival from abroad", EventCode.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, None),
        ("275", "Item in transit with carrier", EventCode.LAST_MILE_HANDED_OVER, None),
        ("275", "A wording of next year", EventCode.ANY_IN_TRANSIT, None),
    ],
)  # fmt: skip
def test_a_code_of_several_wordings_is_told_by_them(
    code: str, wording: str, meaning: EventCode, reason: Reason | None
) -> None:
    told = landmark.facts.meaning(code, wording)
    assert (told.code, told.reason) == (meaning, reason)


@pytest.mark.parametrize(("situation", "error"), [("wrong_login", AccountRefused), ("unknown_number", NotFound)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
