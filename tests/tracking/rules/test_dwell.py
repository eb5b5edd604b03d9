from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.vocabulary import EventCode, Phase
from tracking.rules import dwell
from tracking.rules.dwell import AGE_BINS_H, Cell, Counts, DwellTables, Level, Situation, age_bin, cells_of

ROUND = Situation(phase=Phase.LAST_MILE, event_code=EventCode.LAST_MILE_OUT_FOR_DELIVERY, carrier="gls", lane="CN-DE")
ROUND_CELL = (Level.CODE, "last_mile|last_mile.out_for_delivery")
FLIGHT = Situation(phase=Phase.LINEHAUL, event_code=EventCode.LINEHAUL_DEPARTED)
FLIGHT_CELL = (Level.CODE, "linehaul|linehaul.departed")
PRIORS = DwellTables()


def counted(ages_h: list[float], *, open_h: float | None = None, started_h: list[float] | None = None) -> Counts:
    """Dwells of these ages; those beyond `open_h` were looked at then and had not ended. They start at any hour."""
    rng = random.Random(3)
    counts = Counts()
    for number, age_h in enumerate(ages_h):
        start = started_h[number] if started_h else rng.uniform(0, 168)
        is_open = open_h is not None and age_h > open_h
        counts.count(start, min(age_h, open_h) if open_h is not None else age_h, is_open=is_open)
    return counts


