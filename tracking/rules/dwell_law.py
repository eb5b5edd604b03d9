"""The law of one cell's dwells, and how it is fitted: a discrete Kaplan-Meier estimate with the open dwells, times
factors of the local hour and weekday, shrunk to the parent cell's law."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from math import exp, floor, inf, log

from tracking.rules.dwell_counts import AGE_BINS_H, BINS, WEEK_H, Counts, age_bin

SHRINK = 20.0  # pseudo-dwells that follow the parent's law
SHRINK_LOCAL = 3.0  # pseudo-events of each local hour or weekday, in proportion to the parent's factors
SETTLED_STEPS = 96  # half hours after which the local hour of the start no longer matters
ROUNDS = 3  # of fitting ages and hours in turn: the changes of a fourth are below a percent
MIN_HAZARD = 1e-6  # per hour: nothing is certain never to end
_EDGES = (*AGE_BINS_H, AGE_BINS_H[-1] * 2)
WIDTHS_H = tuple(b - a for a, b in pairwise(_EDGES))


class DwellLaw:
    """Hazard per hour by age bin, factors by local hour and weekday, and their sums for fast look-ups."""

    __slots__ = ("_activity", "_cumulative", "base", "by_hour", "by_weekday", "mean_activity")

    def __init__(self, base: tuple[float, ...], by_hour: tuple[float, ...], by_weekday: tuple[float, ...]) -> None:
        self.base, self.by_hour, self.by_weekday = base, by_hour, by_weekday
        week = [by_hour[hour % 24] * by_weekday[hour // 24] for hour in range(WEEK_H)]
        self._activity = (0.0, *accumulate(week))
        self.mean_activity = self._activity[-1] / WEEK_H
        steps = (hazard * width * self.mean_activity for hazard, width in zip(base, WIDTHS_H, strict=True))
        self._cumulative = (0.0, *accumulate(steps))

    def activity(self, local_h: float) -> float:
        """The factors summed from Monday 0:00 to this local hour of the week, which may go beyond one week."""
        weeks, hour_of_week = divmod(local_h, WEEK_H)
        hour = int(hour_of_week)
        sums = self._activity
        return weeks * sums[-1] + sums[hour] + (hour_of_week - hour) * (sums[hour + 1] - sums[hour])

    def base_at(self, age_h: float) -> float:
        """Per hour, at an age and a factor of 1."""
        return self.base[age_bin(age_h)]

    def hazard(self, age_h: float, *, local_h: float | None = None) -> float:
        """Per hour, at an age; at a local hour of the week where it is given."""
        base = self.base_at(age_h)
        if local_h is None:
            return base * self.mean_activity
        hour = floor(local_h) % WEEK_H
        return base * self.by_hour[hour % 24] * self.by_weekday[hour // 24]

    def cumulative(self, age_h: float) -> float:
        """The hazard summed from the start to an age, the local time left out."""
        if age_h <= 0:
            return 0.0
        index = bisect_right(AGE_BINS_H, age_h) - 1
        return self._cumulative[index] + self.base[index] * self.mean_activity * (age_h - AGE_BINS_H[index])

    def survival(self, age_h: float, *, given_age_h: float = 0.0) -> float:
        """The chance to get older than `age_h` for one that is `given_age_h` old."""
        return exp(min(0.0, self.cumulative(given_age_h) - self.cumulative(age_h)))

    def quantile(self, q: float, *, given_age_h: float = 0.0) -> float:
        """The age that the share `q` of those `given_age_h` old do not exceed, hours; `q` in 0..1."""
        if q >= 1.0:
            return inf
        wanted = self.cumulative(given_age_h) - log(1.0 - max(q, 0.0))
        index = min(bisect_right(self._cumulative, wanted) - 1, BINS - 1)
        return AGE_BINS_H[index] + (wanted - self._cumulative[index]) / (self.base[index] * self.mean_activity)


def fitted(counts: Counts, parent: DwellLaw) -> DwellLaw:
    """The law of a cell: what was counted, and SHRINK dwells of its parent's law.

    Ages and local hours are fitted in turn (Poisson likelihood of a log-linear model; iterative proportional fitting
    solves its equations): an age's hazard is its events by the *active* hours at risk, an hour's factor is its events
    by those that the ages alone would lead one to expect. Without that the night would be told twice: by the hour, and
    by the ages at which it falls for parcels that all started in the morning.
    """
    base, by_hour = list(parent.base), parent.by_hour
    at_risk = _at_risk(counts)
    by_weekday = _weekdays(counts, parent)
    seen_local = sum(counts.next_hour)
    for _ in range(ROUNDS if seen_local else 1):
        exposure, expected = _exposure(counts.started_hour, at_risk, base, by_hour)
        if seen_local:
            due_in_all = sum(due * factor for due, factor in zip(expected, by_hour, strict=True))
            scale = seen_local / due_in_all if due_in_all else 0.0
            factors = [
                (seen + SHRINK_LOCAL * factor) / (due * scale + SHRINK_LOCAL)
                for seen, due, factor in zip(counts.next_hour, expected, parent.by_hour, strict=True)
            ]
            by_hour = tuple(factor * 24 / sum(factors) for factor in factors)
            exposure, _ = _exposure(counts.started_hour, at_risk, base, by_hour)
        base = _shrunk(counts.ended, exposure, parent)
    return DwellLaw(tuple(base), by_hour, by_weekday)


def _at_risk(counts: Counts) -> list[float]:
    """Dwells that reached each bin's lower edge, and 0 beyond the last."""
    leaving = [ended + still for ended, still in zip(counts.ended, counts.still_open, strict=True)]
    return [*reversed(list(accumulate(reversed(leaving)))), 0.0]


