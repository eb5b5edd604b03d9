"""Made-up worlds of parcels, for benchmarks.freshness: what happens to a parcel, when, and where.

`cross_border`: dwell times invented (no source), made to have 13.4 events and 15.4 days on average, air transit of 132
hours in the median, 6 % held by customs, 8 % of rounds that fail; people work from 07 to 21 local time, every day.

`postal`: the stage times published on 1,119,440 inbound items of a national post (Algérie Poste; quartiles in days:
posting to bag 0.41/2.58/5.55, bag to dispatch 0.86/1.22/1.95, dispatch to inward office of exchange 5.80/9.75/16.5,
office of exchange to sent on 0.03/0.08/0.92, sent on to delivery office 1.97/3.01/4.95), 1.5 % with customs events and
69 % with a failed attempt. What is not published is assumed: a day to the round, hours of the round, 21 hours from an
attempt to the next; offices from 07 to 21, closed on Sundays; at most 25 days for the two stages whose published
mean (3.4 and 1.2 days) a log-normal tail would exceed.

`noisy`: the first one with hubs that scan day and night, and dwells spread wider (sigma 0.8 for 0.6): less to foresee.

A dwell that people end is drawn in hours of the calendar and spent in hours of work, so that its mean length stays and
its end falls into working hours; flights land at any hour.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp, inf, log
from statistics import NormalDist
from zoneinfo import ZoneInfo

from carriers.vocabulary import EventCode as Code
from carriers.vocabulary import Phase
from tracking.rules.dwell import Cell, Counts, Situation, cells_of

START = datetime(2026, 3, 2, tzinfo=UTC)
OPENS, CLOSES = 7, 21
Z75 = NormalDist().inv_cdf(0.75)


@dataclass(frozen=True, slots=True)
class Scan:
    """An event: hours since START, and where."""

    at_h: float
    code: Code
    zone: str

    @property
    def phase(self) -> Phase:
        """Of its code: every code used here has one."""
        return self.code.phase or Phase.SELLER


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel's events in order; the last is its delivery."""

    scans: tuple[Scan, ...]
    lane: str

    @property
    def days(self) -> float:
        """From the first event to the last."""
        return (self.scans[-1].at_h - self.scans[0].at_h) / 24


@dataclass(frozen=True, slots=True)
class Stage:
    """Quartiles in hours of the time until `code`, and how it comes about."""

    code: Code
    quartiles: tuple[float, float, float]
    is_manned: bool = True
    most_h: float = inf

    def draw(self, rng: random.Random) -> float:
        """Log-normal on either side of the median, so that all three quartiles are met; more than `most_h` is drawn
        anew."""
        low, middle, high = (log(quartile) for quartile in self.quartiles)
        while True:
            z = rng.gauss(0, 1)
            hours = exp(middle + z * ((high - middle) if z > 0 else (middle - low)) / Z75)
            if hours <= self.most_h:
                return hours


@dataclass(frozen=True, slots=True)
class World:
    """Draws parcels."""

    name: str
    works_on: frozenset[int]  # weekdays, Monday 0
    origin: str  # zone
    destinations: tuple[tuple[str, str], ...]  # lane, zone
    way: Callable[[random.Random], Iterator[tuple[Stage, bool]]]  # stages, and whether they are at the destination

    def parcels(self, count: int, seed: int) -> list[Parcel]:
        """The same ones for the same seed."""
        rng = random.Random(f"{self.name} {seed}")
        return [self._parcel(rng) for _ in range(count)]

    def _parcel(self, rng: random.Random) -> Parcel:
        lane, there = rng.choice(self.destinations)
        at_h = rng.uniform(0, 28 * 24)
        scans = [Scan(at_h, Code.SELLER_LABEL_CREATED, self.origin)]
        for stage, is_there in self.way(rng):
            zone = there if is_there else self.origin
            hours = stage.draw(rng)
            at_h = self._worked(at_h, hours, zone) if stage.is_manned else at_h + hours
            scans.append(Scan(at_h, stage.code, zone))
        return Parcel(tuple(scans), lane)

    def _worked(self, at_h: float, hours: float, zone: str) -> float:
        """When so many hours of the calendar are done, at the pace of the working hours."""
        day = CLOSES - OPENS
        left = hours * day * len(self.works_on) / 168
        week_h = hour_of_week(at_h, zone)
        now = week_h
        while True:
            weekday = now // 24
            opens, closes = weekday * 24 + OPENS, weekday * 24 + CLOSES
            if int(weekday) % 7 in self.works_on and now < closes:
                now = max(now, opens)
                if left <= closes - now:
                    return at_h + now + left - week_h
                left -= closes - now
            now = (weekday + 1) * 24


def hour_of_week(at_h: float, zone: str) -> float:
    """Local, Monday 0:00 is 0."""
    local = (START + timedelta(hours=at_h)).astimezone(ZoneInfo(zone))
    return local.weekday() * 24 + local.hour + local.minute / 60 + local.second / 3600


