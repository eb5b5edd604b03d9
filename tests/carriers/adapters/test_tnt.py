"""TNT: XML in a form, depots that may be mere codes, numbers that are used again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from carriers import bounds, registry
from carriers.base import Access, Answer
from carriers.errors import NotFound, Refused
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "tnt"
ACCESS = Access(credentials={"username": "u", "password": "p"}, now=datetime(2026, 3, 13, tzinfo=UTC))
tnt = registry.adapter("tnt")


def read(situation: str) -> list[TrackingResult]:
    return tnt.read((PAYLOADS / f"{situation}.xml").read_bytes())


def test_a_number_cannot_leave_its_element() -> None:
    asked = [TrackedNumber(number="481516234"), TrackedNumber(number="A</B>&c")]
    request = tnt.request(asked, ACCESS)
    assert (request.method, request.path) == ("POST", "/expressconnect/track.do")
    [text] = parse_qs((request.body or b"").decode())["xml_in"]
    sent = bounds.decode_xml(text.encode())
    assert [each.text for each in sent.iter("ConsignmentNumber")] == ["481516234", "A</B>&c"]


def test_a_depot_that_is_a_code_is_no_place_and_gives_no_instant() -> None:
    [result] = read("customs_absent_then_delivered")
    [depot] = [event for event in result.events if event.raw_code == "IS"]
    assert (depot.place, depot.time.instant) == (None, None)
    assert result.events[-1].time.instant == datetime(2026, 3, 6, 10, 20, tzinfo=UTC)


def test_of_a_number_used_twice_the_last_collected_counts() -> None:
    assert [result.events[-1].code for result in read("number_used_twice")] == [E.ANY_IN_TRANSIT, E.LAST_MILE_DELIVERED]


def test_a_batch_is_split_even_where_the_letters_do_not_come_back() -> None:
    asked = [TrackedNumber(number=number) for number in ("GD481516235WW", "481516299", "481516300")]
    body = (PAYLOADS / "one_returned_one_unknown.xml").read_bytes()
    answer = Answer(status=200, headers={}, body=body)
    returned, unknown, left_out = (result for result, _ in tnt.read_each(answer, asked))
    assert returned.events[-1].code is E.RETURN_COMPLETED
    assert isinstance(unknown.failure, NotFound)
    assert isinstance(left_out.failure, NotFound)


def test_wrong_credentials_are_told_in_the_body() -> None:
    with pytest.raises(Refused):
        read("unauthorized")


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        ("Customer Not Home. Follow Up Actions Underway", E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("Closed On Delivery Attempt", E.LAST_MILE_ATTEMPT_FAILED_CLOSED, Reason.CONSIGNEE_CLOSED),
        ("Pre-arrival Customs Clearance In Progress", E.IMPORT_CUSTOMS_PRESENTED, None),
        ("Released By Customs", E.IMPORT_CUSTOMS_RELEASED, None),
        ("Shipment Rerouted. Recovery Actions Underway.", E.ANY_DELAYED, Reason.CARRIER_MISROUTED),
        ("Onforwarded For Delivery", E.LAST_MILE_HANDED_OVER, None),
        ("Shipment left in agreed location as instructed", E.LAST_MILE_DELIVERED_SAFE_PLACE, None),
        ("Shipment now at the depot nearest to delivery address", E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, None),
        ("Consignment Delivered To Residential", E.LAST_MILE_DELIVERED, None),
    ],
)
def test_an_unlisted_code_is_read_by_its_wording(text: str, what: E, why: Reason | None) -> None:
    meaning = tnt.facts.meaning("XYZ", text)
    assert (meaning.code, meaning.reason) == (what, why)
