"""When a parcel's carrier is asked, by several policies, and what comes of it; for benchmarks.freshness."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf, log
from typing import NamedTuple

from benchmarks.freshness_worlds import START, Parcel, Scan
from carriers.vocabulary import EventCode, Phase, Status
from tracking.rules.schedule import PollState, Schedule

# Hours to wait, given the last event that is known, now in hours since START, and the parcel's lane.
Policy = Callable[[Scan, float, str], float]


class Knob(NamedTuple):
    """What sets a policy's calls, which go with this power of it, or so."""

    value: float
    power: float


@dataclass(slots=True)
class Outcome:
    """Delays in hours of every event of some parcels, and the calls they took."""

    calls: int = 0
    days: float = 0.0
    delays: list[float] = field(default_factory=list)
    out_for_delivery: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Calls per parcel-day."""
        return self.calls / self.days

    @property
    def mean(self) -> float:
        """Mean delay of an event."""
        return sum(self.delays) / len(self.delays)

    def figures(self) -> dict[str, float]:
        """Hours, and calls per parcel-day."""
        delays = sorted(self.delays)
        return {
            "mean_h": self.mean,
            "p95_h": delays[int(len(delays) * 0.95)],
            "out_for_delivery_h": sum(self.out_for_delivery) / len(self.out_for_delivery),
            "delivered_h": sum(self.delivered) / len(self.delivered),
            "calls": self.rate,
        }


def followed(parcels: Sequence[Parcel], policy: Policy, seed: int = 1) -> Outcome:
    """Every parcel asked for from its first event until its delivery is known.

    A parcel is registered, and its first event known, within six hours of that event; from there on every call counts.
    """
    outcome, rng = Outcome(), random.Random(seed)
    for parcel in parcels:
        now, known, scans = parcel.scans[0].at_h + rng.uniform(0, 6), 1, parcel.scans
        outcome.days += parcel.days
        while True:
            outcome.calls += 1
            while known < len(scans) and scans[known].at_h <= now:
                _tell(outcome, scans[known], now)
                known += 1
            if known == len(scans):
                break
            now += policy(scans[known - 1], now, parcel.lane)
    return outcome


def _tell(outcome: Outcome, scan: Scan, now: float) -> None:
    delay = now - scan.at_h
    outcome.delays.append(delay)
    if scan.code is EventCode.LAST_MILE_OUT_FOR_DELIVERY:
        outcome.out_for_delivery.append(delay)
    elif scan.code is EventCode.LAST_MILE_DELIVERED:
        outcome.delivered.append(delay)


def fixed(hours: float) -> Policy:
    """The same wait always, ±5 %: else all would be asked in the phase of their registration."""
    rng = random.Random(7)
    return lambda *_: hours * rng.uniform(0.95, 1.05)


def tiered(levels: Mapping[str, float], tier_of: Callable[[Scan], str], scale: float = 1.0) -> Policy:
    """A wait for each tier, ±5 %."""
    rng = random.Random(7)
    return lambda scan, *_: levels[tier_of(scan)] * scale * rng.uniform(0.95, 1.05)


def backoff(scale: float) -> Policy:
    """3, 6, 12, 24 hours after an event, times the scale, ±5 %."""
    rng = random.Random(7)

    def wait(scan: Scan, now: float, *_: str) -> float:
        silent, due = (now - scan.at_h) / scale, 0.0
        step = 0.0
        for step in (3, 6, 12, 24):
            due += step
            if silent < due:
                break
        return step * scale * rng.uniform(0.95, 1.05)

    return wait


def learned_schedule(schedule: Schedule) -> Policy:
    """The platform's rule itself."""
    rng = random.Random(7)

    def wait(scan: Scan, now: float, lane: str) -> float:
        at = START + timedelta(hours=now)
        state = PollState(
            status=scan.code.status or Status.IN_TRANSIT,
            holds_parcel=True,
            ended_at=None,
            last_event_at=START + timedelta(hours=scan.at_h),
            opened_at=START,
            phase=scan.phase,
            event_code=scan.code,
            lane=lane,
            zone=scan.zone,
        )
        due = schedule.next_poll_at(state, at, rng.random())
        return (due - at) / timedelta(hours=1) if due else inf

    return wait


def by_status(scan: Scan) -> str:
    """The tiers of a system that knows statuses alone."""
    return (scan.code.status or Status.IN_TRANSIT).value


def by_stage(scan: Scan) -> str:
    """Finer: the phase, and the round."""
    if scan.code.status in (Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED):
        return scan.code.status.value
    return scan.phase.value


_STAGES = (*(phase.value for phase in Phase), Status.OUT_FOR_DELIVERY.value, Status.ATTEMPT_FAILED.value)
TIERS_A = dict.fromkeys(_STAGES, 6.0) | {"seller": 12.0, "linehaul": 12.0, "last_mile": 4.0, "out_for_delivery": 1.5}
TIERS_B = dict.fromkeys(_STAGES, 6.0) | {"seller": 24.0, "last_mile": 4.0, "out_for_delivery": 2.0}


def tuned_tiers(
    parcels: Sequence[Parcel], tier_of: Callable[[Scan], str], start_h: float, rounds: int
) -> dict[str, float]:
    """The levels with the least mean delay for their calls: every level in turn, by ever smaller factors.

    Delay goes with the reciprocal of calls, so their product compares levels of different budgets; the scale is set to
    the budget later.
    """
    levels = {tier_of(scan): start_h for parcel in parcels for scan in parcel.scans[:-1]}
    best = _product(parcels, levels, tier_of)
    for number in range(rounds):
        factor = (2.0, 1.5, 1.5, 1.25, 1.25, 1.1)[min(number, 5)]
        for tier, level in tuple(levels.items()):
            for change in (factor, 1 / factor):
                tried = levels | {tier: level * change}
                product = _product(parcels, tried, tier_of)
                if product < best:
                    levels, best = tried, product
                    break
    return levels


def _product(parcels: Sequence[Parcel], levels: Mapping[str, float], tier_of: Callable[[Scan], str]) -> float:
    outcome = followed(parcels, tiered(levels, tier_of))
    return outcome.mean * outcome.rate


def at_budget(parcels: Sequence[Parcel], make: Callable[[float], Policy], budget: float, start: Knob) -> Knob:
    """The knob at which a policy makes so many calls per parcel-day, to 0.3 %. Delays are not looked at."""
    knob, tried = start.value, []
    for _ in range(12):
        rate = followed(parcels, make(knob)).rate
        tried.append((abs(log(rate / budget)), knob))
        if tried[-1][0] < 0.003:
            break
        knob *= (budget / rate) ** (1 / start.power)
    return Knob(min(tried)[1], start.power)
