"""A worker without Celery: claims and asks until nothing is due. `python -m benchmarks.poll_worker`, driven by
benchmarks.polls: says "ready", begins at a line on its standard input, ends with a line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import django

from benchmarks.processes import pss_mb


def main() -> None:
    """Asks for everything that is due."""
    django.setup()
    from tracking.jobs import forking
    from tracking.shipments.live import redis_client
    from tracking.shipments.polling import poll
    from tracking.shipments.polling.claims import LEGS_PER_TASK, claim_due
    from tracking.shipments.recording.door import Recorded

    forking.share()
    redis_client().ping()
    claim_due(0)  # connects
    print("ready", flush=True)
    sys.stdin.readline()
    cpu, recorded, polls = time.process_time(), Recorded(), 0
    while claims := claim_due(LEGS_PER_TASK):
        for account_id, mine in claims.items():
            recorded.add(poll.poll_account(account_id, mine))
            polls += len(mine)
    told = {
        "ended_at": time.monotonic(),
        "polls": polls,
        "events": recorded.events,
        "fenced": recorded.fenced,
        "cpu_s": time.process_time() - cpu,
        "pss_mb": pss_mb(os.getpid()),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
