"""Chronopost: SOAP without an account, a partner's number beside a scan, codes that two tell otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "chronopost"
ACCESS = Access(credentials={}, now=datetime(2026, 6, 5, tzinfo=UTC))
chronopost = registry.adapter("chronopost")


def xml(situation: str) -> str:
    return (PAYLOADS / f"{situation}.xml").read_text(encoding="utf-8")


def read(body: str) -> TrackingResult:
    [result] = chronopost.read(body.encode())
    return result


def test_a_waybill_is_asked_for_with_a_language_and_no_account() -> None:
    request = chronopost.request([TrackedNumber(number="XY123456785FR")], ACCESS)
    assert (request.method, request.path) == ("POST", "/tracking-cxf/TrackingServiceWS")
    envelope = fromstring(request.body or b"")  # noqa: S314  our own
    assert [element.text for element in envelope.iter() if element.text] == ["en_GB", "XY123456785FR"]


def test_a_number_cannot_break_out_of_the_envelope() -> None:
    request = chronopost.request([TrackedNumber(number="</skybillNumber><x>&")], ACCESS)
    envelope = fromstring(request.body or b"")  # noqa: S314  our own
    assert next(envelope.iter("skybillNumber")).text == "</skybillNumber><x>&"


def test_a_partner_abroad_is_the_next_leg() -> None:
    leg = read(xml("to_germany_by_a_partner")).next_leg
    assert leg == NextLeg(number="01495481516234", carrier="dpd", carrier_name="DPD", evidence="Partner number")


def test_a_partners_number_within_france_is_no_hand_over() -> None:
    assert "Partner number" in xml("absent_then_delivered")
    assert read(xml("absent_then_delivered")).next_leg is None
    at_home = xml("to_germany_by_a_partner").replace("10115 BERLIN - DE", "75001 PARIS - FR")
    assert read(at_home).next_leg is None


def test_a_partner_of_no_network_bears_no_name() -> None:
    leg = read(xml("to_germany_by_a_partner").replace("GEO/", "")).next_leg
    assert leg is not None
    assert (leg.number, leg.carrier, leg.carrier_name) == ("01495481516234", None, "")


def test_r_is_a_return_and_its_delivery_the_senders() -> None:
    assert [event.code for event in read(xml("r_is_a_return")).events[1:]] == ["return.started", "return.completed"]


def test_a_code_is_read_without_its_blank() -> None:
    assert read(xml("to_germany_by_a_partner")).events[-1].raw_code == "TP"


def test_who_received_it_is_kept_nowhere() -> None:
    assert "QUELQUUN" not in repr(read(xml("absent_then_delivered")))


@pytest.mark.parametrize(
    ("situation", "error"),
    [("no_event", NotFound), ("unknown_number", NotFound), ("system_error", TryLater), ("soap_fault", BadAnswer)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(xml(situation))
