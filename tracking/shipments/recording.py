"""The one door: whatever a carrier, a merchant or an operator told enters here, in one transaction under the
shipments' row locks.

Raw answer kept · new events inserted, as the merchant's phrasebook reads them · timeline re-folded from all events ·
next leg opened at a hand-over · leg and shipment updated · a StatusChange where something changed · the next call set.
Everything is read and written for a batch of shipments at once; a batch that fails is taken again one by one, so that
one parcel's trouble is never another's.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django_scopes import scopes_disabled

from carriers.errors import CarrierError, MissingField, NotFound, Refused, TryLater
from carriers.events import TrackingEvent, TrackingResult
from tracking import clock
from tracking.phrasebook.book import Book, Pair, books
from tracking.rules import handover, schedule
from tracking.rules.facts import Channel, EventFact
from tracking.shipments import carrier_facts, live, scheduling
from tracking.shipments.bulk import insert_rows, update_rows
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment, StatusChange
from tracking.shipments.opening import open_proposed_leg
from tracking.shipments.reading import event_facts, event_row, fact_of_row, leg_fact
from tracking.shipments.refolding import TROUBLE_AFTER, refold

logger = logging.getLogger(__name__)

# Shipments per transaction: enough to share the round trips, few enough to hold their locks for milliseconds.
BATCH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of one leg. `result` None: the answer is the one we had. `received_at` is domain time.

    `read_by` is the slug of the adapter whose answer it is (an aggregator's, where the leg is asked through one); ""
    for what people told.

    `poll_token` fences a poll: a worker whose lease ran out, and whose leg another has claimed since, writes nothing.
    """

    leg_id: UUID
    channel: Channel
    received_at: datetime
    result: TrackingResult | None
    body: bytes = b""
    http_status: int = 0
    digest: bytes = b""
    poll_token: UUID | None = None
    read_by: str = ""


@dataclass(slots=True)
class Recorded:
    """What came of it."""

    unchanged: int = 0
    changed: int = 0
    events: int = 0
    fenced: int = 0
    broken: int = 0  # our own failure: kept for a replay
    news: list[live.News] = field(default_factory=list)

    def add(self, other: Recorded) -> None:
        self.unchanged += other.unchanged
        self.changed += other.changed
        self.events += other.events
        self.fenced += other.fenced
        self.broken += other.broken
        self.news += other.news


def record_result(told: Told) -> Recorded:
    """Records what was told of one leg."""
    return record_results([told])


def record_results(told: Sequence[Told]) -> Recorded:
    """Records what was told of many legs, each shipment whole or not at all."""
    recorded = Recorded()
    with scopes_disabled():
        same = [item for item in told if item.result is None]
        new = [item for item in told if item.result is not None]
        if same:
            recorded.unchanged += _note_unchanged(same)
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            try:
                recorded.add(_record_batch(batch))
            except (DatabaseError, ValueError, TypeError, KeyError, ArithmeticError, LookupError):
                logger.exception("a batch of %d was not recorded; taking its parcels one by one", len(batch))
                for item in batch:
                    recorded.add(_record_alone(item))
    _publish(recorded.news)
    return recorded


def _publish(news: list[live.News]) -> None:
    """Once it is committed; at once where no transaction is open."""
    if news:
        transaction.on_commit(lambda: live.publish(news))


def _record_alone(told: Told) -> Recorded:
    try:
        return _record_batch([told])
    except (DatabaseError, ValueError, TypeError, KeyError, ArithmeticError, LookupError) as error:
        logger.exception("leg %s was not recorded", told.leg_id)
        _keep_unrecorded(told, error)
        return Recorded(broken=1)


def _keep_unrecorded(told: Told, error: Exception) -> None:
    """Our own failure: the answer is kept for a replay, and the leg is asked again later."""
    with transaction.atomic():
        leg = Leg.objects.select_for_update().get(pk=told.leg_id)
        detail = f"internal: {type(error).__name__}"
        if told.body:
            _raw_answer(leg, told, failure=detail).save(force_insert=True)
        leg.fail_count = min(leg.fail_count + 1, 1000)
        leg.last_failure_kind, leg.last_failure_detail = "internal", detail[:200]
        leg.last_failure_at = told.received_at
        leg.next_poll_at = clock.after(schedule.backoff_s(leg.fail_count))
        leg.lease_until = leg.poll_token = None
        leg.save()


