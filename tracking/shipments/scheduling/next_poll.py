"""When a leg is asked again: what the schedule's rule needs, gathered from the leg, its shipment and its account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from carriers import places
from carriers.vocabulary import Phase, Status
from tracking.rules.schedule import PollState
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.reading import known_code
from tracking.shipments.scheduling.call_prices import price_of
from tracking.shipments.scheduling.dwell_tables import source

# What the rule needs of a leg's row, and of its shipment's.
LEG_COLUMNS = ("id", "opened_at", "carrier", "subscription", "watched_until", "account_id")
SHIPMENT_COLUMNS = (
    "status", "phase", "last_event_code", "last_event_at", "last_event_zone", "holder_leg",
    "origin_country", "destination_country", "destination_zone", "promised_on",
)  # fmt: skip
# What `after_unchanged` reads.
COLUMNS = (*LEG_COLUMNS, "shipment_id", *(f"shipment__{name}" for name in SHIPMENT_COLUMNS))


def refresh() -> None:
    """Takes newer learned tables, where there are any. Called outside of transactions: new tables take a moment."""
    source.refresh()


def after_answer(shipment: Shipment, leg: Leg, now: datetime) -> datetime | None:
    """When to ask this leg's carrier again, now that its answer is recorded; None: no more."""
    row = {name: getattr(leg, name) for name in LEG_COLUMNS}
    row |= {f"shipment__{name}": getattr(shipment, name) for name in SHIPMENT_COLUMNS}
    return after_unchanged(row, now)


def after_unchanged(row: Mapping[str, Any], now: datetime) -> datetime | None:
    """The same for an answer that told nothing new; `row` has the COLUMNS."""
    state = state_of(row, now)
    return source.schedule.at_price(price_of(row["account_id"])).next_poll_at(state, now, _jitter(row["id"]))


def state_of(row: Mapping[str, Any], now: datetime) -> PollState:
    """What the rule looks at; `row` has the COLUMNS."""
    status = Status(row["shipment__status"])
    last_event_at, watched_until = row["shipment__last_event_at"], row["watched_until"]
    phase = Phase(row["shipment__phase"]) if row["shipment__phase"] else Phase.SELLER
    origin, destination = row["shipment__origin_country"], row["shipment__destination_country"]
    return PollState(
        status=status,
        holds_parcel=row["shipment__holder_leg"] in (None, row["id"]),
        ended_at=(last_event_at or row["opened_at"]) if status.is_final else None,
        last_event_at=last_event_at,
        opened_at=row["opened_at"],
        is_pushed=row["subscription"] == Leg.Subscription.ACTIVE,
        phase=phase,
        event_code=known_code(row["shipment__last_event_code"]) if row["shipment__last_event_code"] else None,
        carrier=row["carrier"],
        lane=f"{origin}-{destination}" if origin and destination else "",
        zone=row["shipment__last_event_zone"] or _zone(phase, origin, row["shipment__destination_zone"]),
        promised_on=row["shipment__promised_on"],
        is_watched=watched_until is not None and watched_until > now,
        lag_h=source.lag_h(row["carrier"]),
    )


def _zone(phase: Phase, origin: str, destination_zone: str) -> str | None:
    """Where a parcel lies of which no scan said where: still at home until it has left, else at its destination."""
    at_home = phase in (Phase.SELLER, Phase.FIRST_MILE, Phase.EXPORT_CUSTOMS)
    return (_country_zone(origin) if at_home and origin else None) or destination_zone or None


_country_zone = lru_cache(maxsize=300)(places.country_zone)


def _jitter(leg_id: UUID) -> float:
    return (leg_id.int & 0xFFFF) / 0xFFFF
