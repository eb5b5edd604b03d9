"""Reads what carriers pushed. The message lies in the database before the carrier is told "yes"; reading it can
wait, fail and be repeated."""

from __future__ import annotations

import logging
import zlib
from datetime import timedelta
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import PushAdapter
from carriers.errors import CarrierError
from carriers.events import TrackingResult
from carriers.vocabulary import FINAL_STATUSES
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments.models import InboundPush, Leg
from tracking.shipments.recording import Recorded, Told, record_results

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A message that fails so often is our own failure: it stays, with its failure, for people.
MOST_ATTEMPTS = 5


def unread_pushes() -> bool:
    """True when a message waits to be read."""
    with scopes_disabled():
        return _readable().exists()


def read_pushes(most: int = 200) -> Recorded:
    """Reads waiting messages, the oldest first; safe to run side by side."""
    recorded = Recorded()
    for push_id in _claim(most):
        recorded.add(_read(push_id))
    return recorded


def _readable() -> models.QuerySet[InboundPush]:
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return InboundPush.objects.filter(free, read_at=None, attempts__lt=MOST_ATTEMPTS)


def _claim(most: int) -> list[UUID]:
    with scopes_disabled(), transaction.atomic():
        waiting = _readable().select_for_update(skip_locked=True).order_by("id")
        ids = list(waiting.values_list("id", flat=True)[:most])
        # Counted before the work: a message that kills its reader is not read for ever.
        InboundPush.objects.filter(id__in=ids).update(lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1)
    return ids


def _read(push_id: UUID) -> Recorded:
    with scopes_disabled():
        push = InboundPush.objects.select_related("account").get(pk=push_id)
        adapter = registry.adapter(push.account.carrier)
        if not isinstance(adapter, PushAdapter):
            return _finish(push, f"{push.account.carrier} does not push", Recorded())
        body = zlib.decompress(bytes(push.body))
        try:
            results = adapter.read_push(body)
        except CarrierError as error:
            return _finish(push, f"{error.kind}: {error.detail}", Recorded())
        told = [told for result in results for told in _told(push, result, body)]
        recorded = record_results(told)
        return _finish(push, "" if told else "no open shipment has this number", recorded)


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
        Told(leg_id=leg.id, channel=Channel.PUSH, received_at=push.received_at, result=result, body=body)
        for leg in chosen
    ]


def _finish(push: InboundPush, failure: str, recorded: Recorded) -> Recorded:
    InboundPush.objects.filter(pk=push.pk).update(read_at=clock.now(), lease_until=None, failure=failure[:220])
    return recorded
