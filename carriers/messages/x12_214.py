"""X12 transaction set 214, Transportation Carrier Shipment Status Message (releases 3070 to 8010).

ISA names the separators by its fixed places. B10 and L11 name the shipment; every AT7 is one status, and MS1 (place),
MS2 (equipment) and K1 (words) after it are its own. N1 loops are parties: nobody's data is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from carriers.events import Place
from carriers.facts import FactSheet
from carriers.messages import edi_times, segments, telling
from carriers.messages.codes import code_table
from carriers.messages.records import Estimate, MessageEvent, Problem, Reading, Reference, ReferenceKind, Unreadable
from carriers.messages.references import checked
from carriers.messages.segments import Segment, Separators

_K = ReferenceKind
_L11 = {
    "BM": _K.BILL_OF_LADING, "MB": _K.BILL_OF_LADING, "AW": _K.AIR_WAYBILL, "BN": _K.BOOKING, "OC": _K.CONTAINER,
    "CN": _K.CONSIGNMENT, "SI": _K.CONSIGNMENT, "PO": _K.CONSIGNMENT, "2I": _K.PARCEL, "CR": _K.CONSIGNMENT,
    "MA": _K.CONSIGNMENT, "LO": _K.CONSIGNMENT, "WY": _K.CONSIGNMENT,
}  # fmt: skip
_MAN = frozenset({"CP", "GM", "AA"})  # carrier's package number, SSCC-18
_NORMAL = frozenset({"NS", "NA"})  # "normal status", "normal appointment": no reason
_APPOINTMENTS = {"AA": "pickup", "AB": "delivery"}


@dataclass(slots=True)
class _Status:
    """An AT7 and what follows it."""

    segment: Segment
    place: Segment | None = None
    equipment: str = ""
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Set:
    """One ST to SE. `above` are the references of the whole shipment, `mine` those of the current LX loop."""

    number: int
    kind: str
    above: list[Reference] = field(default_factory=list)
    mine: list[Reference] = field(default_factory=list)
    parcels: list[Reference] = field(default_factory=list)
    statuses: list[_Status] = field(default_factory=list)
    carrier: str = ""
    is_in_loop: bool = False
    count: int = 1
    told: int = 0


def read(body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """Every status of every transaction set in the interchange."""
    try:
        text = segments.text_of(body).strip()
        signs = _signs(text)
    except Unreadable as error:
        return Reading(problems=(error.at("file"),))
    return Reading.of(_read(text, signs, received_at, sheet))


def _signs(text: str) -> Separators:
    """The element separator stands behind ISA, the component's and the segment's at its end (places 105 and 106)."""
    if not text.startswith("ISA") or len(text) < 106:
        raise Unreadable("no X12 interchange", "It begins with ISA, 106 characters long.")
    signs = Separators(text[104], text[3], "", text[105])
    if signs.segment in "\r\n":
        signs = Separators(text[104], text[3], "", "\n")
    if len({signs.component, signs.element, signs.segment}) < 3 or signs.element.isalnum() or signs.segment.isalnum():
        raise Unreadable("ISA does not name its separators", "Is each element of ISA padded to its fixed length?")
    return signs


def _read(
    text: str, signs: Separators, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    current: _Set | None = None
    sets = 0
    try:
        for segment in segments.split(text, signs):
            if current is not None:
                current.count += 1
            if segment.tag in ("ST", "SE", "GE", "IEA") and current is not None:
                yield from _end_loop(current, received_at, sheet)
                yield from _end_set(current, segment)
                current = None
            if segment.tag == "ST":
                sets += 1
                current = _Set(number=sets, kind=segment.get(1))
                if current.kind != "214":
                    yield _problem(current, segment, f"a transaction set {current.kind[:5] or '(none)'}", "Send 214.")
            elif current is not None and current.kind == "214":
                yield from _segment(current, segment, received_at, sheet)
    except Unreadable as error:
        yield error.at("file")
    if current is not None:
        yield from _end_loop(current, received_at, sheet)
        yield Problem(
            where=f"transaction set {current.number}", detail="it ends without SE", cure="Was the file cut off?"
        )
    elif not sets:
        yield Problem(where="file", detail="no transaction set in it", cure="Put 214 sets between ST and SE.")


def _segment(
    current: _Set, segment: Segment, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    status = current.statuses[-1] if current.statuses else None
    try:
        if segment.tag == "B10":
            current.carrier = segment.get(3)
            for text in (segment.get(1), segment.get(2)):
                if text:
                    current.above.append(checked(_K.CONSIGNMENT, text))
        elif segment.tag == "LX":
            yield from _end_loop(current, received_at, sheet)
            current.is_in_loop = True
        elif segment.tag == "L11" and segment.get(2) in _L11 and segment.get(1):
            mine = current.mine if current.is_in_loop else current.above
            mine.append(checked(_L11[segment.get(2)], segment.get(1)))
        elif segment.tag == "MAN" and segment.get(1) in _MAN and segment.get(2):
            current.parcels.append(checked(_K.PARCEL, segment.get(2)))
        elif segment.tag == "AT7":
            current.statuses.append(_Status(segment=segment))
        elif segment.tag == "MS1" and status is not None:
            status.place = segment
        elif segment.tag == "MS2" and status is not None:
            status.equipment = segment.get(2)
        elif segment.tag == "K1" and status is not None:
            status.words.append(f"{segment.get(1)} {segment.get(2)}".strip())
    except Unreadable as error:
        yield error.at(_where(current, segment), str(segment))


def _end_loop(
    current: _Set, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    """The statuses of a loop, once all of its numbers are known. MAN often stands behind them."""
    for status in current.statuses:
        current.told += 1
        where = _where(current, status.segment)
        try:
            yield from _status(current, status, where, received_at, sheet)
        except Unreadable as error:
            yield error.at(where, str(status.segment).replace("+", "*"))
    current.statuses, current.mine, current.parcels = [], [], []


def _status(
    current: _Set, status: _Status, where: str, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate]:
    wholes = tuple(dict.fromkeys((*current.mine, *current.above)))
    named: list[tuple[Reference, ...]] = [(parcel,) for parcel in dict.fromkeys(current.parcels)] or (
        [wholes] if wholes else []
    )
    if not named:
        raise Unreadable("the status names no shipment", "Send B10 or L11 with its number.")
    code, reason, appointment = (status.segment.get(at) for at in (1, 2, 3))
    reason = "" if reason in _NORMAL else reason
    table = code_table("x12_214")
    what = _APPOINTMENTS.get(appointment, "appointment") if appointment and not code else table.estimates.get(code)
    if not code and not appointment:
        raise Unreadable("AT7 has neither a status nor an appointment", "Send AT701 or AT703.")
    place = _place(status.place)
    moment = edi_times.x12(status.segment.get(5), status.segment.get(6), status.segment.get(7))
    time = telling.when(
        moment.raw, moment.local, received_at=received_at, place=place, offset_min=moment.offset_min, zone=moment.zone,
        precision=moment.precision, is_estimate=what is not None,
    )  # fmt: skip
    if what is not None:
        yield Estimate(references=wholes or named[0], what=what, time=time, place=place, where=where)
        return
    event = telling.event(
        table, code, time, reason=reason, text=" ".join(status.words), place=place, sheet=sheet,
        details={"vehicle": status.equipment}, sequence=current.told,
    )  # fmt: skip
    for references in named:
        yield MessageEvent(
            references=references,
            wholes=wholes if references != wholes else (),
            event=event,
            where=where,
            carrier_name=current.carrier,
        )


def _place(segment: Segment | None) -> Place | None:
    """MS1: city, state or province, country."""
    if segment is None:
        return None
    city, state, country = (segment.get(at) for at in (1, 2, 3))
    return telling.place_of(text=", ".join(part for part in (city, state) if part), country=country)


def _end_set(current: _Set, segment: Segment) -> Iterator[Problem]:
    if current.kind == "214" and not current.told:
        yield _problem(current, segment, "the set has no status", "Send AT7 in each LX loop.")
    if segment.tag != "SE":
        yield _problem(current, segment, "it ends without SE", "Was the file cut off? Send it whole.")
    elif segment.get(1) != str(current.count):
        told = segment.get(1)[:10]
        yield _problem(
            current, segment, f"SE counts {told} segments, there are {current.count}", "Was a part lost? Send it again."
        )


def _problem(current: _Set, segment: Segment, detail: str, cure: str) -> Problem:
    return Problem(
        where=_where(current, segment), detail=detail, cure=cure, extract=str(segment).replace("+", "*")[:200]
    )


def _where(current: _Set, segment: Segment) -> str:
    return f"transaction set {current.number}, segment {segment.number} ({segment.tag})"
