"""DHL Parcel Germany: several pieces a call, XML both ways, wording before codes, and the way back by its flag."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from carriers import registry
from carriers.auth import basic
from carriers.base import Access, Answer
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "dhl_parcel_de"
ACCESS = Access(
    credentials={"api_key": "key", "api_secret": "secret", "username": "shop<&>", "password": 'pa"ss'},
    now=datetime(2026, 6, 12, tzinfo=UTC),
)
NUMBER = "00340434511539026190"
parcel_de = registry.adapter("dhl_parcel_de")


def scan(text: str = "", **more: str) -> TrackingEvent:
    row = {"name": "piece-event", "event-timestamp": "17.03.2026 12:00", "event-country": "Germany"}
    row |= {"event-text": text} | {name.replace("_", "-"): value for name, value in more.items()}
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in row.items())
    piece = f'<data name="piece-shipment" piece-code="{NUMBER}"><data><data {attributes}/></data></data>'
    [result] = parcel_de.read(f'<data name="piece-shipment-list" code="0">{piece}</data>'.encode())
    return result.events[0]


def test_the_query_is_xml_and_escapes_the_login() -> None:
    numbers = [TrackedNumber(number=NUMBER), TrackedNumber(number="00340434244856286434")]
    request = parcel_de.request(numbers, ACCESS)
    asked = ET.fromstring(request.query["xml"])  # noqa: S314  our own
    assert (asked.get("appname"), asked.get("password")) == ("shop<&>", 'pa"ss')
    assert asked.get("piece-code") == f"{NUMBER};00340434244856286434"
    assert request.headers["Authorization"] == basic("key", "secret")


def test_each_piece_of_a_batch_has_its_own_end() -> None:
    body = (PAYLOADS / "one_known_one_not.xml").read_bytes()
    known, missing, left_out = "00340434244856286434", "00340433906307131052", NUMBER
    asked = [TrackedNumber(number=number) for number in (known, missing, left_out)]
    read = parcel_de.read_each(Answer(status=200, headers={}, body=body), asked)
    assert [len(result.events) for result, _ in read] == [3, 0, 0]
    assert [isinstance(result.failure, NotFound) for result, _ in read] == [False, True, True]
    [again] = parcel_de.read(read[0][1])
    assert again == read[0][0]


def test_a_failed_login_stops_the_account_whoever_is_asked_for() -> None:
    body = (PAYLOADS / "login_failed.xml").read_bytes()
    with pytest.raises(AccountRefused):
        parcel_de.read_each(Answer(status=200, headers={}, body=body), [TrackedNumber(number=NUMBER)] * 2)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("5", AccountRefused), ("6", AccountRefused), ("62", Refused), ("57", Refused), ("41", NotFound),
        ("100", NotFound), ("200", NotFound), ("-1", TryLater), ("77", BadAnswer),
    ],
)  # fmt: skip
def test_each_code_has_its_name(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        parcel_de.read(f'<data name="piece-shipment-list" code="{code}" error="…"/>'.encode())


def test_an_answer_without_a_code_is_none() -> None:
    with pytest.raises(BadAnswer):
        parcel_de.read(b'<data request-id="x"/>')


@pytest.mark.parametrize(
    ("text", "codes", "expected"),
    [
        ("Der Empfänger wurde nicht angetroffen", "NTDEL//ZN", EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT),
        ("Something new", "NTDEL//ZN", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER),
        ("Something new", "SRTED/NRQRD/PO", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("Something new", "RETRN//BV", EventCode.RETURN_STARTED),
        ("The recipient has picked up the shipment", "DLVRD//ZU", EventCode.LAST_MILE_DELIVERED_COLLECTED),
        ("The shipment has been picked up", "PCKDU//AE", EventCode.FIRST_MILE_PICKED_UP),
        ("Something new", "QQQQQ//QQ", EventCode.UNKNOWN),
    ],
)
def test_the_wording_goes_before_the_codes(text: str, codes: str, expected: EventCode) -> None:
    ice, ric, standard = codes.split("/")
    assert scan(text, ice=ice, ric=ric, standard_event_code=standard).code is expected


@pytest.mark.parametrize(
    ("ice", "expected"),
    [
        ("LDTMV", EventCode.RETURN_IN_TRANSIT),
        ("DLVRD", EventCode.RETURN_COMPLETED),
        ("RETRN", EventCode.RETURN_STARTED),
        ("DMGDS", EventCode.ANY_DAMAGED),
    ],
)
def test_a_scan_on_the_way_back_is_of_the_return(ice: str, expected: EventCode) -> None:
    assert scan(ice=ice, ruecksendung="true").code is expected


def test_the_clock_is_the_place_s() -> None:
    assert scan(event_country="Deutschland").time.instant == datetime(2026, 3, 17, 11, 0, tzinfo=UTC)
    assert scan(event_country="").time.instant is None
