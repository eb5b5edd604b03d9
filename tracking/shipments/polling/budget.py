"""How many calls may be made now: one budget for all workers, and for all accounts that hold the same key.

A grant is one short transaction under the lock of the budget's row, committed before the first call: PostgreSQL counts,
and Redis does not. Every grant has to be kept where no flush, no kill and no restart loses it, and once it is, a count
in Redis beside it could only ever be wrong. A grant serves up to LEGS_PER_TASK parcels, and an account without calls
left is not even claimed for (`spent_until`), so that a budget's row is written some times a second at the most. It
works the same with Redis absent.

Runs on machine time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_scopes import scopes_disabled

from carriers import registry
from carriers.facts import FactSheet, Limit, Per
from tracking.rules import sharing, windows
from tracking.shipments.models import Budget, CarrierAccount
from tracking.shipments.polling.limits import lesson, limits_of

# Of an hour's and a day's calls so many are kept for those who wait: a reader with the page open, a refresh.
RESERVE = 0.05
_RESERVED_FROM = 4  # calls; of fewer none is kept
# Somebody who got less than he wanted is expected back so long after he was told to come.
_EXPECTED_S = 10.0
_FAIR_WINDOW_LEAST_S = 60
# Lessons from 429s that come together are one.
_LESSON_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`calls` may begin within `good_for_s` of now; for the rest, wait `retry_after_s` machine seconds. A call is one
    question to the carrier; it counts as the `requests` that it may take."""

    calls: int
    requests: int = 1
    retry_after_s: float = 0.0
    good_for_s: float = float("inf")
    granted_at: datetime | None = None  # None: nothing is counted

    @property
    def is_good(self) -> bool:
        """Whether calls may still begin; later ones would fall into a window that does not count them."""
        return self.granted_at is None or timezone.now() < self.granted_at + timedelta(seconds=self.good_for_s)


def fingerprint(sheet: FactSheet, credentials: dict[str, str], base_url: str) -> str:
    """Of whom a carrier counts as one: the same address and the same credentials, whatever our name for it."""
    address = base_url or (sheet.api.base_url if sheet.api else sheet.slug)
    told = [credentials.get(name, "") for name in registry.adapter(sheet.slug).credentials]
    return salted_hmac("shipments.budget", "\0".join([address, *told]), algorithm="sha256").hexdigest()


def key_of(account: CarrierAccount) -> str:
    """The key of the account's budget; one that was never saved with credentials has its own."""
    return account.budget_key or str(account.pk)


def take(account: CarrierAccount, wanted: int, urgent: int = 0) -> Grant:
    """Takes up to `wanted` calls, `urgent` of them for somebody who waits: only these may use the reserve."""
    limits = limits_of(account)
    if not limits or wanted <= 0:
        return Grant(calls=max(0, wanted))
    with transaction.atomic(durable=True), scopes_disabled():
        budget = _locked(key_of(account))
        now = timezone.now()  # not before the lock: what others were granted meanwhile is counted
        windows.forget(budget.used, limits, now)
        requests = _requests(account, limits)
        calls, wait_s = _decide(
            budget, limits, str(account.merchant_id), now, wanted=wanted, urgent=urgent, requests=requests
        )
        budget.taken_at = now
        budget.save()
        if wait_s:
            CarrierAccount.objects.filter(pk=account.pk).update(spent_until=now + timedelta(seconds=wait_s))
    return Grant(
        calls=calls,
        requests=requests,
        retry_after_s=wait_s if calls < wanted else 0.0,
        good_for_s=windows.good_for_s(limits),
        granted_at=now,
    )


def give_back(account: CarrierAccount, grant: Grant, calls: int) -> None:
    """`calls` of the grant were not made."""
    limits = limits_of(account)
    if calls <= 0 or grant.granted_at is None or not limits:
        return
    with transaction.atomic(durable=True):
        budget = _locked(key_of(account))
        windows.spend(budget.used, limits, grant.granted_at, -calls * grant.requests)
        mine = budget.sharers.get(str(account.merchant_id))
        if mine is not None:
            mine["calls"] = max(0, mine["calls"] - calls * grant.requests)
        budget.save()


