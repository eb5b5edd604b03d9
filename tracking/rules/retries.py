"""When a delivery that failed is tried again, and when its receiver is given up.

The schedule is the one of Standard Webhooks 1.0.0 (spec/standard-webhooks.md, "Deliverability and reliability"): ten
attempts in three days and a half, the first ones close together, since most outages are short. All times here are
machine time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

# Seconds before each attempt, counted from the one before it.
SCHEDULE_S = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
MOST_ATTEMPTS = len(SCHEDULE_S)
JITTER = 0.2  # of a wait, to either side: deliveries that failed together do not come back together

RETRY_AFTER_S = (1.0, 24 * 3600.0)  # what a receiver may ask for
REST_S = 60.0  # how long an overloaded receiver is left alone, where it does not say

GIVEN_UP_AFTER = timedelta(days=5)  # of failures alone
GIVEN_UP_LEAST = 10  # of them


class Verdict(Enum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    FAILED = "failed"
    OVERLOADED = "overloaded"  # failed, and everything else for this receiver waits too
    GONE = "gone"  # it wants nothing more


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`wait_s` is None where no attempt is left; `rest_s` is how long the receiver gets nothing at all, 0 for not."""

    wait_s: float | None
    rest_s: float = 0.0


def verdict(http_status: int | None) -> Verdict:
    """What an answer's status means; None: there was no answer. A redirect is a failure: it is not followed."""
    if http_status is None:
        return Verdict.FAILED
    if 200 <= http_status < 300:
        return Verdict.DELIVERED
    special = {410: Verdict.GONE, 429: Verdict.OVERLOADED, 502: Verdict.OVERLOADED, 504: Verdict.OVERLOADED}
    return special.get(http_status, Verdict.FAILED)


def retry(attempts: int, found: Verdict, retry_after_s: float | None, spread: float) -> Retry:
    """What follows the `attempts`-th failed attempt.

    `retry_after_s` is what the receiver asked for, None where it did not: nothing is sent sooner. `spread` is a random
    number from -1 to 1.
    """
    asked = None if retry_after_s is None else min(max(retry_after_s, RETRY_AFTER_S[0]), RETRY_AFTER_S[1])
    rest_s = (asked or REST_S) if found is Verdict.OVERLOADED else 0.0
    if attempts >= MOST_ATTEMPTS:
        return Retry(wait_s=None, rest_s=rest_s)
    wait_s = SCHEDULE_S[max(attempts, 1)] * (1 + JITTER * spread)
    return Retry(wait_s=max(wait_s, asked or 0.0), rest_s=rest_s)


def is_given_up(failing_since: datetime | None, failed: int, now: datetime) -> bool:
    """Whether a receiver that has failed `failed` times in a row since then gets nothing more."""
    return failing_since is not None and failed >= GIVEN_UP_LEAST and now - failing_since >= GIVEN_UP_AFTER
