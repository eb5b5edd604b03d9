from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.utils import translation

from tracking.shipments.live import redis_client


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def clean_redis() -> redis.Redis:
    """Redis without pages and limits of other tests."""
    client = redis_client()
    for pattern in ("page:*", "limit:*"):
        if keys := list(client.scan_iter(pattern)):
            client.delete(*keys)
    return client
