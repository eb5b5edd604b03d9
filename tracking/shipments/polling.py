"""Asks carriers: claims due legs, fetches their answers within the account's budget, and hands them to the recorder.

A claim is a lease with a token. A worker that dies lets its lease run out, and the legs are due again; a worker that
comes back late finds another token and writes nothing. So a claim may be lost or sent twice without harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import Access, CarrierAdapter
from carriers.client import Outcome
from carriers.errors import AccountRefused, CarrierError, MissingField, Refused
from carriers.events import TrackedNumber, TrackingResult
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments import budget, carrier_client
from tracking.shipments.carrier_client import CONCURRENCY
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.recording import Recorded, Told, record_results, release
from tracking.shipments.sealing import SealError, open_credentials

logger = logging.getLogger(__name__)

# Legs per task: a message costs 3 ms, so it carries many; a batch must end well within its lease.
LEGS_PER_TASK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A leg that this process may ask until the lease ends."""

    leg_id: UUID
    account_id: UUID
    token: UUID


_CLAIM_SQL = """
-- Materialized: a plan may run a plain subquery again and again, and claim more than its limit.
WITH due AS MATERIALIZED (
    SELECT leg.id
      FROM shipments_leg AS leg JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
     WHERE leg.next_poll_at <= %(due)s AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
       AND account.state = 'active'
     ORDER BY leg.next_poll_at
     LIMIT %(most)s
       FOR UPDATE OF leg SKIP LOCKED)
UPDATE shipments_leg AS leg SET poll_token = gen_random_uuid(), lease_until = %(lease_until)s
  FROM due WHERE leg.id = due.id
RETURNING leg.id, leg.account_id, leg.poll_token
"""


def claim_due(most: int) -> dict[UUID, list[Claim]]:
    """Up to `most` due legs, the longest due first, by account. Two tickers never claim the same leg."""
    now = timezone.now()
    lease = timedelta(seconds=settings.POLL_LEASE_S)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, {"lease_until": now + lease, "due": clock.now(), "now": now, "most": most})
        rows = cursor.fetchall()
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    for leg_id, account_id, token in rows:
        claims[account_id].append(Claim(leg_id=leg_id, account_id=account_id, token=token))
    return dict(claims)


def poll_account(account_id: UUID, claims: Sequence[Claim]) -> Recorded:
    """Asks one account's carrier for the claimed legs and records what it tells. Synchronous; asyncio inside."""
    tokens = {claim.leg_id: claim.token for claim in claims}
    with scopes_disabled():
        account = CarrierAccount.objects.filter(pk=account_id).first()
        legs = [
            leg
            for leg in Leg.objects.filter(id__in=tokens).select_related("shipment")
            if leg.poll_token == tokens[leg.id] and account is not None and leg.account_id == account.pk
        ]
    if account is None or not legs:
        return Recorded()
    adapter = registry.adapter(account.carrier)
    try:
        access = Access(credentials=open_credentials(account), now=timezone.now(), base_url=account.base_url or None)
    except SealError as error:
        return _record_failure(account, legs, Refused(str(error)))
    ready, lacking = _with_fields(adapter, legs)
    recorded = record_results(lacking) if lacking else Recorded()
    batches = _batches(adapter, ready)
    grant = budget.take(account, len(batches))
    _release(batches[grant.calls :], clock.after(grant.retry_after_s))
    batches = batches[: grant.calls]
    # In rounds, each recorded at once: what a slow or endless carrier sends neither fills the memory nor keeps the
    # task until its time is up with nothing written.
    for start in range(0, len(batches), CONCURRENCY):
        outcomes = carrier_client.run(_ask_all(adapter, access, batches[start : start + CONCURRENCY]))
        recorded.add(record_results([_told(adapter.slug, leg, outcome) for leg, outcome in outcomes]))
        if _note_account(account, [outcome for _, outcome in outcomes]):
            # Asking on with credentials that the carrier refuses may lock them.
            _release(batches[start + CONCURRENCY :], clock.now())
            break
    return recorded


Batch = list[tuple[Leg, TrackedNumber]]


def _release(batches: Sequence[Batch], next_poll_at: datetime) -> None:
    legs = [leg for batch in batches for leg, _ in batch]
    release([leg.id for leg in legs], {leg.id: leg.poll_token for leg in legs if leg.poll_token}, next_poll_at)


