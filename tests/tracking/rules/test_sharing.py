"""Merchants who share a budget: as much as everybody for whoever wants it, and nothing kept for nobody."""

from __future__ import annotations

import pytest

from tracking.rules import sharing
from tracking.rules.sharing import Sharers

HOUR = 3600


def ask(sharers: Sharers, name: str, wanted: int, left: int, now_s: float) -> int:
    """As a budget does it for an hour's calls of which `left` are left."""
    calls = min(wanted, sharing.share(name, sharers, left, now_s=now_s, window_s=HOUR))
    waits_until = now_s + 60 if calls < wanted else 0.0
    sharing.note(sharers, name, calls, now_s=now_s, window_s=HOUR, wants_until=waits_until)
    return calls


def test_alone_one_has_everything() -> None:
    assert sharing.share("A", {}, 60, now_s=0, window_s=HOUR) == 60
    assert sharing.kept_for_others("A", {}, 60, now_s=0, window_s=HOUR) == 0


@pytest.mark.parametrize(
    ("wants", "gets"),
    [
        ({"A": 1000, "B": 1000, "C": 1000}, {"A": 40, "B": 40, "C": 40}),
        ({"A": 1000, "B": 10, "C": 1000}, {"A": 55, "B": 10, "C": 55}),  # what B has no need for flows to both
        ({"A": 1000, "B": 5, "C": 5}, {"A": 110, "B": 5, "C": 5}),
    ],
)
def test_a_window_ends_evenly_shared_however_skewed_the_demand(wants: dict[str, int], gets: dict[str, int]) -> None:
    sharers: Sharers = {}
    left, got = 120, dict.fromkeys(wants, 0)
    for name, want in wants.items():
        ask(sharers, name, want, 0, HOUR * 10.0)  # all wait; then a call comes free every 30 s
    for second in range(0, HOUR, 30):
        freed = 1
        for name in ("A", "A", "B", "C"):  # A asks twice as often
            calls = ask(sharers, name, wants[name] - got[name], freed, HOUR * 10.0 + second)
            got[name] += calls
            freed -= calls
        left -= 1 - freed
    assert left == 0
    assert all(abs(got[name] - gets[name]) <= 1 for name in wants), got


def test_the_part_of_one_who_asked_lately_is_kept_and_melts() -> None:
    sharers: Sharers = {}
    ask(sharers, "B", 2, 60, 0.0)
    kept = [sharing.kept_for_others("A", sharers, 60, now_s=at, window_s=HOUR) for at in (0, 1800, 3599, 7200)]
    assert kept == [28, 13, 0, 0]
    assert sharing.kept_for_others("A", sharers, 60, now_s=0, window_s=HOUR, passed=1.0) == 0


def test_one_who_never_asks_again_is_forgotten() -> None:
    sharers: Sharers = {}
    ask(sharers, "B", 2, 60, 0.0)
    ask(sharers, "A", 2, 60, 3.0 * HOUR)
    assert set(sharers) == {"A"}


def test_a_single_call_goes_to_whoever_had_less() -> None:
    sharers: Sharers = {}
    ask(sharers, "A", 5, 5, 0.0)
    assert ask(sharers, "B", 5, 0, 1.0) == 0
    assert ask(sharers, "A", 5, 1, 2.0) == 0
    assert ask(sharers, "B", 5, 1, 3.0) == 1