_UNCHANGED_SQL = """
UPDATE shipments_leg AS leg
   SET last_checked_at = told.received_at, next_poll_at = told.next_poll_at, lease_until = NULL, poll_token = NULL,
       fail_count = 0, last_failure_kind = '', last_failure_detail = ''
  FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[])
       AS told (id, poll_token, received_at, next_poll_at)
 WHERE leg.id = told.id AND leg.poll_token IS NOT DISTINCT FROM told.poll_token
"""


def _note_unchanged(told: Sequence[Told]) -> int:
    """The carrier said what it said before: only the freshness and the next call change. One statement for all."""
    rows = {
        row["id"]: row
        for row in Leg.objects.filter(id__in=[item.leg_id for item in told]).values(*scheduling.COLUMNS, "fail_count")
    }
    ids, tokens, received, due, troubled = [], [], [], [], set()
    for item in told:
        row = rows.get(item.leg_id)
        if row is None:
            continue
        ids.append(item.leg_id)
        tokens.append(item.poll_token)
        received.append(item.received_at)
        due.append(scheduling.after_unchanged(row, item.received_at))
        if row["fail_count"] >= TROUBLE_AFTER:
            troubled.add(row["shipment_id"])
    with connection.cursor() as cursor:
        cursor.execute(_UNCHANGED_SQL, [ids, tokens, received, due])
        count = cursor.rowcount
    if troubled:
        refold_shipments(troubled)
    return int(count)


