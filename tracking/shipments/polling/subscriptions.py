"""Has carriers push: a leg whose carrier offers it is subscribed when it opens, and then polled less often.

Pushes may be lost, so a subscribed leg is still polled, and a subscription that fails costs nothing but the calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import Access, Callback, CarrierAdapter, PushAdapter
from carriers.errors import CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import budget, carrier_client
from tracking.shipments.sealing import SealError, open_credentials

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
# Until the carrier knows the number, or has time, it is asked again.
AGAIN_UNKNOWN, AGAIN_BUSY = timedelta(hours=6), timedelta(minutes=15)
# A subscription that ends is asked for again so long before.
RENEWED_BEFORE = timedelta(days=1)
CONCURRENCY = 20


def push_address(account: CarrierAccount) -> str:
    """Where the carrier sends its pushes; whoever knows it can reach the door, so it is shown to few."""
    return settings.SITE_URL.rstrip("/") + reverse("api:push-door", args=[account.carrier, account.push_token])


def wish(account_carrier: str | None) -> dict[str, object]:
    """A leg's columns when it is given to an account of this carrier: pushes are asked for where it offers them."""
    if account_carrier is None or not registry.subscribes(account_carrier):
        return {"subscription": Leg.Subscription.NONE, "subscribe_at": None}
    return {"subscription": Leg.Subscription.WANTED, "subscribe_at": timezone.now()}


_CLAIM_SQL = """
-- Materialized: a plan may run a plain subquery again and again, and claim more than its limit.
WITH due AS MATERIALIZED (
    SELECT leg.id
      FROM shipments_leg AS leg
      JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
      JOIN shipments_shipment AS shipment ON shipment.id = leg.shipment_id
     WHERE leg.subscribe_at <= %(now)s AND account.state = 'active'
       AND leg.state = 'open' AND shipment.archived_at IS NULL
       AND leg.next_poll_at IS NOT NULL -- whom nobody asks any more, nobody need push
     ORDER BY leg.subscribe_at
     LIMIT %(most)s
       FOR UPDATE OF leg SKIP LOCKED)
UPDATE shipments_leg AS leg SET subscribe_at = %(lease)s
  FROM due WHERE leg.id = due.id
RETURNING leg.id, leg.account_id
"""


def claim(most: int) -> dict[UUID, list[UUID]]:
    """Up to `most` legs whose carrier is to be asked for pushes, by account; another claim finds them after a lease."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, {"lease": now + LEASE, "now": now, "most": most})
        rows = cursor.fetchall()
    legs: dict[UUID, list[UUID]] = defaultdict(list)
    for leg_id, account_id in rows:
        legs[account_id].append(leg_id)
    return dict(legs)


def subscribe(account_id: UUID, leg_ids: Sequence[UUID]) -> int:
    """Asks one account's carrier to push these legs' numbers; how many it agreed to."""
    with scopes_disabled():
        account = CarrierAccount.objects.filter(pk=account_id).first()
        legs = list(Leg.objects.filter(id__in=leg_ids, account_id=account_id).select_related("shipment"))
        if account is None or not legs:
            return 0
        adapter = registry.adapter(account.carrier)
        if not isinstance(adapter, PushAdapter):
            return 0
        try:
            credentials = open_credentials(account)
        except SealError:
            return 0  # polling tells people what is wrong with the account
        secret = credentials.get(adapter.push_credential, "")
        if not secret:
            # Without a secret no push would be believed; saving the account with one asks again.
            Leg.objects.filter(id__in=leg_ids).update(subscription=Leg.Subscription.NONE, subscribe_at=None)
            return 0
        access = Access(credentials=credentials, now=timezone.now(), base_url=account.base_url or None)
        callback = Callback(url=push_address(account), secret=secret)
        asked = []
        for leg in legs:
            if adapter.subscription(_number(leg), access, callback) is None:
                _note(leg, adapter, answer=False)
            else:
                asked.append(leg)
        asked = asked[: budget.take(account, len(asked)).calls]
        answers = carrier_client.run(_ask_all(adapter, access, asked, callback))
        states = [_note(leg, adapter, answer=answer) for leg, answer in zip(asked, answers, strict=True)]
    return states.count(Leg.Subscription.ACTIVE)


def _number(leg: Leg) -> TrackedNumber:
    return TrackedNumber(number=leg.number, carrier=leg.carrier, fields=leg.fields)


async def _ask_all(
    adapter: CarrierAdapter, access: Access, legs: Sequence[Leg], callback: Callback
) -> list[bool | CarrierError]:
    """For each leg what it brought; False where there was nothing to ask."""
    gate = asyncio.Semaphore(CONCURRENCY)
    client = await carrier_client.client()

    async def ask(leg: Leg) -> bool | CarrierError:
        async with gate:
            try:
                return await client.subscribe(adapter, access, _number(leg), callback)
            except CarrierError as error:
                return error

    return list(await asyncio.gather(*(ask(leg) for leg in legs)))


def _note(leg: Leg, adapter: PushAdapter, *, answer: bool | CarrierError) -> str:
    state, again = _outcome(adapter, answer)
    with transaction.atomic():
        # Whoever records an answer of this leg holds the shipment, and writes the whole leg.
        Shipment.objects.select_for_update().filter(pk=leg.shipment_id).first()
        still = Leg.objects.filter(pk=leg.pk, account_id=leg.account_id)
        if state == Leg.Subscription.WANTED and again is None:
            still = still.exclude(subscription=Leg.Subscription.ACTIVE)  # the first push was faster
        still.update(subscription=state, subscribe_at=again)
    if isinstance(answer, CarrierError):
        logger.info("leg %s is not pushed: %s", leg.pk, answer.kind)  # the carrier's words may hold the number
    return state


def _outcome(adapter: PushAdapter, answer: bool | CarrierError) -> tuple[str, datetime | None]:
    """The leg's state, and when to ask again (machine time).

    "wanted" without a time to ask again: asked, and not known to be pushed before the first push comes.
    """
    now = timezone.now()
    if isinstance(answer, TryLater):
        return Leg.Subscription.WANTED, now + (timedelta(seconds=answer.after_s) if answer.after_s else AGAIN_BUSY)
    if isinstance(answer, NotFound):
        return Leg.Subscription.WANTED, now + AGAIN_UNKNOWN
    if isinstance(answer, CarrierError):
        return Leg.Subscription.REFUSED, None
    if not answer:
        return Leg.Subscription.NONE, None
    again = now + adapter.subscription_lasts - RENEWED_BEFORE if adapter.subscription_lasts else None
    return (Leg.Subscription.ACTIVE if adapter.tells_address else Leg.Subscription.WANTED), again
