"""What a task asks a carrier: which of its legs can be asked, which go into one call, and what is told of each."""

from __future__ import annotations

from collections.abc import Sequence

from carriers.base import CarrierAdapter
from carriers.client import Outcome
from carriers.errors import CarrierError, MissingField
from carriers.events import TrackedNumber, TrackingResult
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments.models import Leg
from tracking.shipments.recording.door import Told

Batch = list[tuple[Leg, TrackedNumber]]


def with_fields(adapter: CarrierAdapter, legs: Sequence[Leg]) -> tuple[Batch, list[Told]]:
    """The legs that can be asked for, and what is told of those that lack a field the carrier needs."""
    ready, lacking = [], []
    for leg in legs:
        missing = next(
            (fact for fact in adapter.facts.fields if fact.is_required and not leg.fields.get(fact.name)), None
        )
        if missing is not None:
            failure = MissingField(missing.name, f"{adapter.facts.name} needs {missing.label}")
            lacking.append(told_of(adapter.slug, leg, failed(leg, failure)))
            continue
        asked = TrackedNumber(
            number=leg.number,
            carrier=leg.carrier,
            fields=leg.fields,
            origin_country=leg.shipment.origin_country or None,
            destination_country=leg.shipment.destination_country or None,
        )
        ready.append((leg, asked))
    return ready, lacking


def batches_of(adapter: CarrierAdapter, legs: Batch) -> list[Batch]:
    """As many numbers per call as the carrier takes; no number twice in one call. Who waits comes
    first, then who was due first."""
    size = adapter.facts.api.batch if adapter.facts.api is not None else 1
    legs = sorted(legs, key=lambda pair: (pair[0].wanted_at is None, pair[0].next_poll_at or pair[0].opened_at))
    if size == 1:
        return [[pair] for pair in legs]
    batches: list[Batch] = []
    taken: list[set[str]] = []
    roomy = 0  # the first call that has room
    for pair in legs:
        number = pair[1].number
        open_ones = (place for place in range(roomy, len(batches)) if len(batches[place]) < size)
        place = next((place for place in open_ones if number not in taken[place]), len(batches))
        if place == len(batches):
            batches.append([])
            taken.append(set())
        batches[place].append(pair)
        taken[place].add(number)
        while roomy < len(batches) and len(batches[roomy]) >= size:
            roomy += 1
    return batches


def told_of(slug: str, leg: Leg, outcome: Outcome) -> Told:
    return Told(
        leg_id=leg.id,
        read_by=slug,
        channel=Channel.POLL,
        received_at=clock.now(),
        result=outcome.result,
        body=outcome.body,
        http_status=outcome.http_status,
        digest=outcome.digest,
        poll_token=leg.poll_token,
    )


def failed(leg: Leg, failure: CarrierError) -> Outcome:
    return Outcome(number=leg.number, result=TrackingResult(number=leg.number, failure=failure))
