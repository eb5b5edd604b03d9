"""News becomes deliveries: one row for each change and each receiver who wants it, in one transaction with the mark
that says so. Whoever dies in between has done nothing; two at once work on different changes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers.serialise import instant
from tracking import clock
from tracking.notify.event_types import type_of
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.rules.shipment_number import group
from tracking.shipments.models import StatusChange
from tracking.shipments.recording.bulk import insert_rows

BATCH = 500


def fan_out(most: int = BATCH) -> int:
    """Turns up to `most` changes into deliveries, the oldest first; how many changes it took."""
    with scopes_disabled(), transaction.atomic():
        untold = StatusChange.objects.filter(told_at=None).select_related("shipment").order_by("id")
        changes = list(untold.select_for_update(of=("self",), skip_locked=True)[:most])
        if changes:
            insert_rows(_deliveries(changes))
            StatusChange.objects.filter(id__in=[change.id for change in changes]).update(told_at=clock.now())
    return len(changes)


def _deliveries(changes: Iterable[StatusChange]) -> list[Delivery]:
    """Words that were read anew are no news: a replay wakes nobody."""
    news = [change for change in changes if change.cause != StatusChange.Cause.REPLAY]
    receivers = _receivers({change.merchant_id for change in news})
    now = timezone.now()
    rows = []
    for place, change in enumerate(news):
        event_type = type_of(change.old_status, change.status)
        wanting = [
            each for each in receivers[change.merchant_id] if not each.event_types or event_type in each.event_types
        ]
        payload = json.dumps(_payload(change), ensure_ascii=False, separators=(",", ":")) if wanting else ""
        due_at = now + timedelta(microseconds=place)  # so that what came first is claimed first
        rows += [_delivery(change, endpoint, event_type, payload, due_at) for endpoint in wanting]
    return rows


def _receivers(merchant_ids: set[UUID]) -> dict[UUID, list[WebhookEndpoint]]:
    found: dict[UUID, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in WebhookEndpoint.objects.filter(merchant_id__in=merchant_ids, deleted_at=None).order_by("id"):
        found[endpoint.merchant_id].append(endpoint)
    return found


def _delivery(
    change: StatusChange, endpoint: WebhookEndpoint, event_type: str, payload: str, due_at: datetime
) -> Delivery:
    """What comes while the endpoint is disabled is kept for a replay."""
    is_held = endpoint.state == WebhookEndpoint.State.DISABLED
    return Delivery(
        merchant_id=change.merchant_id,
        endpoint=endpoint,
        change=change,
        shipment_id=change.shipment_id,
        sequence=change.number,
        event_type=event_type,
        payload=payload,
        state=Delivery.State.CANCELLED if is_held else Delivery.State.PENDING,
        next_attempt_at=due_at,
        created_at=due_at,
        finished_at=due_at if is_held else None,
    )


def _payload(change: StatusChange) -> dict[str, Any]:
    """What the receiver is told. Nothing of the buyer: who needs more asks the API with a key."""
    site, number = str(settings.SITE_URL).rstrip("/"), change.shipment.number
    return {
        "shipment": number,
        "order_number": change.shipment.order_number,
        "sequence": change.number,
        "status": change.status,
        "old_status": change.old_status,
        "phase": change.phase or None,
        "event_code": change.event_code or None,
        "reason": change.reason or None,
        "is_correction": change.cause == StatusChange.Cause.PEOPLE,
        "occurred_at": instant(change.occurred_at) if change.occurred_at else None,
        "recorded_at": instant(change.recorded_at),
        "tracking_url": f"{site}/t/{group(number)}",
        "api_url": f"{site}/api/v1/shipments/{number}",
    }
