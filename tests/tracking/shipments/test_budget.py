"""How many calls an account may make, counted in a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine

from tracking.shipments import budget
from tracking.shipments.budget import Grant
from tracking.shipments.models import CarrierAccount

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def limited(account: CarrierAccount, rate_per_s: float | None, daily_budget: int | None) -> CarrierAccount:
    account.rate_per_s, account.daily_budget = rate_per_s, daily_budget
    return account


def test_a_rate_gives_ten_seconds_at_once_and_then_what_time_brings(
    yunexpress: CarrierAccount, noon: time_machine.Traveller
) -> None:
    account = limited(yunexpress, 2, None)
    assert budget.take(account, 25) == Grant(calls=20, retry_after_s=1.0)
    assert budget.take(account, 1).calls == 0
    noon.shift(timedelta(seconds=1.5))
    assert budget.take(account, 25).calls == 3
    noon.shift(timedelta(hours=1))
    assert budget.take(account, 25).calls == 20


def test_a_slow_rate_gives_one_call_and_says_when_the_next_may_be(
    yunexpress: CarrierAccount, noon: time_machine.Traveller
) -> None:
    account = limited(yunexpress, 0.05, None)
    assert budget.take(account, 3) == Grant(calls=1, retry_after_s=20.0)
    noon.shift(timedelta(seconds=20))
    assert budget.take(account, 3).calls == 1


def test_a_days_calls_are_counted_until_midnight_utc(yunexpress: CarrierAccount, noon: time_machine.Traveller) -> None:
    account = limited(yunexpress, 1000, 5)
    assert budget.take(account, 3) == Grant(calls=3, retry_after_s=0)
    assert budget.take(account, 3) == Grant(calls=2, retry_after_s=12 * 3600)
    assert budget.take(account, 1).calls == 0
    noon.shift(timedelta(hours=12))
    assert budget.take(account, 3).calls == 3


def test_accounts_do_not_share_a_budget(yunexpress: CarrierAccount, noon: time_machine.Traveller) -> None:
    other = limited(CarrierAccount(merchant=yunexpress.merchant, carrier="yanwen"), None, 1)
    assert budget.take(limited(yunexpress, None, 1), 2).calls == 1
    assert budget.take(other, 2).calls == 1


@pytest.mark.parametrize(("rate", "daily"), [(0, None), (None, 0), (0, 0), (5, 0)])
def test_a_budget_of_nothing_lets_nothing_pass(
    yunexpress: CarrierAccount, rate: float | None, daily: int | None
) -> None:
    grant = budget.take(limited(yunexpress, rate, daily), 3)
    assert grant.calls == 0
    assert grant.retry_after_s > 0


def test_without_the_accounts_own_the_fact_sheets_limits_hold(
    yunexpress: CarrierAccount, noon: time_machine.Traveller
) -> None:
    dhl = limited(CarrierAccount(merchant=yunexpress.merchant, carrier="dhl_unified"), 1000, None)
    assert sum(budget.take(dhl, 100).calls for _ in range(5)) == 250  # DHL's calls a day


def test_counts_that_redis_lost_allow_one_bucket_more(yunexpress: CarrierAccount, noon: time_machine.Traveller) -> None:
    account = limited(yunexpress, 2, None)
    assert budget.take(account, 100).calls == 20
    budget.redis_client().delete(*budget.redis_client().keys(f"budget:{account.pk}:*"))
    assert budget.take(account, 100).calls == 20


def test_without_redis_nothing_is_asked(yunexpress: CarrierAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis(unix_socket_path="/nonexistent/redis.sock")
    monkeypatch.setattr(budget, "redis_client", lambda: nowhere)
    assert budget.take(limited(yunexpress, 2, None), 3) == Grant(calls=0, retry_after_s=5)
