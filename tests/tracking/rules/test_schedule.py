from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.vocabulary import EventCode, Phase, Status
from tracking.rules import schedule as rule
from tracking.rules.dwell import AGE_BINS_H, DwellLaw, DwellTables
from tracking.rules.poll_table import PollTable
from tracking.rules.schedule import Limits, PollState, Schedule, backoff_s, local_h, weight_of

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # a Tuesday noon in Berlin
HOUR = timedelta(hours=1)
SCHEDULE = Schedule(DwellTables())
ROUND = PollState(
    status=Status.OUT_FOR_DELIVERY,
    holds_parcel=True,
    ended_at=None,
    last_event_at=NOW - 4 * HOUR,
    opened_at=NOW - 300 * HOUR,
    phase=Phase.LAST_MILE,
    event_code=EventCode.LAST_MILE_OUT_FOR_DELIVERY,
    zone="Europe/Berlin",
)
FLIGHT = replace(
    ROUND, status=Status.IN_TRANSIT, phase=Phase.LINEHAUL, event_code=EventCode.LINEHAUL_DEPARTED, zone="Asia/Shanghai"
)
LABEL = replace(ROUND, status=Status.INFO_RECEIVED, phase=Phase.SELLER, event_code=EventCode.SELLER_LABEL_CREATED)
DELIVERED = replace(ROUND, status=Status.DELIVERED, ended_at=NOW - 4 * HOUR, event_code=EventCode.LAST_MILE_DELIVERED)


def wait_h(state: PollState, now: datetime = NOW, jitter: float = 0.5, schedule: Schedule = SCHEDULE) -> float:
    due = schedule.next_poll_at(state, now, jitter)
    assert due is not None
    return (due - now) / HOUR


def memoryless(hazard: float) -> DwellLaw:
    return DwellLaw((hazard,) * len(AGE_BINS_H), (1.0,) * 24, (1.0,) * 7)


# The best wait.


@pytest.mark.parametrize(("hazard", "price"), [(0.02, 0.1), (0.02, 0.4), (0.005, 0.1), (0.005, 0.5), (0.001, 0.05)])
def test_without_memory_it_is_the_square_root_law(hazard: float, price: float) -> None:
    table = PollTable(memoryless(hazard), price_h=price, tail=0.0, ceiling_h=48.0)
    assert table.wait_h(30, 60) == pytest.approx(sqrt(2 * price / hazard), rel=0.2, abs=0.5)


def test_without_memory_a_dearer_call_is_never_sooner() -> None:
    tables = [PollTable(memoryless(0.03), price_h=0.05 * 2**step, tail=0.3, ceiling_h=24.0) for step in range(0, 9, 2)]
    for age_h in (0, 7, 60, 700):
        waits = [table.wait_h(age_h, 60) for table in tables]
        assert waits == sorted(waits)
        assert waits[0] < waits[-1]


def test_a_weight_is_a_lower_price() -> None:
    assert wait_h(ROUND, schedule=SCHEDULE.at_price(3)) == pytest.approx(
        wait_h(replace(ROUND, status=Status.IN_TRANSIT), schedule=SCHEDULE.at_price(1)), rel=0.01
    )


def test_the_dearer_a_call_the_fewer_are_made() -> None:
    calls = []
    for price in (0.5, 2, 8, 1e9):
        schedule, made = SCHEDULE.at_price(price), 0
        for state in (ROUND, FLIGHT, LABEL):
            at = NOW
            while at < NOW + timedelta(days=14):
                at += wait_h(state, at, schedule=schedule) * HOUR
                made += 1
        calls.append(made)
    assert all(more >= fewer for more, fewer in pairwise(calls))
    assert calls[0] > 2 * calls[2]
    assert calls[-1] == 3 * 14  # the ceiling rules


def test_nobody_asks_in_the_night_for_a_parcel_that_is_out_for_delivery() -> None:
    evening = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)  # 21:30 in Berlin
    assert wait_h(ROUND) < 4
    assert wait_h(ROUND, evening) > 5
    assert wait_h(replace(ROUND, zone="America/Chicago"), evening) < 4


def test_a_flight_is_asked_for_by_day_and_night_alike() -> None:
    waits = [wait_h(replace(FLIGHT, last_event_at=NOW - 90 * HOUR), NOW + hour * HOUR) for hour in range(0, 24, 6)]
    assert max(waits) < 1.5 * min(waits)


def test_the_weights() -> None:
    assert weight_of(ROUND, NOW) == 3
    assert weight_of(FLIGHT, NOW) == 1
    assert weight_of(replace(FLIGHT, phase=Phase.IMPORT_CUSTOMS), NOW) == 1.5
    assert weight_of(replace(FLIGHT, promised_on=date(2026, 11, 26)), NOW) == 1.5
    assert weight_of(replace(FLIGHT, promised_on=date(2026, 11, 28)), NOW) == 1
    assert weight_of(replace(ROUND, is_watched=True), NOW) == 12


