"""Which processes are alive: each writes its row again and again, and whoever asks looks how old the rows are.

A worker's row is written by a task that came through the broker: it says that work gets done, not that a process is up.
"""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from tracking.jobs.models import Heartbeat

EVERY_S = 10.0
FRESH = timedelta(seconds=60)
KEPT = timedelta(hours=1)

_written: dict[str, float] = {}  # name -> the machine's monotonic clock


def beat(role: str, name: str = "") -> bool:
    """Says that this process is alive, at most every EVERY_S; whether a row was written. Call it as often as you like.

    `name` tells processes of one role apart: this machine and process, unless told. Raises DatabaseError.
    """
    name = f"{role}@{name or f'{socket.gethostname()}:{os.getpid()}'}"[:120]
    if time.monotonic() - _written.get(name, float("-inf")) < EVERY_S:
        return False
    now = timezone.now()
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, role=role, started_at=now, beat_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["beat_at"],
    )
    _written[name] = time.monotonic()
    return True


def trim() -> int:
    """Forgets processes that have been silent for long; how many."""
    return Heartbeat.objects.filter(beat_at__lt=timezone.now() - KEPT).delete()[0]


def ages(now: datetime) -> dict[str, float]:
    """Seconds since the latest heartbeat of each role that had one within the last hour."""
    latest = Heartbeat.objects.values_list("role").annotate(Max("beat_at"))
    return {role: max((now - at).total_seconds(), 0.0) for role, at in latest}
