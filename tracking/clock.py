"""The platform's one clock for the world of parcels: scans, promises, due polls.

It is the machine's clock, unless DEMO_CLOCK="<real_epoch_s>:<demo_epoch_s>:<speed>" says otherwise: then it showed
`demo_epoch_s` when the machine showed `real_epoch_s`, and has run `speed` times as fast since. Leases, rate budgets and
timeouts concern machines, not parcels, and stay on `django.utils.timezone.now`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClock:
    """A clock that showed `demo_s` at the machine's `real_s` (both seconds since 1970) and runs at `speed`."""

    real_s: float = 0.0
    demo_s: float = 0.0
    speed: float = 1.0

    @classmethod
    def parse(cls, text: str) -> DemoClock:
        """Reads "<real_epoch_s>:<demo_epoch_s>:<speed>"; empty is the machine's own. Raises ValueError."""
        if not text:
            return cls()
        parts = text.split(":")
        if len(parts) != 3:
            raise ValueError("three numbers, real_epoch_s:demo_epoch_s:speed")
        real_s, demo_s, speed = (float(part) for part in parts)
        if not (isfinite(real_s) and isfinite(demo_s) and 0 < speed <= 1_000_000):
            raise ValueError("three numbers, the last above 0 and at most 1000000")
        return cls(real_s=real_s, demo_s=demo_s, speed=speed)

    def at(self, machine_s: float) -> datetime:
        """What this clock shows when the machine's shows `machine_s`; aware, UTC."""
        return datetime.fromtimestamp(self.demo_s + (machine_s - self.real_s) * self.speed, UTC)

    def __str__(self) -> str:
        return f"{self.real_s!r}:{self.demo_s!r}:{self.speed!r}"


def now() -> datetime:
    """The present instant in the world of parcels; aware, UTC."""
    return _clock().at(time.time())


def after(machine_seconds: float) -> datetime:
    """The domain instant that is `machine_seconds` of real waiting away; aware, UTC."""
    return _clock().at(time.time() + machine_seconds)


def speed() -> float:
    """How many domain seconds pass in one real second; 1.0 but in a demo."""
    return _clock().speed


def real_seconds(domain: timedelta) -> float:
    """How long one really waits until this much domain time has passed."""
    return domain.total_seconds() / _clock().speed


def _clock() -> DemoClock:
    return _parsed(os.environ.get("DEMO_CLOCK", ""))


_parsed = lru_cache(maxsize=4)(DemoClock.parse)