@dataclass(slots=True)
class _Batch:
    """All rows that one transaction works on."""

    shipments: dict[UUID, Shipment]
    legs: dict[UUID, list[Leg]]
    facts: dict[UUID, list[EventFact]]
    known: dict[UUID, set[str]]
    books: dict[Pair, Book] = field(default_factory=dict)
    raws: list[RawAnswer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    touched: dict[UUID, Leg] = field(default_factory=dict)
    polled: set[UUID] = field(default_factory=set)  # of those touched
    opened: list[Leg] = field(default_factory=list)
    changes: list[StatusChange] = field(default_factory=list)


def _record_batch(told: Sequence[Told]) -> Recorded:
    recorded = Recorded()
    with transaction.atomic():
        batch = _load([item.leg_id for item in told])
        by_leg = {leg.id: leg for legs in batch.legs.values() for leg in legs}
        told_by = {(by_leg[item.leg_id].merchant_id, item.read_by) for item in told if item.leg_id in by_leg}
        batch.books = books({pair for pair in told_by if pair[1]})
        fresh: set[UUID] = set()
        heard: list[tuple[Leg, TrackingResult]] = []
        for item in told:
            leg = by_leg.get(item.leg_id)
            if leg is None or (item.poll_token is not None and leg.poll_token != item.poll_token):
                recorded.fenced += 1
                continue
            if item.channel is Channel.POLL:
                batch.polled.add(leg.id)
            result = cast(TrackingResult, item.result)
            if result.failure is not None:
                _note_failure(batch, leg, item, result.failure)
            else:
                before = len(batch.events)
                _note_answer(batch, leg, item, result)
                recorded.events += len(batch.events) - before
                heard.append((leg, result))
            fresh.add(leg.shipment_id)
        _fold_and_open(batch, fresh, heard, recorded)
        _store(batch, fresh)
        recorded.changed += len(fresh)
    return recorded


def _load(leg_ids: Iterable[UUID]) -> _Batch:
    """Locks the legs' shipments, always in one order, and reads all that belongs to them."""
    ids = Leg.objects.filter(id__in=list(leg_ids)).values_list("shipment_id", flat=True)
    return _load_shipments(set(ids))


def _load_shipments(shipment_ids: set[UUID]) -> _Batch:
    locked = Shipment.objects.select_for_update().filter(id__in=shipment_ids).order_by("id")
    shipments = {shipment.id: shipment for shipment in locked}
    legs: dict[UUID, list[Leg]] = {shipment_id: [] for shipment_id in shipments}
    for leg in Leg.objects.of_shipments(shipments):
        legs[leg.shipment_id].append(leg)
    facts = event_facts(shipments)
    known = {shipment_id: {fact.identity for fact in mine} for shipment_id, mine in facts.items()}
    return _Batch(shipments=shipments, legs=legs, facts=facts, known=known)


def _note_answer(batch: _Batch, leg: Leg, told: Told, result: TrackingResult) -> None:
    raw = _raw_answer(leg, told) if told.body else None
    if raw is not None:
        batch.raws.append(raw)
    known = batch.known[leg.shipment_id]
    is_new = False
    book = batch.books.get((leg.merchant_id, told.read_by))
    for identity, event in identified(leg.id, told.channel, result.events):
        if identity in known:
            continue
        row = event_row(
            event if book is None else book.read(event),
            leg=leg,
            identity=identity,
            channel=told.channel,
            read_by=told.read_by,
            raw_answer=raw.id if raw is not None else None,
            received_at=told.received_at,
        )
        known.add(identity)
        batch.events.append(row)
        batch.facts[leg.shipment_id].append(fact_of_row(row))
        is_new = True
    leg.last_checked_at = told.received_at
    if is_new:
        leg.last_changed_at = told.received_at
    if told.channel is Channel.POLL:
        leg.last_digest = told.digest
        leg.fail_count, leg.last_failure_kind, leg.last_failure_detail = 0, "", ""
    if told.channel is Channel.PUSH:
        leg.subscription = Leg.Subscription.ACTIVE  # it comes by itself, whoever arranged it
    if result.estimated_delivery is not None:
        leg.estimated_earliest = result.estimated_delivery.earliest
        leg.estimated_latest = result.estimated_delivery.latest
    shipment = batch.shipments[leg.shipment_id]
    if not shipment.origin_country and result.origin_country:
        shipment.origin_country = result.origin_country
    batch.touched[leg.id] = leg


def _note_failure(batch: _Batch, leg: Leg, told: Told, failure: CarrierError) -> None:
    """A failed call says nothing of the parcel: it touches the leg's freshness and nothing else."""
    detail = failure.detail[:200]
    is_repeated = leg.last_failure_kind == failure.kind and leg.last_failure_detail == detail
    if told.body and not is_repeated and not _is_spoken(told, failure):
        batch.raws.append(_raw_answer(leg, told, failure=f"{failure.kind}: {detail}"))
    leg.last_failure_kind, leg.last_failure_detail, leg.last_failure_at = failure.kind, detail, told.received_at
    if isinstance(failure, NotFound):
        leg.last_checked_at, leg.fail_count = told.received_at, 0
    else:
        leg.fail_count = min(leg.fail_count + 1, 1000)
    if isinstance(failure, TryLater):
        leg.next_poll_at = clock.after(failure.after_s or schedule.backoff_s(leg.fail_count))
    batch.touched[leg.id] = leg


def _is_spoken(told: Told, failure: CarrierError) -> bool:
    """The carrier itself said that it does not know the number, or has no time: nothing to look into."""
    return isinstance(failure, NotFound) or (isinstance(failure, TryLater) and told.http_status >= 400)


def _raw_answer(leg: Leg, told: Told, failure: str = "") -> RawAnswer:
    return RawAnswer(
        merchant_id=leg.merchant_id,
        shipment_id=leg.shipment_id,
        leg_id=leg.id,
        carrier=told.read_by or leg.carrier,
        channel=told.channel.value,
        received_at=told.received_at,
        http_status=told.http_status,
        failure=failure[:220],
        body=zlib.compress(told.body, 6),
        size=len(told.body),
    )


def identified(leg_id: UUID, channel: Channel, events: Sequence[TrackingEvent]) -> Iterable[tuple[str, TrackingEvent]]:
    """Each event with its identity: the carrier's id of the scan, else its time and code as printed. Free text and
    places change between two answers, so they have no part in it; the n-th of several alike keeps its n."""
    seen: Counter[str] = Counter()
    for event in events:
        mark = event.native_id or f"{event.time.raw}|{event.time.offset_min}|{event.raw_code}"
        if event.time.source.value != "carrier_offset" and event.native_id is None:
            mark = f"{event.time.raw}|{event.raw_code}"  # an offset that we derived may be derived better one day
        seen[mark] += 1
        text = f"{leg_id}|{channel}|{mark}|{seen[mark]}"
        yield hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), event


