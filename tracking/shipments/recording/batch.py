"""The rows that one transaction of the recorder works on: locked and read together, written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from carriers.errors import MissingField, Refused, TryLater
from tracking import clock
from tracking.phrasebook.book import Book, Pair
from tracking.rules.facts import EventFact
from tracking.shipments import live
from tracking.shipments.models import CarrierAccount, Event, Leg, RawAnswer, Shipment, StatusChange
from tracking.shipments.recording.bulk import insert_rows, update_rows
from tracking.shipments.recording.reading import event_facts
from tracking.shipments.scheduling import next_poll

# Shipments per transaction: enough to share the round trips, few enough to hold their locks for milliseconds.
BATCH = 50

_LEG_COLUMNS = (
    "last_digest", "last_checked_at", "last_changed_at", "fail_count", "last_failure_kind", "last_failure_detail",
    "last_failure_at", "estimated_earliest", "estimated_latest", "next_poll_at", "subscription",
    "origin_country",
)  # fmt: skip
_CLAIM_COLUMNS = ("lease_until", "poll_token", "wanted_at")
_SHIPMENT_COLUMNS = (
    "origin_country", "origin_is_derived", "version", "status", "phase", "event_code", "reason", "attention",
    "attention_due_at", "last_event_at", "last_event_code", "last_event_place", "last_event_zone", "delivered_at",
    "estimated_earliest", "estimated_latest", "estimated_by", "holder", "holder_leg", "milestones", "updated_at",
    "change_count",
)  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Locked shipments with their standing legs and all their events as facts; and what is to be written of them."""

    shipments: dict[UUID, Shipment]
    legs: dict[UUID, list[Leg]]
    facts: dict[UUID, dict[str, EventFact]]  # by identity
    failing: dict[UUID, datetime] = field(default_factory=dict)  # accounts that their carriers fail as a whole
    books: dict[Pair, Book] = field(default_factory=dict)
    raws: list[RawAnswer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    moved: dict[tuple[UUID, str], int] = field(default_factory=dict)  # (shipment, identity): its new sequence
    touched: dict[UUID, Leg] = field(default_factory=dict)
    polled: set[UUID] = field(default_factory=set)  # of those touched
    opened: list[Leg] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)
    news: list[live.News] = field(default_factory=list)


def load_of_legs(leg_ids: Iterable[UUID]) -> Batch:
    """The shipments of these legs, as `load` gives them."""
    return load(Leg.objects.filter(id__in=list(leg_ids)).values("shipment_id"))


def load(shipment_ids: Iterable[UUID] | models.QuerySet[Leg, Any]) -> Batch:
    """Locks the shipments, always in one order, and reads all that belongs to them; in a transaction."""
    locked = Shipment.objects.select_for_update().filter(id__in=shipment_ids).order_by("id")
    shipments = {shipment.id: shipment for shipment in locked}
    legs: dict[UUID, list[Leg]] = {shipment_id: [] for shipment_id in shipments}
    for leg in Leg.objects.of_shipments(shipments):
        legs[leg.shipment_id].append(leg)
    facts = {
        shipment_id: {fact.identity: fact for fact in mine} for shipment_id, mine in event_facts(shipments).items()
    }
    accounts = {leg.account_id for mine in legs.values() for leg in mine if leg.account_id is not None}
    failing = CarrierAccount.objects.filter(id__in=accounts).failing_since()
    return Batch(shipments=shipments, legs=legs, facts=facts, failing=failing)


def store(batch: Batch, fresh: set[UUID]) -> None:
    """Writes what the batch gathered, and the derived columns of the `fresh` shipments."""
    for leg in batch.touched.values():
        _set_next_poll(batch.shipments[leg.shipment_id], leg)
    insert_rows(batch.raws)
    insert_rows(batch.events)
    _move(batch.moved)
    update_rows([leg for leg in batch.touched.values() if leg.id in batch.polled], _LEG_COLUMNS + _CLAIM_COLUMNS)
    # A poll that is under way while a push comes in keeps its claim, and its answer is recorded too.
    update_rows([leg for leg in batch.touched.values() if leg.id not in batch.polled], _LEG_COLUMNS)
    Leg.objects.bulk_create(batch.opened)
    update_rows([batch.shipments[shipment_id] for shipment_id in fresh], _SHIPMENT_COLUMNS)
    StatusChange.objects.bulk_create(batch.changes)


_MOVE_SQL = """
UPDATE shipments_event AS event SET sequence = moved.sequence
  FROM unnest(%s::uuid[], %s::text[], %s::integer[]) AS moved (shipment_id, identity, sequence)
 WHERE event.shipment_id = moved.shipment_id AND event.identity = moved.identity
"""


def _move(moved: Mapping[tuple[UUID, str], int]) -> None:
    if moved:
        shipments, identities = zip(*moved, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_MOVE_SQL, [list(shipments), list(identities), list(moved.values())])


def _set_next_poll(shipment: Shipment, leg: Leg) -> None:
    """Ends the claim, and sets the next call, unless a failure has set it already."""
    is_waiting = leg.last_failure_kind == TryLater.kind and leg.fail_count > 0
    leg.lease_until = leg.poll_token = leg.wanted_at = None
    if leg.next_poll_at is None or is_waiting:
        return
    if leg.last_failure_kind in (Refused.kind, MissingField.kind):
        leg.next_poll_at = None  # asking again changes nothing; mending the leg or the account makes it due
        return
    leg.next_poll_at = next_poll.after_answer(shipment, leg, clock.now())
