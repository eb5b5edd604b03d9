"""Tells items to every shipment that they concern, through the recorder, fifty shipments at a time.

Telling twice adds nothing: an event's identity is made of what the message says, not of the file or the place in it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from carriers import registry
from carriers.events import EstimatedDelivery, TrackingEvent, TrackingResult
from carriers.messages import Estimate, MessageEvent
from tracking.inbound import matching
from tracking.inbound.legs import partner_leg, unit_legs
from tracking.inbound.models import InboundItem, TransportUnit, UnitMember
from tracking.inbound.placing import placed
from tracking.inbound.wire import from_json
from tracking.rules.facts import Channel
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.door import BATCH, Told, record_results

Item = tuple[InboundItem, MessageEvent | Estimate]


def _still() -> None:
    """Nobody waits."""


class NotRecorded(RuntimeError):
    """The recorder failed by itself: the items stay where they are, and are told again."""


@dataclass(slots=True)
class _ForLeg:
    """What one leg is to be told."""

    leg: Leg
    events: list[TrackingEvent] = field(default_factory=list)
    estimate: EstimatedDelivery | None = None
    read_by: str = ""  # slug of the partner whose own codes they are: its unknown words are mapped under it


def match_items(merchant_id: UUID, items: Sequence[InboundItem]) -> dict[UUID, matching.Match | None]:
    """Each item's match, and the unit kept on the item.

    The unit is committed before anybody looks who is in it: a shipment added meanwhile is told either here, or by the
    catching up that looks for the unit's items after the shipment was added.
    """
    told = {item.id: from_json(item.told) for item in items}
    known = matching.known(merchant_id, told.values())
    matches = {item_id: known.match(each) for item_id, each in told.items()}
    for item in items:
        match = matches[item.id]
        unit = match.unit if match is not None else None
        if item.unit_id is None and unit is not None:
            item.unit = unit
            item.save(update_fields=["unit"])
    return matches


def tell_items(
    file_received_at: datetime, items: Sequence[InboundItem], carrier: str = "", beat: Callable[[], object] = _still
) -> None:
    """Matches the items of one merchant and tells them; each keeps its state and to how many it was told.

    `beat` is called between batches: a large unit takes longer than a lease. Raises NotRecorded.
    """
    if not items:
        return
    matches = match_items(items[0].merchant_id, items)
    by_unit: dict[UUID, list[InboundItem]] = defaultdict(list)
    reached: dict[UUID, set[UUID]] = {item.id: set() for item in items}
    for item in items:
        match = matches[item.id]
        if match is not None and match.unit is not None:
            by_unit[match.unit.id].append(item)
    units = {match.unit.id: match.unit for match in matches.values() if match is not None and match.unit is not None}
    for unit_id, mine in by_unit.items():
        told_to = tell_unit(units[unit_id], mine, members_of(unit_id), beat)
        for item in mine:
            reached[item.id].update(told_to)
    _tell_directly(items, matches, reached, file_received_at, carrier)
    for item in items:
        state = InboundItem.State.UNMATCHED if matches[item.id] is None else InboundItem.State.MATCHED
        item.state, item.shipments = state, max(item.shipments, len(reached[item.id]))
    InboundItem.objects.bulk_update(items, ["state", "shipments"])


def members_of(unit_id: UUID) -> set[UUID]:
    """The shipments in a unit now, and in the units inside it."""
    rows = list(UnitMember.objects.filter(unit_id=unit_id, removed_at=None).values_list("shipment_id", "inner_id"))
    found = {shipment_id for shipment_id, _ in rows if shipment_id is not None}
    inner = [inner_id for _, inner_id in rows if inner_id is not None]
    if inner:
        nested = UnitMember.objects.filter(unit_id__in=inner, removed_at=None, shipment_id__isnull=False)
        found.update(nested.values_list("shipment_id", flat=True))
    live = Shipment.objects.live().filter(id__in=found)
    return set(live.values_list("id", flat=True))


def tell_unit(
    unit: TransportUnit,
    items: Sequence[InboundItem],
    shipment_ids: Iterable[UUID],
    beat: Callable[[], object] = _still,
) -> set[UUID]:
    """Tells a unit's items to these shipments, each on its leg of the unit; to which it could be told. Raises
    NotRecorded."""
    told = [from_json(item.told) for item in items]
    _note_unit(unit, told)
    events = [(item, each) for item, each in zip(items, told, strict=True) if isinstance(each, MessageEvent)]
    reached: set[UUID] = set()
    if not events:
        return reached
    ids = sorted(shipment_ids)
    for start in range(0, len(ids), BATCH):
        legs = unit_legs(unit, ids[start : start + BATCH])
        shipments = Shipment.objects.in_bulk(legs)
        for_legs = []
        for shipment_id, leg in legs.items():
            shipment = shipments[shipment_id]
            found = [_event(item, each, shipment, is_unit=True) for item, each in events]
            for_legs.append(_ForLeg(leg=leg, events=found))
        _record(for_legs, items[0].received_at)
        reached.update(legs)
        beat()
    return reached


def _note_unit(unit: TransportUnit, told: Sequence[MessageEvent | Estimate]) -> None:
    """What the messages say of the unit itself: its carrier, where nobody has named it, and when it should arrive."""
    named = next((each.carrier_name for each in told if isinstance(each, MessageEvent) and each.carrier_name), "")
    changes: dict[str, object] = {}
    if named and not unit.carrier and not unit.carrier_name:
        unit.carrier_name = changes["carrier_name"] = named[:80]
    for each in told:
        if isinstance(each, Estimate) and each.what == "arrival" and each.time.instant is not None:
            unit.estimated_arrival_at = changes["estimated_arrival_at"] = each.time.instant
    if changes:
        TransportUnit.objects.filter(pk=unit.pk).update(**changes)


def _tell_directly(
    items: Sequence[InboundItem],
    matches: dict[UUID, matching.Match | None],
    reached: dict[UUID, set[UUID]],
    received_at: datetime,
    carrier: str,
) -> None:
    """To the legs and shipments that bear the number themselves."""
    for_legs: dict[UUID, _ForLeg] = {}
    for item in items:
        match, told = matches[item.id], from_json(item.told)
        if match is None or (isinstance(told, Estimate) and told.what != "delivery"):
            continue
        for shipment, leg in _direct(match, told, carrier):
            if shipment.id in reached[item.id]:
                continue
            reached[item.id].add(shipment.id)
            mine = for_legs.setdefault(leg.id, _ForLeg(leg=leg))
            if isinstance(told, MessageEvent):
                mine.events.append(_event(item, told, shipment, is_unit=False, is_whole=match.is_whole))
                mine.read_by = mine.read_by or _partner(told.carrier_name, carrier)
            elif told.time.local is not None:
                day = told.time.local.date()
                mine.estimate = EstimatedDelivery(earliest=day, latest=day, raw=told.time.raw)
    ordered = sorted(for_legs.values(), key=lambda each: each.leg.shipment_id)
    for start in range(0, len(ordered), BATCH):
        _record(ordered[start : start + BATCH], received_at)


def _partner(*names: str) -> str:
    return next((name for name in names if name in registry.sheets()), "")


def _direct(match: matching.Match, told: MessageEvent | Estimate, carrier: str) -> Iterable[tuple[Shipment, Leg]]:
    for leg in match.legs:
        yield leg.shipment, leg
    for shipment in match.shipments:
        name = (told.carrier_name if isinstance(told, MessageEvent) else "") or carrier
        mine = partner_leg(shipment, name)
        if mine is not None:
            yield shipment, mine


def _event(
    item: InboundItem, told: MessageEvent, shipment: Shipment, *, is_unit: bool, is_whole: bool = False
) -> TrackingEvent:
    event = told.event
    code = placed(
        event.code,
        event.place.country if event.place else None,
        origin=shipment.origin_country,
        destination=shipment.destination_country,
        is_unit=is_unit,
        is_part=told.is_part or is_whole,
    )
    pointer = {"message": str(item.file_id), "where": told.where}
    return replace(
        event,
        code=code,
        reason=event.reason if code is event.code or code.status is event.code.status else None,
        native_id=event.native_id or _mark(told),
        details={**event.details, **pointer},
    )


def _mark(told: MessageEvent) -> str:
    """An id out of what the message says: the parts of a consignment that flew together differ in their pieces."""
    event = told.event
    pieces = [event.time.raw, event.raw_code, event.place.text if event.place else ""]
    pieces += [f"{name}={event.details[name]}" for name in ("flight", "voyage", "pieces") if name in event.details]
    return "m:" + hashlib.blake2b("|".join(pieces).encode(), digest_size=12).hexdigest()


def _record(for_legs: Sequence[_ForLeg], received_at: datetime) -> None:
    told = [
        Told(
            leg_id=each.leg.id,
            channel=Channel.PUSH,
            read_by=each.read_by,
            received_at=received_at,
            result=TrackingResult(number=each.leg.number, events=tuple(each.events), estimated_delivery=each.estimate),
        )
        for each in for_legs
    ]
    if told and record_results(told).broken:
        raise NotRecorded("the recorder could not store an event")