def _with_fields(adapter: CarrierAdapter, legs: Sequence[Leg]) -> tuple[Batch, list[Told]]:
    """The legs that can be asked for, and what is told of those that lack a field the carrier needs."""
    ready, lacking = [], []
    for leg in legs:
        missing = next(
            (fact for fact in adapter.facts.fields if fact.is_required and not leg.fields.get(fact.name)), None
        )
        if missing is not None:
            failure = MissingField(missing.name, f"{adapter.facts.name} needs {missing.label}")
            lacking.append(_told(adapter.slug, leg, _failed(leg, failure)))
            continue
        asked = TrackedNumber(
            number=leg.number,
            carrier=leg.carrier,
            fields=leg.fields,
            origin_country=leg.shipment.origin_country or None,
            destination_country=leg.shipment.destination_country or None,
        )
        ready.append((leg, asked))
    return ready, lacking


def _batches(adapter: CarrierAdapter, legs: Batch) -> list[Batch]:
    """As many numbers per call as the carrier takes; no number twice in one call."""
    size = adapter.facts.api.batch if adapter.facts.api is not None else 1
    if size == 1:
        return [[pair] for pair in legs]
    batches: list[Batch] = []
    for pair in legs:
        roomy = (batch for batch in batches[-2:] if len(batch) < size)
        batch = next((batch for batch in roomy if all(asked.number != pair[1].number for _, asked in batch)), None)
        if batch is None:
            batches.append([pair])
        else:
            batch.append(pair)
    return batches


async def _ask_all(adapter: CarrierAdapter, access: Access, batches: Sequence[Batch]) -> list[tuple[Leg, Outcome]]:
    client = await carrier_client.client()
    gate = asyncio.Semaphore(CONCURRENCY)

    async def ask(batch: Batch) -> list[tuple[Leg, Outcome]]:
        known = {asked.number: bytes(leg.last_digest) for leg, asked in batch if leg.last_digest}
        async with gate:
            outcomes = await client.track(adapter, access, [asked for _, asked in batch], known)
        by_number = {outcome.number: outcome for outcome in outcomes}
        # An answer may spell a number otherwise: then the order of the question decides.
        return [
            (leg, by_number.get(asked.number, outcomes[min(index, len(outcomes) - 1)]))
            for index, (leg, asked) in enumerate(batch)
        ]

    answered = await asyncio.gather(*(ask(batch) for batch in batches))
    return [pair for batch in answered for pair in batch]


def _told(slug: str, leg: Leg, outcome: Outcome) -> Told:
    return Told(
        leg_id=leg.id,
        read_by=slug,
        channel=Channel.POLL,
        received_at=clock.now(),
        result=outcome.result,
        body=outcome.body,
        http_status=outcome.http_status,
        digest=outcome.digest,
        poll_token=leg.poll_token,
    )


def _failed(leg: Leg, failure: CarrierError) -> Outcome:
    return Outcome(number=leg.number, result=TrackingResult(number=leg.number, failure=failure))


def _record_failure(account: CarrierAccount, legs: Sequence[Leg], failure: Refused) -> Recorded:
    outcomes = [_failed(leg, failure) for leg in legs]
    recorded = record_results(
        [_told(account.carrier, leg, outcome) for leg, outcome in zip(legs, outcomes, strict=True)]
    )
    _note_account(account, outcomes)
    return recorded


def _note_account(account: CarrierAccount, outcomes: Sequence[Outcome]) -> bool:
    """The account's health, and whether it is refused: in the carrier's words, by 401 or 403 for every number asked, or
    by no token at all."""
    failures = [outcome.result.failure for outcome in outcomes if outcome.result is not None and outcome.result.failure]
    now: datetime = clock.now()
    changes: dict[str, object] = {}
    if len(failures) < len(outcomes):
        changes = {"last_success_at": now, "last_failure_kind": "", "last_failure_detail": ""}
    refusals = [
        outcome
        for outcome in outcomes
        if outcome.result is not None
        and isinstance(outcome.result.failure, Refused)
        and (outcome.http_status in (0, 401, 403) or isinstance(outcome.result.failure, AccountRefused))
    ]
    is_refused = bool(refusals) and len(refusals) == len(outcomes)
    if is_refused:
        changes["state"] = CarrierAccount.State.REFUSED
    worst = next((failure for failure in failures if failure.kind in ("refused", "bad_answer", "try_later")), None)
    if worst is not None and len(failures) == len(outcomes):
        changes |= {
            "last_failure_kind": worst.kind,
            "last_failure_detail": worst.detail[:200],
            "last_failure_at": now,
        }
    if changes:
        with scopes_disabled():
            # Not where the credentials were changed meanwhile: the carrier has not seen the new ones.
            asked_as = CarrierAccount.objects.filter(pk=account.pk, sealed_credentials=account.sealed_credentials)
            asked_as.update(**changes)
    return is_refused
