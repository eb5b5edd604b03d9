"""What the ticker looks after: replays whose worker is gone, and the hourly count."""

from __future__ import annotations

import time

from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking.jobs.waking import wake
from tracking.mapping.models import Replay
from tracking.mapping.tasks import count_understood, run_replay

LOOK_EVERY_S = 5.0
COUNT_EVERY_S = 3600.0


class _Last:
    """When this process last did either, by the machine's monotonic clock."""

    looked = float("-inf")
    counted = float("-inf")


def look() -> None:
    """Wakes a worker for each unfinished replay that nobody holds, and for the count when it is due."""
    now = time.monotonic()
    if now - _Last.looked < LOOK_EVERY_S:
        return
    _Last.looked = now
    with scopes_disabled():
        free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
        waiting = Replay.objects.filter(free, state__in=Replay.UNFINISHED).order_by("id").values_list("id", flat=True)
        for replay_id in waiting[:20]:
            wake(run_replay, str(replay_id))
    if now - _Last.counted >= COUNT_EVERY_S and wake(count_understood):
        _Last.counted = now
