"""Which legs are asked next, and by whom. A claim is a lease with a token.

A worker that dies lets its lease run out, and the legs are due again; a worker that comes back late finds another token
and writes nothing. So a claim may be lost or sent twice without harm.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from carriers import registry
from tracking import clock
from tracking.shipments import slow_lane
from tracking.shipments.limits import limits_of
from tracking.shipments.models import CarrierAccount, Leg

# Legs per task: a message costs 3 ms, so it carries many; a batch must end well within its lease. A multiple of what
# carriers take in a call (10, 15, 20, 30, 40, 50, 100), so that no task cuts one.
LEGS_PER_TASK = 600
# Of one account in one look, where no limit is known.
MOST_PER_ACCOUNT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A leg that this process may ask until the lease ends."""

    leg_id: UUID
    account_id: UUID
    token: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """An account that has something due and may be asked."""

    account_id: UUID
    merchant_id: UUID
    oldest: datetime
    most: int  # legs that its limits could let pass soon; more would only be claimed to be given back
    per_call: int


# One look into the index per account, whatever it has overdue.
_CANDIDATES_SQL = """
SELECT account.id, account.merchant_id, account.carrier, account.limits, account.learned_limits, oldest.next_poll_at,
       CASE WHEN account.rests_taken > 0 THEN 1 WHEN account.call_s >= %(slow_s)s THEN %(slow_calls)s END AS most_calls
  FROM shipments_carrieraccount AS account
 CROSS JOIN LATERAL (
       SELECT leg.next_poll_at FROM shipments_leg AS leg
        WHERE leg.account_id = account.id AND leg.next_poll_at <= %(due)s
          AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
        ORDER BY leg.next_poll_at LIMIT 1) AS oldest
 WHERE account.state = 'active' AND (account.rests_until IS NULL OR account.rests_until <= %(now)s)
   AND (account.spent_until IS NULL OR account.spent_until <= %(now)s)
"""

# Those for whom somebody waits may use the reserve of a budget that is otherwise spent.
_URGENT_SQL = """
SELECT leg.account_id, count(*)
  FROM shipments_leg AS leg JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
 WHERE leg.wanted_at IS NOT NULL AND leg.next_poll_at <= %(due)s
   AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
   AND account.state = 'active' AND (account.rests_until IS NULL OR account.rests_until <= %(now)s)
 GROUP BY leg.account_id
"""

_CLAIM_SQL = """
-- Materialized: a plan may run a plain subquery again and again, and claim more than its limit.
WITH due AS MATERIALIZED (
    SELECT leg.id
      FROM unnest(%(accounts)s::uuid[], %(most)s::int[]) AS mine (account_id, most)
     CROSS JOIN LATERAL (
           SELECT leg.id FROM shipments_leg AS leg
            WHERE leg.account_id = mine.account_id AND {which}
              AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
            ORDER BY leg.next_poll_at LIMIT mine.most
              FOR UPDATE SKIP LOCKED) AS leg)
UPDATE shipments_leg AS leg SET poll_token = gen_random_uuid(), lease_until = %(lease_until)s
  FROM due WHERE leg.id = due.id
RETURNING leg.id, leg.account_id, leg.poll_token
"""
_DUE = "leg.next_poll_at <= %(due)s"
_URGENT = "leg.wanted_at IS NOT NULL AND leg.next_poll_at <= %(due)s"
# Due, or soon: by the tenth of a longer wait, or in some minutes.
_SOON = """leg.next_poll_at <= %(due)s + interval '3 hours'
  AND leg.next_poll_at - %(due)s <= greatest(
      interval '5 minutes', (leg.next_poll_at - coalesce(leg.last_checked_at, leg.opened_at)) * 0.1)"""


def claim_due(most: int) -> dict[UUID, list[Claim]]:
    """Up to `most` due legs by account; two tickers never claim the same leg.

    First those for whom somebody waits. Then every merchant gets as many as any other, and so do a merchant's accounts;
    what one has no need for flows to the others. Within an account the longest due come first. A last call that is not
    full is filled with legs that would be due soon: they cost nothing, and count on top of `most`.
    """
    if most <= 0:
        return {}
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    urgent = dict(_rows(_URGENT_SQL))
    for claim in _claim({account: min(count, most) for account, count in urgent.items()}, _URGENT):
        claims[claim.account_id].append(claim)
    left = most - sum(map(len, claims.values()))
    candidates = _candidates() if left > 0 else []
    _share_out(candidates, left, claims)
    _fill_calls(candidates, claims)
    return dict(claims)


