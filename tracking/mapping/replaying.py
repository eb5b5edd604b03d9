"""What a batch of a replay does: reads some shipments' answers again, compares, writes, folds, and counts.

A dry run does the very same and rolls the shipments back, so its figures are those of the real run.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction

from tracking.mapping.models import Replay
from tracking.mapping.rereading import Reread, reread
from tracking.phrasebook.book import Book, book_of
from tracking.rules.facts import Channel
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment, StatusChange
from tracking.shipments.recording.bulk import insert_rows
from tracking.shipments.recording.door import refold_shipments

logger = logging.getLogger(__name__)

CHANNELS = (Channel.POLL.value, Channel.PUSH.value)  # what an adapter can read again; people are not read again
SAMPLE = 50
_MOST_TEXT = 80

_LATER = (OperationalError, SoftTimeLimitExceeded)  # no shipment's fault

COUNTS = (
    "shipments_replayed", "shipments_changed", "shipments_broken", "answers_read", "answers_unreadable",
    "events_unchanged", "events_changed", "events_new", "events_gone", "statuses_changed",
)  # fmt: skip
Sample = dict[str, str]


@dataclass(slots=True)
class Tally:
    """What a batch came to."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    events: list[Sample] = field(default_factory=list)
    statuses: list[Sample] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name, count in other.counts.items():
            self.counts[name] += count
        self.events += other.events
        self.statuses += other.statuses


class _RolledBackError(Exception):
    """A dry run's batch, whose writes are taken back."""


def replay_shipments(replay: Replay, ids: Sequence[UUID]) -> Tally:
    """The batch whole; where that fails, shipment by shipment, so that one parcel's trouble is never another's."""
    try:
        return _replay_at_once(replay, ids)
    except _LATER:
        raise
    except Exception:  # an adapter's bug, a row that breaks a rule: the others are not to suffer
        logger.exception("a batch of %d was not replayed; taking its shipments one by one", len(ids))
    tally = Tally()
    for shipment_id in ids:
        try:
            tally.add(_replay_at_once(replay, [shipment_id]))
        except _LATER:
            raise
        except Exception:  # as above
            logger.exception("shipment %s was not replayed", shipment_id)
            tally.counts["shipments_broken"] += 1
    return tally


def _replay_at_once(replay: Replay, ids: Sequence[UUID]) -> Tally:
    tally = Tally()
    try:
        with transaction.atomic():
            _work(replay, ids, tally)
            if replay.is_dry:
                raise _RolledBackError
    except _RolledBackError:
        pass
    return tally


def _work(replay: Replay, ids: Sequence[UUID], tally: Tally) -> None:
    """Reads, compares, writes and folds these shipments, under their locks."""
    locked = Shipment.objects.select_for_update().filter(id__in=ids).order_by("id")
    shipments = {shipment.id: shipment for shipment in locked}
    legs = {leg.id: leg for leg in Leg.objects.filter(shipment_id__in=ids)}  # replaced ones too: their answers are kept
    stored: dict[UUID, list[Event]] = defaultdict(list)
    for event in Event.objects.of_shipments(ids):
        stored[event.shipment_id].append(event)
    answers = RawAnswer.objects.filter(channel__in=CHANNELS).exclude(carrier="").order_by("id")
    if replay.carrier:
        answers = answers.filter(carrier=replay.carrier)
    known: dict[str, Book] = {}
    book_for = partial(_book_for, known, replay.merchant_id)
    different = set()
    for shipment_id, shipment in shipments.items():  # one query each: the bodies of one shipment fit into memory
        found = reread(answers.filter(shipment_id=shipment_id), legs, stored[shipment_id], book_for)
        _count(tally, shipment, found)
        if found.is_different:
            _write(shipment_id, found)
            different.add(shipment_id)
    recorded = refold_shipments(different, StatusChange.Cause.REPLAY)
    tally.counts["shipments_changed"] += len(recorded.news)
    _count_statuses(tally, shipments, different)


def _book_for(known: dict[str, Book], merchant_id: UUID, carrier: str) -> Book:
    if carrier not in known:
        known[carrier] = book_of(merchant_id, carrier)
    return known[carrier]


def _write(shipment_id: UUID, found: Reread) -> None:
    for change in found.changed:
        Event.objects.filter(shipment_id=shipment_id, id=change.old.id).update(**change.values)
    if found.gone:
        Event.objects.filter(shipment_id=shipment_id, id__in=[event.id for event in found.gone]).delete()
    insert_rows(found.new)


def _count(tally: Tally, shipment: Shipment, found: Reread) -> None:
    told = {
        "shipments_replayed": 1, "answers_read": found.answers_read, "answers_unreadable": found.answers_unreadable,
        "events_unchanged": found.unchanged, "events_changed": len(found.changed), "events_new": len(found.new),
        "events_gone": len(found.gone),
    }  # fmt: skip
    for name, count in told.items():
        tally.counts[name] += count
    changed = [
        (change.old, change.old.code, str(change.values.get("code", change.old.code))) for change in found.changed
    ]
    new = [(event, "", event.code) for event in found.new]
    gone = [(event, event.code, "") for event in found.gone]
    for event, old, code in [*changed, *new, *gone][:SAMPLE]:
        tally.events.append(
            {
                "shipment": shipment.number,
                "at": event.raw_time,
                "old": old,
                "new": code,
                "raw_code": event.raw_code,
                "text": event.raw_text[:_MOST_TEXT],
            }
        )


def _count_statuses(tally: Tally, shipments: dict[UUID, Shipment], different: set[UUID]) -> None:
    after = dict(Shipment.objects.filter(id__in=different).values_list("id", "status"))
    for shipment_id in sorted(different):
        old = shipments[shipment_id]
        if after[shipment_id] != old.status:
            tally.counts["statuses_changed"] += 1
            tally.statuses.append({"shipment": old.number, "old": old.status, "new": after[shipment_id]})
