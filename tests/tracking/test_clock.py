"""The clock of the world of parcels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tracking import clock
from tracking.clock import DemoClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPRING = datetime(2026, 4, 20, tzinfo=UTC)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """At noon the parcels' clock showed 20 April, and it runs 600 times as fast."""
    monkeypatch.setenv("DEMO_CLOCK", f"{NOON.timestamp()}:{SPRING.timestamp()}:600")


@time_machine.travel(NOON, tick=False)
def test_without_a_demo_it_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_CLOCK", raising=False)
    assert clock.now() == NOON
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.after(90) == NOON + timedelta(seconds=90)
    assert clock.speed() == 1.0
    assert clock.real_seconds(timedelta(hours=1)) == 3600


def test_a_demo_minute_is_ten_hours_of_parcels(fast: None) -> None:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        assert clock.now() == SPRING + timedelta(hours=10)
        assert clock.after(6) == SPRING + timedelta(hours=11)
    assert clock.speed() == 600
    assert clock.real_seconds(timedelta(hours=10)) == 60


def test_before_the_anchor_it_goes_back(fast: None) -> None:
    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        assert clock.now() == SPRING - timedelta(minutes=10)


def test_it_reads_what_it_writes() -> None:
    demo = DemoClock(real_s=1_772_366_400.123456, demo_s=1_776_643_200.5, speed=600.0)
    assert DemoClock.parse(str(demo)) == demo


@pytest.mark.parametrize("text", ["now", "1:2", "1:2:3:4", "1:2:0", "1:2:-5", "nan:0:1", "0:inf:1", "1:2:1e9"])
def test_a_wrong_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|float"):
        DemoClock.parse(text)