def test_who_watches_the_page_sees_news_sooner() -> None:
    for state in (ROUND, FLIGHT, LABEL):
        assert wait_h(replace(state, is_watched=True)) < wait_h(state)


def test_a_carrier_that_reports_late_is_asked_as_much_later() -> None:
    early = wait_h(ROUND, NOW)
    late = replace(ROUND, lag_h=3.0)
    assert wait_h(late, NOW + 3 * HOUR) == early


# What no worth decides.


def test_a_leg_that_does_not_hold_the_parcel_is_asked_half_as_often() -> None:
    assert wait_h(replace(ROUND, holds_parcel=False)) == pytest.approx(2 * wait_h(ROUND))


def test_a_leg_that_is_pushed_is_asked_less_often_but_asked() -> None:
    assert wait_h(replace(ROUND, is_pushed=True)) == pytest.approx(3 * wait_h(ROUND))
    assert wait_h(replace(FLIGHT, is_pushed=True)) <= 24


def test_what_was_delivered_is_asked_for_daily_and_after_two_weeks_no_more() -> None:
    assert wait_h(DELIVERED) == 24
    assert wait_h(DELIVERED, NOW + timedelta(days=13)) == 24
    assert SCHEDULE.next_poll_at(DELIVERED, NOW + timedelta(days=15), 0.5) is None


def test_the_silent_are_polled_slowly_and_never_given_up() -> None:
    for days in (91, 400, 4_000):
        assert wait_h(FLIGHT, NOW + timedelta(days=days)) == 48
    assert wait_h(replace(FLIGHT, is_watched=True), NOW + timedelta(days=100)) < 48


def test_the_limits_are_the_callers() -> None:
    strict = Schedule(DwellTables(), 1e6, Limits(ceiling_h=8, silent_ceiling_h=16, silent_after=timedelta(days=30)))
    assert wait_h(FLIGHT, schedule=strict) == 8
    assert wait_h(FLIGHT, NOW + timedelta(days=40), schedule=strict) == 16
    eager = Schedule(DwellTables(), 1e-9, Limits(floor_h=2))
    assert wait_h(replace(ROUND, is_watched=True), schedule=eager) == 2


states = st.builds(
    replace,
    st.sampled_from([ROUND, FLIGHT, LABEL]),
    last_event_at=st.one_of(st.none(), st.integers(0, 3_000).map(lambda hours: NOW - hours * HOUR)),
    holds_parcel=st.booleans(),
    is_pushed=st.booleans(),
    is_watched=st.booleans(),
    zone=st.sampled_from([None, "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "nowhere", "../etc"]),
)


@settings(max_examples=80, deadline=None)
@given(states, st.integers(0, 24 * 14), st.floats(0, 1), st.sampled_from([2.0, 1e6]))
def test_no_wait_is_below_the_floor_or_above_the_ceiling(
    state: PollState, hours: int, jitter: float, price: float
) -> None:
    now, schedule = NOW + hours * HOUR, SCHEDULE.at_price(price)
    silent = now - max(state.last_event_at or state.opened_at, state.opened_at) > schedule.limits.silent_after
    wait = wait_h(state, now, jitter, schedule)
    assert schedule.limits.floor_h - 1e-6 <= wait <= (48 if silent else 24) + 1e-6
    plain = wait_h(state, now, 0.5, schedule)
    assert 0.949 * plain <= wait <= 1.051 * plain


@pytest.mark.parametrize("start", [datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC)])
def test_clocks_may_change(start: datetime) -> None:
    hours = [local_h("Europe/Berlin", start + quarter * HOUR / 4) for quarter in range(20)]
    assert all(0 <= hour < 168 for hour in hours)
    state = replace(ROUND, last_event_at=start - 3 * HOUR, opened_at=start - 9 * HOUR)
    assert all(wait_h(state, start + quarter * HOUR / 4) > 0 for quarter in range(20))


# The machinery.


def test_legs_in_one_situation_share_what_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule(DwellTables())
    for hours in range(40):
        wait_h(replace(ROUND, last_event_at=NOW - hours * HOUR), schedule=schedule.at_price(1 + hours / 100_000))
    assert len(schedule._poll_tables) == 1
    monkeypatch.setattr(rule, "TABLES_KEPT", 2)
    for price in (1, 2, 4, 8):
        wait_h(ROUND, schedule=schedule.at_price(price))
    assert len(schedule._poll_tables) == 2


def test_failed_calls_wait_longer_and_longer() -> None:
    waits = [backoff_s(count) for count in range(12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (15, 3600)