def log_normal(count: int, median_h: float, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [median_h * rng.lognormvariate(0, 0.5) for _ in range(count)]


# Counting.


def test_a_dwell_is_counted_from_coarse_to_fine() -> None:
    code = "last_mile|last_mile.out_for_delivery"
    assert cells_of(ROUND) == (
        (Level.GLOBAL, ""),
        (Level.PHASE, "last_mile"),
        (Level.CODE, code),
        (Level.CARRIER_CODE, f"gls|{code}"),
        (Level.LANE_CODE, f"CN-DE|{code}"),
        (Level.CARRIER_LANE_CODE, f"gls|CN-DE|{code}"),
    )
    assert [cell[0] for cell in cells_of(Situation(lane="CN-DE"))] == ["global", "phase", "code", "lane_code"]


@pytest.mark.parametrize(
    ("age_h", "index"), [(-3, 0), (0, 0), (0.49, 0), (0.5, 1), (24, 19), (1e6, len(AGE_BINS_H) - 1)]
)
def test_an_age_falls_into_the_bin_that_it_reaches(age_h: float, index: int) -> None:
    assert age_bin(age_h) == index


def test_counts_add_up_and_survive_json() -> None:
    counts = counted([1, 5, 80], open_h=40)
    again = Counts.from_json(counts.as_json())
    assert again == counts
    again.add(counts)
    assert (again.dwells, sum(again.still_open), sum(again.started_hour), sum(again.next_weekday)) == (6, 2, 6, 4)


def test_counts_of_other_bins_are_refused() -> None:
    told = Counts().as_json()
    told["ended"].append(0)
    with pytest.raises(ValueError, match="other bins"):
        Counts.from_json(told)


def test_a_dwell_without_a_zone_counts_for_ages_alone() -> None:
    counts = Counts()
    counts.count(None, 3)
    assert (counts.dwells, sum(counts.started_hour), sum(counts.next_hour)) == (1, 0, 0)


# Laws.


@pytest.mark.parametrize(
    "situation", [Situation(phase=code.phase or Phase.LAST_MILE, event_code=code) for code in EventCode]
)
def test_every_event_has_a_prior(situation: Situation) -> None:
    quantiles = [PRIORS.quantile(situation, q) for q in (0.1, 0.5, 0.9)]
    assert 0 < quantiles[0] < quantiles[1] < quantiles[2]
    assert PRIORS.hazard(situation, 12, local_h=12) > 0


def test_the_first_event_has_a_prior_too() -> None:
    assert 10 < PRIORS.quantile(Situation(), 0.5) < 100


def test_what_was_seen_often_is_believed() -> None:
    tables = DwellTables({FLIGHT_CELL: counted(log_normal(3_000, 60))})
    assert tables.quantile(FLIGHT, 0.5) == pytest.approx(60, rel=0.07)
    assert tables.quantile(FLIGHT, 0.9) == pytest.approx(60 * 1.9, rel=0.1)


def test_what_was_seen_seldom_moves_the_prior_a_little() -> None:
    prior, seen = PRIORS.quantile(FLIGHT, 0.5), 20.0
    few = DwellTables({FLIGHT_CELL: counted(log_normal(40, seen))}).quantile(FLIGHT, 0.5)
    fewer = DwellTables({FLIGHT_CELL: counted(log_normal(dwell.LEAST_DWELLS - 1, seen))}).quantile(FLIGHT, 0.5)
    assert seen < few < prior == fewer


def test_dwells_that_have_not_ended_are_evidence_of_long_ones() -> None:
    ages = log_normal(2_000, 60)
    tables = DwellTables({FLIGHT_CELL: counted(ages, open_h=70)})
    assert tables.quantile(FLIGHT, 0.5) == pytest.approx(60, rel=0.07)
    only_ended = DwellTables({FLIGHT_CELL: counted([age for age in ages if age <= 70])})
    assert only_ended.quantile(FLIGHT, 0.5) < 55


def test_a_lane_of_its_own_has_a_law_of_its_own() -> None:
    counts: dict[Cell, Counts] = {
        FLIGHT_CELL: counted(log_normal(500, 60)),
        (Level.LANE_CODE, "CN-BR|linehaul|linehaul.departed"): counted(log_normal(500, 150)),
    }
    tables = DwellTables(counts)
    there = Situation(phase=FLIGHT.phase, event_code=FLIGHT.event_code, lane="CN-BR")
    assert tables.quantile(there, 0.5) > 2 * tables.quantile(FLIGHT, 0.5)


def test_night_and_sunday_are_learned() -> None:
    rng = random.Random(5)
    counts = Counts()
    for _ in range(2_000):
        end = rng.randrange(6) * 24 + rng.uniform(8, 20)
        age = rng.expovariate(1 / 30)
        counts.count((end - age) % 168, age)
    tables = DwellTables({FLIGHT_CELL: counts})
    noon, night, sunday = (tables.hazard(FLIGHT, 10, local_h=hour) for hour in (60, 50, 156))
    assert noon > 20 * night
    assert noon > 5 * sunday


def test_the_night_is_not_told_twice() -> None:
    """All rounds start at eight, and nothing happens from 21 to 7: the ages of the night are not to blame for it."""
    rng = random.Random(6)
    counts = Counts()
    for _ in range(4_000):
        weekday, worked = rng.randrange(7) * 24, rng.expovariate(1 / 10)
        nights = 1 + (worked - 13) // 14 if worked > 13 else 0
        counts.count(weekday + 8, worked + nights * 10)
    law = DwellTables({ROUND_CELL: counts}).law(ROUND)
    by_day = law.hazard(3, local_h=11)
    assert law.hazard(15, local_h=23) < 0.05 * by_day
    assert law.hazard(27, local_h=35) == pytest.approx(by_day, rel=0.3)


@given(
    st.sampled_from([ROUND, FLIGHT, Situation()]),
    st.floats(0, 2_000),
    st.floats(0, 2_000),
    st.floats(0.01, 0.99),
)
def test_survival_falls_and_quantiles_are_its_inverse(
    situation: Situation, age_h: float, more_h: float, q: float
) -> None:
    assert PRIORS.survival(situation, age_h + more_h) <= PRIORS.survival(situation, age_h) <= 1
    reached = PRIORS.quantile(situation, q, given_age_h=age_h)
    assert reached >= age_h - 1e-6
    assert PRIORS.survival(situation, reached, given_age_h=age_h) == pytest.approx(1 - q, abs=1e-6)


def test_the_longer_the_silence_the_later_the_next_event() -> None:
    waits = [PRIORS.quantile(FLIGHT, 0.5, given_age_h=age) for age in (0, 100, 300, 900)]
    assert waits == sorted(waits)


def test_no_more_laws_are_kept_than_fit() -> None:
    tables = DwellTables({ROUND_CELL: counted(log_normal(50, 4))})
    for number in range(dwell.LAWS_KEPT + 10):
        tables.law(Situation(phase=Phase.LAST_MILE, event_code=ROUND.event_code, lane=f"{number}"))
    assert len(tables._situations) <= dwell.LAWS_KEPT
