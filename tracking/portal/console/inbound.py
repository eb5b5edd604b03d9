"""Rows of the pages about partners' files and transport units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from carriers.messages import Estimate, MessageEvent, Reference
from tracking.accounts.models import Merchant
from tracking.inbound.models import InboundFile, InboundItem, TransportUnit
from tracking.inbound.preview import Row as Previewed
from tracking.inbound.wire import from_json
from tracking.portal import dates
from tracking.portal.console.inbound_forms import FORMATS

ICONS = {
    "air_waybill": "plane", "container": "ship", "bill_of_lading": "doc", "booking": "doc", "truck": "truck",
    "consignment": "box", "bag": "box",
}  # fmt: skip
# State of an item -> family of the tag, icon.
_TAGS = {
    InboundItem.State.WAITING.value: ("waiting", "clock"),
    InboundItem.State.MATCHED.value: ("done", "check"),
    InboundItem.State.UNMATCHED.value: ("action", "bang"),
    InboundItem.State.EXPIRED.value: ("waiting", "x"),
}
_FILE_TAGS = {
    InboundFile.State.DRAFT.value: ("waiting", "eye"),
    InboundFile.State.WAITING.value: ("moving", "sync"),
    InboundFile.State.DONE.value: ("done", "check"),
    InboundFile.State.FAILED.value: ("problem", "tri"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file in the list."""

    id: UUID
    name: str
    format: str
    when: str
    sent_by: str
    state: str
    family: str
    icon: str
    matched: int
    unmatched: int
    problems: int
    is_draft: bool  # nothing is counted yet


def file_row(file: InboundFile, counts: dict[str, int], now: datetime) -> FileRow:
    """`counts` of its items by state."""
    family, icon = _FILE_TAGS[file.state]
    return FileRow(
        id=file.pk,
        name=file.name or str(FORMATS[file.format]),
        format=str(FORMATS[file.format]),
        when=dates.ago(file.received_at, now),
        sent_by=file.sent_by,
        state=file.get_state_display(),
        family=family,
        icon=icon,
        matched=counts.get(InboundItem.State.MATCHED, 0),
        unmatched=counts.get(InboundItem.State.UNMATCHED, 0) + counts.get(InboundItem.State.EXPIRED, 0),
        problems=file.problem_count,
        is_draft=file.state == InboundFile.State.DRAFT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event or estimate of a file: what it says, and whom it reaches."""

    where: str
    references: str
    event: str
    raw_code: str
    text: str
    when: str
    place: str
    is_part: bool
    shipments: int
    state: str
    family: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row, or would: words and the tag's look."""

    state: str
    family: str
    icon: str


def previewed_row(row: Previewed, merchant: Merchant) -> EventRow:
    """What it would do."""
    if row.matched_by:
        result = Result(state=_("Would be told"), family="done", icon="check")
    else:
        result = Result(state=_("Nothing has this number"), family="action", icon="bang")
    return _row(row.told, merchant, row.shipments, result)


def item_row(item: InboundItem, merchant: Merchant) -> EventRow:
    """What became of it."""
    family, icon = _TAGS[item.state]
    result = Result(state=item.get_state_display(), family=family, icon=icon)
    return _row(from_json(item.told), merchant, item.shipments, result)


def _row(told: MessageEvent | Estimate, merchant: Merchant, shipments: int, result: Result) -> EventRow:
    event = told.event if isinstance(told, MessageEvent) else None
    time = told.event.time if isinstance(told, MessageEvent) else told.time
    place = told.event.place if isinstance(told, MessageEvent) else told.place
    words = {"delivery": _("Estimated delivery"), "arrival": _("Estimated arrival")}
    return EventRow(
        where=told.where,
        references=", ".join(reference_text(found) for found in told.references),
        event=_(event.code.label) if event is not None else words.get(getattr(told, "what", ""), ""),
        raw_code=event.raw_code if event is not None else "",
        text=event.raw_text if event is not None else "",
        when=_when(time.instant, time.local, merchant.zone),
        place=place.text if place is not None else "",
        is_part=isinstance(told, MessageEvent) and told.is_part,
        shipments=shipments,
        state=result.state,
        family=result.family,
        icon=result.icon,
    )


def _when(instant: datetime | None, local: datetime | None, zone: str) -> str:
    moment = dates.at(instant, zone) if instant is not None else local
    return f"{dates.day(moment.date())} {dates.clock_time(moment)}" if moment is not None else ""


def reference_text(reference: Reference) -> str:
    """ "Air waybill 160-44556606", in the reader's language; a number of no told kind alone."""
    kinds: dict[str, Any] = dict(TransportUnit.Kind.choices) | {"parcel": _("Parcel")}
    kind = kinds.get(reference.kind.value, "")
    return f"{kind} {reference.value}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit in the list."""

    id: UUID
    kind: str
    icon: str
    reference: str
    carrier: str
    arrival: str
    shipments: int


def unit_row(unit: TransportUnit, shipments: int, carrier: str, zone: str) -> UnitRow:
    """`shipments` that travel in it, and in the units inside it."""
    return UnitRow(
        id=unit.pk,
        kind=unit.get_kind_display(),
        icon=ICONS[unit.kind],
        reference=unit.reference,
        carrier=carrier,
        arrival=_when(unit.estimated_arrival_at, None, zone),
        shipments=shipments,
    )
