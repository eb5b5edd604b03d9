"""When to ask a carrier again. First defaults by status; the learned schedule takes their place later.

Intervals are domain time. A leg that no longer holds the parcel is asked half as often; after the end it is asked once
a day for two weeks, because "delivered" is taken back more often than anyone likes, and then no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from carriers.vocabulary import Status

INTERVAL_H: dict[Status, float] = {
    Status.PENDING: 6,
    Status.INFO_RECEIVED: 6,
    Status.IN_TRANSIT: 4,
    Status.OUT_FOR_DELIVERY: 1,
    Status.AVAILABLE_FOR_PICKUP: 6,
    Status.ATTEMPT_FAILED: 3,
    Status.EXCEPTION: 4,
    Status.RETURNING: 8,
    Status.DELIVERED: 24,
    Status.RETURNED: 24,
    Status.CANCELLED: 24,
    Status.EXPIRED: 48,
}
# A carrier that pushes is asked so much less often: a push may be lost, so it is never trusted alone.
PUSHED_FACTOR = 3.0
WATCH_AFTER_END = timedelta(days=14)
GIVE_UP_SILENT_AFTER = timedelta(days=90)

# Machine seconds to wait after the n-th failed call in a row, where the carrier does not say.
BACKOFF_S = (15, 30, 60, 120, 300, 900, 1800, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the next call depends on. `ended_at` is when the shipment reached its end, None while it has not."""

    status: Status
    holds_parcel: bool
    ended_at: datetime | None
    last_event_at: datetime | None
    opened_at: datetime
    is_pushed: bool = False  # the carrier has agreed to push this number


def next_poll_at(state: PollState, now: datetime, jitter: float) -> datetime | None:
    """When to ask again; None: no more. `jitter` in 0..1 spreads legs of one age over ±5 %."""
    if state.ended_at is not None and now - state.ended_at > WATCH_AFTER_END:
        return None
    heard_at = max(filter(None, (state.last_event_at, state.opened_at)))
    hours = INTERVAL_H[state.status]
    if not state.holds_parcel and not state.status.is_final:
        hours *= 2
    if state.is_pushed:
        hours *= PUSHED_FACTOR
    if now - heard_at > GIVE_UP_SILENT_AFTER:
        hours = INTERVAL_H[Status.EXPIRED]
    return now + timedelta(hours=hours * (0.95 + 0.1 * jitter))


def backoff_s(fail_count: int) -> float:
    """Machine seconds to wait after `fail_count` failed calls in a row."""
    return float(BACKOFF_S[min(max(fail_count, 1), len(BACKOFF_S)) - 1])
