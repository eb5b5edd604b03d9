"""When to ask a carrier again: the call that saves the most hours of delay for its price.

What is minimised, over all legs of an account, is w times the delay of every event until a call finds it, within the
account's calls. Each call gets a Lagrange price c (weighted hours of delay that it has to save), the same for all legs
of the account; the legs then fall apart, and c is moved until the account's budget is used. Equal marginal worth of
all calls is what an optimal split of a budget comes to.

*No memory.* If events come at a constant rate L and calls every T, the delay grows by w L T^2/2 between two calls, so a
day costs (w L T^2/2 + c) / T; its minimum is T = sqrt(2 c / (w L)), or a call frequency f = sqrt(w L / (2 c)): the
square-root law. Cho & Garcia-Molina 2003 (Effective page refresh policies, TODS 28) give the equal marginals, Azar et
al. 2018 (Tractable near-optimal policies for crawling, PNAS 115) the price by bisection, Kolobov et al. 2019 (Staying
up to date with online content changes, NeurIPS 32) a penalty under which, as here, nobody is dropped altogether.

*With memory.* A parcel's next event has a hazard h that depends on the age a of the last one and on the local hour
(`tracking.rules.dwell`). With S(a, T) = exp(-integral of h over a..a+T) and F = 1 - S, the least cost from age a on is

    V(a) = min over T of  w * (I(T) + 2 b J(T)) + c + S(a, T) * V(a + T)

where I is the integral of F over 0..T (the expected delay; the event may still be to come) and J that of I, so 2 J is
the mean squared delay: b (TAIL) weighs long delays, and the further events that pile up unseen. With constant h,
b = 0 and h T small, I = h T^2/2 and S = 1 - h T, and the square-root law comes out again. Dividing by w shows that only
c/w matters: one table T*(age, local hour of the week) per law and step of c/w serves all legs (`poll_table`), and a
decision is a look-up.

Around it stands what no worth decides: a floor and a ceiling of the waits (the promise at the tail), slow polls of the
silent ones, and daily ones after the end, because "delivered" is taken back more often than anyone likes. Intervals
are domain time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from math import log2, sqrt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from carriers.vocabulary import EventCode, Phase, Status
from tracking.rules.dwell import DwellLaw, DwellTables, Situation
from tracking.rules.poll_table import PollTable

# How much an hour of delay of the *next* event weighs: out for delivery leads to the delivery, the local depot and a
# failed attempt to the next round. A leg has the greatest of its status's, phase's and event's, times what is below.
STATUS_WEIGHTS: dict[Status, float] = {Status.OUT_FOR_DELIVERY: 3.0, Status.ATTEMPT_FAILED: 2.0}
EVENT_WEIGHTS: dict[EventCode, float] = {EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE: 2.0}
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
# Weighted hours of delay that one call has to save. This one comes to some four calls a day and parcel.
DEFAULT_PRICE = 1.0
# b: what an hour of delay of an hour's delay weighs; it shortens the longest delays and costs some of the mean.
TAIL = 0.3
STEPS_AN_OCTAVE = 8  # tables are solved for prices 9 % apart; in between, waits go with the root of the price
PRICES_SOLVED = (2.0**-8, 2.0**10)  # of weight 1: below, waits are a quarter of an hour; above, the ceiling
TABLES_KEPT = 1_000  # some 25 kB each

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
    """Of the waits, in hours, jitter included. `ceiling_h` is the promise at the tail: no leg waits longer, whatever a
    call costs and whoever pushes; `silent_ceiling_h` takes its place after `silent_after` without news."""

    floor_h: float = 1 / 6
    ceiling_h: float = 24.0
    silent_ceiling_h: float = 48.0
    silent_after: timedelta = timedelta(days=90)


class Schedule:
    """When legs are asked, at one price of a call. Made once a night per DwellTables; `at_price` is cheap."""

    def __init__(self, tables: DwellTables, price: float = DEFAULT_PRICE, limits: Limits | None = None) -> None:
        self.tables, self.price, self.limits = tables, price, limits or Limits()
        self._poll_tables: dict[tuple[DwellLaw, int], PollTable] = {}

    def at_price(self, price: float) -> Schedule:
        """The same at another price (weighted hours of delay a call has to save; positive); shares what is solved."""
        if price == self.price:
            return self
        other = Schedule(self.tables, price, self.limits)
        other._poll_tables = self._poll_tables
        return other

    def next_poll_at(self, state: PollState, now: datetime, jitter: float) -> datetime | None:
        """When to ask again; None (no more) only after the end. `jitter` in 0..1 spreads legs of one age over ±5 %."""
        if state.ended_at is not None and now - state.ended_at > WATCH_AFTER_END:
            return None
        wait_h = self._wait_h(state, now) * (0.95 + 0.1 * jitter)
        ceiling_h = self.limits.silent_ceiling_h if self._is_silent(state, now) else self.limits.ceiling_h
        return now + timedelta(hours=min(max(wait_h, self.limits.floor_h), ceiling_h))

    def _wait_h(self, state: PollState, now: datetime) -> float:
        if state.status.is_final:
            return self.limits.ceiling_h
        if self._is_silent(state, now) and not state.is_watched:
            return self.limits.silent_ceiling_h
        wait_h = self._best_wait_h(state, now)
        if not state.holds_parcel:
            wait_h *= NOT_HOLDING_FACTOR
        return wait_h * PUSHED_FACTOR if state.is_pushed else wait_h

    def _is_silent(self, state: PollState, now: datetime) -> bool:
        heard_at = max(state.last_event_at or state.opened_at, state.opened_at)
        return now - heard_at > self.limits.silent_after

    def _best_wait_h(self, state: PollState, now: datetime) -> float:
        least, most = PRICES_SOLVED
        relative = max(self.price / weight_of(state, now), least)
        if relative >= most:
            return self.limits.ceiling_h
        step = round(log2(relative) * STEPS_AN_OCTAVE)
        wait_h = self._poll_table(self.tables.law(situation_of(state)), step).wait_h(
            self._age_h(state, now), local_h(state.zone, now - timedelta(hours=state.lag_h))
        )
        return wait_h * sqrt(relative / 2 ** (step / STEPS_AN_OCTAVE))

    def _poll_table(self, law: DwellLaw, step: int) -> PollTable:
        kept = self._poll_tables
        table = kept.get((law, step))
        if table is None:
            price_h = 2 ** (step / STEPS_AN_OCTAVE)
            table = kept[law, step] = PollTable(law, price_h=price_h, tail=TAIL, ceiling_h=self.limits.ceiling_h)
            while len(kept) > TABLES_KEPT:
                kept.pop(next(iter(kept)), None)
        return table

    def _age_h(self, state: PollState, now: datetime) -> float:
        since = state.last_event_at or state.opened_at
        return max((now - since) / timedelta(hours=1) - state.lag_h, 0.0)


def situation_of(state: PollState) -> Situation:
    """What the dwell statistics are asked by."""
    return Situation(phase=state.phase, event_code=state.event_code, carrier=state.carrier, lane=state.lane)


def weight_of(state: PollState, now: datetime) -> float:
    """How much an hour of delay of this leg's next event weighs."""
    weight = max(STATUS_WEIGHTS.get(state.status, 1.0), PHASE_WEIGHTS.get(state.phase, 1.0))
    if state.event_code is not None:
        weight = max(weight, EVENT_WEIGHTS.get(state.event_code, 1.0))
    if state.promised_on is not None and state.promised_on - now.date() <= PROMISED_SOON:
        weight *= PROMISED_SOON_WEIGHT
    return weight * WATCHED_WEIGHT if state.is_watched else weight


def local_h(zone: str | None, at: datetime) -> float:
    """Local hour of the week, 0 to below 168, Monday 0:00 is 0."""
    local = at.astimezone(_zone(zone))
    return local.weekday() * 24 + local.hour + local.minute / 60


@lru_cache(maxsize=1_000)
def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def backoff_s(fail_count: int) -> float:
    """Machine seconds to wait after `fail_count` failed calls in a row."""
    return float(BACKOFF_S[min(max(fail_count, 1), len(BACKOFF_S)) - 1])
