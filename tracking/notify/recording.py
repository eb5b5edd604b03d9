"""What became of messages that were sent: attempts, deliveries and endpoints, in one transaction."""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking.notify.event_types import TEST
from tracking.notify.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tracking.notify.sending import Sent
from tracking.rules.retries import Verdict, is_given_up, retry, verdict
from tracking.shipments.recording.bulk import update_rows

logger = logging.getLogger(__name__)

# An endpoint that works is written to at most this often.
_NOTED_EVERY = timedelta(minutes=1)
_ENDPOINT_COLUMNS = (
    "state", "disabled_why", "disabled_at", "failing_since", "failed_attempts", "rests_until", "last_success_at",
    "last_failure_at",
)  # fmt: skip
_DELIVERY_COLUMNS = ("state", "http_status", "next_attempt_at", "finished_at", "lease_until", "token")

State, Why = WebhookEndpoint.State, WebhookEndpoint.Why


def record(all_sent: Sequence[Sent]) -> int:
    """Writes down these attempts; how many of them another dispatcher had been given meanwhile."""
    now, fenced = timezone.now(), 0
    with scopes_disabled(), transaction.atomic():
        endpoints = _locked_endpoints({sent.message.endpoint_id for sent in all_sent})
        deliveries = _locked_deliveries([sent.message.delivery_id for sent in all_sent])
        attempts: list[DeliveryAttempt] = []
        changed: list[Delivery] = []
        noted: set[UUID] = set()
        for sent in sorted(all_sent, key=lambda sent: sent.started_at):
            delivery = deliveries.get(sent.message.delivery_id)
            endpoint = endpoints.get(sent.message.endpoint_id)
            if delivery is None or endpoint is None:
                continue  # deleted with its shipment
            attempts.append(_attempt(delivery, sent))
            if _note_endpoint(endpoint, sent, now):
                noted.add(endpoint.id)
            if delivery.token != sent.message.token:
                fenced += 1
                continue
            _settle(delivery, sent, now)
            changed.append(delivery)
        DeliveryAttempt.objects.bulk_create(attempts, ignore_conflicts=True)
        update_rows(changed, _DELIVERY_COLUMNS)
        update_rows([endpoints[endpoint_id] for endpoint_id in noted], _ENDPOINT_COLUMNS)
    return fenced


def _locked_endpoints(ids: Collection[UUID]) -> dict[UUID, WebhookEndpoint]:
    """Before the deliveries, and both in the order of their ids, as everybody does."""
    rows = WebhookEndpoint.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")
    return {row.id: row for row in rows}


def _locked_deliveries(ids: Collection[UUID]) -> dict[UUID, Delivery]:
    rows = Delivery.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id").defer("payload")
    return {row.id: row for row in rows}


def _attempt(delivery: Delivery, sent: Sent) -> DeliveryAttempt:
    return DeliveryAttempt(
        merchant_id=delivery.merchant_id,
        delivery=delivery,
        number=sent.message.number,
        started_at=sent.started_at,
        latency_ms=sent.latency_ms,
        http_status=sent.http_status,
        response=sent.response,
        error=sent.error[:200],
    )


def _settle(delivery: Delivery, sent: Sent, now: datetime) -> None:
    """Done, or due again, or given up."""
    found = verdict(sent.http_status)
    delivery.http_status, delivery.lease_until, delivery.token = sent.http_status, None, None
    if found is Verdict.DELIVERED:
        delivery.state, delivery.finished_at = Delivery.State.DONE, now
        return
    spread = random.uniform(-1, 1)  # noqa: S311  it spreads load, and guards nothing
    wait_s = retry(sent.message.attempts, found, sent.retry_after_s, spread).wait_s
    if wait_s is None or found is Verdict.GONE or sent.message.event_type == TEST:
        delivery.state, delivery.finished_at = Delivery.State.FAILED, now
    else:
        delivery.next_attempt_at = now + timedelta(seconds=wait_s)


def _note_endpoint(endpoint: WebhookEndpoint, sent: Sent, now: datetime) -> bool:
    """What an attempt says of the endpoint's health; whether its row changed."""
    if verdict(sent.http_status) is Verdict.DELIVERED:
        return _note_success(endpoint, sent, now)
    found = verdict(sent.http_status)
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.failed_attempts += 1
    endpoint.last_failure_at = now
    rest_s = retry(sent.message.attempts, found, sent.retry_after_s, 0).rest_s
    if rest_s:
        endpoint.rests_until = max(endpoint.rests_until or now, now + timedelta(seconds=rest_s))
    if endpoint.state == State.PROBING and sent.message.event_type == TEST:
        _disable(endpoint, Why.PROBE, now)
    elif endpoint.state == State.ACTIVE and found is Verdict.GONE:
        _disable(endpoint, Why.GONE, now)
    elif endpoint.state == State.ACTIVE and is_given_up(endpoint.failing_since, endpoint.failed_attempts, now):
        _disable(endpoint, Why.FAILING, now)
    return True


def _note_success(endpoint: WebhookEndpoint, sent: Sent, now: datetime) -> bool:
    is_probe = endpoint.state == State.PROBING and sent.message.event_type == TEST
    is_noted = endpoint.last_success_at is not None and now - endpoint.last_success_at < _NOTED_EVERY
    if is_noted and not is_probe and endpoint.failing_since is None:
        return False
    endpoint.last_success_at = now
    endpoint.failing_since, endpoint.failed_attempts = None, 0
    if is_probe:
        endpoint.state, endpoint.disabled_why, endpoint.disabled_at = State.ACTIVE, Why.NONE, None
    return True


def _disable(endpoint: WebhookEndpoint, why: WebhookEndpoint.Why, now: datetime) -> None:
    endpoint.state, endpoint.disabled_why, endpoint.disabled_at = State.DISABLED, why, now
    logger.warning("webhook endpoint %s is disabled: %s", endpoint.id, why.value)
