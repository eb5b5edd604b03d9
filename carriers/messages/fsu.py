"""IATA Cargo-IMP status messages: FSU (pushed) and FSA (asked for), any version, several in one file.

    FSU/12
    020-12345675FRAJFK/T20K300          the consignment: air waybill, from, to, its pieces and weight
    DEP/LH400/10JUL/FRAJFK/P8K120/A1018/E1240
    OSI/ANY WORDS

Status lines are taken apart by what their parts look like, in order: versions differ in which parts they have. Times
are the airport's. A date has no year: the one nearest to the day of receipt counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from carriers.events import EventTime, Place, TimePrecision
from carriers.facts import FactSheet
from carriers.messages import segments, telling
from carriers.messages.codes import code_table
from carriers.messages.records import Estimate, MessageEvent, Problem, Reading, Reference, Unreadable
from carriers.messages.references import air_waybill

MAX_LINES = 50_000
_HEADER = re.compile(r"FS[UA](/\d{1,2})?", re.ASCII)
_CONSIGNMENT = re.compile(r"(?P<awb>\d{3}-?\d{8})(?P<from>[A-Z]{3})?(?P<to>[A-Z]{3})?(/(?P<pieces>.*))?", re.ASCII)
_AWB_LIKE = re.compile(r"\d{2,4}-\d{5,9}", re.ASCII)
_STATUS = re.compile(r"[A-Z]{3}", re.ASCII)
_QUANTITY = re.compile(
    r"(?P<kind>[TPSDM])(?P<pieces>\d{1,4})(?:(?P<unit>[KL])(?P<weight>[\d.]{1,9}))?(?:T(?P<total>\d{1,4}))?", re.ASCII
)
_DATE = re.compile(r"(?P<day>\d{2})(?P<month>[A-Z]{3})(?P<clock>\d{4})?", re.ASCII)
_FLIGHT = re.compile(r"(?=[A-Z0-9]*[A-Z])[A-Z0-9]{2}\d{3,4}[A-Z]?", re.ASCII)
_AIRPORTS = re.compile(r"([A-Z]{3})([A-Z]{3})?", re.ASCII)
_CLOCK = re.compile(r"(?P<kind>[ASE])(?P<clock>\d{4})(?:-?(?P<shift>[A-Z]))?", re.ASCII)
_DISCREPANCY = re.compile(r"[A-Z]{4}", re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SHIFTS = {None: 0, "P": -1, "N": 1, "S": 2, "T": 3}
# What else stands on lines of its own: nothing of them is an event.
_SIDE_LINES = frozenset({"ULD", "OCI", "SPH", "RTG", "OPI"})
# A plan or a paper may come without a date; what happened may not.
_UNDATED = frozenset({"BKD", "PRE", "TRM"})


@dataclass(slots=True)
class _Consignment:
    """The air waybill that the lines below it speak of."""

    reference: Reference
    total: int | None
    route: str


@dataclass(slots=True)
class _Status:
    """One status line, taken apart."""

    code: str
    flight: str = ""
    date: re.Match[str] | None = None
    airports: list[str] = field(default_factory=list)
    quantity: re.Match[str] | None = None
    clocks: list[re.Match[str]] = field(default_factory=list)
    discrepancy: str = ""


def read(body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """Every status of every consignment in the file."""
    try:
        lines = segments.text_of(body).replace("\r", "\n").upper().split("\n")
        if len(lines) > MAX_LINES:
            raise Unreadable(f"the file has {len(lines):,} lines", f"Send {MAX_LINES:,} at the most; split it.")
    except Unreadable as error:
        return Reading(problems=(error.at("file"),))
    items = list(_read(lines, received_at, sheet))
    if not items:
        cure = "It begins with a line FSU/ and a version, then the air waybill's line."
        return Reading(problems=(Problem(where="file", detail="no FSU or FSA message in it", cure=cure),))
    return Reading.of(items)


def _read(
    lines: list[str], received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    consignment: _Consignment | None = None
    is_inside = False
    last: MessageEvent | None = None  # held back for the words of an OSI line
    for number, raw in enumerate(lines, 1):
        line, where = raw.strip(), f"line {number}"
        if _HEADER.fullmatch(line):
            is_inside, consignment = True, None
        elif line and is_inside:
            try:
                if _AWB_LIKE.match(line) or _CONSIGNMENT.fullmatch(line):
                    consignment = None  # should it be unreadable, its lines belong to nobody
                    consignment = _consignment(line)
                    continue
                if line.startswith("OSI/") and last is not None:
                    last = replace(last, event=replace(last.event, raw_text=_with_words(last, line[4:])))
                    continue
                if line.startswith("/") or line[:3] in _SIDE_LINES:
                    continue
                told, estimate = _status(line, where, consignment, received_at, sheet)
            except Unreadable as error:
                yield error.at(where, line)
                continue
            if last is not None:
                yield last
            last = told
            if estimate is not None:
                yield estimate
    if last is not None:
        yield last


def _with_words(told: MessageEvent, words: str) -> str:
    return f"{told.event.raw_text}: {words.strip()}"[:2_000]


def _consignment(line: str) -> _Consignment:
    match = _CONSIGNMENT.fullmatch(line)
    if match is None:
        raise Unreadable("no air waybill's line", "Write it as 020-12345675FRAJFK/T20K300.")
    quantity = _QUANTITY.match(match["pieces"] or "")
    total = int(quantity["total"] or quantity["pieces"]) if quantity is not None else None
    route = "-".join(airport for airport in (match["from"], match["to"]) if airport)
    return _Consignment(reference=air_waybill(match["awb"]), total=total, route=route)


def _status(
    line: str, where: str, consignment: _Consignment | None, received_at: datetime, sheet: FactSheet | None
) -> tuple[MessageEvent, Estimate | None]:
    code, *parts = line.split("/")
    if not _STATUS.fullmatch(code):
        raise Unreadable("no line of a status message", "Begin each status with its three letters and a slash.")
    if consignment is None:
        raise Unreadable(f"{code} stands under no readable air waybill", "Send the air waybill's line before it.")
    status = _taken_apart(code, parts)
    place = telling.place_of(status.airports[0]) if status.airports else None
    time = _time(status, place, received_at)
    finer = (status.discrepancy,) if code == "DIS" and status.discrepancy else ()
    event = telling.event(
        code_table("iata_fsu"), code, time, finer=finer, place=place, sheet=sheet, details=_details(status, consignment)
    )
    if not telling.is_known(event.code):
        event = replace(event, raw_text=line[:2_000])
    told = MessageEvent(
        references=(consignment.reference,),
        event=event,
        where=where,
        is_part=_is_part(status, consignment),
        carrier_name=status.flight[:2] if status.flight else "",
    )
    return told, _arrival(status, consignment, received_at, where)


def _taken_apart(code: str, parts: list[str]) -> _Status:
    status = _Status(code=code)
    for part in (part.strip() for part in parts):
        if status.quantity is None and (quantity := _QUANTITY.fullmatch(part)):
            status.quantity = quantity
        elif clock := _CLOCK.fullmatch(part):
            status.clocks.append(clock)
        elif status.quantity is not None:
            continue  # names stand behind the pieces: nobody's name is kept
        elif status.date is None and (date := _DATE.fullmatch(part)):
            status.date = date
        elif not status.flight and _FLIGHT.fullmatch(part):
            status.flight = part
        elif not status.airports and (airports := _AIRPORTS.fullmatch(part)):
            status.airports = [airport for airport in airports.groups() if airport]
        elif not status.discrepancy and _DISCREPANCY.fullmatch(part):
            status.discrepancy = part
    return status


def _time(status: _Status, place: Place | None, received_at: datetime) -> EventTime:
    """The status' own clock; of a departure the actual time behind the pieces; else the day alone."""
    if status.date is None:
        if status.code not in _UNDATED:
            raise Unreadable(f"{status.code} has no date", "Send it with its day and month, such as 10JUL1800.")
        return telling.when("", None, received_at=received_at, place=place)
    day, raw = _day(status.date, received_at), status.date[0]
    clock = status.date["clock"]
    if clock is None:
        actual = next((found for found in status.clocks if found["kind"] == "A"), None)
        if actual is None:
            return telling.when(raw, day, received_at=received_at, place=place, precision=TimePrecision.DAY)
        day, clock, raw = day + timedelta(days=_shift(actual)), actual["clock"], f"{raw} {actual[0]}"
    return telling.when(raw, _at(day, clock), received_at=received_at, place=place)


