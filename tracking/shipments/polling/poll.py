"""Polls an account's carrier for claimed legs, within the account's budget; the recorder gets the answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import Access, CarrierAdapter
from carriers.client import DEADLINE_S
from carriers.errors import BadAnswer, Refused
from tracking import clock
from tracking.jobs import stopping
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.polling import breaker, budget, concurrency, slow_lane
from tracking.shipments.polling.account_health import Health, Seen
from tracking.shipments.polling.asking import Batch, batches_of, told_of, with_fields
from tracking.shipments.polling.breaker import Turn, Verdict
from tracking.shipments.polling.call_counts import count_call
from tracking.shipments.polling.calling import Call, Calls
from tracking.shipments.polling.claims import Claim, give_back
from tracking.shipments.recording.answers import raw_answer
from tracking.shipments.recording.door import Recorded, record_results
from tracking.shipments.sealing import SealError, open_credentials


def poll_account(account_id: UUID, claims: Sequence[Claim]) -> Recorded:
    """Asks one account's carrier for the claimed legs and records what it tells. Synchronous; asyncio beside it.

    What is not asked, because the account rests, its budget is used up or the task's time is over, stays due in its
    order.
    """
    account, legs = _claimed(account_id, claims)
    if account is None or not legs:
        return Recorded()
    if stopping.is_told():  # a worker that ends begins nothing more
        give_back(legs)
        return Recorded()
    turn = breaker.turn(account)
    if turn is Turn.REST:
        give_back(legs)
        return Recorded()
    is_probe = turn is Turn.PROBE
    try:
        access = Access(credentials=open_credentials(account), now=timezone.now(), base_url=account.base_url or None)
    except SealError as error:
        breaker.conclude(account, Seen(refused=1, failure=Refused(str(error))), is_probe=is_probe)
        give_back(legs)
        return Recorded()
    adapter = registry.adapter(account.carrier)
    ready, lacking = with_fields(adapter, legs)
    recorded = record_results(lacking) if lacking else Recorded()
    batches = batches_of(adapter, ready)
    lease = None
    if slow_lane.is_slow(account):
        lease = slow_lane.take_place(account)
        most = slow_lane.SLOW_CALLS if lease is not None else 0
    else:
        most = len(batches)
    most = min(most, 1) if is_probe else most
    give_back(_legs_of(batches[most:]))
    poll = _Poll(account, adapter, lease)
    recorded.add(poll.run(access, batches[:most], is_probe=is_probe))
    return recorded


class _Poll:
    """The calls of one task."""

    def __init__(self, account: CarrierAccount, adapter: CarrierAdapter, lease: datetime | None) -> None:
        self._account, self._adapter = account, adapter
        self._lease = lease  # of the place in the slow lane
        self._seen = Seen()
        self._held: list[Call] = []  # failed, and not known yet whether it is the leg's or the account's failure
        self._recorded = Recorded()
        self._retry_after_s = 0.0  # for calls that the budget did not grant

    def run(self, access: Access, batches: Sequence[Batch], *, is_probe: bool) -> Recorded:
        """Makes the calls, records what they bring, and says what they mean for the account."""
        try:
            ended = self._call(access, batches) if batches else set()
        finally:
            if self._lease is not None:
                slow_lane.leave_place(self._account, self._lease)
        self._leave([batch for number, batch in enumerate(batches) if number not in ended])
        if self._seen.busy:
            seen = self._seen
            budget.learn(self._account, accepted=seen.good, refused=seen.busy, after_s=seen.after_s)
        self._settle(breaker.conclude(self._account, self._seen, is_probe=is_probe))
        return self._recorded

    def _call(self, access: Access, batches: Sequence[Batch]) -> set[int]:
        """The places of the batches whose calls ended by themselves. A grant of calls that is not used up at once goes
        stale: then the rest is given back, and taken anew."""
        began, ended, begun = time.monotonic(), set[int](), 0
        while begun < len(batches):
            left = batches[begun:]
            grant = budget.take(self._account, len(left), urgent=sum(map(_is_urgent, left)))
            self._retry_after_s = grant.retry_after_s
            if not grant.calls:
                break
            calls = Calls(
                self._adapter, access, left[: grant.calls], concurrency.window(self._account.pk),
                deadline_s=DEADLINE_S, may_begin=partial(getattr, grant, "is_good"),
            )  # fmt: skip
            ended |= {begun + number for number in self._follow(calls, began)}
            budget.give_back(self._account, grant, grant.calls - calls.begun)
            begun += calls.begun
            is_all = calls.begun == grant.calls < len(left)
            if is_all or not calls.begun or not self._seen.good or self._seen.busy or self._seen.is_stalled:
                break
            if self._is_enough(time.monotonic() - began):
                break
        return ended

    def _follow(self, calls: Calls, began: float) -> set[int]:
        """Records the calls as they end, until there is no more to wait for; which of them ended by themselves."""
        ended: set[int] = set()
        try:
            for chunk in calls.chunks(patience_s=slow_lane.SLOW_S):
                self._take(chunk)
                ended |= {call.number for call in chunk}
                if not chunk:
                    self._seen.is_stalled = True
                    self._lease = self._lease or slow_lane.take_place(self._account)
                if self._is_over(time.monotonic() - began, is_stalled=not chunk):
                    calls.cut()
                elif self._is_enough(time.monotonic() - began):
                    calls.stop()
        finally:
            calls.cut()  # whatever goes wrong here, nobody is asked on behind our back
        return ended

    def _leave(self, batches: Sequence[Batch]) -> None:
        """What was not asked stays due in its order; who waits for a call of the reserve comes back for it."""
        legs = _legs_of(batches)
        give_back([leg for leg in legs if leg.wanted_at is None or not self._retry_after_s])
        give_back(
            [leg for leg in legs if leg.wanted_at is not None and self._retry_after_s],
            clock.after(self._retry_after_s),
        )

    def _is_over(self, seconds: float, *, is_stalled: bool) -> bool:
        if self._lease is None or stopping.is_told():  # a fast task waits for no slow answer, nor does one that ends
            return is_stalled
        return seconds >= slow_lane.SLOW_TASK_S

    def _is_enough(self, seconds: float) -> bool:
        if self._seen.is_down or stopping.is_told():
            return True
        if self._lease is None:
            return seconds >= slow_lane.FAST_TASK_S
        return seconds >= slow_lane.SLOW_TASK_S - (self._seen.call_s or 0.0)

    def _take(self, chunk: Sequence[Call]) -> None:
        for call in chunk:
            outcomes = [outcome for _, outcome in call.outcomes]
            count_call(self._adapter.slug, outcomes, call.seconds)
            self._seen.note(call.health, outcomes, call.seconds)
        self._record([call for call in chunk if call.health is Health.GOOD])
        self._held += [call for call in chunk if call.health is not Health.GOOD]

    def _record(self, calls: Sequence[Call]) -> None:
        slug = self._adapter.slug
        told = [told_of(slug, leg, outcome) for call in calls for leg, outcome in call.outcomes]
        if told:
            self._recorded.add(record_results(told))

    def _settle(self, verdict: Verdict) -> None:
        """What becomes of the calls that failed: the leg's failure where the account goes on; else nobody's."""
        busy = [call for call in self._held if call.health is Health.BUSY]
        failed = [call for call in self._held if call.health is not Health.BUSY]
        give_back(_legs(busy))
        if verdict is Verdict.GOES_ON:
            self._record(failed)
            return
        # Those that were asked in vain go to the end of those that wait, so that the next probe asks for others.
        give_back(_legs(failed), clock.now() if verdict is Verdict.RESTS else None)
        _keep_unreadable(self._adapter.slug, failed)


# What asking needs; whole rows of both tables take four times as long to load.
_COLUMNS = (
    "merchant", "shipment", "account", "carrier", "number", "fields", "last_digest", "opened_at", "next_poll_at",
    "wanted_at", "poll_token", "shipment__origin_country", "shipment__destination_country",
)  # fmt: skip


def _claimed(account_id: UUID, claims: Sequence[Claim]) -> tuple[CarrierAccount | None, list[Leg]]:
    """The account and the legs whose claims still hold."""
    tokens = {claim.leg_id: claim.token for claim in claims}
    with scopes_disabled():
        account = CarrierAccount.objects.filter(pk=account_id).first()
        mine = Leg.objects.filter(id__in=tokens).select_related("shipment").only(*_COLUMNS)
        legs = list(mine) if account is not None else []
    return account, [leg for leg in legs if leg.poll_token == tokens[leg.id] and leg.account_id == account_id]


def _keep_unreadable(slug: str, calls: Sequence[Call]) -> None:
    """One answer that nobody can read, for whoever mends the adapter."""
    for leg, outcome in [pair for call in calls for pair in call.outcomes]:
        failure = outcome.result.failure if outcome.result is not None else None
        if isinstance(failure, BadAnswer) and outcome.body:
            told = told_of(slug, leg, outcome)
            with scopes_disabled():
                raw_answer(leg, told, failure=f"{failure.kind}: {failure.detail[:200]}").save(force_insert=True)
            return


def _legs(calls: Sequence[Call]) -> list[Leg]:
    return [leg for call in calls for leg, _ in call.outcomes]


def _legs_of(batches: Sequence[Batch]) -> list[Leg]:
    return [leg for batch in batches for leg, _ in batch]


def _is_urgent(batch: Batch) -> bool:
    return any(leg.wanted_at is not None for leg, _ in batch)
