"""How many calls may be made now, counted in a real database: by all who hold a key, whatever happens to Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.facts import Limit, Per
from tracking.accounts.models import Merchant
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.live import redis_client
from tracking.shipments.models import Budget, CarrierAccount
from tracking.shipments.polling import budget
from tracking.shipments.polling.limits import calls_a_day, limits_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECONDLY = Limit(calls=10, per=Per.SECOND)
MINUTELY = Limit(calls=20, per=Per.MINUTE)
HOURLY = Limit(calls=60, per=Per.HOUR)
DAILY = Limit(calls=250, per=Per.DAY, zone="UTC")


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def connect(merchant: Merchant, *limits: Limit, secret: str = "s", carrier: str = "yanwen") -> CarrierAccount:  # noqa: S107
    names = registry.adapter(carrier).credentials
    with scope(merchant=merchant):
        return services.save_account(merchant, carrier, credentials=dict.fromkeys(names, secret), limits=limits)


@pytest.fixture
def moss(db: None) -> Merchant:
    return Merchant.objects.create(name="Moss", slug="moss")


def taken(account: CarrierAccount, wanted: int, urgent: int = 0) -> int:
    return budget.take(account, wanted, urgent).calls


def test_every_window_holds_at_once(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, SECONDLY, MINUTELY)
    assert taken(account, 100) == 10
    assert taken(account, 100) == 0
    noon.shift(2)
    assert taken(account, 100) == 10
    noon.shift(2)
    grant = budget.take(account, 100)
    assert (grant.calls, 55 < grant.retry_after_s < 70) == (0, True)
    noon.shift(grant.retry_after_s)
    assert taken(account, 100) == 10


def test_an_account_without_calls_left_says_until_when(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, Limit(calls=2, per=Per.DAY, zone="UTC"))
    assert taken(account, 2) == 2
    account.refresh_from_db()
    assert account.spent_until == datetime(2026, 11, 24, 0, 1, tzinfo=UTC)  # the reset, and a minute for other clocks


def test_without_limits_nothing_is_counted(halden: Merchant) -> None:
    account = connect(halden)
    assert taken(account, 1_000_000) == 1_000_000
    assert not Budget.objects.exists()


def test_a_question_counts_as_all_the_requests_that_it_may_take(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, MINUTELY, carrier="yunexpress")  # the track, and perhaps who carries on
    grant = budget.take(account, 8)
    assert (grant.calls, taken(account, 8)) == (8, 2)
    budget.give_back(account, grant, 3)
    assert taken(account, 8) == 3
    assert taken(connect(halden, Limit(calls=1, per=Per.SECOND), carrier="yunexpress"), 8) == 1


def test_a_grant_goes_stale_before_its_calls_could_fall_into_another_window(
    halden: Merchant, noon: time_machine.Traveller
) -> None:
    grant = budget.take(connect(halden, MINUTELY), 5)
    assert grant.is_good
    noon.shift(3)
    assert not grant.is_good


def test_what_was_not_asked_is_given_back(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, MINUTELY)
    grant = budget.take(account, 20)
    budget.give_back(account, grant, 15)
    assert taken(account, 100) == 15


def test_the_fact_sheets_limits_hold_and_an_accounts_own_take_their_places(halden: Merchant) -> None:
    dhl = connect(halden, carrier="dhl_unified")
    assert limits_of(dhl) == (Limit(calls=1, per=Per.SECOND), DAILY)
    dhl = connect(halden, Limit(calls=1000, per=Per.DAY), carrier="dhl_unified")
    assert limits_of(dhl) == (Limit(calls=1, per=Per.SECOND), Limit(calls=1000, per=Per.DAY))


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([{"calls": 0, "per": "day"}], "limits.0.calls"),
        ([{"calls": 5, "per": "week"}], "limits.0.per"),
        ([{"calls": 5, "per": "hour", "zone": "UTC"}], "limits.0.zone"),
        ([{"calls": 5, "per": "day", "zone": "Berlin"}], "limits.0.zone"),
        ([{"calls": 5, "per": "day", "zone": "UTC", "resets_at": "25:00"}], "limits.0.resets_at"),
        ([{"calls": 5, "per": "day"}, {"calls": 6, "per": "day"}], "limits"),
    ],
)
def test_limits_that_cannot_be_are_refused(halden: Merchant, rows: list[dict[str, object]], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.save_account(halden, "yunexpress", credentials={"customer_code": "c", "api_secret": "s"}, limits=rows)
    assert refused.value.field == field


# Redis, restarts, other workers.


def test_no_flush_of_redis_allows_a_call_more(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, HOURLY)
    assert taken(account, 100) == 57
    redis_client().flushdb()
    assert taken(account, 100) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_take_at_once_get_no_call_twice(halden: Merchant) -> None:
    account, got = connect(halden, Limit(calls=100, per=Per.DAY)), list[int]()
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait()
        try:
            got.extend(taken(account, 7) for _ in range(10))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert (len(got), sum(got)) == (40, 95)


# The reserve.


def test_the_reserve_is_for_those_who_wait(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, HOURLY)
    assert taken(account, 100) == 57
    assert taken(account, 100, urgent=2) == 2
    assert taken(account, 5, urgent=5) == 1
    assert taken(account, 5, urgent=5) == 0


def test_the_reserve_of_a_calendar_day_is_let_go_as_the_day_ends(
    halden: Merchant, noon: time_machine.Traveller
) -> None:
    account = connect(halden, DAILY)
    assert taken(account, 300) == 243
    noon.move_to(datetime(2026, 11, 23, 23, 50, tzinfo=UTC))
    assert taken(account, 300) == 6


# One key, several accounts.


def test_accounts_with_the_same_key_share_a_budget_and_others_do_not(
    halden: Merchant, moss: Merchant, noon: time_machine.Traveller
) -> None:
    limit = Limit(calls=3, per=Per.DAY)
    ours, theirs = connect(halden, limit), connect(moss, limit)
    assert (taken(ours, 2), taken(theirs, 5), taken(ours, 1)) == (2, 1, 0)
    another_key = connect(moss, limit, secret="t")
    assert taken(another_key, 3) == 3
    assert ours.budget_key not in (another_key.budget_key, "s")
    assert calls_a_day(ours) == 3


def test_one_key_to_one_address_is_one_budget_whatever_the_carrier_is_called(halden: Merchant) -> None:
    assert connect(halden, carrier="dhl_unified").budget_key == connect(halden, carrier="deutsche_post").budget_key


@pytest.mark.parametrize(
    ("demand", "shares"),
    [([5000, 5000, 5000], [40, 40, 40]), ([5000, 20, 5000], [50, 20, 50]), ([5000, 5, 5], [110, 5, 5])],
)
def test_merchants_who_share_a_key_get_even_parts_however_skewed_their_demand(
    halden: Merchant, moss: Merchant, noon: time_machine.Traveller, demand: list[int], shares: list[int]
) -> None:
    fern = Merchant.objects.create(name="Fern", slug="fern")
    accounts = [connect(merchant, Limit(calls=40, per=Per.MINUTE)) for merchant in (halden, moss, fern)]
    for account in accounts:  # the first window is whose who comes first: nobody is known to want it
        taken(account, 40)
    noon.shift(67)
    got = [0, 0, 0]
    for _ in range(3 * 14):  # three windows, a look every five seconds
        for place, account in enumerate(accounts):
            if demand[place] > got[place]:
                got[place] += taken(account, demand[place] - got[place])
        noon.shift(5)
    assert sum(got) == 120
    assert all(abs(mine - share) <= 10 for mine, share in zip(got, shares, strict=True)), got


# What 429s teach.


def test_a_429_within_our_limits_teaches_and_days_forget(
    halden: Merchant, moss: Merchant, noon: time_machine.Traveller
) -> None:
    ours, theirs = connect(halden, HOURLY), connect(moss, HOURLY)
    assert taken(ours, 45) == 45
    budget.learn(ours, accepted=40, refused=5, after_s=1800)
    with scopes_disabled():
        theirs.refresh_from_db()
    assert limits_of(ours) == limits_of(theirs) == (Limit(calls=40, per=Per.HOUR),)
    budget.learn(ours, accepted=0, refused=9, after_s=1800)  # a worker that was on its way says the same
    assert limits_of(ours)[0].calls == 40
    noon.shift(timedelta(days=2))
    assert limits_of(ours)[0].calls == 46
    noon.shift(timedelta(days=5))
    assert limits_of(ours) == (HOURLY,)


def test_one_answer_at_most_halves_a_limit_and_never_ends_it(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, HOURLY)
    learned = [60]
    for _ in range(8):
        budget.learn(account, accepted=0, refused=1, after_s=600)
        learned.append(limits_of(account)[0].calls)
        noon.shift(timedelta(minutes=2))
    assert learned == [60, 30, 15, 7, 3, 1, 1, 1, 1]


def test_of_a_carrier_without_known_limits_the_first_429_teaches_one(
    halden: Merchant, noon: time_machine.Traveller
) -> None:
    account = connect(halden)
    budget.learn(account, accepted=30, refused=3, after_s=None)
    assert limits_of(account) == (Limit(calls=30, per=Per.MINUTE),)
    noon.shift(timedelta(days=31))
    assert limits_of(account) == ()


def test_what_is_left_is_told_with_when_more_comes(halden: Merchant, noon: time_machine.Traveller) -> None:
    account = connect(halden, HOURLY, DAILY)
    taken(account, 57)
    taken(account, 3, urgent=3)
    hour, day = budget.standings([account])[str(account.pk)]
    assert (hour.used, hour.left, hour.reserve, day.used, day.left) == (60, 0, 3, 60, 190)
    assert hour.resets_at is not None
    assert timedelta(minutes=60) < hour.resets_at - NOON < timedelta(minutes=63)
    assert day.resets_at == datetime(2026, 11, 24, 0, 1, tzinfo=UTC)
