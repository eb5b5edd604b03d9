"""The best wait before the next call, for one law of dwells and one relative price of a call. The reasoning stands in
`tracking.rules.schedule`."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import exp, inf, sqrt

from tracking.rules.dwell_counts import AGE_BINS_H, WEEK_H, age_bin
from tracking.rules.dwell_law import DwellLaw

# Waits weighed against each other, hours; in the solution of V only those of half hours.
WAITS_H = (
    0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 30,
    36, 48,
)  # fmt: skip
# Ages at which the value of going on is known; in between it is interpolated.
AGES_H = (
    0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 30, 36, 42, 48, 60, 72, 84, 96, 108, 120, 132, 144, 168, 192, 216, 240,
    288, 384, 600, 1440,
)  # fmt: skip
SWEEPS, SETTLED = 8, 0.1  # at most; when no V moves by that part of a call's price
SAME = 1 + 1e-6
Place = tuple[int, float]  # the age below in AGES_H, and how far into the step to the next
_BETWEEN_H = tuple((age + older) / 2 for age, older in pairwise(AGES_H))
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
        index = bisect_right(_BETWEEN_H, age_h)
        half = int(local_h * 2) % HALF_WEEKS
        kept = self._kept[index * HALF_WEEKS + half]
        if kept == UNKNOWN:
            kept = self._kept[index * HALF_WEEKS + half] = self._ahead(index, half)
        return self.waits_h[kept]

    def _ahead(self, index: int, half: int) -> int:
        """The best of the waits, from one of the ages (where V is known, not interpolated: between two ages of very
        different V, a short wait would always seem to pay) and the middle of a half hour of the week."""
        law, age, start = self._law, AGES_H[index], half / 2 + 0.25
        active = _differences([law.activity(start + wait) for wait in (0.0, *self.waits_h)])
        later = (self._on_a_weekday(age + wait, start + wait) for wait in self.waits_h)
        return self._best(self._stretch(age, self.waits_h), active, later)[1]

    def _on_a_weekday(self, age: float, local_h: float) -> float:
        """V, which knows average days alone, on a weekday: to go on from a Sunday on which nothing happens is to go on
        from Monday, and a Sunday on which half of the usual happens is taken for half of each."""
        by_weekday = self._law.by_weekday
        value, part = 0.0, 1.0
        for _ in range(3):
            busy = min(by_weekday[int(local_h) // 24 % 7] * 7 / sum(by_weekday), 1.0)
            value += part * busy * self._value_at(_place(age), int(2 * local_h) % HALF_DAYS)
            part *= 1 - busy
            if part < 0.02:
                break
            tomorrow_h = (local_h // 24 + 1) * 24
            age, local_h = age + tomorrow_h - local_h, tomorrow_h
        return value + part * self._value_at(_place(age), 0)

    def _value_at(self, place: Place, half: int) -> float:
        index, into = place
        value = self._value[index][half]
        return value + into * (self._value[index + 1][half] - value) if into else value

    def _solve(self) -> None:
        """V backwards in age, and in the hours of each age. Where a wait leads past midnight and back to the same age,
        the sweep over the hours is repeated until V has settled."""
        law, waits = self._law, tuple(wait for wait in self.waits_h if wait * 2 % 1 == 0)
        mean_day = sum(law.by_weekday) / 7
        sums = [0.0, *accumulate(law.by_hour[hour % 24] * mean_day for hour in range(24 + int(waits[-1]) + 2))]
        active = [_differences([_between(sums, hour + wait) for wait in (0, *waits)]) for hour in range(24)]
        landings = [[int(2 * (hour + wait)) % HALF_DAYS for wait in waits] for hour in range(24)]
        for index in range(len(AGES_H) - 1, -1, -1):
            age, row = AGES_H[index], self._value[index]
            step_h = AGES_H[index + 1] - age if index < len(AGES_H) - 1 else inf
            stretch = self._stretch(age, waits)
            ways = [
                (self._value[to], self._value[min(to + 1, len(AGES_H) - 1)], into)
                for to, into in (_place(age + wait) for wait in waits)
            ]
            row[:] = self._at_most(index, step_h)
            for _ in range(SWEEPS):
                moved, is_stale = 0.0, False
                for hour in range(23, -1, -1):
                    later = (
                        below[then] + into * (above[then] - below[then])
                        for (below, above, into), then in zip(ways, landings[hour], strict=True)
                    )
                    cost, best = self._best(stretch, active[hour], later)
                    moved = max(moved, row[2 * hour] - cost)
                    # Later hours of the same day are solved already.
                    is_stale = is_stale or (waits[best] < step_h and hour + waits[best] >= 24)
                    row[2 * hour] = cost
                    row[2 * hour + 1] = (cost + row[(2 * hour + 2) % HALF_DAYS]) / 2
                if not is_stale or moved < SETTLED * self._price_h:
                    break

    def _at_most(self, index: int, step_h: float) -> array[float]:
        """What it costs to wait by the square-root law at the busiest hour's hazard until the next of the ages, and the
        best from there: as much as the best or more. Value iteration has to come from above; from below, one more call
        would lead to where going on seems to cost nothing."""
        law, price = self._law, self._price_h
        hazard = law.base_at(AGES_H[index]) * max(law.by_hour)
        wait = min(max(sqrt(2 * price / hazard), self.waits_h[0]), self.waits_h[-1])
        an_hour = price / wait + hazard * wait * (1 / 2 + self._tail * wait / 3)
        if step_h == inf:
            return array("f", [an_hour / law.base_at(AGES_H[index])] * HALF_DAYS)
        then, ahead = self._value[index + 1], int(2 * step_h)
        return array("f", [an_hour * step_h + then[(half + ahead) % HALF_DAYS] for half in range(HALF_DAYS)])

    def _stretch(self, age: float, waits: Sequence[float]) -> list[tuple[float, float]]:
        """The way through the waits from an age: hours since the wait before, and the hazard in between."""
        steps, before = [], 0.0
        for wait in waits:
            steps.append((wait - before, self._base(age + before, age + wait)))
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
        self, stretch: list[tuple[float, float]], active: list[float], later: Iterator[float]
    ) -> tuple[float, int]:
        """The least cost and the wait that has it; `later` is V where each wait leads to, made as it is needed."""
        price, tail = self._price_h, 2 * self._tail
        hazard_sum = gone = delay = delay_sum = 0.0
        least, best = inf, 0
        for number, (hours, base) in enumerate(stretch):
            hazard_sum += base * active[number]
            survives = exp(-hazard_sum)
            # F, its integral (hours of delay) and that one's integral (half of the mean squared delay).
            grown = delay + hours * (gone + 1 - survives) / 2
            delay_sum += hours * (delay + grown) / 2
            gone, delay = 1 - survives, grown
            spent = delay + tail * delay_sum + price
            if spent > least:
                break
            cost = spent + survives * next(later)
            if cost <= least * SAME:  # of equal ones the longest
                least, best = min(cost, least), number
        return least, best


def _place(age_h: float) -> Place:
    """The oldest age stands for all beyond."""
    index = bisect_right(AGES_H, age_h) - 1
    if index == len(AGES_H) - 1:
        return index, 0.0
    return index, (age_h - AGES_H[index]) / (AGES_H[index + 1] - AGES_H[index])


def _differences(sums: list[float]) -> list[float]:
    return [late - early for early, late in pairwise(sums)]


def _between(sums: list[float], hour: float) -> float:
    whole = int(hour)
    return sums[whole] + (hour - whole) * (sums[whole + 1] - sums[whole])
