"""Which event is which: the same scan told again, by the same leg and channel, gets the same identity."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from carriers.events import TrackingEvent
from tracking.rules.facts import Channel


def identified(leg_id: UUID, channel: Channel, events: Sequence[TrackingEvent]) -> Iterable[tuple[str, TrackingEvent]]:
    """Each event with its identity: the carrier's id of the scan, else its time and code as printed. Free text and
    places change between two answers, so they have no part in it; the n-th of several alike keeps its n."""
    seen: Counter[str] = Counter()
    for event in events:
        mark = event.native_id or f"{event.time.raw}|{event.time.offset_min}|{event.raw_code}"
        if event.time.source.value != "carrier_offset" and event.native_id is None:
            mark = f"{event.time.raw}|{event.raw_code}"  # an offset that we derived may be derived better one day
        seen[mark] += 1
        text = f"{leg_id}|{channel}|{mark}|{seen[mark]}"
        yield hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), event
