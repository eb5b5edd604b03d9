"""The queue: a merchant's events that no table knows, grouped by carrier, code and folded wording.

Read from the index `event_unknown` (merchant, whose words, code), at most `MOST_READ` events at a time: a carrier that
renames everything overnight makes the figures a lower bound, not the page slow.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tracking.accounts.models import Merchant
from tracking.phrasebook.book import Book, books
from tracking.phrasebook.folding import FOLD_PARAMETERS, MOST, fold, fold_sql
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Event

MOST_READ = 50_000
PAGE_SIZE = 50
EXAMPLES = 5
_MOST_LOOKED = 5_000  # events, for the examples of one page
# Enough to understand a wording, and no more of what may name somebody.
MOST_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One such event: our number of the shipment, the carrier's text (cut) and when it was received."""

    number: str
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Events of one carrier, code and folded wording. `row` says what they will be once they are replayed."""

    carrier: str
    raw_code: str
    wording: str
    count: int
    shipments: int
    first_at: datetime
    last_at: datetime
    examples: tuple[Example, ...]
    row: PhrasebookRow | None

    @property
    def text(self) -> str:
        """The carrier's own words, of the newest example."""
        return self.examples[0].text if self.examples else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One page of groups, the most frequent first. `next_cursor` leads to the next one; None at the end. `is_cut`:
    there are more events than were counted."""

    groups: tuple[Group, ...]
    is_first: bool
    next_cursor: str | None
    is_cut: bool


_LOST = f"""
SELECT read_by, raw_code, {fold_sql("raw_text")} AS wording, shipment_id, received_at
  FROM (SELECT read_by, raw_code, raw_text, shipment_id, received_at
          FROM shipments_event
         WHERE merchant_id = %(merchant)s AND code = 'unknown' AND read_by > '' AND read_by >= %(from)s
           AND read_by <= %(to)s
         LIMIT %(most)s) AS found
"""  # noqa: S608  our own expression; every value is a parameter

_GROUPS = f"""
WITH lost AS MATERIALIZED ({_LOST})
SELECT read_by, raw_code, wording, count(*), count(DISTINCT shipment_id), min(received_at), max(received_at),
       (array_agg(DISTINCT shipment_id))[1:{EXAMPLES}], (SELECT count(*) FROM lost)
  FROM lost GROUP BY read_by, raw_code, wording
HAVING (-count(*), read_by, raw_code, md5(wording)) > (%(less)s, %(carrier)s, %(code)s, %(digest)s)
 ORDER BY -count(*), read_by, raw_code, md5(wording) LIMIT %(limit)s
"""  # noqa: S608
_ONE = f"""
WITH lost AS MATERIALIZED ({_LOST})
SELECT read_by, raw_code, wording, count(*), count(DISTINCT shipment_id), min(received_at), max(received_at),
       (array_agg(DISTINCT shipment_id))[1:{EXAMPLES}], (SELECT count(*) FROM lost)
  FROM lost WHERE raw_code = %(code)s AND wording = %(wording)s GROUP BY read_by, raw_code, wording LIMIT 1
