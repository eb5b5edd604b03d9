"""When a leg is asked again: what the schedule's rule needs, gathered from the leg and its shipment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from carriers.vocabulary import Status
from tracking.rules import schedule
from tracking.shipments.models import Leg, Shipment

# What `after_unchanged` reads of a leg's row.
COLUMNS = (
    "id", "opened_at", "last_changed_at", "subscription",
    "shipment_id", "shipment__status", "shipment__holder_leg", "shipment__last_event_at",
)  # fmt: skip


def after_answer(shipment: Shipment, leg: Leg, now: datetime) -> datetime | None:
    """When to ask this leg's carrier again, now that its answer is recorded; None: no more."""
    status = Status(shipment.status)
    state = schedule.PollState(
        status=status,
        holds_parcel=shipment.holder_leg in (None, leg.id),
        ended_at=shipment.last_event_at if status.is_final else None,
        last_event_at=shipment.last_event_at,
        opened_at=leg.opened_at,
        is_pushed=leg.subscription == Leg.Subscription.ACTIVE,
    )
    return schedule.next_poll_at(state, now, _jitter(leg.id))


def after_unchanged(row: Mapping[str, Any], now: datetime) -> datetime | None:
    """The same for an answer that told nothing new; `row` has the COLUMNS."""
    status = Status(row["shipment__status"])
    state = schedule.PollState(
        status=status,
        holds_parcel=row["shipment__holder_leg"] in (None, row["id"]),
        ended_at=(row["last_changed_at"] or row["opened_at"]) if status.is_final else None,
        last_event_at=row["shipment__last_event_at"],
        opened_at=row["opened_at"],
        is_pushed=row["subscription"] == Leg.Subscription.ACTIVE,
    )
    return schedule.next_poll_at(state, now, _jitter(row["id"]))


def _jitter(leg_id: UUID) -> float:
    return (leg_id.int & 0xFFFF) / 0xFFFF
