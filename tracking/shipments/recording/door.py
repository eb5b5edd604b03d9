"""The one door: whatever a carrier, a merchant or an operator told enters here, in one transaction under the
shipments' row locks.

Raw answer kept · new events inserted, as the merchant's phrasebook reads them · timeline re-folded from all events ·
next leg opened at a hand-over · leg and shipment updated · a StatusChange where something changed · the next call set.
Everything is read and written for a batch of shipments at once; a batch that fails is taken again one by one, so that
one parcel's trouble is never another's.

What an answer becomes is in `answers`, the rows of a transaction in `batch`, most polls' end in `unchanged`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DatabaseError, transaction
from django_scopes import scopes_disabled

from carriers.events import NextLeg
from tracking import clock
from tracking.jobs import counters
from tracking.phrasebook.book import books
from tracking.rules import handover, schedule
from tracking.rules.facts import Channel
from tracking.shipments import carrier_facts, live
from tracking.shipments.models import Leg, Shipment, StatusChange
from tracking.shipments.opening import open_proposed_leg
from tracking.shipments.recording.answers import Told, note_answer, note_failure, raw_answer
from tracking.shipments.recording.batch import BATCH, Batch, load, load_of_legs, store
from tracking.shipments.recording.reading import leg_fact
from tracking.shipments.recording.refolding import fold_anew, refold
from tracking.shipments.recording.unchanged import note_unchanged
from tracking.shipments.scheduling import next_poll

logger = logging.getLogger(__name__)

_OURS = (DatabaseError, ValueError, TypeError, KeyError, ArithmeticError, LookupError)

Handovers = list[tuple[Leg, NextLeg]]


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
    next_poll.refresh()
    with scopes_disabled():
        if same := [item for item in told if item.result is None]:
            recorded.unchanged, recovered = note_unchanged(same)
            refold_shipments(recovered)
        new = [item for item in told if item.result is not None]
        for start in range(0, len(new), BATCH):
            batch = [item.pack() for item in new[start : start + BATCH]]
            try:
                recorded.add(_record_batch(batch))
            except _OURS:
                logger.exception("a batch of %d was not recorded; taking its parcels one by one", len(batch))
                for item in batch:
                    recorded.add(_record_alone(item))
    if recorded.fenced:
        counters.add("fenced_answers", amount=recorded.fenced)
    _publish(recorded.news)
    return recorded


def refold_shipments(shipment_ids: Iterable[UUID], cause: StatusChange.Cause = StatusChange.Cause.NEWS) -> Recorded:
    """Derives the shipments' columns anew from their events: after a correction, a replay, or when a silence has run
    out."""
    recorded = Recorded()
    ids = sorted(set(shipment_ids))
    with scopes_disabled():
        for start in range(0, len(ids), BATCH):
            with transaction.atomic():
                batch = load(set(ids[start : start + BATCH]))
                fold_and_open(batch, set(batch.shipments), [], cause)
                store(batch, set(batch.shipments))
                recorded.news += batch.news
    _publish(recorded.news)
    return recorded


def _publish(news: list[live.News]) -> None:
    """Once it is committed; at once where no transaction is open."""
    if news:
        transaction.on_commit(lambda: live.publish(news))


def _record_alone(told: Told) -> Recorded:
    try:
        return _record_batch([told])
    except _OURS as error:
        logger.exception("leg %s was not recorded", told.leg_id)
        _keep_unrecorded(told, error)
        return Recorded(broken=1)


def _keep_unrecorded(told: Told, error: Exception) -> None:
    """Our own failure: the answer is kept for a replay, and the leg is asked again later."""
    with transaction.atomic():
        leg = Leg.objects.select_for_update().get(pk=told.leg_id)
        detail = f"internal: {type(error).__name__}"
        if told.body:
            raw_answer(leg, told, failure=detail).save(force_insert=True)
        leg.fail_count = min(leg.fail_count + 1, 1000)
        leg.last_failure_kind, leg.last_failure_detail = "internal", detail[:200]
        leg.last_failure_at = told.received_at
        leg.next_poll_at = clock.after(schedule.backoff_s(leg.fail_count))
        leg.lease_until = leg.poll_token = None
        leg.save()


def _record_batch(told: Sequence[Told]) -> Recorded:
    recorded = Recorded()
    with transaction.atomic():
        batch = load_of_legs(item.leg_id for item in told)
        by_leg = {leg.id: leg for legs in batch.legs.values() for leg in legs}
        told_by = {(by_leg[item.leg_id].merchant_id, item.read_by) for item in told if item.leg_id in by_leg}
        batch.books = books({pair for pair in told_by if pair[1]})
        fresh: set[UUID] = set()
        handovers: Handovers = []
        for item in told:
            leg, result = by_leg.get(item.leg_id), item.result
            if leg is None or result is None or item.poll_token not in (None, leg.poll_token):
                recorded.fenced += 1
                continue
            if item.channel is Channel.POLL:
                batch.polled.add(leg.id)
            if result.failure is not None:
                note_failure(batch, leg, item, result.failure)
            else:
                recorded.events += note_answer(batch, leg, item, result)
                if result.next_leg is not None:
                    handovers.append((leg, result.next_leg))
            fresh.add(leg.shipment_id)
        fold_and_open(batch, fresh, handovers)
        store(batch, fresh)
    recorded.changed, recorded.news = len(fresh), batch.news
    return recorded


def fold_and_open(
    batch: Batch,
    fresh: set[UUID],
    handovers: Handovers,
    cause: StatusChange.Cause = StatusChange.Cause.NEWS,
) -> None:
    """Derives each fresh shipment's columns, and opens the legs that its answers and its timeline tell of."""
    for shipment_id in fresh:
        shipment, legs = batch.shipments[shipment_id], batch.legs[shipment_id]
        before = len(legs)
        for leg, next_leg in handovers:
            if leg.shipment_id == shipment_id:
                told = handover.from_answer(leg_fact(leg), next_leg, [leg_fact(each) for each in legs])
                _open(batch, shipment, legs, told)
        timeline = fold_anew(shipment, legs, batch.facts[shipment_id].values())
        same_s10 = handover.from_same_s10(
            timeline,
            [leg_fact(each) for each in legs],
            shipment.destination_country or None,
            carrier_facts.posts(),
            carrier_facts.s10_issuers(),
        )
        if same_s10 is not None:
            _open(batch, shipment, legs, same_s10)
            timeline = fold_anew(shipment, legs, batch.facts[shipment_id].values())
        is_opened = len(legs) > before
        folded = refold(shipment, legs, timeline, has_news=is_opened, cause=cause, failing=batch.failing)
        _keep(batch, shipment, folded.change)
        if folded.is_news:
            batch.news.append(live.News(number=shipment.number, version=shipment.version, status=shipment.status))


def _keep(batch: Batch, shipment: Shipment, change: StatusChange | None) -> None:
    """Numbered under the shipment's lock, so that whoever is told of every change sees a gap where one is missing."""
    if change is None:
        return
    if change.cause != StatusChange.Cause.REPLAY:
        shipment.change_count += 1
        change.number = shipment.change_count
    batch.changes.append(change)


def _open(batch: Batch, shipment: Shipment, legs: list[Leg], proposal: handover.LegProposal | None) -> None:
    leg = open_proposed_leg(shipment, legs, proposal) if proposal is not None else None
    if leg is not None:
        legs.append(leg)
        batch.opened.append(leg)


__all__ = ["BATCH", "Recorded", "Told", "record_result", "record_results", "refold_shipments"]
