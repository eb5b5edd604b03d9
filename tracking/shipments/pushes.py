"""Reads what carriers pushed. The message lies in the database before the carrier is told "yes"; reading it can
wait, fail and be repeated."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby, takewhile
from operator import itemgetter
from uuid import UUID

import redis
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.answers import encode
from carriers.base import PushAdapter
from carriers.errors import CarrierError
from carriers.events import TrackingResult
from carriers.vocabulary import FINAL_STATUSES
from tracking import clock
from tracking.jobs import stopping
from tracking.rules.facts import Channel
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, InboundPush, Leg
from tracking.shipments.recording.door import Recorded, Told, record_results

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
TOGETHER = 50  # messages read in one go: they share the round trips
TURN_S = 5.0
READER_MOST_S = 3 * TURN_S
_READER = "pushes:reader"
# A message that fails so often is our own failure: it stays, with its failure, for people.
MOST_ATTEMPTS = 5
# An unsigned message makes a leg due unless it was asked so short a time ago (domain time).
HINT_REST = timedelta(minutes=15)
MOST_HINTED = 100


def unread_pushes() -> bool:
    """True when a message waits to be read."""
    with scopes_disabled():
        return _readable().exists()


def read_pushes(turn_s: float = TURN_S) -> Recorded:
    """Reads waiting messages, the oldest first, until none is left or its turn is over; safe to run side by side."""
    recorded, ends = Recorded(), time.monotonic() + turn_s
    while not stopping.is_told() and (push_ids := _claim()):
        recorded.add(_read_apart(push_ids))
        if time.monotonic() >= ends:
            break  # polls want the worker too; the ticker sends another
    return recorded


def read_pushes_alone() -> Recorded:
    """The same, unless another worker is at it: a flood of pushes holds one worker and leaves the others to the polls.

    The mark lies in Redis, where a flush costs nothing: two readers do no harm. One that dies leaves it for seconds.
    """
    try:
        if not redis_client().set(_READER, "", nx=True, px=int(READER_MOST_S * 1000)):
            return Recorded()
    except redis.RedisError:
        return read_pushes()
    try:
        return read_pushes()
    finally:
        with suppress(redis.RedisError):
            redis_client().delete(_READER)


def take_hint(account: CarrierAccount, adapter: PushAdapter, body: bytes) -> int:
    """Nobody signed this message, so nothing of it is believed; but the carrier is asked soon about the numbers that it
    names. How many legs are due by it: none that was asked in the last minutes, so that noise buys no calls."""
    try:
        named = {result.number for result in adapter.read_push(body)}
    except CarrierError:
        return 0
    with scopes_disabled():
        idle = Q(last_checked_at=None) | Q(last_checked_at__lt=clock.now() - HINT_REST)
        legs = Leg.objects.standing().filter(idle, account=account, number__in=list(named)[:MOST_HINTED])
        return legs.filter(next_poll_at__gt=clock.now(), lease_until=None).update(next_poll_at=clock.now())


def _readable() -> models.QuerySet[InboundPush]:
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return InboundPush.objects.filter(free, read_at=None, attempts__lt=MOST_ATTEMPTS)


def _claim() -> list[UUID]:
    """Waiting messages to be read together; one that was tried before comes alone, so that what kills its reader takes
    no other with it twice."""
    with scopes_disabled(), transaction.atomic():
        waiting = _readable().select_for_update(skip_locked=True).order_by("id")
        rows = list(waiting.values_list("id", "attempts")[:TOGETHER])
        fresh = [push_id for push_id, _ in takewhile(lambda row: row[1] == 0, rows)]
        push_ids = fresh or [push_id for push_id, _ in rows[:1]]
        # Counted before the work: a message that kills its reader is not read for ever.
        InboundPush.objects.filter(id__in=push_ids).update(
            lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
    return push_ids


def _read_apart(push_ids: Sequence[UUID]) -> Recorded:
    """Reads them together; where one of them cannot be read, each by itself."""
    try:
        return _read(push_ids)
    except Exception as error:  # one message that cannot be read must not keep the others waiting
        if len(push_ids) == 1:
            logger.exception("push %s was not read", push_ids[0])
            _note_failure(push_ids[0], error)
            return Recorded()
    recorded = Recorded()
    for push_id in push_ids:
        recorded.add(_read_apart([push_id]))
    return recorded


def _read(push_ids: Sequence[UUID]) -> Recorded:
    with scopes_disabled():
        pushes = InboundPush.objects.filter(id__in=push_ids).select_related("account").order_by("id")
        said = [(push, *_said_by(push)) for push in pushes]
        recorded = record_results([item for _, told, _ in said for item in told])
        for failure, those in groupby(sorted(said, key=itemgetter(2)), key=itemgetter(2)):
            read = InboundPush.objects.filter(id__in=[push.pk for push, *_ in those])
            read.update(read_at=clock.now(), lease_until=None, failure=failure[:220])
    return recorded


def _said_by(push: InboundPush) -> tuple[list[Told], str]:
    """What a message tells of our legs; and why that is nothing, where it is."""
    adapter = registry.adapter(push.account.carrier)
    if not isinstance(adapter, PushAdapter):
        return [], f"{push.account.carrier} does not push"
    body = zlib.decompress(bytes(push.body))
    try:
        results = adapter.read_push(body)
    except CarrierError as error:
        return [], f"{error.kind}: {error.detail}"
    pieces = _pieces(adapter, body) if len(results) > 1 else {}
    told = [told for result in results for told in _told(push, result, pieces.get(result.number, body))]
    return told, "" if told else "no open shipment has this number"


def _pieces(adapter: PushAdapter, body: bytes) -> dict[str, bytes]:
    """Each number's own part of a push of several, so that no parcel's raw answer shows another's."""
    decoded = adapter.decode_push(body)
    return {number: encode(piece) for number, piece in adapter.split_push(decoded).items()}


def _told(push: InboundPush, result: TrackingResult, body: bytes) -> list[Told]:
    """The legs of this number, of the push's merchant: those still under way, else the latest of all."""
    # An aggregator's push tells of other carriers' numbers: then the number alone decides.
    legs = (
        Leg.objects.standing()
        .filter(merchant_id=push.merchant_id, number=result.number, shipment__archived_at=None)
        .select_related("shipment")
        .order_by("-opened_at")
    )
    own = [leg for leg in legs if leg.carrier == push.account.carrier] or list(legs)
    finals = [status.value for status in FINAL_STATUSES]
    chosen = [leg for leg in own if leg.shipment.status not in finals] or own[:1]
    return [
        Told(
            leg_id=leg.id,
            read_by=push.account.carrier,
            channel=Channel.PUSH,
            received_at=push.received_at,
            result=result,
            body=body,
        )
        for leg in chosen
    ]


def _note_failure(push_id: UUID, error: Exception) -> None:
    """Our own failure: the message stays unread, and is tried again when its lease has run out."""
    with scopes_disabled():
        InboundPush.objects.filter(pk=push_id).update(failure=f"internal: {type(error).__name__}")
