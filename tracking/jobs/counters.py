"""Counters and histograms of all processes together, kept in Redis until a metrics page is read.

Processes come and go, prefork children every few hundred tasks: a count in a process's memory would go with it. They
are figures for people, so Redis that is away or flushed costs figures and nothing else; a reader of counters takes a
smaller value for a restart. Each process sends what it has counted once per task, in one round trip.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

KEY = "metrics"
AWAY_S = 5.0  # Redis is left alone this long after it failed
MOST_PENDING = 5_000  # series; what a process counts while Redis is away


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One figure: what it says, its labels, and for a histogram the upper bounds of its buckets."""

    told: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


COUNTED: Mapping[str, Counted] = {
    "carrier_calls": Counted(told="Calls to carriers, by what they brought.", labels=("carrier", "result")),
    "carrier_numbers": Counted(told="Numbers asked for, by what was told of each.", labels=("carrier", "result")),
    "carrier_call_seconds": Counted(
        told="How long a carrier took to answer a call.",
        labels=("carrier",),
        buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0),
    ),
    "detection_delay_seconds": Counted(
        told="From a scan to our recording it, in the time of parcels; first answers left out.",
        labels=("carrier",),
        buckets=(60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 259_200),
    ),
    "fenced_answers": Counted(told="Answers that came after their claim had run out, and were left.", labels=()),
    "reconcile_differences": Counted(told="Differences between what is kept and what follows.", labels=("kind",)),
}


class _Pending:
    """What this process has counted and not yet sent: (figure, labels, part) -> amount."""

    lock = threading.Lock()
    amounts: dict[tuple[str, ...], float] = defaultdict(float)
    away_until = 0.0


def add(name: str, *labels: str, amount: float = 1) -> None:
    """Counts. Costs a microsecond; nothing is sent before `flush`."""
    with _Pending.lock:
        _add(name, labels, "", amount)


def observe(name: str, *labels: str, value: float) -> None:
    """Puts a value into a histogram."""
    buckets = COUNTED[name].buckets
    place = bisect_left(buckets, value)
    with _Pending.lock:
        _add(name, labels, str(float(buckets[place])) if place < len(buckets) else "+Inf", 1)
        _add(name, labels, "sum", value)


def flush() -> bool:
    """Sends what was counted; False where there was nothing, or Redis is away: then it is sent later."""
    with _Pending.lock:
        if not _Pending.amounts or time.monotonic() < _Pending.away_until:
            return False
        amounts, _Pending.amounts = _Pending.amounts, defaultdict(float)
    try:
        pipe = _client().pipeline(transaction=False)
        for series, amount in amounts.items():
            pipe.hincrbyfloat(KEY, json.dumps(series), amount)
        pipe.execute()
    except redis.RedisError as error:
        logger.warning("counts are kept for later: %s", type(error).__name__)
        with _Pending.lock:
            _Pending.away_until = time.monotonic() + AWAY_S
            for series, amount in amounts.items():
                if len(_Pending.amounts) < MOST_PENDING:
                    _Pending.amounts[series] += amount
        return False
    return True


def read() -> dict[str, dict[tuple[str, ...], dict[str, float]]]:
    """Figure -> labels -> bucket's bound ("" for a counter, "sum") -> amount. Raises RedisError."""
    found: dict[str, dict[tuple[str, ...], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    rows: Mapping[bytes, bytes] = _client().hgetall(KEY)  # type: ignore[assignment]
    for field, amount in rows.items():
        name, *labels, part = json.loads(field)
        if name in COUNTED and len(labels) == len(COUNTED[name].labels):
            found[name][tuple(labels)][part] = float(amount)
    return found


def _add(name: str, labels: Sequence[str], part: str, amount: float) -> None:
    _Pending.amounts[name, *labels, part] += amount


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
    )