def _shrunk(ended: list[int], exposure: list[float], parent: DwellLaw) -> list[float]:
    base, surviving = [], 1.0
    for index, width in enumerate(WIDTHS_H):
        hazard = parent.base[index]
        left = surviving * exp(-hazard * width * parent.mean_activity)
        pseudo = SHRINK * (surviving - left)
        surviving = left
        # Pseudo-events and the active hours in which the parent's law has so many: only their quotient matters late on.
        told, hours = ended[index] + pseudo, exposure[index] + pseudo / hazard
        base.append(max(told / hours, MIN_HAZARD) if hours > 0 else hazard)
    return base


def _exposure(
    started: list[int], at_risk: list[float], base: list[float], by_hour: tuple[float, ...]
) -> tuple[list[float], list[float]]:
    """Active hours at risk by age bin, and the events that the ages alone lead one to expect, by local hour.

    Parcels that start in the morning reach the night together, so the first two days are walked through by local hour
    of the start; later, every hour of the day is as good as another.
    """
    exposure, expected = [0.0] * BINS, [0.0] * 24
    shares = [float(count) for count in started] if sum(started) else [1.0] * 24
    index = 0
    for step in range(SETTLED_STEPS):
        age = step / 2
        while _EDGES[index + 1] <= age:
            index += 1
        into = (age + 0.25 - _EDGES[index]) / WIDTHS_H[index]
        hours = 0.5 * (at_risk[index] + into * (at_risk[index + 1] - at_risk[index]))
        total = sum(shares)
        if hours <= 0 or total <= 0:
            break
        # A dwell that started somewhere within hour s is in hour s or s+1 half an hour later.
        for start in range(24):
            share = shares[start] / total * hours
            hour = (2 * start + 1 + step) // 2 % 24
            factor = by_hour[hour]
            exposure[index] += share * factor
            expected[hour] += share * base[index]
            shares[start] *= exp(-min(base[index] * factor * 0.5, 50.0))
    for late in range(bisect_right(AGE_BINS_H, SETTLED_STEPS / 2) - 1, BINS):
        hours = WIDTHS_H[late] * (at_risk[late] + at_risk[late + 1]) / 2
        exposure[late] += hours
        for hour in range(24):
            expected[hour] += hours * base[late] / 24
    return exposure, expected


def _weekdays(counts: Counts, parent: DwellLaw) -> tuple[float, ...]:
    """Events by weekday against those that the starts' weekdays and the ages lead one to expect."""
    started = sum(counts.started_weekday)
    if not started or not sum(counts.next_weekday):
        return parent.by_weekday
    ended = sum(counts.ended)
    expected = [0.0] * 7
    for index, count in enumerate(counts.ended):
        if not count:
            continue
        days = (_EDGES[index] + _EDGES[index + 1]) / 48
        told = count * sum(counts.next_weekday) / ended / started
        for weekday, starts in enumerate(counts.started_weekday):
            first, part = divmod(days, 1)
            expected[(weekday + int(first)) % 7] += told * starts * (1 - part)
            expected[(weekday + int(first) + 1) % 7] += told * starts * part
    return tuple(
        (seen + SHRINK_LOCAL * factor) / (due + SHRINK_LOCAL)
        for seen, due, factor in zip(counts.next_weekday, expected, parent.by_weekday, strict=True)
    )
