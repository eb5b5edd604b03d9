"""Finds what an address names, within the merchant's scope: another merchant's thing is as absent as none."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from tracking.api.errors import not_found
from tracking.rules import shipment_number
from tracking.shipments.models import Leg, Shipment


def find_shipment(number: str, *, include_archived: bool = False) -> Shipment:
    """The shipment of our number, grouped or not. Raises 404, saying what is wrong with a mistyped number."""
    wrong = shipment_number.problem(number[:100])
    if wrong is not None:
        where = f" in group {wrong.group}" if wrong.group else ""
        raise not_found(f"“{number[:40]}” is none of our numbers: {wrong.detail}{where}.")
    clean = shipment_number.clean(number)
    shipment: Shipment | None = Shipment.objects.select_related("merchant").filter(number=clean).first()
    if shipment is None:
        raise not_found(f"You have no shipment {shipment_number.group(clean)}.")
    if shipment.archived_at is not None and not include_archived:
        raise not_found(
            f"Shipment {shipment_number.group(shipment.number)} was deleted. "
            f"POST /api/v1/shipments/{shipment.number}/restore brings it back."
        )
    return shipment


def find_leg(shipment: Shipment, leg_id: UUID) -> Leg:
    """A standing leg of the shipment. Raises 404."""
    leg: Leg | None = Leg.objects.standing().select_related("account").filter(shipment=shipment, pk=leg_id).first()
    if leg is None:
        raise not_found(f"The shipment has no leg {leg_id}; a corrected leg has a new id.")
    return leg


def site() -> str:
    """Our public address, without a slash at its end."""
    return str(settings.SITE_URL).rstrip("/")
