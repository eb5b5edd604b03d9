"""Redis, and the broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from tracking.jobs import queue
from tracking.operations.doctor.finding import Check, Finding, fail, ok, warn
from tracking.shipments.live import LISTENER, redis_client

OLDEST = (6, 2)
MANY_MESSAGES = 500


def redis_server() -> Iterator[Finding]:
    """Whether it answers, keeps what it is given, and has room."""
    try:
        told: dict[str, Any] = redis_client().info()
    except RedisError as error:
        cure = "start it, or correct REDIS_URL; until then `manage.py rundue --loop` does the work without it"
        yield fail("Redis", f"does not answer: {type(error).__name__}", cure)
        return
    version = str(told.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        yield fail("Redis", f"{version} is too old", f"upgrade to {OLDEST[0]}.{OLDEST[1]} or later")
    else:
        yield ok("Redis", version)
    policy = told.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        yield ok("Redis eviction", policy)
    else:
        yield fail("Redis eviction", f"{policy}: wake-ups and counts may vanish", "set maxmemory-policy noeviction")
    if told.get("aof_enabled"):
        yield ok("Redis persistence", "append-only file")
    else:
        cure = "set appendonly yes: after a restart wake-ups need not be found again, and counters go on"
        yield warn("Redis persistence", "no append-only file", cure)
    most, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    if most and used > most * 0.8:
        yield warn("Redis memory", f"{used / most:.0%} of maxmemory in use", "raise maxmemory")


def cached_pages() -> Iterator[Finding]:
    """The second database, which may be flushed at any time."""
    try:
        cache.get("doctor")
    except RedisError as error:
        cure = "the cache takes the database after REDIS_URL's: let Redis have it"
        yield fail("cache", f"does not answer: {type(error).__name__}", cure)
        return
    yield ok("cache", "answers")


def broker() -> Iterator[Finding]:
    """What carries the wake-ups, and how many wait."""
    waiting = queue.waiting()
    kind = settings.CELERY_BROKER_URL.partition("://")[0].partition("+")[0]
    if waiting is None:
        cure = "start it, or correct BROKER_URL; until then `manage.py rundue --loop` does the work without it"
        yield fail("broker", f"{kind} does not answer", cure)
    elif waiting > MANY_MESSAGES:
        yield warn("broker", f"{waiting} wake-ups wait in {kind}", "run more workers, or see what holds them up")
    else:
        yield ok("broker", f"{kind}, {waiting} wake-ups wait")


def live_streams() -> Iterator[Finding]:
    """Whether a live process listens for news."""
    listening = sum(each["name"] == LISTENER for each in redis_client().client_list(_type="pubsub"))
    if listening:
        yield ok("live streams", f"{listening} listening for news")
    else:
        cure = "start the live process: without it pages do not update themselves"
        yield warn("live streams", "nobody listens for news", cure)


CHECKS: tuple[Check, ...] = (redis_server, cached_pages, broker, live_streams)
