"""The best wait before the next call, for one law of dwells and one relative price of a call. The reasoning stands in
`tracking.rules.schedule`."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, pairwise
from math import exp, sqrt

from tracking.rules.dwell_counts import AGE_BINS_H, WEEK_H, age_bin
from tracking.rules.dwell_law import DwellLaw

# Waits weighed against each other, hours; in the solution of V only those of half hours.
WAITS_H = (
    0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 30,
    36, 48,
)  # fmt: skip
# Ages at which the value of going on is known; in between it is interpolated.
AGES_H = (
    0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 42, 48, 54, 60, 66, 72, 84, 96, 108, 120, 132, 144,
    156, 168, 192, 216, 240, 288, 336, 432, 600, 960, 1440,
)  # fmt: skip
HALF_DAYS, HALF_WEEKS = 48, 2 * WEEK_H
UNKNOWN = 255


class PollTable:
    """T*(age, local hour of the week), worked out where it is asked for.

    The value V(age, local hour of the day) is solved when the table is made, an average day standing for every day of
    the week. A wait is then one look ahead from there with the true weekdays; it is kept for its step of ages and its
    half hour of the week, a byte each.
    """

    __slots__ = ("_kept", "_law", "_price_h", "_tail", "_value", "waits_h")

    def __init__(self, law: DwellLaw, *, price_h: float, tail: float, ceiling_h: float) -> None:
        self._law, self._price_h, self._tail = law, price_h, tail
        self.waits_h = (*(wait for wait in WAITS_H if wait < ceiling_h), ceiling_h)
        self._kept = bytearray([UNKNOWN]) * (len(AGES_H) * HALF_WEEKS)
        self._value = [array("f", [0.0] * HALF_DAYS) for _ in AGES_H]
        self._solve()

    def wait_h(self, age_h: float, local_h: float) -> float:
        """The best wait at an age and a local hour of the week."""
        index = bisect_right(AGES_H, age_h) - 1 if age_h > 0 else 0
        half = int(local_h * 2) % HALF_WEEKS
        kept = self._kept[index * HALF_WEEKS + half]
        if kept == UNKNOWN:
            kept = self._kept[index * HALF_WEEKS + half] = self._ahead(index, half)
        return self.waits_h[kept]

    def _ahead(self, index: int, half: int) -> int:
        """The best of the waits, from the middle of a step of ages and of a half hour of the week."""
        law = self._law
        age = (AGES_H[index] + AGES_H[min(index + 1, len(AGES_H) - 1)]) / 2
        start = half / 2 + 0.25
        sums = [law.activity(start + wait) for wait in (0.0, *self.waits_h)]
        active = [late - early for early, late in pairwise(sums)]
        return self._best(self._stretch(age, self.waits_h), active, self.waits_h, half + 0.5)[1]

    def _solve(self) -> None:
        """V backwards in age. Two sweeps over the hours of each age: a wait shorter than the step of ages stays there;
        the oldest age, which goes on for ever, takes more."""
        law, waits = self._law, tuple(wait for wait in self.waits_h if wait * 2 % 1 == 0)
        mean_day = sum(law.by_weekday) / 7
        sums = [0.0, *accumulate(law.by_hour[hour % 24] * mean_day for hour in range(24 + int(waits[-1]) + 2))]
        active: list[list[float]] = []
        for hour in range(24):
            at = [sums[hour], *(_between(sums, hour + wait) for wait in waits)]
            active.append([late - early for early, late in pairwise(at)])
        value = self._value
        oldest = len(AGES_H) - 1
        for index in range(oldest, -1, -1):
            row, stretch = value[index], self._stretch(AGES_H[index], waits)
            row[:] = value[index + 1] if index < oldest else array("f", [self._memoryless()] * HALF_DAYS)
            for _ in range(2 if index < oldest else 6):
                for hour in range(23, -1, -1):
                    row[2 * hour] = self._best(stretch, active[hour], waits, 2 * hour)[0]
                    row[2 * hour + 1] = (row[2 * hour] + row[(2 * hour + 2) % HALF_DAYS]) / 2

    def _memoryless(self) -> float:
        hazard = self._law.base[-1] * self._law.mean_activity
        wait = min(sqrt(2 * self._price_h / hazard), self.waits_h[-1])
        return (self._price_h + hazard * wait * wait / 2) / -(exp(-hazard * wait) - 1)

    def _stretch(self, age: float, waits: tuple[float, ...]) -> list[tuple[float, float, int, float]]:
        """For each wait from an age: hours since the wait before it, the hazard in between, and where in AGES_H the
        wait leads to (index, how far into its step)."""
        steps = []
        before = 0.0
        for wait in waits:
            to = bisect_right(AGES_H, age + wait) - 1
            into = 0.0 if to == len(AGES_H) - 1 else (age + wait - AGES_H[to]) / (AGES_H[to + 1] - AGES_H[to])
            steps.append((wait - before, self._base(age + before, age + wait), to, into))
            before = wait
        return steps

    def _base(self, early: float, late: float) -> float:
        """The mean hazard between two ages, activity left out."""
        first, last = age_bin(early), age_bin(late)
        base = self._law.base
        if first == last:
            return base[first]
        total = base[first] * (AGE_BINS_H[first + 1] - early) + base[last] * (late - AGE_BINS_H[last])
        for index in range(first + 1, last):
            total += base[index] * (AGE_BINS_H[index + 1] - AGE_BINS_H[index])
        return total / (late - early)

    def _best(
        self, stretch: list[tuple[float, float, int, float]], active: list[float], waits: tuple[float, ...], half: float
    ) -> tuple[float, int]:
        """The least cost and the wait that has it, at a half hour of the day (or week: whole days do not matter)."""
        price, tail, value = self._price_h, 2 * self._tail, self._value
        hazard_sum = gone = delay = delay_sum = 0.0
        least, best = 1e300, 0
        oldest = len(value) - 1
        for number, (hours, base, to, into) in enumerate(stretch):
            hazard_sum += base * active[number]
            survives = exp(-hazard_sum)
            # F, its integral (hours of delay) and that one's integral (half of the mean squared delay).
            grown = delay + hours * (gone + 1 - survives) / 2
            delay_sum += hours * (delay + grown) / 2
            gone, delay = 1 - survives, grown
            spent = delay + tail * delay_sum + price
            if spent > least:
                break
            then = int(half + 2 * waits[number]) % HALF_DAYS
            later = value[to][then]
            if into:
                later += into * (value[min(to + 1, oldest)][then] - later)
            cost = spent + survives * later
            if cost < least:
                least, best = cost, number
        return least, best


def _between(sums: list[float], hour: float) -> float:
    whole = int(hour)
    return sums[whole] + (hour - whole) * (sums[whole + 1] - sums[whole])
