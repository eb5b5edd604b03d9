"""When to ask a carrier again: the call that saves the most hours of delay for its price.

Intervals are domain time. A leg that no longer holds the parcel is asked half as often; after the end it is asked once
a day for two weeks, because "delivered" is taken back more often than anyone likes, and then no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from math import sqrt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carriers.vocabulary import EventCode, Phase, Status
from tracking.rules.dwell import DwellTables, Situation

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
# How much an hour of delay weighs. A leg has the greatest of those of its status and phase, times the others.
STATUS_WEIGHTS: dict[Status, float] = {Status.OUT_FOR_DELIVERY: 3.0}
PHASE_WEIGHTS: dict[Phase, float] = {
    Phase.EXPORT_CUSTOMS: 1.5,
    Phase.TRANSIT_COUNTRY: 1.2,
    Phase.IMPORT_CUSTOMS: 1.5,
}
PROMISED_SOON_WEIGHT = 1.5
PROMISED_SOON = timedelta(days=2)
WATCHED_WEIGHT = 4.0
# A carrier that pushes is asked so much less often: a push may be lost, so it is never trusted alone.
PUSHED_FACTOR = 3.0
NOT_HOLDING_FACTOR = 2.0
WATCH_AFTER_END = timedelta(days=14)
GIVE_UP_SILENT_AFTER = timedelta(days=90)
# Weighted hours of delay that one call has to save. This one comes to some four calls a day and parcel.
DEFAULT_PRICE = 2.0

# Machine seconds to wait after the n-th failed call in a row, where the carrier does not say.
BACKOFF_S = (15, 30, 60, 120, 300, 900, 1800, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the next call depends on. `ended_at` is when the shipment reached its end, None while it has not."""

    status: Status
    holds_parcel: bool
    ended_at: datetime | None
    last_event_at: datetime | None  # of the shipment; None: no event yet
    opened_at: datetime
    is_pushed: bool = False  # the carrier has agreed to push this number
    phase: Phase = Phase.SELLER
    event_code: EventCode | None = None  # the last event's
    carrier: str = ""  # slug
    lane: str = ""  # "CN-DE"
    zone: str | None = None  # IANA name of where it lies; None or unknown: UTC
    promised_on: date | None = None
    is_watched: bool = False  # somebody has its page open
    lag_h: float = 0.0  # how long after the event this carrier's answers tell it, usually


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of the waits, in hours. `ceiling_h` is the promise at the tail: no leg that is under way waits longer, whatever
    a call costs; `silent_ceiling_h` takes its place after `silent_after` without news."""

    floor_h: float = 1 / 6
    ceiling_h: float = 24.0
    silent_ceiling_h: float = 48.0
    silent_after: timedelta = GIVE_UP_SILENT_AFTER


class Schedule:
    """When legs are asked, at one price of a call. Made once a night per DwellTables; `at_price` is cheap."""

    def __init__(self, tables: DwellTables, price: float = DEFAULT_PRICE, limits: Limits | None = None) -> None:
        self.tables, self.price, self.limits = tables, price, limits or Limits()

    def at_price(self, price: float) -> Schedule:
        """The same at another price (weighted hours of delay a call has to save; positive); shares what is solved."""
        return Schedule(self.tables, price, self.limits)

    def next_poll_at(self, state: PollState, now: datetime, jitter: float) -> datetime | None:
        """When to ask again; None: no more. `jitter` in 0..1 spreads legs of one age over ±5 %."""
        if state.ended_at is not None and now - state.ended_at > WATCH_AFTER_END:
            return None
        wait_h = self._wait_h(state, now)
        if not state.holds_parcel and not state.status.is_final:
            wait_h *= NOT_HOLDING_FACTOR
        if state.is_pushed:
            wait_h *= PUSHED_FACTOR
        return now + timedelta(hours=wait_h * (0.95 + 0.1 * jitter))

    def worth(self, state: PollState, now: datetime) -> float:
        """Weighted hours of delay that a call now is expected to save: what legs are ordered by when calls are short."""
        age_h = self._age_h(state, now)
        hazard = self.tables.hazard(situation_of(state), age_h, local_h=local_h(state.zone, now))
        return weight_of(state, now) * hazard

    def _wait_h(self, state: PollState, now: datetime) -> float:
        limits = self.limits
        if now - _heard_at(state) > limits.silent_after:
            return limits.silent_ceiling_h
        if state.status.is_final:
            return limits.ceiling_h
        hazard = self.tables.hazard(situation_of(state), self._age_h(state, now), local_h=local_h(state.zone, now))
        wait_h = sqrt(2 * self.price / (weight_of(state, now) * hazard))
        return min(max(wait_h, limits.floor_h), limits.ceiling_h)

    def _age_h(self, state: PollState, now: datetime) -> float:
        since = state.last_event_at or state.opened_at
        return max((now - since) / timedelta(hours=1) - state.lag_h, 0.0)


def situation_of(state: PollState) -> Situation:
    """What the dwell statistics are asked by."""
    return Situation(phase=state.phase, event_code=state.event_code, carrier=state.carrier, lane=state.lane)


def weight_of(state: PollState, now: datetime) -> float:
    """How much an hour of delay of this leg's next event weighs."""
    weight = max(STATUS_WEIGHTS.get(state.status, 1.0), PHASE_WEIGHTS.get(state.phase, 1.0))
    if state.promised_on is not None and state.promised_on - now.date() <= PROMISED_SOON:
        weight *= PROMISED_SOON_WEIGHT
    return weight * WATCHED_WEIGHT if state.is_watched else weight


def local_h(zone: str | None, at: datetime) -> float:
    """Local hour of the week, 0 to below 168, Monday 0:00 is 0."""
    local = at.astimezone(_zone(zone))
    return local.weekday() * 24 + local.hour + local.minute / 60


@cache
def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _heard_at(state: PollState) -> datetime:
    return max(filter(None, (state.last_event_at, state.opened_at)))


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
