"""Derives again what is kept, and compares: the proof that nothing was lost on the way.

A shipment's columns follow from its events, its changes of status are numbered without gaps, the last change says what
the shipment says, and each change that was told has a delivery for every endpoint that wanted it. What belongs together
is written in one transaction, so a difference means a mistake of ours, a hand in the database, or tables and rules that
are newer than the shipment's last fold.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django_scopes import scopes_disabled

from tracking.jobs import counters, stopping
from tracking.jobs.models import Bookmark
from tracking.notify.event_types import type_of
from tracking.notify.models import Delivery
from tracking.shipments.models import Shipment, StatusChange
from tracking.shipments.recording.batch import BATCH, Batch, load
from tracking.shipments.recording.door import refold_shipments
from tracking.shipments.recording.refolding import fold_anew, refold

logger = logging.getLogger(__name__)

# What a fold derives. `attention` and its next look follow from the time as well, and mend themselves.
DERIVED = (
    "origin_country", "status", "phase", "event_code", "reason", "last_event_at", "last_event_code", "last_event_place",
    "last_event_zone", "delivered_at", "estimated_earliest", "estimated_latest", "estimated_by", "holder", "holder_leg",
    "milestones",
)  # fmt: skip
_TOLD = ("status", "phase", "event_code", "reason")

TIME_BOX_S = 600.0  # of a night's run; the next night goes on from there
CHANGES, SHIPMENTS = "reconcile.changes", "reconcile.shipments"
MOST_SWEPT = 100_000
PAGE = 500

Page = tuple[list[UUID], str]  # ids of shipments, and the bookmark behind them


class Wish(NamedTuple):
    """An endpoint wanted this type of news from its `first` change to its `last`, both ids of changes."""

    endpoint_id: UUID
    event_type: str
    first: int
    last: int


Wishes = Mapping[UUID, Sequence[Wish]]  # by merchant


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is kept of a shipment is not what follows. `kind`: derived, gap, last_change, delivery; `detail` names
    columns, changes and endpoints, no value of a parcel's."""

    shipment_id: UUID
    kind: str
    detail: str


def run_daily(_: datetime) -> str:
    """The nightly job: whatever changed since the last night, then a part of all shipments, for ten minutes at most."""
    ends = time.monotonic() + TIME_BOX_S
    looked, found, wishes = 0, Counter[str](), wanted()
    for name, pages in ((CHANGES, _changed_since), (SHIPMENTS, _a_nights_part)):
        for ids, position in pages(_position(name)):
            for difference in differences(ids, wishes):
                found[difference.kind] += 1
            looked += len(ids)
            Bookmark.objects.update_or_create(name=name, defaults={"position": position})
            if stopping.is_told() or time.monotonic() > ends:
                break
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items())) or "no difference"
    return f"{looked} shipments: {told}"


def differences(shipment_ids: Sequence[UUID], wishes: Wishes, *, repair: bool = False) -> list[Difference]:
    """Every difference of these shipments; each is logged and counted. `wishes` are `wanted()`.

    `repair` folds what is derived wrongly once more, as a replay: nobody is told of it. Gaps in what was told stay as
    they are, for people.
    """
    found: list[Difference] = []
    with scopes_disabled():
        for start in range(0, len(shipment_ids), BATCH):
            with transaction.atomic():
                batch = load(set(shipment_ids[start : start + BATCH]))
                found += _of_batch(batch, wishes)
        if repair:
            refold_shipments(
                {difference.shipment_id for difference in found if difference.kind == "derived"},
                StatusChange.Cause.REPLAY,
            )
    for difference in found:
        logger.error(
            "shipment %s is not what follows from it: %s: %s",
            difference.shipment_id,
            difference.kind,
            difference.detail,
        )
        counters.add("reconcile_differences", difference.kind)
    return found


def all_shipments() -> Iterator[list[UUID]]:
    """The ids of all shipments, in pages."""
    for ids, _ in _shipments_after(""):
        yield ids


