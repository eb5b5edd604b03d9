"""Which legs are asked next, and by whom. A claim is a lease with a token.

A worker that dies lets its lease run out, and the legs are due again; a worker that comes back late finds another token
and writes nothing. So a claim may be lost or sent twice without harm.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from carriers import registry
from tracking import clock
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.polling import slow_lane
from tracking.shipments.polling.limits import limits_of
from tracking.shipments.polling.rotation import rotation

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
    place: int  # among its merchant's accounts that have something due
    accounts: int  # how many those are
    most: int  # legs that its limits could let pass soon; more would only be claimed to be given back
    per_call: int


# One look into the index per account, whatever it has overdue.
_CANDIDATES_SQL = """
SELECT account.id, account.carrier, account.limits, account.learned_limits,
       row_number() OVER (PARTITION BY account.merchant_id ORDER BY oldest.next_poll_at) - 1 AS place,
       count(*) OVER (PARTITION BY account.merchant_id),
       CASE WHEN account.rests_taken > 0 THEN 1 WHEN account.call_s >= %(slow_s)s THEN %(slow_calls)s END AS most_calls
  FROM shipments_carrieraccount AS account
 CROSS JOIN LATERAL (
       SELECT leg.next_poll_at FROM shipments_leg AS leg
        WHERE leg.account_id = account.id AND leg.next_poll_at <= %(due)s
          AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
        ORDER BY leg.next_poll_at LIMIT 1) AS oldest
 WHERE account.merchant_id > %(after)s AND account.merchant_id <= %(upto)s
   AND account.state = 'active' AND (account.rests_until IS NULL OR account.rests_until <= %(now)s)
   AND (account.spent_until IS NULL OR account.spent_until <= %(now)s)
 ORDER BY place, oldest.next_poll_at
 LIMIT %(most)s
"""

# Those for whom somebody waits may use the reserve of a budget that is otherwise spent.
_URGENT_SQL = """
SELECT leg.account_id, account.carrier
  FROM shipments_leg AS leg JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
 WHERE leg.wanted_at IS NOT NULL AND leg.next_poll_at <= %(due)s
   AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
   AND account.state = 'active' AND (account.rests_until IS NULL OR account.rests_until <= %(now)s)
 GROUP BY leg.account_id, account.carrier
"""

_CLAIM_SQL = """
WITH mine AS (
    SELECT *
      FROM unnest(%(ids)s::uuid[], %(mosts)s::int[], %(per_calls)s::int[], %(places)s::int[], %(accounts)s::int[])
        WITH ORDINALITY AS mine (account_id, most, per_call, place, accounts, nth)),
-- Materialized: a plan may run a plain subquery again and again, and claim more than its limit.
chosen AS MATERIALIZED (
    SELECT leg.id
      FROM mine
     CROSS JOIN LATERAL (
           SELECT first.*, row_number() OVER (ORDER BY first.next_poll_at) - 1 AS number
             FROM (SELECT leg.id, leg.next_poll_at
                     FROM shipments_leg AS leg
                    WHERE leg.account_id = mine.account_id AND {which}
                      AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
                    ORDER BY leg.next_poll_at LIMIT mine.most) AS first) AS leg
     -- By turns: a merchant's first call, whichever account's, comes before anybody's second; and whole calls.
     ORDER BY leg.number / mine.per_call * mine.accounts + mine.place, mine.nth, leg.next_poll_at
     LIMIT %(most)s),
due AS MATERIALIZED (
    SELECT leg.id FROM shipments_leg AS leg JOIN chosen USING (id)
     WHERE leg.lease_until IS NULL OR leg.lease_until < %(now)s
       FOR UPDATE OF leg SKIP LOCKED)
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
# Accounts have ten legs or a hundred thousand. A plan for the average one, which gathers what is due and sorts it, is
# hopeless for the largest; along the index, each costs what is taken of it.
_ALONG_THE_INDEX = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off"
# An account is looked through for so many times its even part, as others may have less.
_AHEAD = 2


def claim_due(most: int) -> dict[UUID, list[Claim]]:
    """Up to `most` due legs by account; two tickers never claim the same leg.

    First those for whom somebody waits. Then call by call in turns: every merchant as many as any other, within a
    merchant every account, within an account the longest due first; what one has no need for flows to the others. On
    a large site this holds among the merchants of one part, and each look begins where this process's last one ended.
    A last call with room is filled with legs that would be due soon: they cost nothing, and count on top of `most`.
    """
    if most <= 0:
        return {}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ALONG_THE_INDEX)
        return _claim_due(most)


