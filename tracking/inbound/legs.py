"""The legs that partners' events stand on: one per unit that a shipment travels in, and one per partner otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from carriers import registry
from tracking.inbound.matching import UNIT_EVIDENCE
from tracking.inbound.models import TransportUnit
from tracking.rules.facts import Evidence, LegRole
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.opening import build_named_leg
from tracking.shipments.services import MAX_LEGS


def unit_legs(unit: TransportUnit, shipment_ids: Collection[UUID]) -> dict[UUID, Leg]:
    """Each shipment's line-haul leg of this unit, opened where it has none. A shipment whose legs are full has none."""
    found: dict[UUID, Leg] = {}
    with transaction.atomic():
        # Their locks are taken in the recorder's order, so that neither waits for the other in a circle.
        locked = list(Shipment.objects.select_for_update().filter(id__in=shipment_ids).order_by("id"))
        standing: dict[UUID, list[Leg]] = {shipment.id: [] for shipment in locked}
        for leg in Leg.objects.of_shipments(standing):
            standing[leg.shipment_id].append(leg)
        opened: list[Leg] = []
        later: list[Leg] = []
        for shipment in locked:
            mine = standing[shipment.id]
            known = next((each for each in mine if _is_of(each, unit)), None)
            if known is None and len(mine) < MAX_LEGS:
                known = _built(unit, shipment, mine)
                opened.append(known)
                later += [each for each in mine if each.position >= known.position]
            if known is not None:
                found[shipment.id] = known
        Leg.objects.filter(id__in=[leg.id for leg in later]).update(position=F("position") + 1)
        Leg.objects.bulk_create(opened)
    return found


def _is_of(leg: Leg, unit: TransportUnit) -> bool:
    return leg.number == unit.reference and leg.evidence_detail == UNIT_EVIDENCE


def _built(unit: TransportUnit, shipment: Shipment, legs: Sequence[Leg]) -> Leg:
    """Before the last mile: a line-haul that is told late still came first. Nobody is asked for it."""
    last_miles = [leg.position for leg in legs if leg.role in (LegRole.LAST_MILE, LegRole.RETURN)]
    return Leg(
        merchant_id=shipment.merchant_id,
        shipment_id=shipment.id,
        position=min(last_miles, default=max((leg.position for leg in legs), default=0) + 1),
        carrier=unit.carrier,
        carrier_name="" if unit.carrier else unit.carrier_name,
        number=unit.reference[:50],
        role=LegRole.LINEHAUL.value,
        evidence=Evidence.MERCHANT.value,
        evidence_detail=UNIT_EVIDENCE,
    )


def partner_leg(shipment: Shipment, carrier_name: str) -> Leg | None:
    """The shipment's leg of this partner, by slug or name, opened where it has none; None where its legs are full."""
    slug = registry.slug_of(carrier_name) or ""
    name = "" if slug else carrier_name.strip()[:80] or str(shipment.merchant)
    with transaction.atomic():
        locked = Shipment.objects.select_for_update().get(pk=shipment.pk)
        legs = list(Leg.objects.of_shipments([locked.id]))
        for leg in legs:
            if (slug and leg.carrier == slug) or (name and not leg.carrier and leg.carrier_name == name):
                return leg
        if len(legs) >= MAX_LEGS:
            return None
        leg = build_named_leg(locked, legs, name or carrier_name[:80], Evidence.MERCHANT)
        leg.carrier, leg.carrier_name = slug, name
        leg.save(force_insert=True)
    return leg
