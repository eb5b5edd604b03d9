"""What a file would do, without doing it: every row, whom it would reach, and why where it reaches nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carriers import messages, registry
from carriers.messages import Estimate, Format, MessageEvent, Problem, Reading
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.inbound import files, matching
from tracking.inbound.telling import members_of

MOST_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One event or estimate: how many shipments it would reach, by which number."""

    where: str
    told: MessageEvent | Estimate
    matched_by: str  # "air waybill 160-44556606"; "" where nothing has its numbers
    is_unit: bool = False
    shipments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Everything of a file; `rows` are the first 500."""

    events: int
    matched: int
    unmatched: int
    rows: Sequence[Row]
    problems: Sequence[Problem]


def preview(merchant: Merchant, file_format: str, body: bytes, *, carrier: str = "") -> Preview:
    """What would become of a file now. Raises Invalid for one that nobody could read."""
    files.check(file_format, body, carrier)
    reading = messages.read(Format(file_format), body, clock.now(), registry.find(carrier))
    return preview_reading(merchant, reading)


def preview_reading(merchant: Merchant, reading: Reading) -> Preview:
    """The same of what has been read."""
    told = files.items_of(reading)
    known = matching.known(merchant.pk, told)
    rows = []
    counted: dict[object, int] = {}
    for each in told:
        match = known.match(each)
        if match is None:
            rows.append(Row(where=each.where, told=each, matched_by=""))
            continue
        reached = {leg.shipment_id for leg in match.legs} | {shipment.id for shipment in match.shipments}
        count = len(reached)
        if match.unit is not None:
            if match.unit.pk not in counted:
                counted[match.unit.pk] = len(members_of(match.unit.pk) - reached)
            count += counted[match.unit.pk]
        rows.append(
            Row(
                where=each.where,
                told=each,
                matched_by=str(match.reference),
                is_unit=match.unit is not None,
                shipments=count,
            )
        )
    matched = sum(bool(row.matched_by) for row in rows)
    return Preview(
        events=len(reading.events),
        matched=matched,
        unmatched=len(rows) - matched,
        rows=rows[:MOST_ROWS],
        problems=reading.problems[: files.MOST_PROBLEMS],
    )