def _fold_and_open(
    batch: _Batch,
    fresh: set[UUID],
    heard: Sequence[tuple[Leg, TrackingResult]],
    recorded: Recorded,
    cause: StatusChange.Cause = StatusChange.Cause.NEWS,
) -> None:
    for shipment_id in fresh:
        shipment, legs = batch.shipments[shipment_id], batch.legs[shipment_id]
        before = len(legs)
        for leg, result in heard:
            if leg.shipment_id == shipment_id and result.next_leg is not None:
                told = handover.from_answer(leg_fact(leg), result.next_leg, [leg_fact(each) for each in legs])
                if told is not None:
                    _open(batch, shipment, legs, told)
        folded = refold(shipment, legs, batch.facts[shipment_id], has_news=len(legs) > before, cause=cause)
        same_s10 = handover.from_same_s10(
            folded.timeline,
            [leg_fact(each) for each in legs],
            shipment.destination_country or None,
            carrier_facts.posts(),
            carrier_facts.s10_issuers(),
        )
        if same_s10 is not None:
            _open(batch, shipment, legs, same_s10)
            folded = refold(shipment, legs, batch.facts[shipment_id], has_news=True, cause=cause)
        if folded.change is not None:
            batch.changes.append(folded.change)
        if folded.is_news:
            recorded.news.append(live.News(number=shipment.number, version=shipment.version, status=shipment.status))


def _open(batch: _Batch, shipment: Shipment, legs: list[Leg], proposal: handover.LegProposal) -> None:
    leg = open_proposed_leg(shipment, legs, proposal)
    if leg is not None:
        legs.append(leg)
        batch.opened.append(leg)


_LEG_COLUMNS = (
    "last_digest", "last_checked_at", "last_changed_at", "fail_count", "last_failure_kind", "last_failure_detail",
    "last_failure_at", "estimated_earliest", "estimated_latest", "next_poll_at",
    "subscription",
)  # fmt: skip
_CLAIM_COLUMNS = ("lease_until", "poll_token")


def _store(batch: _Batch, fresh: set[UUID]) -> None:
    for leg in batch.touched.values():
        _set_next_poll(batch.shipments[leg.shipment_id], leg)
    insert_rows(batch.raws)
    insert_rows(batch.events)
    update_rows(batch.touched.values(), _LEG_COLUMNS)
    # A poll that is under way while a push comes in keeps its claim, and its answer is recorded too.
    update_rows([batch.touched[leg_id] for leg_id in batch.polled], _CLAIM_COLUMNS)
    Leg.objects.bulk_create(batch.opened)
    update_rows([batch.shipments[shipment_id] for shipment_id in fresh], SHIPMENT_COLUMNS)
    StatusChange.objects.bulk_create(batch.changes)


SHIPMENT_COLUMNS = (
    "origin_country", "version", "status", "phase", "event_code", "reason", "attention", "attention_due_at",
    "last_event_at", "last_event_code", "last_event_place", "delivered_at", "estimated_earliest", "estimated_latest",
    "estimated_by", "holder", "holder_leg", "milestones", "updated_at",
)  # fmt: skip


def _set_next_poll(shipment: Shipment, leg: Leg) -> None:
    """Ends the claim, and sets the next call, unless a failure has set it already."""
    is_waiting = leg.last_failure_kind == TryLater.kind and leg.fail_count > 0
    leg.lease_until = leg.poll_token = None
    if leg.next_poll_at is None or is_waiting:
        return
    if leg.last_failure_kind in (Refused.kind, MissingField.kind):
        leg.next_poll_at = None  # asking again changes nothing; mending the leg or the account makes it due
        return
    leg.next_poll_at = scheduling.after_answer(shipment, leg, clock.now())


def refold_shipments(shipment_ids: Iterable[UUID], cause: StatusChange.Cause = StatusChange.Cause.NEWS) -> Recorded:
    """Derives the shipments' columns anew from their events: after a correction, a replay, or when a silence has run
    out."""
    recorded = Recorded()
    ids = sorted(set(shipment_ids))
    with scopes_disabled():
        for start in range(0, len(ids), BATCH):
            with transaction.atomic():
                batch = _load_shipments(set(ids[start : start + BATCH]))
                _fold_and_open(batch, set(batch.shipments), [], recorded, cause)
                _store(batch, set(batch.shipments))
    _publish(recorded.news)
    return recorded


__all__ = ["Recorded", "Told", "record_result", "record_results", "refold_shipments"]
