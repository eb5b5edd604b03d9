"""When a failed delivery is tried again, and when a receiver is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracking.rules.retries import MOST_ATTEMPTS, SCHEDULE_S, Retry, Verdict, is_given_up, retry, verdict

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("http_status", "found"),
    [
        (200, Verdict.DELIVERED), (204, Verdict.DELIVERED), (299, Verdict.DELIVERED), (None, Verdict.FAILED),
        (301, Verdict.FAILED), (304, Verdict.FAILED), (400, Verdict.FAILED), (404, Verdict.FAILED),
        (500, Verdict.FAILED), (503, Verdict.FAILED), (410, Verdict.GONE), (429, Verdict.OVERLOADED),
        (502, Verdict.OVERLOADED), (504, Verdict.OVERLOADED),
    ],
)  # fmt: skip
def test_what_a_status_means(http_status: int | None, found: Verdict) -> None:
    assert verdict(http_status) is found


def test_ten_attempts_within_three_days_and_a_half() -> None:
    waits = [retry(made, Verdict.FAILED, None, 0).wait_s for made in range(1, 11)]
    assert waits == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, None]
    assert MOST_ATTEMPTS == 10
    assert 75 < sum(SCHEDULE_S) / 3600 < 76


@pytest.mark.parametrize("made", range(1, 10))
def test_a_wait_is_spread_by_a_fifth_to_either_side(made: int) -> None:
    least, most = (retry(made, Verdict.FAILED, None, spread).wait_s for spread in (-1, 1))
    assert (least, most) == (pytest.approx(SCHEDULE_S[made] * 0.8), pytest.approx(SCHEDULE_S[made] * 1.2))


def test_a_receiver_may_ask_for_more_time_but_not_for_less_or_for_ever() -> None:
    assert retry(1, Verdict.FAILED, 120, 0).wait_s == 120
    assert retry(4, Verdict.FAILED, 120, 0).wait_s == 7200
    assert retry(1, Verdict.FAILED, 10**9, 0).wait_s == 86_400


def test_an_overloaded_receiver_rests_as_long_as_it_says_or_for_a_minute() -> None:
    assert retry(1, Verdict.OVERLOADED, 90, 0) == Retry(wait_s=90, rest_s=90)
    assert retry(1, Verdict.OVERLOADED, 0, 0).rest_s == 1
    assert retry(1, Verdict.OVERLOADED, None, 0) == Retry(wait_s=5, rest_s=60)
    assert retry(10, Verdict.OVERLOADED, None, 0) == Retry(wait_s=None, rest_s=60)


def test_it_is_given_up_after_five_days_and_ten_failures_and_not_before() -> None:
    assert is_given_up(NOW - timedelta(days=5), 10, NOW)
    assert not is_given_up(NOW - timedelta(days=5), 9, NOW)
    assert not is_given_up(NOW - timedelta(days=4, hours=23), 1_000, NOW)
    assert not is_given_up(None, 0, NOW)
