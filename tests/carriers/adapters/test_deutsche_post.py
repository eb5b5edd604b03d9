"""Deutsche Post: DHL's Unified API under another name, asked for letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from carriers import registry
from carriers.base import Access
from carriers.events import TrackedNumber

ACCESS = Access(credentials={"api_key": "demo-key"}, now=datetime(2026, 6, 12, tzinfo=UTC))
post = registry.adapter("deutsche_post")


@pytest.mark.parametrize(
    ("number", "service"), [("A0010B2C3D0000001234", "post-de"), ("RT482915606DE", None), ("LX473124829CN", None)]
)
def test_letters_are_asked_for_by_service_and_s10_numbers_without(number: str, service: str | None) -> None:
    request = post.request([TrackedNumber(number=number, carrier="deutsche_post")], ACCESS)
    assert request.query.get("service") == service
    assert request.headers["DHL-API-Key"] == "demo-key"


def test_its_s10_numbers_are_asked_for_through_the_unified_api_too() -> None:
    assert "dhl_unified" in registry.reaching("deutsche_post")