def _share_out(candidates: list[_Candidate], left: int, claims: dict[UUID, list[Claim]]) -> None:
    """In rounds: everybody's even part, then the even parts of what others left, of those who have more."""
    room = {each.account_id: each.most - len(claims.get(each.account_id, ())) for each in candidates}
    hungry = [each for each in candidates if room[each.account_id] > 0]
    while hungry and left > 0:
        parts = _even_parts(hungry, left)
        asked = {account: min(part, room[account]) for account, part in parts.items()}
        found: dict[UUID, int] = defaultdict(int)
        for claim in _claim(asked, _DUE):
            claims[claim.account_id].append(claim)
            found[claim.account_id] += 1
            left -= 1
        for account, count in found.items():
            room[account] -= count
        hungry = [
            each
            for each in hungry
            if room[each.account_id] > 0 and found[each.account_id] == asked.get(each.account_id, 0)
        ]


def _even_parts(hungry: list[_Candidate], left: int) -> dict[UUID, int]:
    """Of `left` legs the same for every merchant, and within it for his accounts; where there are fewer legs than
    accounts, one each for those that are due longest."""
    accounts_of: dict[UUID, int] = defaultdict(int)
    for each in hungry:
        accounts_of[each.merchant_id] += 1
    parts: dict[UUID, int] = {}
    rest = left
    for each in sorted(hungry, key=lambda each: each.oldest):
        part = max(1, left // (len(accounts_of) * accounts_of[each.merchant_id]))
        part = min(rest, -(-part // each.per_call) * each.per_call)  # whole calls
        rest -= part
        if part:
            parts[each.account_id] = part
    return parts


def _fill_calls(candidates: list[_Candidate], claims: dict[UUID, list[Claim]]) -> None:
    missing = {
        each.account_id: -len(claims[each.account_id]) % each.per_call
        for each in candidates
        if each.per_call > 1 and claims.get(each.account_id)
    }
    for claim in _claim({account: count for account, count in missing.items() if count}, _SOON):
        claims[claim.account_id].append(claim)


def _candidates() -> list[_Candidate]:
    return [
        _Candidate(
            account_id=account_id,
            merchant_id=merchant_id,
            oldest=oldest,
            most=min(_most_soon(carrier, own, learned, timezone.now().date()), _most_now(carrier, most_calls)),
            per_call=_per_call(carrier),
        )
        for account_id, merchant_id, carrier, own, learned, oldest, most_calls in _rows(
            _CANDIDATES_SQL, {"slow_s": slow_lane.SLOW_S, "slow_calls": slow_lane.SLOW_CALLS}
        )
    ]


def _most_now(carrier: str, calls: int | None) -> int:
    """Legs that a task will ask for at once: one call where a breaker is open, few where the carrier is slow."""
    return MOST_PER_ACCOUNT if calls is None else min(calls * _per_call(carrier), LEGS_PER_TASK)


@lru_cache(maxsize=4096)
def _most_soon(carrier: str, own: str, learned: str, _today: date) -> int:
    """Legs that fit into the calls of one of each of the account's windows; what was learned changes with the days."""
    account = CarrierAccount(carrier=carrier, limits=json.loads(own), learned_limits=json.loads(learned))
    calls = min((limit.calls for limit in limits_of(account)), default=MOST_PER_ACCOUNT)
    return min(calls * _per_call(carrier), MOST_PER_ACCOUNT)


def _per_call(carrier: str) -> int:
    api = registry.sheet(carrier).api
    return api.batch if api is not None else 1


def _claim(most_by_account: Mapping[UUID, int], which: str) -> list[Claim]:
    """Up to so many legs of each account."""
    if not most_by_account:
        return []
    lease_until = timezone.now() + timedelta(seconds=settings.POLL_LEASE_S)
    more = {"lease_until": lease_until, "accounts": list(most_by_account), "most": list(most_by_account.values())}
    return [
        Claim(leg_id=leg_id, account_id=account_id, token=token)
        for leg_id, account_id, token in _rows(_CLAIM_SQL.format(which=which), more)
    ]


def _rows(sql: str, more: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"due": clock.now(), "now": timezone.now(), **(more or {})})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


_GIVE_BACK_SQL = """
UPDATE shipments_leg AS leg
   SET lease_until = NULL, poll_token = NULL, next_poll_at = COALESCE(%s, leg.next_poll_at)
  FROM unnest(%s::uuid[], %s::uuid[]) AS mine (id, token)
 WHERE leg.id = mine.id AND leg.poll_token = mine.token
"""


def give_back(legs: Iterable[Leg], next_poll_at: datetime | None = None) -> int:
    """Ends the claims of legs whose asking came to nothing; how many. They stay due as they were, or at
    `next_poll_at`."""
    tokens = {leg.id: leg.poll_token for leg in legs}
    if not tokens:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK_SQL, [next_poll_at, list(tokens), list(tokens.values())])
        return int(cursor.rowcount)