def learned(parcels: Sequence[Parcel]) -> dict[Cell, Counts]:
    """The parcels' dwells as the nightly job counts them, all levels."""
    counts: dict[Cell, Counts] = {}
    for parcel in parcels:
        for scan, following in pairwise(parcel.scans):
            started = hour_of_week(scan.at_h, scan.zone)
            situation = Situation(phase=scan.phase, event_code=scan.code, carrier="", lane=parcel.lane)
            for cell in cells_of(situation):
                counts.setdefault(cell, Counts()).count(started, following.at_h - scan.at_h)
    return counts


def _median(code: Code, median_h: float, sigma: float = 0.6, *, is_manned: bool = True) -> Stage:
    return Stage(code, (median_h * exp(-Z75 * sigma), median_h, median_h * exp(Z75 * sigma)), is_manned)


_RELEASED_AFTER_HOLD = _median(Code.IMPORT_CUSTOMS_RELEASED, 72, 0.8)
Way = Iterator[tuple[Stage, bool]]


def _cross_border(rng: random.Random, sigma: float = 0.6, hubs_sleep: bool = True) -> Way:
    yield _median(Code.FIRST_MILE_PICKED_UP, 28, sigma), False
    yield _median(Code.FIRST_MILE_ARRIVED_HUB, 14, sigma, is_manned=hubs_sleep), False
    yield _median(Code.FIRST_MILE_ARRIVED_EXPORT_OFFICE, 22, sigma, is_manned=hubs_sleep), False
    yield _median(Code.EXPORT_CUSTOMS_RELEASED, 20, sigma), False
    yield _median(Code.LINEHAUL_DEPARTED, 20, sigma, is_manned=False), False
    yield _median(Code.LINEHAUL_ARRIVED, 132, 0.35, is_manned=False), True
    yield _median(Code.IMPORT_CUSTOMS_PRESENTED, 10, sigma), True
    if rng.random() < 0.06:
        yield _median(Code.IMPORT_CUSTOMS_HELD, 8, sigma), True
        yield _RELEASED_AFTER_HOLD, True
    else:
        yield _median(Code.IMPORT_CUSTOMS_RELEASED, 18, sigma), True
    yield _median(Code.LAST_MILE_HANDED_OVER, 15, sigma, is_manned=hubs_sleep), True
    if rng.random() < 0.15:
        yield _median(Code.LAST_MILE_ARRIVED_HUB, 14, sigma, is_manned=hubs_sleep), True
    yield _median(Code.LAST_MILE_ARRIVED_DELIVERY_OFFICE, 16, sigma, is_manned=hubs_sleep), True
    yield _median(Code.LAST_MILE_OUT_FOR_DELIVERY, 14, sigma), True
    while rng.random() < 0.08:
        yield _median(Code.LAST_MILE_ATTEMPT_FAILED_ABSENT, 5, 0.5), True
        yield _median(Code.LAST_MILE_OUT_FOR_DELIVERY, 20, 0.4), True
    yield _median(Code.LAST_MILE_DELIVERED, 5, 0.5), True


def _noisy(rng: random.Random) -> Way:
    return _cross_border(rng, 0.8, hubs_sleep=False)


def _days(code: Code, low: float, middle: float, high: float, most: float = inf) -> Stage:
    return Stage(code, (low * 24, middle * 24, high * 24), True, most * 24)


def _postal(rng: random.Random) -> Way:
    yield _median(Code.FIRST_MILE_PICKED_UP, 20), False
    yield _days(Code.FIRST_MILE_ARRIVED_EXPORT_OFFICE, 0.41, 2.58, 5.55, 25), False
    yield _days(Code.LINEHAUL_DEPARTED_EXPORT_OFFICE, 0.86, 1.22, 1.95), False
    yield _days(Code.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, 5.80, 9.75, 16.5), True
    if rng.random() < 0.015:
        yield _median(Code.IMPORT_CUSTOMS_HELD, 20), True
        yield _RELEASED_AFTER_HOLD, True
    yield _days(Code.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE, 0.03, 0.08, 0.92, 25), True
    yield _days(Code.LAST_MILE_ARRIVED_DELIVERY_OFFICE, 1.97, 3.01, 4.95), True
    yield _median(Code.LAST_MILE_OUT_FOR_DELIVERY, 24), True
    fails = rng.random() < 0.69
    while fails:
        yield _median(Code.LAST_MILE_ATTEMPT_FAILED_ABSENT, 5, 0.5), True
        yield _median(Code.LAST_MILE_OUT_FOR_DELIVERY, 21), True
        fails = rng.random() < 0.2
    yield _median(Code.LAST_MILE_DELIVERED, 5, 0.5), True


EVERY_DAY = frozenset(range(7))
LANES = (("CN-DE", "Europe/Berlin"), ("CN-GB", "Europe/London"), ("CN-US", "America/Chicago"))
CROSS_BORDER = World("cross_border", EVERY_DAY, "Asia/Shanghai", LANES, _cross_border)
POSTAL = World("postal", EVERY_DAY - {6}, "Asia/Shanghai", (("CN-DZ", "Africa/Algiers"),), _postal)
NOISY = World("noisy", EVERY_DAY, "Asia/Shanghai", LANES, _noisy)
WORLDS = (CROSS_BORDER, POSTAL, NOISY)
