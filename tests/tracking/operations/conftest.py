from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.carriers.sandbox.conftest import Server, server
from tests.tracking.shipments.conftest import halden, parcel, road, yunexpress

__all__ = ["Server", "halden", "parcel", "road", "server", "yunexpress"]


@pytest.fixture
def nowhere() -> redis.Redis:
    """A Redis that is away, and says so at once."""
    return redis.Redis(unix_socket_path="/nonexistent/redis.sock", retry=Retry(NoBackoff(), 0))
