"""What we know. A shipment has legs; a leg has events, read from raw answers; a change of status is a row that
others follow. Every table carries its merchant."""

from __future__ import annotations

from tracking.shipments.models.accounts import AccountManager, Budget, CarrierAccount, new_push_token
from tracking.shipments.models.choices import (
    channel_choices,
    event_code_choices,
    evidence_choices,
    phase_choices,
    reason_choices,
    role_choices,
    status_choices,
)
from tracking.shipments.models.dwell import DwellCell, DwellVersion
from tracking.shipments.models.outages import CarrierOutage
from tracking.shipments.models.particulars import CustomsRecord, Document, Item, Recipient
from tracking.shipments.models.requests import IdempotencyKey, NumberChoice
from tracking.shipments.models.shipment import Leg, LegManager, Shipment, ShipmentManager
from tracking.shipments.models.told import Event, EventManager, InboundPush, RawAnswer, StatusChange

__all__ = [
    "AccountManager",
    "Budget",
    "CarrierAccount",
    "CarrierOutage",
    "CustomsRecord",
    "Document",
    "DwellCell",
    "DwellVersion",
    "Event",
    "EventManager",
    "IdempotencyKey",
    "InboundPush",
    "Item",
    "Leg",
    "LegManager",
    "NumberChoice",
    "RawAnswer",
    "Recipient",
    "Shipment",
    "ShipmentManager",
    "StatusChange",
    "channel_choices",
    "event_code_choices",
    "evidence_choices",
    "new_push_token",
    "phase_choices",
    "reason_choices",
    "role_choices",
    "status_choices",
]
