"""The ticker: looks once a second what is due, and wakes the workers. Two or ten of them do no harm."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import redis
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.jobs import counters, daily, heartbeats, queue, stopping
from tracking.jobs.tasks import beat, run_daily
from tracking.jobs.waking import is_here, wake
from tracking.shipments import pushes
from tracking.shipments.models import IdempotencyKey, Shipment
from tracking.shipments.polling import subscriptions
from tracking.shipments.polling.claims import LEGS_PER_TASK, claim_due
from tracking.shipments.recording.door import refold_shipments
from tracking.shipments.tasks import poll_account, read_pushes, subscribe

logger = logging.getLogger(__name__)

# Legs claimed per tick at the most, and messages that may wait in the queue before no more are sent.
MOST_PER_TICK = 5_000
MOST_QUEUED = 50
MOST_SUBSCRIBED = 200
FORGET_EVERY = 3600  # ticks
# Seconds after which a wake-up without ids is void: the next tick sends another, and a queue that nobody reads does
# not grow by them.
STALE_S = 120

_chores: list[Callable[[], None]] = []


def add_chore(chore: Callable[[], None]) -> None:
    """Has something else looked after at every tick: by apps that stand above this one, while Django starts."""
    if chore not in _chores:
        _chores.append(chore)


def run(stop: threading.Event, period_s: float = 1.0) -> None:
    """Ticks until `stop` is set. A tick that fails is logged, and the next one comes all the same."""
    ticks = 0
    while not stop.is_set():
        try:
            show_life()
            tick()
            if ticks % FORGET_EVERY == 0:
                forget_old()
        except (DatabaseError, InterfaceError, redis.RedisError, OSError):
            logger.exception("a tick failed")
            close_old_connections()
        ticks += 1
        stop.wait(period_s)


def show_life() -> None:
    """Says every ten seconds that this process ticks, and has a worker say that it works."""
    if heartbeats.beat("ticker"):
        wake(beat, expires=STALE_S)
        heartbeats.trim()
        counters.flush()


def tick() -> int:
    """Wakes the workers for everything due; how many legs were claimed."""
    if stopping.is_told():
        return 0
    look_again()
    queued = _queued()
    if queued is None or queued > MOST_QUEUED:
        # No broker, or the workers are behind. Claims would only run out while they wait, and more wake-ups of a kind
        # that waits there already would keep the queue long.
        return 0
    if pushes.unread_pushes():
        wake(read_pushes, expires=STALE_S)
    for chore in _chores:
        chore()
    for name in daily.due(timezone.now()):
        wake(run_daily, name, expires=STALE_S)
    for account_id, leg_ids in subscriptions.claim(MOST_SUBSCRIBED).items():
        wake(subscribe, str(account_id), [str(leg_id) for leg_id in leg_ids])
    claimed = 0
    for account_id, claims in claim_due(LEGS_PER_TASK if is_here() else MOST_PER_TICK).items():
        for start in range(0, len(claims), LEGS_PER_TASK):
            part = claims[start : start + LEGS_PER_TASK]
            wake(poll_account, str(account_id), [(str(claim.leg_id), str(claim.token)) for claim in part])
            claimed += len(part)
    return claimed


def look_again() -> None:
    """Derives again what changes without an event: a silence that became unusual, a promise that passed."""
    with scopes_disabled():
        due = list(Shipment.objects.live().attention_due(clock.now()).values_list("id", flat=True)[:500])
        if due:
            refold_shipments(due)


def forget_old() -> None:
    """Idempotency keys live for a day, runs of daily jobs for three months."""
    daily.forget_old(timezone.now())
    with scopes_disabled():
        IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()


def _queued() -> int | None:
    """Messages that wait; None where the broker is away. Nothing waits where this process does the work itself."""
    return 0 if is_here() else queue.waiting()
