"""Moves what a call costs, per account: a slow controller keeps each account's plan within its limits.

The schedule asks when a call saves as many weighted hours of delay as its price (`rules.schedule`). By its square-root
law intervals grow with the root of the price, so the planned calls a day fall with it:

    planned(p) ~ p^-e,  e = 1/2 where no interval is at its floor or ceiling, less where some are.

Every few minutes the price of each account that has limits moves by

    log p  <-  log p + GAIN * log(planned(p) / target),   target = SHARE * calls that the limits allow a day

`planned` is not measured by calls that were made (those answer to the price with hours of delay, and by day and night)
but computed afresh from a sample of the account's legs at the present price. So the loop has no dead time, and one
round takes the error log(planned/target) to (1 - e*GAIN) times itself: for every e between 0 and 1/GAIN = 2 it shrinks
without changing its sign, and nothing swings. Within DEADBAND the price rests; a step is bounded, and so is the price:
above, since all legs then wait as long as they may; below, out of courtesy to the carrier. A quota of so many calls an
hour or a day is there to be used, a rate of so many a second or a minute is not: it never makes calls cheaper than the
default.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, log
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.facts import Per
from tracking import clock
from tracking.rules.schedule import DEFAULT_PRICE, PollState, Schedule
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.polling import limits
from tracking.shipments.scheduling import next_poll
from tracking.shipments.scheduling.dwell_tables import source

SHARE = 0.9  # of what the limits allow; the rest is for people who wait, and for calls that fail
GAIN = 0.5
DEADBAND = 0.05
MOST_STEP = log(2.0)
# At a price k times lower a leg is asked root-k times as often: six times the four calls a day of the default.
LOWEST, HIGHEST = DEFAULT_PRICE / 40, DEFAULT_PRICE * 10_000
NO_LIMIT = 1e9  # calls a day that nobody can make, which is how people write "none"
REPRICED_EVERY = timedelta(minutes=10)  # machine time
SAMPLE = 300
COUNTED_WHOLE = 20_000  # legs; of more, a share of the table's pages is looked at
_DAY = timedelta(days=1)
_MOST_CALLS_A_DAY = 24 * 12


def next_price(price: float, planned: float, target: float, lowest: float = LOWEST) -> float:
    """The price after one round. `planned` and `target` are calls a day; a target of 0 takes the highest price."""
    if target <= 0:
        return HIGHEST
    error = log(max(planned, 1e-9) / target)
    if abs(error) <= DEADBAND:
        return price
    step = min(max(GAIN * error, -MOST_STEP), MOST_STEP)
    return min(max(price * exp(step), lowest), HIGHEST)


def calls_a_day(schedule: Schedule, states: Sequence[PollState], now: datetime) -> float:
    """How many calls the schedule makes for these legs in the 24 hours (domain time) from `now`.

    Each leg's day is walked through with its age held: who grows older is replaced by who comes after, and the
    population stays what it is. The walks begin at different hours of the day before, so that the hour at which one
    looks has no part in the answer.
    """
    begins = (now - _DAY * (place / len(states)) for place in range(len(states)))
    return float(sum(_calls(schedule, state, now, begin) for state, begin in zip(states, begins, strict=True)))


def _calls(schedule: Schedule, state: PollState, now: datetime, begin: datetime) -> float:
    at, calls, end = begin, 0.0, now + _DAY
    while calls < _MOST_CALLS_A_DAY:
        due = schedule.next_poll_at(_shifted(state, at - now), at, 0.5)
        if due is None:
            return calls
        # A wait that reaches over an end of the day counts with its part of it.
        calls += max((min(due, end) - max(at, now)) / (due - at), 0.0)
        if due >= end:
            return calls
        at = due
    return calls


def _shifted(state: PollState, by: timedelta) -> PollState:
    return replace(
        state,
        opened_at=state.opened_at + by,
        last_event_at=state.last_event_at + by if state.last_event_at else None,
        ended_at=state.ended_at + by if state.ended_at else None,
    )


def claim_due(most: int) -> list[UUID]:
    """Up to `most` accounts whose price has not been looked at for a while; no two tickers claim the same."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, {"now": now, "before": now - REPRICED_EVERY, "most": most})
        return [account_id for (account_id,) in cursor.fetchall()]


_CLAIM_SQL = """
UPDATE shipments_carrieraccount SET priced_at = %(now)s
 WHERE id IN (SELECT id FROM shipments_carrieraccount
               WHERE state = 'active' AND (priced_at IS NULL OR priced_at < %(before)s)
               ORDER BY priced_at NULLS FIRST LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def reprice(account_ids: Collection[UUID]) -> int:
    """One round of the controller for each of these accounts; how many prices moved."""
    next_poll.refresh()
    moved = 0
    with scopes_disabled():
        for account in CarrierAccount.objects.filter(id__in=list(account_ids)):
            price = price_for(account)
            if price != account.call_price:
                CarrierAccount.objects.filter(pk=account.pk).update(call_price=price)
                moved += 1
    return moved


def price_for(account: CarrierAccount) -> float | None:
    """The account's next price; None where it has no limit, and the default holds."""
    limit = limits.calls_a_day(account)
    if limit is None or limit >= NO_LIMIT:
        return None
    now = clock.now()
    legs, states = _sample(account, now)
    if not legs:
        return account.call_price
    price = account.call_price or DEFAULT_PRICE
    calls = calls_a_day(source.schedule.at_price(price), states, now) / len(states) * legs
    api = registry.sheet(account.carrier).api
    # Limits are the machine's days, and a demo's clock runs faster.
    planned = calls / (api.batch if api else 1) * clock.speed()
    has_quota = any(limit.per in (Per.HOUR, Per.DAY) for limit in limits.limits_of(account))
    return next_price(price, planned, SHARE * limit, LOWEST if has_quota else DEFAULT_PRICE)


def _sample(account: CarrierAccount, now: datetime) -> tuple[int, list[PollState]]:
    """How many legs are asked through the account, and what the rule sees of up to SAMPLE of them, chosen at random."""
    asked = Leg.objects.filter(account=account, next_poll_at__isnull=False)
    legs = asked.count()
    ids = (
        _some(account, legs)
        if legs > COUNTED_WHOLE
        else list(asked.order_by("?").values_list("id", flat=True)[:SAMPLE])
    )
    rows = Leg.objects.filter(id__in=ids).values(*next_poll.COLUMNS)
    return legs, [next_poll.state_of(row, now) for row in rows]


def _some(account: CarrierAccount, legs: int) -> list[UUID]:
    """A random share of the table's pages holds enough of a big account's legs."""
    percent = min(100.0, 100.0 * COUNTED_WHOLE / legs)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM shipments_leg TABLESAMPLE SYSTEM (%s)"
            " WHERE account_id = %s AND next_poll_at IS NOT NULL ORDER BY random() LIMIT %s",
            [percent, account.pk, SAMPLE],
        )
        return [leg_id for (leg_id,) in cursor.fetchall()]
