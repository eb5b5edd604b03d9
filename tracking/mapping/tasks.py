"""Wake-ups. Each may be lost, repeated or run twice at once without harm: the work waits in `Replay`."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from tracking.jobs.waking import wake
from tracking.mapping import replays, understood

# Of a replay's batches, then the next message: other work gets its turn, well within the task's time limit.
SLICE_S = 20.0


@shared_task(name="mapping.run_replay")
def run_replay(replay_id: str) -> None:
    """Goes on with a replay for a while."""
    if replays.run(UUID(replay_id), for_s=SLICE_S):
        wake(run_replay, replay_id)


@shared_task(name="mapping.count_understood")
def count_understood() -> None:
    """Counts the understood rates anew."""
    understood.count()