def _arrival(status: _Status, consignment: _Consignment, received_at: datetime, where: str) -> Estimate | None:
    """A departure's second clock is the flight's arrival at the second airport."""
    if status.code != "DEP" or len(status.clocks) < 2 or len(status.airports) < 2 or status.date is None:
        return None
    clock = status.clocks[-1]
    if clock["kind"] == "A":
        return None
    place = telling.place_of(status.airports[1])
    at = _at(_day(status.date, received_at) + timedelta(days=_shift(clock)), clock["clock"])
    raw = f"{status.date[0]} {clock[0]}"
    arrival = telling.when(raw, at, received_at=received_at, place=place, is_estimate=True)
    return Estimate(references=(consignment.reference,), what="arrival", time=arrival, place=place, where=where)


def _day(date: re.Match[str], received_at: datetime) -> datetime:
    """The day in the year nearest to the receipt. Raises Unreadable."""
    if date["month"] not in _MONTHS:
        raise Unreadable(f"{date['month']} is no month", "Write months as JAN, FEB and so on.")
    near = received_at.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    found = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            found.append(near.replace(year=year, month=_MONTHS.index(date["month"]) + 1, day=int(date["day"])))
        except ValueError:
            continue  # 29 February
    if not found:
        raise Unreadable(f"{date[0]} is no day", "Look at the day and month again.")
    return min(found, key=lambda day: abs(day - near))


def _at(day: datetime, clock: str) -> datetime:
    try:
        return day.replace(hour=int(clock[:2]), minute=int(clock[2:]))
    except ValueError:
        raise Unreadable(f"{clock} is no time of the day", "Write 0000 to 2359.") from None


def _shift(clock: re.Match[str]) -> int:
    return _SHIFTS.get(clock["shift"], 0)


def _is_part(status: _Status, consignment: _Consignment) -> bool:
    quantity = status.quantity
    if quantity is None:
        return False
    total = int(quantity["total"]) if quantity["total"] else consignment.total
    return quantity["kind"] != "T" if total is None else int(quantity["pieces"]) < total


def _details(status: _Status, consignment: _Consignment) -> dict[str, str]:
    quantity = status.quantity
    details = {"flight": status.flight, "route": consignment.route}
    if len(status.airports) == 2:
        details["route"] = "-".join(status.airports)
    if quantity is not None:
        total = quantity["total"] or (str(consignment.total) if consignment.total else "")
        is_part = _is_part(status, consignment) and total
        details["pieces"] = f"{quantity['pieces']} of {total}" if is_part else quantity["pieces"]
        if quantity["weight"]:
            details["weight"] = f"{quantity['weight']} {'kg' if quantity['unit'] == 'K' else 'lb'}"
    return details
