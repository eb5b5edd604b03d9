"""Whose number is it? A unit's, a leg's, a shipment's own, or an order's: all of one merchant, and nobody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carriers import registry
from carriers.messages import Estimate, MessageEvent, Reference, ReferenceKind
from carriers.vocabulary import FINAL_STATUSES
from tracking.inbound.models import TransportUnit
from tracking.inbound.wire import bare
from tracking.rules.shipment_number import clean
from tracking.shipments.models import Leg, Shipment

# `Leg.evidence_detail` of the legs that units open.
UNIT_EVIDENCE = "transport_unit"
# A consignment's number may be a lorry's, a bag's or a bill's, as its sender calls it; the others mean what they say.
_LOOSE = frozenset({ReferenceKind.ANY, ReferenceKind.CONSIGNMENT, ReferenceKind.PARCEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a reference is known as here. `is_whole`: the message spoke of a part of it."""

    reference: Reference
    unit: TransportUnit | None = None
    legs: tuple[Leg, ...] = ()
    shipments: tuple[Shipment, ...] = ()  # by their own number or their order's, where no leg has it
    is_whole: bool = False


@dataclass(slots=True)
class Known:
    """Everything of one merchant that bears one of the numbers asked for."""

    units: dict[str, list[TransportUnit]] = field(default_factory=lambda: defaultdict(list))
    legs: dict[str, list[Leg]] = field(default_factory=lambda: defaultdict(list))
    shipments: dict[str, list[Shipment]] = field(default_factory=lambda: defaultdict(list))

    def match(self, told: MessageEvent | Estimate) -> Match | None:
        """The first number that anything here bears: of the thing itself, then of what it is a part of."""
        carrier = registry.slug_of(told.carrier_name) if isinstance(told, MessageEvent) else None
        for reference in told.references:
            found = self._of(reference, carrier)
            if found is not None:
                return found
        wholes = told.wholes if isinstance(told, MessageEvent) else ()
        is_parcel = any(reference.kind is ReferenceKind.PARCEL for reference in told.references)
        for reference in wholes:
            found = self._of(reference, carrier)
            if found is not None:
                return Match(
                    reference=reference, unit=found.unit, legs=found.legs, shipments=found.shipments,
                    is_whole=is_parcel,
                )  # fmt: skip
        return None

    def _of(self, reference: Reference, carrier: str | None) -> Match | None:
        key = bare(reference.value)
        unit = next((unit for unit in self.units.get(key, ()) if is_named(unit, reference)), None)
        legs = _under_way(self.legs.get(key, []), carrier)
        with_leg = {leg.shipment_id for leg in legs}
        shipments = tuple(found for found in self.shipments.get(key, ()) if found.id not in with_leg)
        if unit is None and not legs and not shipments:
            return None
        return Match(reference=reference, unit=unit, legs=tuple(legs), shipments=shipments)


def is_named(unit: TransportUnit, reference: Reference) -> bool:
    """True where a message that says so means this unit."""
    return unit.key == bare(reference.value) and (unit.kind == reference.kind or reference.kind in _LOOSE)


def _under_way(legs: Sequence[Leg], carrier: str | None) -> list[Leg]:
    """The carrier's own where there are any; those still under way, else the latest: carriers use numbers again."""
    own = [leg for leg in legs if carrier and leg.carrier == carrier] or list(legs)
    finals = {status.value for status in FINAL_STATUSES}
    return [leg for leg in own if leg.shipment.status not in finals] or own[:1]


def known(merchant_id: UUID, told: Iterable[MessageEvent | Estimate]) -> Known:
    """What the merchant has of these messages' numbers, in four statements."""
    values = {
        found.value for each in told for found in (*each.references, *getattr(each, "wholes", ())) if bare(found.value)
    }
    keys = {bare(value) for value in values}
    result = Known()
    for unit in TransportUnit.objects.filter(merchant_id=merchant_id, key__in=keys).order_by("id"):
        result.units[unit.key].append(unit)
    mine = Leg.objects.standing().filter(merchant_id=merchant_id, shipment__archived_at=None)
    # The legs that a unit opened bear its number: the unit tells them, while their shipment is in it.
    for leg in mine.filter(number__in=values | keys).select_related("shipment").order_by("-opened_at"):
        if leg.evidence_detail != UNIT_EVIDENCE:
            result.legs[bare(leg.number)].append(leg)
    ours = Shipment.objects.live().filter(merchant_id=merchant_id)
    numbers = {clean(value) for value in values if len(value) <= 40}
    for shipment in ours.filter(number__in=numbers):
        result.shipments[bare(shipment.number)].append(shipment)
    for shipment in ours.filter(order_number__in=values).exclude(order_number=""):
        result.shipments[bare(shipment.order_number)].append(shipment)
    return result
