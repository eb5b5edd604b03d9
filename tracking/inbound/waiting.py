"""Items without a match: told when something with their number appears, forgotten after thirty days.

What appears is found by looking at the newest legs and shipments, not by a call from whoever made them: news travels
upward as rows. A slower look over everything makes up for a ticker that was away.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.inbound.models import InboundFile, InboundItem
from tracking.inbound.telling import NotRecorded, tell_items
from tracking.inbound.wire import bare
from tracking.shipments.models import Leg, Shipment

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
DRAFTS_FOR = timedelta(days=1)
# Longer than any transaction that registers a shipment: ids are made before they are committed.
LOOK_BACK = timedelta(minutes=5)
CHUNK = 500


def retry_new(since: timedelta = LOOK_BACK) -> int:
    """Tells the unmatched items whose number a leg, shipment or order of the last minutes bears; how many matched."""
    first = _first_id(since)
    appeared: dict[UUID, set[str]] = defaultdict(set)
    with scopes_disabled():
        if not InboundItem.objects.filter(state=InboundItem.State.UNMATCHED).exists():
            return 0
        for merchant_id, number in Leg.objects.filter(id__gte=first).values_list("merchant_id", "number").iterator():
            appeared[merchant_id].add(bare(number))
        ours = Shipment.objects.live().filter(id__gte=first).values_list("merchant_id", "number", "order_number")
        for merchant_id, number, order_number in ours.iterator():
            appeared[merchant_id].update({bare(number), bare(order_number)} - {""})
        matched = 0
        for merchant_id, keys in appeared.items():
            wanted = sorted(keys)
            for start in range(0, len(wanted), CHUNK):
                matched += retry(merchant_id, wanted[start : start + CHUNK])
    return matched


def retry(merchant_id: UUID, keys: list[str]) -> int:
    """Tells the merchant's unmatched items that bear one of these bare numbers; how many matched."""
    waiting = InboundItem.objects.filter(merchant_id=merchant_id, state=InboundItem.State.UNMATCHED, keys__overlap=keys)
    by_file: dict[UUID, list[InboundItem]] = defaultdict(list)
    for item in waiting.select_related("file", "unit").defer("file__body").order_by("received_at", "position")[:CHUNK]:
        by_file[item.file_id].append(item)
    for items in by_file.values():
        _tell(items, items[0].file.carrier)
    return sum(item.state == InboundItem.State.MATCHED for items in by_file.values() for item in items)


def retry_all() -> int:
    """Tries every unmatched item again, by merchant: after a time without a ticker; how many matched."""
    matched = 0
    with scopes_disabled():
        waiting = InboundItem.objects.filter(state=InboundItem.State.UNMATCHED).order_by("id")
        last = UUID(int=0)
        while items := list(waiting.filter(id__gt=last).select_related("file", "unit").defer("file__body")[:CHUNK]):
            last = items[-1].id
            by_sender: dict[tuple[UUID, str], list[InboundItem]] = defaultdict(list)
            for item in items:
                by_sender[item.merchant_id, item.file.carrier].append(item)
            for (_, carrier), mine in by_sender.items():
                _tell(mine, carrier)
            matched += sum(item.state == InboundItem.State.MATCHED for item in items)
    return matched


def _tell(items: list[InboundItem], carrier: str) -> None:
    """What the recorder cannot store waits for the next time, and keeps nobody else waiting."""
    try:
        tell_items(items[0].received_at, items, carrier)
    except NotRecorded:
        logger.exception("%d inbound items were not told", len(items))


def forget_old() -> int:
    """Those that nothing claimed in time; how many. They stay with their file, and are not tried any more."""
    with scopes_disabled():
        InboundFile.objects.filter(state=InboundFile.State.DRAFT, received_at__lt=clock.now() - DRAFTS_FOR).delete()
        old = InboundItem.objects.filter(state=InboundItem.State.UNMATCHED, received_at__lt=clock.now() - KEPT_FOR)
        return old.update(state=InboundItem.State.EXPIRED)


def _first_id(since: timedelta) -> UUID:
    """The least id that can have been made since then: ids begin with their millisecond."""
    at = max(int((timezone.now() - since).timestamp() * 1000), 0)
    return UUID(int=at << 80)