"""  # noqa: S608
_BEGIN = (-(2**62), "", "", "")


def unknown(merchant: Merchant, *, carrier: str = "", cursor: str = "") -> Queue:
    """A page of the queue, of one carrier or of all, after the group that `cursor` names. Four queries.

    Raises Invalid for a cursor that is none of ours.
    """
    less, last_carrier, code, digest = _position(cursor) if cursor else _BEGIN
    place = {"less": less, "carrier": last_carrier, "code": code, "digest": digest}
    asked = _parameters(merchant, carrier) | place | {"limit": PAGE_SIZE + 1}
    with connection.cursor() as database:
        database.execute(_GROUPS, asked)
        rows = database.fetchall()
    shown = rows[:PAGE_SIZE]
    examples = _examples([shipment for row in shown for shipment in row[7]])
    known = books({(merchant.pk, row[0]) for row in shown})
    return Queue(
        groups=tuple(_group(row, examples, known.get((merchant.pk, row[0]))) for row in shown),
        is_first=not cursor,
        next_cursor=_cursor(shown[-1]) if len(rows) > PAGE_SIZE else None,
        is_cut=bool(rows) and rows[0][8] >= MOST_READ,
    )


def group_of(merchant: Merchant, carrier: str, raw_code: str, wording: str) -> Group | None:
    """One group by its key, None where no event is in it (any more)."""
    asked = _parameters(merchant, carrier) | {"code": raw_code, "wording": wording}
    with connection.cursor() as cursor:
        cursor.execute(_ONE, asked)
        row = cursor.fetchone()
    if row is None:
        return None
    return _group(row, _examples(row[7]), books({(merchant.pk, carrier)}).get((merchant.pk, carrier)))


def _parameters(merchant: Merchant, carrier: str) -> dict[str, Any]:
    return {
        "merchant": merchant.pk,
        "from": carrier,
        "to": carrier or "\U0010ffff",
        "most": MOST_READ,
        **FOLD_PARAMETERS,
    }


def _cursor(row: tuple[Any, ...]) -> str:
    """The place of a group in the order of the queue: groups that come or go before it shift nothing after it."""
    carrier, raw_code, wording, count, *_ = row
    digest = hashlib.md5(wording.encode(), usedforsecurity=False).hexdigest()
    told = json.dumps([-count, carrier, raw_code, digest], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[int, str, str, str]:
    try:
        less, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=="))
        carrier, code, digest = (text.replace("\0", "") for text in texts)
        if isinstance(less, int) and abs(less) < 2**62:
            return less, carrier, code, digest
    except (ValueError, TypeError, AttributeError):
        pass
    raise Invalid("cursor", "is not one of ours", "Send `next_cursor` of the page before, unchanged.")


Key = tuple[str, str, str]


def _examples(shipment_ids: Sequence[UUID]) -> dict[Key, list[Example]]:
    """The newest unknown event of each group and shipment."""
    found: dict[Key, list[Example]] = {}
    seen: set[tuple[Key, UUID]] = set()
    events = (
        Event.objects.unknown()
        .filter(shipment_id__in=set(shipment_ids))
        .order_by("-received_at")
        .values_list("read_by", "raw_code", "raw_text", "shipment_id", "shipment__number", "received_at")[:_MOST_LOOKED]
    )
    for read_by, raw_code, raw_text, shipment_id, number, received_at in events:
        key = (read_by, raw_code, fold(raw_text))
        if (key, shipment_id) not in seen:
            seen.add((key, shipment_id))
            example = Example(number=number, text=raw_text[:MOST], received_at=received_at)
            found.setdefault(key, []).append(example)
    return found


def _group(row: tuple[Any, ...], examples: dict[Key, list[Example]], book: Book | None) -> Group:
    carrier, raw_code, wording, count, shipments, first_at, last_at, _, _ = row
    found = examples.get((carrier, raw_code, wording), [])[:EXAMPLES]
    return Group(
        carrier=carrier,
        raw_code=raw_code,
        wording=wording,
        count=count,
        shipments=shipments,
        first_at=first_at,
        last_at=last_at,
        examples=tuple(replace(example, text=example.text[:MOST_SHOWN]) for example in found),
        row=book.row_for(raw_code, found[0].text if found else wording) if book else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How many unknown events a row would name, of how many that were looked at, with a few of their texts."""

    count: int
    of: int
    texts: tuple[str, ...]


def matched(book: Book, merchant: Merchant, carrier: str) -> Matched:
    """What a book (of one row that is about to be) makes of the carrier's unknown events; one query, bounded."""
    count = of = 0
    texts: dict[str, str] = {}
    events = Event.objects.unknown().filter(merchant=merchant, read_by=carrier)
    for raw_code, raw_text in events.values_list("raw_code", "raw_text")[:MOST_READ].iterator(chunk_size=2000):
        of += 1
        if book.row_for(raw_code, raw_text) is not None:
            count += 1
            if len(texts) < 3:
                texts.setdefault(fold(raw_text), raw_text[:MOST_SHOWN])
    return Matched(count=count, of=of, texts=tuple(texts.values()))
