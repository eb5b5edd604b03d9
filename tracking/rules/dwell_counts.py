"""What is counted about dwells: cells from coarse to fine, fixed age bins, and the counts of one cell. See dwell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import floor
from typing import Any, Self

from carriers.vocabulary import EventCode, Phase

# Lower edges, hours. In SQL: `width_bucket(age_h, ARRAY[...]) - 1`. Counted rows depend on them: changing an edge means
# counting anew.
AGE_BINS_H: tuple[float, ...] = (
    0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 27, 30, 33, 36, 42, 48, 54, 60, 66, 72, 84,
    96, 108, 120, 132, 144, 156, 168, 192, 216, 240, 288, 336, 384, 432, 504, 600, 720, 960, 1200, 1440,
)  # fmt: skip
BINS = len(AGE_BINS_H)
WEEK_H = 168


class Level(StrEnum):
    """How fine a cell is; the order of the members is from coarse to fine."""

    GLOBAL = "global"
    PHASE = "phase"
    CODE = "code"
    CARRIER_CODE = "carrier_code"
    LANE_CODE = "lane_code"
    CARRIER_LANE_CODE = "carrier_lane_code"


Cell = tuple[Level, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a dwell depends on: `event_code` is the leg's last event, None before the first; `phase` the stretch it is
    on then. `lane` is "CN-DE", origin and destination country, "" where one is not known."""

    phase: Phase = Phase.SELLER
    event_code: EventCode | None = None
    carrier: str = ""
    lane: str = ""


def cells_of(situation: Situation) -> tuple[Cell, ...]:
    """The cells that a dwell is counted in, coarse first: keys are the parts joined by "|", as
    `concat_ws('|', carrier, lane, phase, event_code)` makes them. Finer cells lack where their part is not known."""
    phase, carrier, lane = situation.phase.value, situation.carrier, situation.lane
    code = f"{phase}|{situation.event_code.value if situation.event_code else ''}"
    cells: list[Cell] = [(Level.GLOBAL, ""), (Level.PHASE, phase), (Level.CODE, code)]
    if carrier:
        cells.append((Level.CARRIER_CODE, f"{carrier}|{code}"))
    if lane:
        cells.append((Level.LANE_CODE, f"{lane}|{code}"))
    if carrier and lane:
        cells.append((Level.CARRIER_LANE_CODE, f"{carrier}|{lane}|{code}"))
    return tuple(cells)


def age_bin(age_h: float) -> int:
    """Which of AGE_BINS_H; an age below zero is none."""
    return max(bisect_right(AGE_BINS_H, age_h) - 1, 0)


def _zeros(size: int) -> Callable[[], list[int]]:
    return lambda: [0] * size


@dataclass(slots=True, kw_only=True)
class Counts:
    """One cell's dwells, counted. Every dwell of the cell (an event of `Situation`, its time known to the hour or
    better) is counted once:

    - `ended[i]`: the leg's next event came at an age in bin i (`age_bin`; age = next event - this event);
    - `still_open[i]`: no next event has come, and the age is in bin i now (a leg that ended, or that nobody asks for
      any more, is open with the age at which it was last asked);
    - `started_hour[h]`, `started_weekday[d]`: dwells of both kinds by local hour and weekday (Monday 0) of the event
      that began them;
    - `next_hour[h]`, `next_weekday[d]`: ended dwells by local hour and weekday of the event that ended them.

    Local is the zone of the event's own place; where it is not known the dwell is left out of the four local counts.
    One statement per level does it: GROUP BY GROUPING SETS ((key, bin, is_open), (key, started_hour), ...). Counts of
    two cells, or of two nights, add up.
    """

    ended: list[int] = field(default_factory=_zeros(BINS))
    still_open: list[int] = field(default_factory=_zeros(BINS))
    started_hour: list[int] = field(default_factory=_zeros(24))
    started_weekday: list[int] = field(default_factory=_zeros(7))
    next_hour: list[int] = field(default_factory=_zeros(24))
    next_weekday: list[int] = field(default_factory=_zeros(7))

    @property
    def dwells(self) -> int:
        """How many, ended and open."""
        return sum(self.ended) + sum(self.still_open)

    def count(self, started_h: float | None, age_h: float, *, is_open: bool = False) -> None:
        """Counts one dwell that began at this local hour of the week (Monday 0:00 is 0; None: zone not known)."""
        (self.still_open if is_open else self.ended)[age_bin(age_h)] += 1
        if started_h is None:
            return
        hour = floor(started_h) % WEEK_H
        self.started_hour[hour % 24] += 1
        self.started_weekday[hour // 24] += 1
        if not is_open:
            hour = floor(started_h + age_h) % WEEK_H
            self.next_hour[hour % 24] += 1
            self.next_weekday[hour // 24] += 1

    def add(self, other: Counts) -> None:
        """Counts what another has counted."""
        for name in self.__slots__:
            setattr(self, name, [a + b for a, b in zip(getattr(self, name), getattr(other, name), strict=True)])

    def as_json(self) -> dict[str, list[int]]:
        """Lists of whole numbers by name."""
        return {name: list(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Raises ValueError where the lists have other lengths: they were counted with other bins."""
        counts = cls(**{name: [int(number) for number in told[name]] for name in cls.__slots__})
        if any(len(getattr(counts, name)) != len(getattr(cls(), name)) for name in cls.__slots__):
            raise ValueError("dwells counted with other bins")
        return counts
