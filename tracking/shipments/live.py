"""News to whoever is watching: after a commit, the readers' pages are dropped and the live stream is told.

Redis carries this and nothing else depends on it: a lost message costs a page its freshness until the next check.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

CHANNEL = "live:shipment:"  # followed by the shipment's number
LISTENER = "throughline-live"  # what the live process calls its connection, so that the doctor finds it
PAGE_KEY = "page:{number}:{language}"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One shipment that changed."""

    number: str
    version: int
    status: str


@cache
def redis_client() -> redis.Redis:
    """One pool per process. Short timeouts and one new attempt at once, for a connection that went stale: nobody waits
    for a Redis that is away."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=25,
        retry=Retry(NoBackoff(), 1),
    )


def publish(news: Iterable[News]) -> None:
    """Drops the cached pages and tells the live streams. Never raises: the database already holds what happened."""
    try:
        pipe = redis_client().pipeline(transaction=False)
        for item in news:
            for language, _ in settings.LANGUAGES:
                pipe.delete(PAGE_KEY.format(number=item.number, language=language))
            pipe.publish(CHANNEL + item.number, json.dumps({"version": item.version, "status": item.status}))
        pipe.execute()
    except redis.RedisError as error:
        logger.warning("news not published: %s", type(error).__name__)