def wanted() -> Wishes:
    """What each endpoint has been told, by merchant: from which change to which it wanted which type of news.

    An endpoint's wishes may change, and are not remembered; that it got what came before and after is proof enough.
    """
    sql = """SELECT merchant_id, endpoint_id, event_type, min(change_id), max(change_id) FROM notify_delivery
              WHERE change_id IS NOT NULL AND endpoint_id IS NOT NULL GROUP BY 1, 2, 3"""
    wishes: dict[UUID, list[Wish]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for merchant_id, *wish in cursor.fetchall():
            wishes[merchant_id].append(Wish(*wish))
    return wishes


def _of_batch(batch: Batch, wishes: Wishes) -> Iterator[Difference]:
    changes: dict[UUID, list[StatusChange]] = defaultdict(list)
    for change in StatusChange.objects.filter(shipment_id__in=batch.shipments).order_by("sequence"):
        changes[change.shipment_id].append(change)
    yield from _undelivered([change for mine in changes.values() for change in mine], wishes)
    for shipment_id, shipment in batch.shipments.items():
        kept = {column: getattr(shipment, column) for column in DERIVED}
        numbers = [change.number for change in changes[shipment_id] if change.number is not None]
        if numbers != list(range(1, shipment.change_count + 1)):
            yield Difference(shipment_id=shipment_id, kind="gap", detail=_gaps(numbers, shipment.change_count))
        legs = batch.legs[shipment_id]
        timeline = fold_anew(shipment, legs, batch.facts[shipment_id].values())
        last = changes[shipment_id][-1] if changes[shipment_id] else None
        if timeline.entries and not _says(last, kept):
            detail = "no change was told" if last is None else f"change {last.sequence} says otherwise"
            yield Difference(shipment_id=shipment_id, kind="last_change", detail=detail)
        refold(shipment, legs, timeline)
        wrong = [column for column in DERIVED if getattr(shipment, column) != kept[column]]
        if wrong:
            yield Difference(shipment_id=shipment_id, kind="derived", detail=", ".join(wrong))


def _undelivered(changes: Sequence[StatusChange], wishes: Wishes) -> Iterator[Difference]:
    told = [change for change in changes if change.told_at and change.cause != StatusChange.Cause.REPLAY]
    due = [
        (change, wish.endpoint_id)
        for change in told
        for wish in wishes.get(change.merchant_id, ())
        if wish.first < change.id < wish.last and wish.event_type == type_of(change.old_status, change.status)
    ]
    if not due:
        return
    made = set(
        Delivery.objects.filter(change__in={change.id for change, _ in due}).values_list("change_id", "endpoint_id")
    )
    for change, endpoint_id in due:
        if (change.id, endpoint_id) not in made:
            detail = f"change {change.sequence} is not in the outbox of endpoint {endpoint_id}"
            yield Difference(shipment_id=change.shipment_id, kind="delivery", detail=detail)


def _says(change: StatusChange | None, kept: Mapping[str, object]) -> bool:
    return change is not None and all(getattr(change, column) == kept[column] for column in _TOLD)


def _gaps(numbers: Sequence[int], count: int) -> str:
    missing = sorted(set(range(1, count + 1)) - set(numbers))
    return f"{len(numbers)} of {count} changes, without {', '.join(map(str, missing[:5]))}" if missing else "too many"


def _position(name: str) -> str:
    return Bookmark.objects.filter(name=name).values_list("position", flat=True).first() or ""


def _changed_since(position: str) -> Iterator[Page]:
    """Shipments by the changes that were recorded after `position`, the id of a change."""
    last = int(position or 0)
    while True:
        with scopes_disabled():
            changes = StatusChange.objects.filter(id__gt=last).order_by("id")
            rows = list(changes.values_list("id", "shipment_id")[:PAGE])
        if not rows:
            return
        last = rows[-1][0]
        yield list({shipment_id for _, shipment_id in rows}), str(last)


def _a_nights_part(position: str) -> Iterator[Page]:
    """Shipments after `position`, and from the beginning again after the last one."""
    return islice(chain(_shipments_after(position), _shipments_after("") if position else ()), MOST_SWEPT // PAGE)


def _shipments_after(position: str) -> Iterator[Page]:
    while True:
        with scopes_disabled():
            rows = Shipment.objects.order_by("id").values_list("id", flat=True)
            ids = list((rows.filter(id__gt=UUID(position)) if position else rows)[:PAGE])
        if not ids:
            return
        position = str(ids[-1])
        yield ids, position