def learn(account: CarrierAccount, *, accepted: int, refused: int, after_s: float | None) -> None:
    """A carrier answered 429 to `refused` calls of a task, and took `accepted` of it: from now on it is asked less."""
    with transaction.atomic(durable=True), scopes_disabled():
        budget = _locked(key_of(account))
        now, row = timezone.now(), CarrierAccount.objects.get(pk=account.pk)
        per, learned = lesson(
            limits_of(row, now), budget.used, accepted=accepted, refused=refused, after_s=after_s, now=now
        )
        last = row.learned_limits.get(per)
        if last is not None and (now - datetime.fromisoformat(last["at"])).total_seconds() < _LESSON_EVERY_S:
            return
        sharing_it = CarrierAccount.objects.filter(budget_key=account.budget_key) if account.budget_key else None
        account.learned_limits = row.learned_limits | {per.value: learned}
        (sharing_it or CarrierAccount.objects.filter(pk=account.pk)).update(learned_limits=account.learned_limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One window of an account's budget at this moment. `resets_at`: when a call is free again that is not now; None
    while there is one."""

    limit: Limit
    used: int
    reserve: int
    resets_at: datetime | None
    learned: dict[str, object] | None

    @property
    def left(self) -> int:
        """Calls that may still be made, the reserve too."""
        return max(0, self.limit.calls - self.used)


def standings(accounts: Iterable[CarrierAccount]) -> dict[str, list[Standing]]:
    """What is left of every window, by account id. One query."""
    accounts, now = list(accounts), timezone.now()
    budgets = Budget.objects.in_bulk({key_of(account) for account in accounts})
    told: dict[str, list[Standing]] = {}
    for account in accounts:
        budget = budgets.get(key_of(account))
        used = budget.used if budget else {}
        told[str(account.pk)] = [_standing(account, limit, used, now) for limit in limits_of(account, now)]
    return told


def _standing(account: CarrierAccount, limit: Limit, used: windows.Used, now: datetime) -> Standing:
    wait_s = windows.free_in_s(used, limit, now, limit.calls)
    return Standing(
        limit=limit,
        used=windows.counted(used, limit, now),
        reserve=_reserve(limit, now),
        resets_at=windows.resets_at(limit, now) if limit.zone else now + timedelta(seconds=wait_s) if wait_s else None,
        learned=account.learned_limits.get(limit.per),
    )


def _locked(key: str) -> Budget:
    found = Budget.objects.select_for_update(no_key=True).filter(pk=key).first()
    if found is None:
        Budget.objects.bulk_create([Budget(key=key)], ignore_conflicts=True)
        found = Budget.objects.select_for_update(no_key=True).get(pk=key)
    return found


def _decide(
    budget: Budget, limits: tuple[Limit, ...], name: str, now: datetime, *, wanted: int, urgent: int, requests: int
) -> tuple[int, float]:
    """(calls, seconds to wait for more), counted; notes who asked."""
    now_s, longest = now.timestamp(), limits[-1]
    window_s = max(longest.per.seconds, _FAIR_WINDOW_LEAST_S)
    kept = sharing.kept_for_others(
        name, budget.sharers, longest.calls, now_s=now_s, window_s=window_s, passed=windows.passed(longest, now)
    )
    room = usual_room = wanted * requests
    for limit in limits:
        left = limit.calls - windows.counted(budget.used, limit, now) - (kept if limit is longest else 0)
        room, usual_room = min(room, left), min(usual_room, left - _reserve(limit, now))
    room, usual_room = (
        sharing.share(name, budget.sharers, each, now_s=now_s, window_s=window_s) for each in (room, usual_room)
    )
    hurried = min(urgent, room // requests)
    calls = hurried + max(0, min(wanted - urgent, usual_room // requests - hurried))
    windows.spend(budget.used, limits, now, calls * requests)
    wait_s = max(
        windows.free_in_s(budget.used, limit, now, limit.calls - _reserve(limit, now) - requests + 1)
        for limit in limits
    )
    if calls < wanted:
        # Where others have the right to the rest, it is soon known whether they use it.
        wait_s = max(wait_s, min(30.0, window_s / 60))
    wants_until = now_s + wait_s + _EXPECTED_S if calls < wanted else 0.0
    sharing.note(budget.sharers, name, calls * requests, now_s=now_s, window_s=window_s, wants_until=wants_until)
    return calls, wait_s


def _requests(account: CarrierAccount, limits: tuple[Limit, ...]) -> int:
    """What a question may take; no more than the narrowest limit allows, or it would never be asked."""
    api = registry.sheet(account.carrier).api
    return min(api.requests if api else 1, *(limit.calls for limit in limits))


def _reserve(limit: Limit, now: datetime) -> int:
    """Calls of an hour or a day that only those who wait may have; of a calendar day less and less, as it ends."""
    if limit.per not in (Per.HOUR, Per.DAY) or limit.calls < _RESERVED_FROM:
        return 0
    return ceil(max(1.0, limit.calls * RESERVE) * (1 - windows.passed(limit, now)))
