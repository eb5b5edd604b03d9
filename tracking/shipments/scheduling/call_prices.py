"""What a call costs, per account, as this process knows it: `pricing` moves the prices, and nobody needs the very
newest."""

from __future__ import annotations

import time
from uuid import UUID

from django_scopes import scopes_disabled

from tracking.rules.schedule import DEFAULT_PRICE
from tracking.shipments.models import CarrierAccount

KNOWN_FOR_S = 60.0
MOST_KNOWN = 10_000

_known: dict[UUID, tuple[float, float]] = {}  # account -> when to look again, price


def price_of(account_id: UUID | None) -> float:
    """The account's price in weighted hours of delay; the default where it has none. A short query a minute."""
    if account_id is None:
        return DEFAULT_PRICE
    now = time.monotonic()
    known = _known.get(account_id)
    if known is not None and known[0] > now:
        return known[1]
    with scopes_disabled():
        found = CarrierAccount.objects.filter(pk=account_id).values_list("call_price", flat=True).first()
    price = DEFAULT_PRICE if found is None else found
    while len(_known) >= MOST_KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[account_id] = (now + KNOWN_FOR_S, price)
    return price
