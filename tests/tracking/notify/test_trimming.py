"""A month's deliveries are kept, and what waits is kept for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.notify.conftest import WAY, Receiver, endpoint_at, news, send_due
from tracking.accounts.models import Merchant
from tracking.jobs import daily
from tracking.notify import trimming
from tracking.notify.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db


def test_old_ones_go_with_their_attempts_and_the_rest_stays(
    merchant: Merchant, receiver: Receiver, shipment: Shipment, endpoint: WebhookEndpoint
) -> None:
    gone = endpoint_at(merchant, "http://127.0.0.1/gone")
    with scopes_disabled():
        news(shipment, *WAY[:3])
        old = timezone.now() - timedelta(days=31)
        WebhookEndpoint.objects.filter(pk=gone.pk).update(state="disabled", deleted_at=old)
        Delivery.objects.filter(endpoint=gone).update(state="cancelled", finished_at=old)
        send_due()
        Delivery.objects.filter(endpoint=endpoint, sequence=1).update(finished_at=old)
        Delivery.objects.filter(endpoint=endpoint, sequence=2).update(created_at=old, state="pending", finished_at=None)
        DeliveryAttempt.objects.filter(delivery__sequence=2).update(started_at=old)
        assert trimming.trim() == "4 deliveries and 1 attempts forgotten"
        assert list(Delivery.objects.order_by("sequence").values_list("sequence", flat=True)) == [2, 3]
        assert list(DeliveryAttempt.objects.values_list("delivery__sequence", flat=True)) == [3]
        assert list(WebhookEndpoint.objects.all()) == [endpoint]


def test_it_is_a_daily_job() -> None:
    assert "notify.trim" in daily.names()
