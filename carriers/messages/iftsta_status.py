"""One status of an IFTSTA: what stands between its STS and the next, collected and then read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from carriers.events import EventTime, Place
from carriers.messages import edi_times, telling
from carriers.messages.records import Estimate, Problem, Reference, ReferenceKind, Unreadable
from carriers.messages.references import checked
from carriers.messages.segments import Segment

_K = ReferenceKind
# RFF qualifiers (1153) that name the goods.
_REFERENCES = {
    "AWB": _K.AIR_WAYBILL, "MWB": _K.AIR_WAYBILL, "BM": _K.BILL_OF_LADING, "MB": _K.BILL_OF_LADING,
    "HWB": _K.CONSIGNMENT, "BN": _K.BOOKING, "AAM": _K.CONSIGNMENT, "AAS": _K.CONSIGNMENT, "CU": _K.CONSIGNMENT,
    "CN": _K.CONSIGNMENT, "FF": _K.CONSIGNMENT, "SRN": _K.CONSIGNMENT, "UCN": _K.CONSIGNMENT, "CRN": _K.CONSIGNMENT,
    "ON": _K.CONSIGNMENT, "DQ": _K.CONSIGNMENT, "SI": _K.CONSIGNMENT, "XC": _K.PARCEL, "EQ": _K.CONTAINER,
}  # fmt: skip
_GOODS_NUMBERS = frozenset({"BJ", "BN", "ML", "SRV", "AW"})  # GIN (7405): SSCC, serial and marking numbers
# DTM qualifiers (2005): when the status came about, the best first; then what lies ahead.
_TOLD = ("334", "7", "178", "186", "35", "200", "11", "310", "94", "9")
_AHEAD = {"132": "arrival", "133": "departure", "17": "delivery", "64": "delivery"}
_MODES = {"1": "sea", "2": "rail", "3": "road", "4": "air", "8": "sea"}


@dataclass(slots=True)
class Status:
    """An STS and what follows it."""

    segment: Segment
    dates: dict[str, Segment] = field(default_factory=dict)
    place: Place | None = None
    is_placed: bool = False  # by the activity's own location
    transport: Segment | None = None
    ahead: list[tuple[str, Segment, Segment | None]] = field(default_factory=list)  # what, DTM, LOC of the transport
    last_location: Segment | None = None
    has_goods: bool = False  # past TDT and EQD: places and dates are theirs
    equipment: list[Segment] = field(default_factory=list)
    goods: list[tuple[str, int]] = field(default_factory=list)  # a parcel's number, and its segment's
    references: list[Segment] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def take(status: Status, segment: Segment) -> None:
    """Notes a segment of the status' group."""
    tag, first = segment.tag, segment.get(1)
    if tag == "DTM":
        _take_date(status, segment)
    elif tag == "LOC":
        _take_place(status, segment)
    elif tag == "TDT":
        status.transport, status.last_location, status.has_goods = segment, None, True
    elif tag == "EQD":
        status.equipment.append(segment)
        status.has_goods = True
    elif tag == "RFF":
        status.references.append(segment)
    elif tag == "FTX":
        status.words.extend(part for part in (segment.get(4, at) for at in range(5)) if part)
    elif tag == "GID":
        status.has_goods = True
    elif tag == "GIN" and first in _GOODS_NUMBERS:
        values = [part for element in segment.elements[1:] for part in element if part.strip()]
        status.goods.extend((value, segment.number) for value in values)
    elif tag == "PCI" and first in ("18", "24", "33E", "30", "28"):
        values = [part for part in (segment.get(2, at) for at in range(10)) if part]
        status.goods.extend((value, segment.number) for value in values)


def _take_date(status: Status, segment: Segment) -> None:
    qualifier = segment.get(1)
    if qualifier in _AHEAD:
        status.ahead.append((_AHEAD[qualifier], segment, status.last_location))
    elif not status.has_goods or status.last_location is None:
        status.dates.setdefault(qualifier, segment)


def _take_place(status: Status, segment: Segment) -> None:
    if status.has_goods:
        status.last_location = segment
        return
    is_activity = segment.get(1) == "175"
    if status.place is None or (is_activity and not status.is_placed):
        status.place, status.is_placed = _place(segment), is_activity


