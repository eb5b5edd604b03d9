"""What merchants do with their endpoints and deliveries. Each runs in a transaction, under the endpoint's row lock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from tracking.accounts.models import Merchant
from tracking.ids import first_of
from tracking.notify.address_guard import Guard, Refused
from tracking.notify.event_types import TEST
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.notify.secrets import with_new
from tracking.shipments.errors import Invalid

MOST_ENDPOINTS = 20
MOST_REPLAYED = 10_000  # deliveries at a time

State, Why = WebhookEndpoint.State, WebhookEndpoint.Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An endpoint as its merchant wants it. `event_types` of none are all of them."""

    url: str
    description: str = ""
    event_types: Sequence[str] = ()
    is_ordered: bool = False


def guard() -> Guard:
    """What this site lets webhooks reach."""
    return Guard(allowed=tuple(settings.WEBHOOK_ALLOWED_NETWORKS), is_http_allowed=settings.WEBHOOK_HTTP)


def create_endpoint(merchant: Merchant, wanted: Wanted) -> tuple[WebhookEndpoint, str]:
    """The endpoint, and its secret, which is shown once and never again. Raises Invalid."""
    _check_url(wanted.url)
    with transaction.atomic():
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)  # two at once would pass the limit
        standing = WebhookEndpoint.objects.filter(merchant=merchant, deleted_at=None)
        if standing.filter(url=wanted.url).exists():
            raise Invalid("url", "has an endpoint already", "Change that one.")
        if standing.count() >= MOST_ENDPOINTS:
            raise Invalid("url", f"would be endpoint {MOST_ENDPOINTS + 1}", "Delete one that you no longer need.")
        endpoint = WebhookEndpoint(
            merchant=merchant,
            url=wanted.url,
            description=wanted.description,
            event_types=sorted(set(wanted.event_types)),
            is_ordered=wanted.is_ordered,
        )
        endpoint.sealed_secrets, secret = with_new(endpoint.id, b"", timezone.now())
        endpoint.save(force_insert=True)
    return endpoint, secret


def change_endpoint(endpoint_id: UUID, wanted: Wanted) -> WebhookEndpoint:
    """What waits goes to the new address. Raises Invalid."""
    _check_url(wanted.url)
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        same = WebhookEndpoint.objects.filter(merchant_id=endpoint.merchant_id, deleted_at=None, url=wanted.url)
        if same.exclude(pk=endpoint.pk).exists():
            raise Invalid("url", "has another endpoint already", "Change that one.")
        if endpoint.url != wanted.url:
            endpoint.rests_until = endpoint.failing_since = None
            endpoint.failed_attempts = 0
        endpoint.url, endpoint.description = wanted.url, wanted.description
        endpoint.event_types, endpoint.is_ordered = sorted(set(wanted.event_types)), wanted.is_ordered
        endpoint.save()
    return endpoint


def rotate_secret(endpoint_id: UUID) -> tuple[WebhookEndpoint, str]:
    """A new secret; those before it sign beside it for 24 hours."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        endpoint.sealed_secrets, secret = with_new(endpoint.id, bytes(endpoint.sealed_secrets), timezone.now())
        endpoint.save()
    return endpoint, secret


def disable(endpoint_id: UUID) -> WebhookEndpoint:
    """Nothing more is sent; news is kept for a replay."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint.state != State.DISABLED:
            endpoint.state, endpoint.disabled_why, endpoint.disabled_at = State.DISABLED, Why.MERCHANT, timezone.now()
            endpoint.save()
    return endpoint


def enable(endpoint_id: UUID) -> WebhookEndpoint:
    """Sends one test message, whose fate decides; until then everything else waits. An active one is left alone."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint.state == State.DISABLED:
            endpoint.state = State.PROBING
            endpoint.rests_until = None
            endpoint.save()
            _owe_test(endpoint)
    return endpoint


def send_test(endpoint_id: UUID) -> Delivery:
    """Owes the endpoint a test message, which is sent once. Raises Invalid for a disabled one."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        if endpoint.state == State.DISABLED:
            raise Invalid("", "The endpoint is disabled", "Enable it: that sends a test message too.")
        return _owe_test(endpoint)


def delete_endpoint(endpoint_id: UUID) -> None:
    """Nothing more is sent to it, and nobody finds it any more."""
    with transaction.atomic():
        endpoint = _locked(endpoint_id)
        now = timezone.now()
        endpoint.state, endpoint.disabled_why, endpoint.disabled_at = State.DISABLED, Why.MERCHANT, now
        endpoint.deleted_at = now
        endpoint.sealed_secrets = b""
        endpoint.save()


def replay(delivery: Delivery) -> Delivery:
    """Sends a delivery again, as the same message, with all attempts before it; one that waits goes at once.

    Raises Invalid while its endpoint is disabled.
    """
    with transaction.atomic():
        _check_enabled(_locked(_endpoint_id(delivery)))
        Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.PENDING).update(**_anew(timezone.now()))
        Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.PENDING, lease_until=None).update(
            next_attempt_at=timezone.now()
        )
    delivery.refresh_from_db()
    return delivery


def failed_since(endpoint_id: UUID, since: datetime) -> int:
    """How many deliveries created since then were given up or never sent."""
    return _failed(endpoint_id, since).count()


def replay_failed(endpoint_id: UUID, since: datetime) -> int:
    """Sends those again, the oldest first, MOST_REPLAYED of them at the most; how many. Raises Invalid."""
    with transaction.atomic():
        _check_enabled(_locked(endpoint_id))
        chosen = _failed(endpoint_id, since).order_by("id").values_list("id", flat=True)[:MOST_REPLAYED]
        return Delivery.objects.filter(id__in=list(chosen)).update(**_anew(timezone.now()))


def _failed(endpoint_id: UUID, since: datetime) -> QuerySet[Delivery]:
    """Tests are not among them."""
    mine: QuerySet[Delivery] = Delivery.objects.filter(endpoint_id=endpoint_id, change__isnull=False)
    return mine.filter(state__in=Delivery.REPLAYABLE, id__gte=first_of(since), created_at__gte=since)


def _anew(now: datetime) -> dict[str, object]:
    return {
        "state": Delivery.State.PENDING,
        "attempts_before": F("attempts"),
        "next_attempt_at": now,
        "finished_at": None,
        "lease_until": None,
        "token": None,
    }


def _owe_test(endpoint: WebhookEndpoint) -> Delivery:
    payload = {"endpoint": str(endpoint.id), "note": "A test message: no shipment changed."}
    return Delivery.objects.create(
        merchant_id=endpoint.merchant_id, endpoint=endpoint, event_type=TEST, payload=json.dumps(payload)
    )


def _locked(endpoint_id: UUID) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)


def _endpoint_id(delivery: Delivery) -> UUID:
    if delivery.endpoint_id is None:
        raise TypeError(f"delivery {delivery.pk} is no webhook")
    return delivery.endpoint_id


def _check_enabled(endpoint: WebhookEndpoint) -> None:
    if endpoint.state == State.DISABLED:
        raise Invalid("", "The endpoint is disabled", "Enable it first.")


def _check_url(url: str) -> None:
    try:
        guard().check_url(url)
    except Refused as error:
        cure = "Send a public https address on port 443 or 8443. Private networks are opened by whoever runs this site."
        raise Invalid("url", str(error), cure) from error
