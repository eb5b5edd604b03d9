"""What a limit still allows: whatever a carrier counts, calendar windows or sliding ones, it sees at most its limit."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from carriers.facts import Limit, Per
from tracking.rules import windows
from tracking.rules.windows import Used

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
GERMAN_DAY = Limit(calls=250, per=Per.DAY, zone="Europe/Berlin")


def asked_as_fast_as_allowed(limits: tuple[Limit, ...], steps: int, step_s: float, seed: int) -> list[float]:
    """When the calls arrive: granted whenever there is room, late by anything that a grant allows."""
    random, used, now, arrivals = Random(seed), Used(), NOON, []
    late_s = 2 * windows.good_for_s(limits)
    for _ in range(steps):
        now += timedelta(seconds=random.expovariate(1 / step_s))
        windows.forget(used, limits, now)
        room = min(limit.calls - windows.counted(used, limit, now) for limit in limits)
        calls = min(room, random.randint(1, 20))
        windows.spend(used, limits, now, calls)
        arrivals += [now.timestamp() + random.uniform(0, late_s) for _ in range(calls)]
    return sorted(arrivals)


def most_in(arrivals: list[float], length_s: float) -> int:
    """Of any stretch of this length, the end not counted."""
    first, most = 0, 0
    for last, at in enumerate(arrivals):
        while at - arrivals[first] >= length_s:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize(
    ("calls", "per", "step_s"), [(5, Per.SECOND, 0.1), (1, Per.SECOND, 0.2), (60, Per.MINUTE, 2), (60, Per.HOUR, 90)]
)
def test_no_stretch_of_a_windows_length_ever_sees_more_than_the_limit(calls: int, per: Per, step_s: float) -> None:
    limits = (Limit(calls=calls, per=per),)
    for seed in range(5):
        arrivals = asked_as_fast_as_allowed(limits, 800, step_s, seed)
        assert most_in(arrivals, per.seconds) == calls
        shape = windows._SHAPES[per]
        possible = (arrivals[-1] - arrivals[0]) / (per.seconds + shape.margin_s + shape.slot_s) * calls
        assert len(arrivals) > 0.8 * possible  # and it is used


def test_a_calendar_day_is_counted_on_the_carriers_clock() -> None:
    limits, used = (GERMAN_DAY,), Used()
    windows.spend(used, limits, NOON, 250)
    assert windows.counted(used, GERMAN_DAY, NOON) == 250
    midnight_there = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    assert windows.resets_at(GERMAN_DAY, NOON) == midnight_there + timedelta(minutes=1)
    assert windows.counted(used, GERMAN_DAY, midnight_there + timedelta(seconds=30)) == 250
    after = midnight_there + timedelta(seconds=61)
    assert windows.counted(used, GERMAN_DAY, after) == 0
    windows.forget(used, limits, after)
    assert used == {"day": {}}


def test_a_call_next_to_the_reset_counts_in_both_days() -> None:
    limits, used = (GERMAN_DAY,), Used()
    windows.spend(used, limits, datetime(2026, 11, 23, 22, 59, 30, tzinfo=UTC), 7)
    assert windows.counted(used, GERMAN_DAY, datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) == 7


def test_a_reset_at_another_hour_and_a_day_of_twenty_five_hours() -> None:
    six = Limit(calls=10, per=Per.DAY, zone="Europe/Berlin", resets_at=time(6, 0))
    before_the_change = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)  # the clocks go back that night
    assert windows.resets_at(six, before_the_change) == datetime(2026, 10, 25, 5, 1, tzinfo=UTC)
    assert windows.passed(six, datetime(2026, 10, 25, 4, 59, tzinfo=UTC)) == 1.0


def test_the_wait_ends_when_the_oldest_calls_leave_the_window() -> None:
    hourly, used = Limit(calls=60, per=Per.HOUR), Used()
    windows.spend(used, (hourly,), NOON, 10)
    windows.spend(used, (hourly,), NOON + timedelta(minutes=30), 50)
    now = NOON + timedelta(minutes=40)
    wait_s = windows.free_in_s(used, hourly, now, 60)
    assert windows.counted(used, hourly, now + timedelta(seconds=wait_s - 1)) == 60
    assert windows.counted(used, hourly, now + timedelta(seconds=wait_s + 1)) == 50


def test_what_was_given_back_counts_no_more() -> None:
    minutely, used = Limit(calls=6, per=Per.MINUTE), Used()
    windows.spend(used, (minutely,), NOON, 6)
    windows.spend(used, (minutely,), NOON, -2)
    assert windows.counted(used, minutely, NOON + timedelta(seconds=5)) == 4


def test_an_accounts_own_limit_stands_in_the_sheets_place_and_what_cannot_bind_is_left_out() -> None:
    sheet = (Limit(calls=1, per=Per.SECOND), GERMAN_DAY)
    assert windows.merged(sheet, [Limit(calls=1000, per=Per.DAY)]) == (sheet[0], Limit(calls=1000, per=Per.DAY))
    wide = [Limit(calls=500, per=Per.SECOND), Limit(calls=2_000_000_000, per=Per.DAY)]
    assert windows.merged(sheet, wide) == (wide[0],)
