"""Replays: old raw answers, read again with today's tables; first dry, then for real. Batch by batch, resumable.

A batch is one transaction: the shipments' locks, their events, the fold that follows, the counts and the cursor.
Whoever dies in between leaves a lease that runs out; the ticker wakes the next, which goes on after the cursor.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import registry
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.mapping import understood
from tracking.mapping.models import Replay
from tracking.mapping.replaying import CHANNELS, SAMPLE, Tally, replay_shipments
from tracking.shipments.errors import Invalid
from tracking.shipments.models import RawAnswer, Shipment
from tracking.shipments.querysets import ShipmentQuerySet

logger = logging.getLogger(__name__)

BATCH = 25  # shipments with such answers: their locks are held for some hundred milliseconds
LOOK = 500  # shipments looked at for one batch
LEASE = timedelta(seconds=60)  # longer than any batch


def start(
    merchant: Merchant, *, carrier: str = "", shipment: Shipment | None = None, is_dry: bool, started_by: str
) -> Replay:
    """A replay that waits for a worker: of a carrier's answers, or of one shipment's. Raises Invalid."""
    if bool(carrier) == (shipment is not None):
        raise Invalid("carrier", "is needed, or a shipment", "Send one of the two.")
    if carrier and not registry.has_adapter(carrier):
        raise Invalid("carrier", f"“{carrier[:40]}” is no carrier that we read", "GET /api/v1/carriers lists them.")
    replay = Replay(
        merchant=merchant,
        carrier=carrier,
        shipment=shipment,
        is_dry=is_dry,
        started_by=started_by[:120],
        created_at=clock.now(),
    )
    try:
        with transaction.atomic(), scope(merchant=merchant):
            replay.save(force_insert=True)
    except IntegrityError:
        raise Invalid("", "another replay is under way", "Wait until it is done, or cancel it.") from None
    return replay


def cancel(replay: Replay) -> Replay:
    """Ends a replay after the batch it is at; what was done stays done. Leaves a finished one alone."""
    with scopes_disabled():
        Replay.objects.filter(pk=replay.pk, state__in=Replay.UNFINISHED).update(
            state=Replay.State.CANCELLED, finished_at=clock.now(), lease_until=None, token=None
        )
        replay.refresh_from_db()
    return replay


def run(replay_id: UUID, *, for_s: float = float("inf")) -> bool:
    """Goes on with a replay, unless somebody else is at it. True where the time was up before its end."""
    with scopes_disabled():
        token = _claim(replay_id)
        if token is None:
            return False
        until = time.monotonic() + for_s
        try:
            while _batch(replay_id, token):
                if time.monotonic() >= until:
                    return _release(replay_id, token)
        except OperationalError:
            _release(replay_id, token)  # a lock that was not given, a server that restarts: the ticker comes back
            raise
        except Exception as error:  # it must not stand there as running for ever
            logger.exception("replay %s failed", replay_id)
            _fail(replay_id, token, error)
            return False
        replay = Replay.objects.get(pk=replay_id)
        if replay.state == Replay.State.DONE and not replay.is_dry:
            understood.count(replay.merchant_id)
    return False


def _claim(replay_id: UUID) -> UUID | None:
    """A token, and with it the lease, unless the replay is finished or another has it."""
    token, now = uuid4(), timezone.now()
    with transaction.atomic():
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        replay = (
            Replay.objects.select_for_update(skip_locked=True)
            .filter(free, pk=replay_id, state__in=Replay.UNFINISHED)
            .first()
        )
        if replay is None:
            return None
        if replay.started_at is None:
            replay.started_at = clock.now()
            replay.shipments_total = 1 if replay.shipment_id else _shipments(replay).count()
        replay.state, replay.token, replay.lease_until = Replay.State.RUNNING, token, now + LEASE
        replay.save()
    return token


def _release(replay_id: UUID, token: UUID) -> bool:
    return bool(Replay.objects.filter(pk=replay_id, token=token).update(lease_until=None, token=None))


def _fail(replay_id: UUID, token: UUID, error: Exception) -> None:
    Replay.objects.filter(pk=replay_id, token=token).update(
        state=Replay.State.FAILED, failure=type(error).__name__, finished_at=clock.now(), lease_until=None, token=None
    )


def _batch(replay_id: UUID, token: UUID) -> bool:
    """One batch in one transaction, its cursor included. False at the end, or where the lease is another's."""
    with transaction.atomic():
        replay = Replay.objects.select_for_update().get(pk=replay_id)
        if replay.token != token or replay.state != Replay.State.RUNNING:
            return False
        ids, seen, cursor = _next(replay)
        if not seen:
            replay.state, replay.finished_at = Replay.State.DONE, clock.now()
            replay.lease_until = replay.token = None
            replay.save()
            return False
        if ids:
            _add(replay, replay_shipments(replay, ids))
        replay.shipments_seen += seen
        replay.cursor, replay.lease_until = cursor, timezone.now() + LEASE
        replay.save()
    return True


def _shipments(replay: Replay) -> ShipmentQuerySet:
    """Those that may have such answers: not archived, unless one is named."""
    rows: ShipmentQuerySet = Shipment.objects.live().filter(merchant_id=replay.merchant_id)
    return rows


def _next(replay: Replay) -> tuple[list[UUID], int, UUID | None]:
    """The shipments of the next batch, how many were looked at for it, and the last of these."""
    if replay.shipment_id is not None:
        return ([replay.shipment_id], 1, replay.shipment_id) if replay.cursor is None else ([], 0, None)
    rows = _shipments(replay)
    after = rows.filter(id__gt=replay.cursor) if replay.cursor else rows
    page = list(after.order_by("id").values_list("id", flat=True)[:LOOK])
    answers = RawAnswer.objects.filter(shipment_id__in=page, carrier=replay.carrier, channel__in=CHANNELS)
    told = set(answers.values_list("shipment_id", flat=True).distinct())
    chosen = [shipment_id for shipment_id in page if shipment_id in told][:BATCH]
    if len(chosen) == BATCH:
        page = page[: page.index(chosen[-1]) + 1]
    return chosen, len(page), page[-1] if page else None


def _add(replay: Replay, tally: Tally) -> None:
    for name, count in tally.counts.items():
        setattr(replay, name, getattr(replay, name) + count)
    replay.event_sample = (replay.event_sample + tally.events)[:SAMPLE]
    replay.status_sample = (replay.status_sample + tally.statuses)[:SAMPLE]
