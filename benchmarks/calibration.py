"""What this machine can do at this moment. Other work on the same cores makes every figure smaller; these scores,
taken right after each measurement, tell how much smaller."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import psycopg2
import redis

_SPINS = 100_000
_TRIPS_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """`spin` is millions of loop rounds of one core per second; the others are round trips per second over one
    connection, 0 where there is no such server. `commits` are flushed to disk. `load` is the one-minute load average.
    """

    spin: float
    redis: int = 0
    postgres: int = 0
    commits: int = 0
    load: float = 0.0

    def __str__(self) -> str:
        servers = f" · redis {self.redis:,} · pg {self.postgres:,} · commit {self.commits:,} /s" if self.redis else ""
        return f"spin {self.spin:.1f}{servers} · load {self.load:.1f}"

    def as_dict(self) -> dict[str, float]:
        """For a line of JSON."""
        return asdict(self)


def spin_score() -> float:
    """Median of five runs of the same pure Python loop, in millions of rounds per second."""
    return round(statistics.median(_spin() for _ in range(5)), 2)


def scores(database_url: str = "", redis_url: str = "") -> Scores:
    """All scores of this moment."""
    spin, load = spin_score(), os.getloadavg()[0]
    if not database_url:
        return Scores(spin=spin, load=load)
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor, redis.Redis.from_url(redis_url) as client:
            return Scores(
                spin=spin,
                load=load,
                redis=_per_second(client.ping),
                postgres=_per_second(lambda: cursor.execute("SELECT 1")),
                # The smallest transaction that must reach the disk.
                commits=_per_second(lambda: cursor.execute("SELECT pg_logical_emit_message(true, 'bench', '')")),
            )
    finally:
        connection.close()


def machine() -> dict[str, object]:
    """The facts that do not change during a run."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": platform.machine(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }


def _spin() -> float:
    begin = time.perf_counter()
    value = 0
    for number in range(_SPINS):
        value = (value * 31 + number) & 0xFFFFFF
    return _SPINS / (time.perf_counter() - begin) / 1e6


def _per_second(ask: Callable[[], object]) -> int:
    ask()
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < _TRIPS_S:
        ask()
        count += 1
    return round(count / (time.perf_counter() - begin))
