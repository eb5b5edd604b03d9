"""What is special in each standard's messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from carriers import messages, registry
from carriers.messages import Format, MessageEvent, Reading, edi_times
from carriers.messages.records import Unreadable
from carriers.messages.references import air_waybill, container
from carriers.messages.segments import EDIFACT, split
from carriers.vocabulary import EventCode, Reason

RECEIVED_AT = datetime(2026, 7, 20, 12, tzinfo=UTC)
FSU = "FSU/12\n020-12345675FRAJFK/T10K100\n{}\n"
IFTSTA = "UNH+1+IFTSTA:D:99B:UN'CNI+1+C-1'{}UNT+1+1'"


def fsu(*lines: str) -> Reading:
    return messages.read(Format.FSU, FSU.format("\n".join(lines)).encode(), RECEIVED_AT)


def iftsta(segments: str) -> Reading:
    return messages.read(Format.IFTSTA, IFTSTA.format(segments).encode(), RECEIVED_AT)


def only(reading: Reading) -> MessageEvent:
    (told,) = reading.events
    return told


def _status(code: str) -> bytes:
    return IFTSTA.format(f"STS+1+{code}'DTM+334:202607101200:203'").encode()


def test_release_characters_take_the_separators_meaning_away() -> None:
    (segment,) = split("FTX+AAI+++A?+B?:C?'D???'E'", EDIFACT)

    assert segment.get(4) == "A+B:C'D?'E"


def test_una_names_the_separators() -> None:
    body = "UNA|*,! #UNH*1*IFTSTA|D|99B|UN#CNI*1*C-1#STS*1*24#DTM*334|202607101200|203#UNT*5*1#"

    told = only(messages.read(Format.IFTSTA, body.encode(), RECEIVED_AT))

    assert (told.references[0].value, told.event.code) == ("C-1", EventCode.ANY_IN_TRANSIT)


def test_a_status_on_a_ship_is_finer_than_on_a_lorry() -> None:
    at_sea = only(iftsta("STS+1+24'DTM+334:202607101200:203'TDT+20+1+1'"))
    on_road = only(iftsta("STS+1+24'DTM+334:202607101200:203'TDT+20+1+3'"))

    assert (at_sea.event.code, on_road.event.code) == (EventCode.LINEHAUL_DEPARTED, EventCode.ANY_IN_TRANSIT)


def test_the_documents_own_date_is_not_the_events() -> None:
    reading = iftsta("STS+1+24'DTM+137:202607101200:203'")

    assert reading.events == ()
    assert "no date" in reading.problems[0].detail


def test_one_bad_consignment_does_not_lose_the_others() -> None:
    good = "CNI+{0}+C-{0}'STS+1+21'DTM+334:202607101200:203'"
    body = good.format(1) + "CNI+2'STS+1+21'DTM+334:202607101200:203'" + good.format(3)

    reading = messages.read(Format.IFTSTA, f"UNH+1+IFTSTA:D:99B:UN'{body}UNT+11+1'".encode(), RECEIVED_AT)

    assert [told.references[0].value for told in reading.events] == ["C-1", "C-3"]
    assert [problem.where for problem in reading.problems] == ["message 1, segment 6 (STS)"]


@pytest.mark.parametrize(
    ("value", "qualifier", "offset_min"),
    [
        ("20260710", "102", None),
        ("202607101018", "203", None),
        ("20260710101830", "204", None),
        ("202607101018+08", "303", 480),
        ("202607101018UTC", "303", 0),
        ("202607101018CST", "303", None),  # American or Chinese: the place decides
        ("20260710101830-0530", "208", -330),
    ],
)
def test_edifact_dates(value: str, qualifier: str, offset_min: int | None) -> None:
    moment = edi_times.edifact(value, qualifier)

    assert (moment.local.date().isoformat(), moment.offset_min) == ("2026-07-10", offset_min)


@pytest.mark.parametrize(
    ("code", "offset_min", "zone"),
    [("UT", 0, None), ("ED", -240, None), ("ET", None, "America/New_York"), ("LT", None, None), ("", None, None),
     ("08", 480, None), ("13", -720, None), ("24", -60, None)],
)  # fmt: skip
def test_x12_time_codes(code: str, offset_min: int | None, zone: str | None) -> None:
    moment = edi_times.x12("20260710", "1018", code)

    assert (moment.offset_min, moment.zone) == (offset_min, zone)


def test_eastern_time_is_daylight_time_in_july() -> None:
    body = (
        "ISA*00*          *00*          *02*A              *ZZ*B              *260716*1830*U*00401*000000123*0*P*>~"
        "ST*214*1~B10*PRO1*S1*QHAU~LX*1~AT7*X6*NS***20260710*1018*ET~SE*5*1~"
    )

    assert only(messages.read(Format.X12_214, body.encode(), RECEIVED_AT)).event.time.offset_min == -240


def test_a_flights_day_and_month_take_the_nearest_year() -> None:
    new_year = datetime(2027, 1, 2, tzinfo=UTC)

    told = only(messages.read(Format.FSU, FSU.format("RCS/31DEC1800/FRA/T10").encode(), new_year))

    assert told.event.time.local == datetime(2026, 12, 31, 18)  # noqa: DTZ001


def test_some_of_the_pieces_are_a_part_even_when_called_the_total() -> None:
    parts = fsu("DEP/LH400/10JUL/FRAJFK/P4/A1018/E1240", "RCF/LH400/10JUL1301/JFK/T9", "DLV/11JUL0900/JFK/T10").events

    assert [told.is_part for told in parts] == [True, True, False]
    assert parts[0].event.details["pieces"] == "4 of 10"


def test_a_departure_has_the_actual_time_and_tells_the_arrival_as_an_estimate() -> None:
    reading = fsu("DEP/LH400/10JUL/FRAJFK/T10/A2318/E0140-N")

    assert only(reading).event.time.local == datetime(2026, 7, 10, 23, 18)  # noqa: DTZ001
    assert reading.estimates[0].time.local == datetime(2026, 7, 11, 1, 40)  # noqa: DTZ001


def test_a_scheduled_departure_time_is_not_when_it_departed() -> None:
    assert only(fsu("DEP/LH400/10JUL/FRAJFK/T10/S1018")).event.time.precision.value == "day"


def test_an_off_loading_tells_its_reason() -> None:
    told = only(fsu("DIS/LH400/10JUL1040/FRA/OFLD/P4", "OSI/PAYLOAD")).event

    assert (told.code, told.reason, told.raw_text) == (
        EventCode.LINEHAUL_DELAYED, Reason.TRANSPORT_CAPACITY, "Off-loaded: PAYLOAD",
    )  # fmt: skip


@pytest.mark.parametrize("number", ["020-12345674", "12-12345675", "020-1234567", "ABC-12345675"])
def test_a_wrong_air_waybill_is_named(number: str) -> None:
    with pytest.raises(Unreadable):
        air_waybill(number)


@pytest.mark.parametrize("number", ["CSQU3054384", "CSQX3054383", "CSQU305438"])
def test_a_wrong_container_is_named(number: str) -> None:
    with pytest.raises(Unreadable):
        container(number)


def test_a_container_may_be_written_with_gaps() -> None:
    assert container("csqu 305438-3").value == "CSQU3054383"


def test_a_partners_fact_sheet_goes_before_the_standard() -> None:
    sheet = registry.sheet("yanwen")
    csv_row = b"number,occurred_at,code\nP-1,2026-07-10T10:00:00Z,LM40\n"

    assert only(messages.read(Format.CSV, csv_row, RECEIVED_AT, sheet)).event.code is EventCode.LAST_MILE_DELIVERED
    assert only(messages.read(Format.IFTSTA, _status("LM40"), RECEIVED_AT)).event.code is EventCode.UNKNOWN
    assert only(messages.read(Format.IFTSTA, _status("LM40"), RECEIVED_AT, sheet)).event.code.is_delivery


def test_nothing_happens_more_than_a_day_after_it_was_received() -> None:
    tomorrow = RECEIVED_AT + timedelta(hours=23)
    later = RECEIVED_AT + timedelta(hours=25)
    row = "number,occurred_at,code\nP-1,{},last_mile.delivered\n"

    assert messages.read(Format.CSV, row.format(tomorrow.isoformat()).encode(), RECEIVED_AT).events
    assert not messages.read(Format.CSV, row.format(later.isoformat()).encode(), RECEIVED_AT).events


def test_a_csv_in_another_encoding_is_refused_with_a_cure() -> None:
    (problem,) = messages.read(Format.CSV, "number,occurred_at,code\nMünchen".encode("latin-1"), RECEIVED_AT).problems

    assert "UTF-8" in problem.cure


def test_both_versions_of_dcsa_name_the_container_and_its_documents() -> None:
    told = {
        "eventClassifierCode": "ACT", "equipmentEventTypeCode": "LOAD", "equipmentReference": "CSQU3054383",
        "eventDateTime": "2026-07-10T10:00:00Z",
    }  # fmt: skip
    metadata = {"eventType": "EQUIPMENT", "eventID": "e1"}
    flat = json.dumps([metadata | told]).encode()
    wrapped = json.dumps([{"metadata": metadata, "payload": told}]).encode()

    assert messages.read(Format.DCSA, flat, RECEIVED_AT) == messages.read(Format.DCSA, wrapped, RECEIVED_AT)
