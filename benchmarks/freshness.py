"""Hours until an event is known, at equal calls: the platform's schedule against fixed, tiered and backoff intervals.

No server, no clock: made-up parcels (benchmarks.freshness_worlds) are followed by each policy from their first event
to their delivery. Whatever is learned comes from other parcels than are followed: 3,000 to learn dwells from, 300 to
tune tiers on, 500 to follow. Every policy has one knob (the schedule: its price); it is set so that all make the same
calls per parcel-day, which is checked to 2 %, on the calls of the followed parcels and without a look at their delays,
as the price controller does. The ratio of a line is the mean delay of fixed intervals by its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.calibration import scores
from benchmarks.freshness_policies import (
    TIERS_A,
    TIERS_B,
    Knob,
    Policy,
    at_budget,
    backoff,
    by_stage,
    by_status,
    fixed,
    followed,
    learned_schedule,
    tiered,
    tuned_tiers,
)
from benchmarks.freshness_worlds import CROSS_BORDER, POSTAL, WORLDS, Parcel, learned
from benchmarks.report import Figure, Report, options
from benchmarks.stage import Wrong
from tracking.rules.dwell import DwellTables
from tracking.rules.schedule import DEFAULT_PRICE, Schedule

BUDGETS = (2.0, 4.0, 6.0)  # calls per parcel-day
COLD_BUDGET = 4.0
# How many times better than fixed intervals, and than the best tiers; the p95 need only not be worse.
GOALS = {"mean": 1.4, "best tiers": 1.25, "p95": 1.0, "out for delivery": 2.0, "delivered": 2.0}
TINY_GOAL = 1.2
SAME_CALLS = 0.02
Make = Callable[[float], Policy]


def main() -> None:
    """Follows the parcels. Raises Wrong where calls are not equal, or a goal is missed in one of the two worlds that
    have goals; the noisy one is only told."""
    given = options(__doc__)
    report = Report("freshness", scores, given.json)
    if given.tiny:
        _tiny(report)
        return
    missed: list[str] = []
    for world in WORLDS:
        tables = DwellTables(learned(world.parcels(3_000, seed=1)))
        tuning, parcels = world.parcels(300, seed=2), world.parcels(500, seed=3)
        for budget in BUDGETS:
            race = Race(report, f"{world.name} B={budget:g}", parcels, budget)
            tiers = [race.run(name, make, Knob(1.0, -1)).value for name, make in _tiers(tuning, budget).items()]
            race.run("backoff", backoff, Knob(0.3 * 4 / budget, -1))
            lacking = race.missed(race.run_schedule("schedule", tables), min(tiers))
            if world in (CROSS_BORDER, POSTAL):
                missed += lacking
            if budget == COLD_BUDGET:
                race.run_schedule("schedule, nothing learned", DwellTables())
                race.run_schedule("schedule, 200 parcels", DwellTables(learned(world.parcels(200, seed=4))))
    if missed:
        raise Wrong("\n".join(["goals missed:", *missed]))


class Race:
    """Policies that follow the same parcels with the same number of calls, fixed intervals first."""

    def __init__(self, report: Report, case: str, parcels: Sequence[Parcel], budget: float) -> None:
        self._report, self._case, self._parcels, self._budget = report, case, parcels, budget
        self.base: Figure | None = None
        self.base = self.run("fixed", fixed, Knob(24 / budget, -1))

    def run(self, name: str, make: Make, start: Knob) -> Figure:
        """One policy's figures, told."""
        knob = at_budget(self._parcels, make, self._budget, start)
        told = followed(self._parcels, make(knob.value)).figures()
        if abs(told["calls"] / self._budget - 1) > SAME_CALLS:
            raise Wrong(f"{self._case} {name}: {told['calls']:.3f} calls per parcel-day")
        mean = told.pop("mean_h")
        ratio = self.base.value / mean if self.base else None
        case = f"{self._case} {name}"
        return self._report.add(case, mean, "h", versus=self.base, ratio=ratio, knob=knob.value, **told)

    def run_schedule(self, name: str, tables: DwellTables) -> Figure:
        """The platform's rule with these tables."""
        schedule = Schedule(tables)
        start = Knob(DEFAULT_PRICE * (4 / self._budget) ** 2.5, -0.4)
        return self.run(name, lambda price: learned_schedule(schedule.at_price(price)), start)

    def missed(self, ours: Figure, best_tiers_h: float) -> list[str]:
        """The goals that are not reached; prints all ratios."""
        base = self.base or ours
        reached = {"mean": base.value / ours.value, "best tiers": best_tiers_h / ours.value}
        for name in ("p95", "out_for_delivery", "delivered"):
            reached[name.replace("_", " ")] = float(base.details[f"{name}_h"]) / float(ours.details[f"{name}_h"])
        missed = [name for name, goal in GOALS.items() if reached[name] < goal]
        told = (f"{name} {ratio:.2f} x ({GOALS[name]:g})" for name, ratio in reached.items())
        print(f"      {' · '.join(told)}: {'missed ' + ', '.join(missed) if missed else 'all goals reached'}")
        return [f"{self._case}: {name} {reached[name]:.2f}, {GOALS[name]:g} wanted" for name in missed]


def _tiers(tuning: Sequence[Parcel], budget: float) -> dict[str, Make]:
    status = tuned_tiers(tuning, by_status, 24 / budget, rounds=6)
    stage = tuned_tiers(tuning, by_stage, 24 / budget, rounds=6)
    return {
        "tiers A 12/6/12/6/4/1.5 h": lambda scale: tiered(TIERS_A, by_stage, scale),
        "tiers B 24/6/6/6/4/2 h": lambda scale: tiered(TIERS_B, by_stage, scale),
        "tiers by status, tuned": lambda scale: tiered(status, by_status, scale),
        "tiers by phase, tuned": lambda scale: tiered(stage, by_stage, scale),
    }


def _tiny(report: Report) -> None:
    """A few parcels of one world at one budget: shows that it runs, and that the schedule is better than nothing."""
    parcels = POSTAL.parcels(60, seed=3)
    tables = DwellTables(learned(POSTAL.parcels(400, seed=1)))
    race = Race(report, "postal B=4", parcels, 4)
    levels = tuned_tiers(parcels, by_status, 6.0, rounds=2)
    race.run("tiers", lambda scale: tiered(levels, by_status, scale), Knob(1, -1))
    ours = race.run_schedule("schedule", tables)
    if (ours.ratio or 0) < TINY_GOAL:
        raise Wrong(f"the schedule is only {ours.ratio:.2f} times better than fixed intervals")


if __name__ == "__main__":
    main()
