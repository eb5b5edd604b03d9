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
    """`spin` is millions of loop rounds per second of CPU time, `share` how much of a core the loop got meanwhile (the
    rest was others'). Then round trips per second over one connection, 0 where there is no such server; `commits` are
    flushed to disk. `load` is the one-minute load average.
    """

    spin: float
    share: float
    redis: int = 0
    postgres: int = 0
    commits: int = 0
    load: float = 0.0

    def __str__(self) -> str:
        servers = f" · redis {self.redis:,} · pg {self.postgres:,} · commit {self.commits:,} /s" if self.redis else ""
        return f"spin {self.spin:.1f} at {self.share:.0%} of a core{servers} · load {self.load:.1f}"

    def as_dict(self) -> dict[str, float]:
        """For a line of JSON."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def spin_score() -> tuple[float, float]:
    """Medians of nine runs of the same pure Python loop: million rounds per CPU second, and its share of a core."""
    runs = [_spin() for _ in range(9)]
    return statistics.median(speed for speed, _ in runs), statistics.median(share for _, share in runs)


def scores(database_url: str = "", redis_url: str = "") -> Scores:
    """All scores of this moment."""
    (spin, share), load = spin_score(), os.getloadavg()[0]
    if not database_url:
        return Scores(spin=spin, share=share, load=load)
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor, redis.Redis.from_url(redis_url) as client:
            return Scores(
                spin=spin,
                share=share,
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


def _spin() -> tuple[float, float]:
    begin, cpu = time.perf_counter(), time.thread_time()
    value = 0
    for number in range(_SPINS):
        value = (value * 31 + number) & 0xFFFFFF
    used = time.thread_time() - cpu
    return _SPINS / used / 1e6, used / (time.perf_counter() - begin)


def _per_second(ask: Callable[[], object]) -> int:
    ask()
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < _TRIPS_S:
        ask()
        count += 1
    return round(count / (time.perf_counter() - begin))
