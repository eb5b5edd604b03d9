"""Writes what follows from the events into the shipment's derived columns, and says whether anybody should hear of
it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from carriers.errors import NotFound
from tracking import clock
from tracking.rules.attention import attention, next_look
from tracking.rules.facts import Channel, EventFact
from tracking.rules.timeline import Timeline
from tracking.shipments.models import Leg, Shipment, StatusChange
from tracking.shipments.recording.reading import deaf_since, that_count, timeline_of

# So many failed calls in a row, and the carrier is in trouble rather than busy.
TROUBLE_AFTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refolded:
    """`change` is unsaved; `is_news` is true when a reader would see a difference."""

    change: StatusChange | None
    is_news: bool


def fold_anew(shipment: Shipment, legs: Sequence[Leg], facts: Iterable[EventFact]) -> Timeline:
    """The timeline as it follows from all events that are known now, and so does the origin, unless the merchant told
    it: what came first must not decide."""
    facts = list(facts)
    if shipment.origin_is_derived or not shipment.origin_country:
        told = (leg.origin_country for leg in sorted(legs, key=lambda leg: leg.position) if leg.origin_country)
        shipment.origin_country = next(told, "") or _origin(shipment, that_count(shipment, legs, facts))
        shipment.origin_is_derived = bool(shipment.origin_country)
    return timeline_of(shipment, legs, facts)


def refold(
    shipment: Shipment,
    legs: Sequence[Leg],
    timeline: Timeline,
    *,
    has_news: bool = False,
    cause: StatusChange.Cause = StatusChange.Cause.NEWS,
    failing: Mapping[UUID, datetime] = MappingProxyType({}),
) -> Refolded:
    """Derives the columns of the shipment (not saved) from its timeline. `has_news`: something else changed, such as a
    new leg. `failing`: the accounts that their carriers fail as a whole, and since when."""
    now = clock.now()
    old = {column: getattr(shipment, column) for column in _WATCHED}
    shipment.status = timeline.status.value
    shipment.phase = timeline.phase.value if timeline.phase else ""
    shipment.event_code = timeline.code.value if timeline.code else ""
    shipment.reason = timeline.reason.value if timeline.reason else ""
    last = timeline.entries[-1] if timeline.entries else None
    shipment.last_event_at = timeline.last_event_at
    shipment.last_event_code = last.code.value if last else ""
    shipment.last_event_place = (last.lead.city or last.lead.place)[:120] if last else ""
    zones = (entry.lead.zone for entry in reversed(timeline.entries) if entry.lead.zone)
    shipment.last_event_zone = next(zones, "")[:40]
    shipment.delivered_at = timeline.delivered_at
    shipment.holder = timeline.holder
    shipment.holder_leg = timeline.holder_leg
    shipment.milestones = {name.value: at.isoformat() for name, at in timeline.milestones}
    _set_estimate(shipment, legs)
    deaf = deaf_since(timeline, legs, failing)
    found = attention(
        timeline,
        registered_at=shipment.created_at,
        promised_on=shipment.promised_on,
        zone=shipment.destination_zone or None,
        has_carrier_trouble=any(is_in_trouble(leg) and leg.account_id not in failing for leg in legs),
        now=now,
        deaf_since=deaf,
    )
    shipment.attention = [reason.value for reason in found]
    shipment.attention_due_at = min(
        next_look(timeline, shipment.promised_on, shipment.created_at, now, deaf), default=None
    )
    events = len(timeline.entries)
    is_news = has_news or any(getattr(shipment, column) != old[column] for column in _WATCHED)
    if not is_news:
        return Refolded(change=None, is_news=False)
    shipment.version += 1
    shipment.updated_at = now
    return Refolded(change=_change(shipment, timeline, old, cause) if events else None, is_news=True)


def is_in_trouble(leg: Leg) -> bool:
    """The carrier fails us for this leg, again and again: not the parcel's silence. Where it fails the whole account,
    that is an outage (tracking.shipments.outages) and no leg's trouble."""
    return leg.last_failure_kind not in ("", NotFound.kind) and (
        leg.fail_count >= TROUBLE_AFTER or leg.last_failure_kind == "refused"
    )


_WATCHED = (
    "status", "phase", "event_code", "reason", "attention", "last_event_at", "last_event_code", "delivered_at",
    "estimated_earliest", "estimated_latest", "holder", "holder_leg", "milestones",
)  # fmt: skip

_CHANGE = ("status", "phase", "event_code", "reason")


def _change(
    shipment: Shipment, timeline: Timeline, old: dict[str, Any], cause: StatusChange.Cause
) -> StatusChange | None:
    if all(getattr(shipment, column) == old[column] for column in _CHANGE):
        return None
    return StatusChange(
        merchant_id=shipment.merchant_id,
        shipment_id=shipment.id,
        sequence=shipment.version,
        old_status=old["status"],
        status=shipment.status,
        phase=shipment.phase,
        event_code=shipment.event_code,
        reason=shipment.reason,
        cause=cause,
        occurred_at=timeline.last_event_at,
    )


def _origin(shipment: Shipment, facts: Iterable[EventFact]) -> str:
    """The country of the earliest dated scan abroad, where nobody has told the origin."""
    dated = [fact for fact in facts if fact.occurred_at is not None and fact.country and fact.code.is_physical]
    first = min(
        dated,
        key=lambda fact: (fact.occurred_at, fact.channel is Channel.PUSH, fact.sequence, fact.identity),
        default=None,
    )
    if first is None or first.country is None or first.country == shipment.destination_country:
        return ""
    return first.country


def _set_estimate(shipment: Shipment, legs: Sequence[Leg]) -> None:
    """The estimate of the furthest leg that gives one."""
    told = [leg for leg in legs if leg.estimated_latest is not None]
    leg = max(told, key=lambda leg: leg.position, default=None)
    shipment.estimated_earliest = leg.estimated_earliest if leg else None
    shipment.estimated_latest = leg.estimated_latest if leg else None
    shipment.estimated_by = leg.carrier if leg else ""