def _place(segment: Segment) -> Place | None:
    return telling.place_of(segment.get(2), segment.get(2, 3))


def mode(status: Status) -> tuple[str, ...]:
    """ "sea", "air", "road" or "rail", where the status names its transport."""
    found = _MODES.get(status.transport.get(3), "") if status.transport is not None else ""
    return (found,) if found else ()


def time(status: Status, received_at: datetime) -> EventTime:
    """Of the dates that say when it came about; the document's own date is not the event's."""
    segment = next((status.dates[qualifier] for qualifier in _TOLD if qualifier in status.dates), None)
    if segment is None:
        raise Unreadable("the status has no date", "Send DTM+334 (or 7, 178, 186, 35) after STS.")
    moment = edi_times.edifact(segment.get(1, 1), segment.get(1, 2))
    return telling.when(
        moment.raw, moment.local, received_at=received_at, place=status.place, offset_min=moment.offset_min,
        precision=moment.precision,
    )  # fmt: skip


def estimates(
    status: Status, references: tuple[Reference, ...], received_at: datetime, where: str
) -> Iterator[Estimate | Problem]:
    """What the status' transport says of moments ahead, each at the place that stands before it."""
    for what, segment, location in status.ahead:
        place = _place(location) if location is not None else None
        try:
            moment = edi_times.edifact(segment.get(1, 1), segment.get(1, 2))
            time = telling.when(
                moment.raw, moment.local, received_at=received_at, place=place, offset_min=moment.offset_min,
                precision=moment.precision, is_estimate=True,
            )  # fmt: skip
        except Unreadable as error:
            yield error.at(where, str(segment))
        else:
            yield Estimate(references=references, what=what, time=time, place=place, where=where)


def references(
    status: Status, above: Sequence[Segment], consignment: Segment | None, where: str
) -> tuple[list[tuple[Reference, ...]], tuple[Reference, ...], list[Problem]]:
    """The things that the status speaks of, each with its names; what they are parts of; numbers that are none.

    Parcels, else containers, else the consignment itself. `above`: the RFF that serve it too, the nearest first.
    """
    numbers = _Numbers(where=where)
    for text, at in status.goods:
        numbers.add(_K.PARCEL, text, at)
    for segment in status.equipment:
        if segment.get(1) == "CN":
            numbers.add(_K.CONTAINER, segment.get(2), segment.number)
    for segment in (*status.references, *above):
        kind = _REFERENCES.get(segment.get(1))
        if kind is not None and segment.get(1, 1):
            numbers.add(kind, segment.get(1, 1), segment.number)
    if consignment is not None and consignment.get(2):
        numbers.add(_K.CONSIGNMENT, consignment.get(2), consignment.number)
    parcels, boxes = numbers.of(_K.PARCEL), numbers.of(_K.CONTAINER)
    wholes = tuple(found for found in numbers.found if found.kind not in (_K.PARCEL, _K.CONTAINER))
    if parcels:
        return [(parcel,) for parcel in parcels], boxes + wholes, numbers.problems
    if boxes:
        return [(box,) for box in boxes], wholes, numbers.problems
    return [wholes] if wholes else [], (), numbers.problems


@dataclass(slots=True)
class _Numbers:
    """Every number once, in order; those that are none as problems."""

    where: str
    found: dict[Reference, None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, kind: ReferenceKind, text: str, segment: int) -> None:
        try:
            self.found.setdefault(checked(kind, text))
        except Unreadable as error:
            self.problems.append(error.at(f"{self.where}, segment {segment}", text))

    def of(self, kind: ReferenceKind) -> tuple[Reference, ...]:
        return tuple(found for found in self.found if found.kind is kind)


def details(status: Status) -> dict[str, str]:
    """Voyage or flight, and the vehicle's name or number."""
    transport = status.transport
    if transport is None:
        return {}
    return {"voyage": transport.get(2), "vehicle": transport.get(8, 3) or transport.get(8)}


def carrier(status: Status) -> str:
    """The carrier of the transport, by name, else by code."""
    return status.transport.get(5, 3) or status.transport.get(5) if status.transport is not None else ""
