"""Polls an account's carrier for claimed legs, within the account's budget; the recorder gets the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import Access
from carriers.errors import Refused
from tracking import clock
from tracking.jobs import stopping
from tracking.shipments import budget, carrier_client
from tracking.shipments.account_health import note_outcomes
from tracking.shipments.asking import Batch, ask_all, batches_of, failed, told_of, with_fields
from tracking.shipments.carrier_client import CONCURRENCY
from tracking.shipments.claims import Claim, release
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.recording import Recorded, record_results
from tracking.shipments.sealing import SealError, open_credentials


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
    ready, lacking = with_fields(adapter, legs)
    recorded = record_results(lacking) if lacking else Recorded()
    batches = batches_of(adapter, ready)
    grant = budget.take(account, len(batches))
    _release(batches[grant.calls :], clock.after(grant.retry_after_s))
    batches = batches[: grant.calls]
    # In rounds, each recorded at once: what a slow or endless carrier sends neither fills the memory nor keeps the
    # task until its time is up with nothing written.
    for start in range(0, len(batches), CONCURRENCY):
        if stopping.is_told():  # a worker that ends begins nothing more
            _release(batches[start:], clock.now())
            break
        outcomes = carrier_client.run(ask_all(adapter, access, batches[start : start + CONCURRENCY]))
        recorded.add(record_results([told_of(adapter.slug, leg, outcome) for leg, outcome in outcomes]))
        if note_outcomes(account, [outcome for _, outcome in outcomes]):
            # Asking on with credentials that the carrier refuses may lock them.
            _release(batches[start + CONCURRENCY :], clock.now())
            break
    return recorded


def _release(batches: Sequence[Batch], next_poll_at: datetime) -> None:
    legs = [leg for batch in batches for leg, _ in batch]
    release([leg.id for leg in legs], {leg.id: leg.poll_token for leg in legs if leg.poll_token}, next_poll_at)


def _record_failure(account: CarrierAccount, legs: Sequence[Leg], failure: Refused) -> Recorded:
    outcomes = [failed(leg, failure) for leg in legs]
    recorded = record_results(
        [told_of(account.carrier, leg, outcome) for leg, outcome in zip(legs, outcomes, strict=True)]
    )
    note_outcomes(account, outcomes)
    return recorded
