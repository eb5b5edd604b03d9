"""Webhook endpoints and their deliveries as the API shows them. `serializers.webhooks` describes the shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from carriers.serialise import instant
from tracking.notify.models import Delivery, DeliveryAttempt, WebhookEndpoint

Json = dict[str, Any]


def endpoint(row: WebhookEndpoint) -> Json:
    """An endpoint, without its secret."""
    return {
        "id": str(row.id),
        "url": row.url,
        "description": row.description,
        "event_types": list(row.event_types),
        "is_ordered": row.is_ordered,
        "state": str(row.state),
        "disabled_why": str(row.disabled_why) or None,
        "disabled_at": _moment(row.disabled_at),
        "failing_since": _moment(row.failing_since),
        "failed_attempts": row.failed_attempts,
        "rests_until": _moment(row.rests_until),
        "last_success_at": _moment(row.last_success_at),
        "last_failure_at": _moment(row.last_failure_at),
        "created_at": _moment(row.created_at),
    }


def delivery(row: Delivery) -> Json:
    """A delivery, for lists."""
    is_pending = row.state == Delivery.State.PENDING
    return {
        "id": str(row.id),
        "event_type": row.event_type,
        "shipment": json.loads(row.payload).get("shipment"),
        "sequence": row.sequence,
        "state": str(row.state),
        "attempts": row.attempts,
        "http_status": row.http_status,
        "next_attempt_at": _moment(row.next_attempt_at) if is_pending else None,
        "created_at": _moment(row.created_at),
        "finished_at": _moment(row.finished_at),
    }


def delivery_detail(row: Delivery, tried: Iterable[DeliveryAttempt]) -> Json:
    """A delivery with what it tells, and its attempts."""
    return {**delivery(row), "payload": json.loads(row.payload), "tried": [_attempt(each) for each in tried]}


def _attempt(row: DeliveryAttempt) -> Json:
    return {
        "number": row.number,
        "started_at": _moment(row.started_at),
        "latency_ms": row.latency_ms,
        "http_status": row.http_status,
        "response": row.response,
        "error": row.error,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment.astimezone(UTC))