def _claim_due(most: int) -> dict[UUID, list[Claim]]:
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    urgent = [
        _Candidate(account_id=account_id, place=0, accounts=1, most=most, per_call=_per_call(carrier))
        for account_id, carrier in _rows(_URGENT_SQL)
    ]
    _claim(urgent, most, _URGENT, claims)
    asked = urgent
    if most > _count(claims):
        for after, upto in rotation.parts(most):
            candidates = _candidates(most - _count(claims), after, upto)
            _claim_by_turns(candidates, most - _count(claims), claims)
            asked += candidates
            if most <= _count(claims):
                break
    _fill_calls(asked, claims)
    return dict(claims)


def _claim_by_turns(candidates: list[_Candidate], most: int, claims: dict[UUID, list[Claim]]) -> None:
    wanted = _count(claims) + most
    ahead = [replace(each, most=min(each.most, _most_ahead(each, most, candidates))) for each in candidates]
    first = _prefix(ahead, _AHEAD * most)
    for some in (ahead[:first], ahead[first:]):  # the second, where the first had less due than their calls take
        _claim(some, wanted - _count(claims), _DUE, claims)
    if (left := wanted - _count(claims)) > 0:  # some have much, and the others had less than was thought
        rest = [replace(each, most=each.most - len(claims.get(each.account_id, ()))) for each in candidates]
        behind = [each for each, tried in zip(rest, ahead, strict=True) if each.most > 0 and _is_full(tried, claims)]
        _claim(behind, left, _DUE, claims)


def _most_ahead(each: _Candidate, most: int, candidates: list[_Candidate]) -> int:
    return max(each.per_call, _AHEAD * most // len(candidates))


def _prefix(ahead: list[_Candidate], legs: int) -> int:
    """How many of the accounts have, between them, calls for so many legs."""
    return bisect_left(list(accumulate(each.most for each in ahead)), legs) + 1


def _is_full(tried: _Candidate, claims: dict[UUID, list[Claim]]) -> bool:
    return len(claims.get(tried.account_id, ())) >= tried.most


def _count(claims: dict[UUID, list[Claim]]) -> int:
    return sum(map(len, claims.values()))


def _fill_calls(candidates: list[_Candidate], claims: dict[UUID, list[Claim]]) -> None:
    missing = {
        each.account_id: replace(each, most=-len(claims[each.account_id]) % each.per_call)
        for each in candidates
        if claims.get(each.account_id)
    }
    partly = [each for each in missing.values() if each.most]
    _claim(partly, sum(each.most for each in partly), _SOON, claims)


def _candidates(most: int, after: UUID, upto: UUID) -> list[_Candidate]:
    """Those of these merchants that come first by turns; of each claim at least one leg falls to each."""
    today = timezone.now().date()
    values = {
        "most": most, "after": after, "upto": upto, "slow_s": slow_lane.SLOW_S, "slow_calls": slow_lane.SLOW_CALLS,
    }  # fmt: skip
    return [
        _Candidate(
            account_id=account_id,
            place=place,
            accounts=accounts,
            most=min(_most_soon(carrier, own, learned, today), _most_now(carrier, most_calls)),
            per_call=_per_call(carrier),
        )
        for account_id, carrier, own, learned, place, accounts, most_calls in _rows(_CANDIDATES_SQL, values)
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


def _claim(candidates: list[_Candidate], most: int, which: str, claims: dict[UUID, list[Claim]]) -> None:
    """Adds up to `most` claims of these accounts, by turns."""
    if not candidates or most <= 0:
        return
    values = {
        "ids": [str(each.account_id) for each in candidates],
        "mosts": [each.most for each in candidates],
        "per_calls": [each.per_call for each in candidates],
        "places": [each.place for each in candidates],
        "accounts": [each.accounts for each in candidates],
        "most": most,
        "lease_until": timezone.now() + timedelta(seconds=settings.POLL_LEASE_S),
    }
    for leg_id, account_id, token in _rows(_CLAIM_SQL.format(which=which), values):
        claims[account_id].append(Claim(leg_id=leg_id, account_id=account_id, token=token))


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
