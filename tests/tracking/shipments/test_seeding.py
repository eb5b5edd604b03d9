"""The demo's data: what there is of it, and that seeding twice adds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from carriers import registry
from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.test_polling import START
from tracking.accounts.models import ApiKey, Member, Merchant, User
from tracking.shipments import seeding
from tracking.shipments.models import CarrierAccount, Event, Leg, RawAnswer, Shipment, StatusChange

pytestmark = pytest.mark.django_db

TABLES = (Merchant, User, Member, ApiKey, CarrierAccount, Shipment, Leg, Event, RawAnswer, StatusChange)


def test_seeding_twice_adds_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARRIER_URLS", f"{server.base}/{{slug}}")
    for story in ("shenzhen_berlin", "s10_london", "sf_toronto", "unknown_code"):
        server.ask("/sandbox/journeys", {"story": story, "start_at": (START + timedelta(days=30)).isoformat()})
    said: list[str] = []
    first = seeding.seed(server.base, "a password of the demo", said.append)
    with scopes_disabled():
        counts = {table.__name__: table.objects.count() for table in TABLES}
        assert counts["Merchant"] == 3
        assert counts["CarrierAccount"] == 3 * len(registry.ADAPTERS)
        assert first.new == first.shipments == counts["Shipment"] >= 4
        assert first.api_key is not None
        assert Leg.objects.filter(evidence="partner_number").exists()
        assert not Leg.objects.filter(last_checked_at=None, next_poll_at__isnull=False).exists()
    second = seeding.seed(server.base, "a password of the demo", said.append)
    with scopes_disabled():
        assert {table.__name__: table.objects.count() for table in TABLES} == counts
    assert (second.new, second.shipments, second.api_key, second.logins) == (0, first.shipments, None, first.logins)
    assert len(said) <= 2
