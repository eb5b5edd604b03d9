"""One shipment's raw answers, read again with today's adapters, fact sheets and phrasebook, against what is stored."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from carriers import registry
from carriers.answers import only
from carriers.base import PushAdapter
from carriers.errors import BadAnswer, BadPush, CarrierError, UnknownCarrier
from carriers.events import TrackingEvent
from tracking.phrasebook.book import Book
from tracking.rules.facts import Channel
from tracking.shipments.models import Event, Leg, RawAnswer
from tracking.shipments.recording.identity import identified
from tracking.shipments.recording.reading import event_row

# What a reading decides of an event; when it came, and in which answer first, stays as it is.
COLUMNS = (
    "carrier", "code", "reason", "raw_time", "local_time", "offset_min", "occurred_at", "time_source", "precision",
    "sequence", "place", "city", "country", "zone", "latitude", "longitude", "raw_code", "raw_text", "language",
    "is_correction", "details",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stored event that reads otherwise now: `values` are the columns that differ."""

    old: Event
    values: Mapping[str, Any]


@dataclass(slots=True)
class Reread:
    """What came of one shipment's answers; nothing is written yet."""

    answers_read: int = 0
    answers_unreadable: int = 0
    unchanged: int = 0
    changed: list[Change] = field(default_factory=list)
    new: list[Event] = field(default_factory=list)
    gone: list[Event] = field(default_factory=list)

    @property
    def is_different(self) -> bool:
        """Something would be written."""
        return bool(self.changed or self.new or self.gone)


def reread(
    answers: Iterable[RawAnswer],
    legs: Mapping[UUID, Leg],
    stored: Sequence[Event],
    book_for: Callable[[str], Book],
) -> Reread:
    """Reads the answers in the order they came. As live, an event is what the first answer that tells it says, and
    stands where the longest list has it.

    Told by people, by another adapter, or in an answer that is not here or can no longer be read: such events stay.
    """
    found = Reread()
    told: dict[str, Event] = {}
    read: set[UUID] = set()
    for answer in answers:
        leg = legs[answer.leg_id]
        try:
            events = _events(answer, leg)
        except (BadAnswer, BadPush, UnknownCarrier, zlib.error):
            found.answers_unreadable += 1
            continue
        except CarrierError:  # the carrier itself said that it knows nothing, or has no time
            found.answers_read += 1
            continue
        found.answers_read += 1
        read.add(answer.id)
        channel = Channel(answer.channel)
        for identity, event in identified(leg.id, channel, book_for(answer.carrier).read_all(events)):
            if identity not in told:
                told[identity] = event_row(
                    event,
                    leg=leg,
                    identity=identity,
                    channel=channel,
                    read_by=answer.carrier,
                    raw_answer=answer.id,
                    received_at=answer.received_at,
                )
            told[identity].sequence = max(told[identity].sequence, event.sequence)
    _compare(found, told, stored, read)
    return found


def _events(answer: RawAnswer, leg: Leg) -> Sequence[TrackingEvent]:
    """What the answer tells of the leg. Raises CarrierError."""
    adapter = registry.adapter(answer.carrier)
    body = zlib.decompress(bytes(answer.body))
    if answer.channel == Channel.PUSH:
        if not isinstance(adapter, PushAdapter):
            raise BadPush(f"{answer.carrier} does not push")
        results = adapter.read_push(body)
        return [event for result in results if result.number == leg.number for event in result.events]
    result = only(adapter.read(body), leg.number)
    if result.failure is not None:
        raise result.failure
    return result.events


def _compare(found: Reread, told: Mapping[str, Event], stored: Sequence[Event], read: set[UUID]) -> None:
    known = {event.identity: event for event in stored}
    for identity, event in told.items():
        old = known.get(identity)
        if old is None:
            found.new.append(event)
        elif old.read_by != event.read_by:  # another adapter told it first
            found.unchanged += 1
        else:
            values = {name: getattr(event, name) for name in COLUMNS if getattr(event, name) != getattr(old, name)}
            if values:
                found.changed.append(Change(old=old, values=values))
            else:
                found.unchanged += 1
    found.gone = [event for event in stored if event.raw_answer in read and event.identity not in told]
