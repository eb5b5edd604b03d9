"""UN/EDIFACT IFTSTA, D.96A and later: many messages, consignments (CNI) and statuses (STS) in one interchange.

What belongs to a status is what stands between its STS and the next: its date (DTM), place (LOC), transport (TDT,
with places and dates of its own), equipment (EQD), goods (GID, with parcels in GIN and PCI), references (RFF) and words
(FTX). Names and addresses (NAD) are not read: nobody's data is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from carriers.facts import FactSheet
from carriers.messages import iftsta_status as status_of
from carriers.messages import segments, telling
from carriers.messages.codes import code_table
from carriers.messages.records import Estimate, MessageEvent, Problem, Reading, Unreadable
from carriers.messages.segments import Segment, Separators

_HEADER_REFERENCES = 20


@dataclass(slots=True)
class _Message:
    """An UNH to UNT: what stands above its consignments serves them all."""

    number: int
    kind: str
    reference: str
    first: int
    header: list[Segment] = field(default_factory=list)
    consignment: Segment | None = None
    above: list[Segment] = field(default_factory=list)  # the consignment's own references
    status: status_of.Status | None = None
    count: int = 1
    statuses: int = 0


def read(body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """Every status of every consignment in the interchange."""
    try:
        text = segments.text_of(body).strip()
        signs, start = _signs(text)
    except Unreadable as error:
        return Reading(problems=(error.at("file"),))
    return Reading.of(_read(text, signs, start, received_at, sheet))


def _signs(text: str) -> tuple[Separators, int]:
    if not text.startswith(("UNA", "UNB", "UNH")):
        raise Unreadable("no EDIFACT interchange", "It begins with UNA, UNB or UNH.")
    if not text.startswith("UNA"):
        return segments.EDIFACT, 0
    if len(text) < 9 or len(set(text[3:5] + text[8])) < 3 or any(sign.isalnum() for sign in text[3:9]):
        raise Unreadable("UNA does not name its separators", "It is UNA and six signs, such as UNA:+.? '")
    return Separators(text[3], text[4], text[6].strip(), text[8]), 9


def _read(
    text: str, signs: Separators, start: int, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    message: _Message | None = None
    messages = 0
    found = False
    try:
        for segment in segments.split(text, signs, start=start):
            if message is not None:
                message.count += 1
            if segment.tag in ("UNH", "UNZ", "UNT") and message is not None:
                yield from _end_status(message, received_at, sheet)
                yield from _end_message(message, segment)
                message = None
            if segment.tag == "UNH":
                messages += 1
                found = True
                message = _Message(
                    number=messages, kind=segment.get(2).upper(), reference=segment.get(1), first=segment.number
                )
                if message.kind != "IFTSTA":
                    yield _problem(
                        message, segment, f"a message of type {message.kind[:10] or '(none)'}", "Send IFTSTA."
                    )
            elif message is not None and message.kind == "IFTSTA":
                yield from _segment(message, segment, received_at, sheet)
    except Unreadable as error:
        yield error.at("file")
    if message is not None:
        yield from _end_status(message, received_at, sheet)
        cure = "Was the file cut off? Send it whole."
        yield Problem(where=f"message {message.number}", detail="it ends without UNT", cure=cure)
    elif not found:
        yield Problem(where="file", detail="no message in it", cure="Put IFTSTA messages between UNH and UNT.")


def _segment(
    message: _Message, segment: Segment, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    if segment.tag == "CNI":
        yield from _end_status(message, received_at, sheet)
        message.consignment, message.above = segment, []
    elif segment.tag == "STS":
        yield from _end_status(message, received_at, sheet)
        message.status, message.statuses = status_of.Status(segment=segment), message.statuses + 1
    elif message.status is not None:
        status_of.take(message.status, segment)
    elif segment.tag == "RFF":
        mine = message.header if message.consignment is None else message.above
        if len(mine) < _HEADER_REFERENCES:
            mine.append(segment)


def _end_status(
    message: _Message, received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    status, message.status = message.status, None
    if status is None:
        return
    where = _where(message, status.segment)
    above = [*message.above, *message.header]
    try:
        named, wholes, wrong = status_of.references(status, above, message.consignment, f"message {message.number}")
        yield from wrong
        if not named:
            cure = "Send a reference (RFF, CNI), container (EQD) or parcel (GIN)."
            raise Unreadable("the status names no goods", cure)
        yield from status_of.estimates(status, sum(named, ()) + wholes, received_at, where)
        code, reason = status.segment.get(2), status.segment.get(3)
        words = " ".join([status.segment.get(2, 3), status.segment.get(3, 3), *status.words]).strip()
        if not code and not words:
            raise Unreadable("STS has no status", "Send its code in the second element.")
        event = telling.event(
            code_table("iftsta"),
            code,
            status_of.time(status, received_at),
            finer=status_of.mode(status),
            reason=reason,
            text=words,
            place=status.place,
            sheet=sheet,
            details=status_of.details(status),
            sequence=message.statuses,
        )
    except Unreadable as error:
        yield error.at(where, str(status.segment))
        return
    for references in named:
        yield MessageEvent(
            references=references, wholes=wholes, event=event, where=where, carrier_name=status_of.carrier(status)
        )


def _end_message(message: _Message, segment: Segment) -> Iterator[Problem]:
    if message.kind == "IFTSTA" and not message.statuses:
        yield _problem(message, segment, "the message has no status", "Send STS in each consignment.")
    if segment.tag != "UNT":
        yield _problem(message, segment, "it ends without UNT", "Was the file cut off? Send it whole.")
    elif segment.get(1) != str(message.count):
        told = segment.get(1)[:10]
        yield _problem(
            message,
            segment,
            f"UNT counts {told} segments, there are {message.count}",
            "Was a part lost? Send it again.",
        )


def _problem(message: _Message, segment: Segment, detail: str, cure: str) -> Problem:
    return Problem(where=_where(message, segment), detail=detail, cure=cure, extract=str(segment)[:200])


def _where(message: _Message, segment: Segment) -> str:
    return f"message {message.number}, segment {segment.number} ({segment.tag})"
