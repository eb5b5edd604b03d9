"""Files, their events, and units as the API shows them. `serializers.inbound` describes the shapes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from carriers.messages import Estimate, MessageEvent, Reading
from carriers.serialise import instant
from tracking.inbound.files import problem_to_json
from tracking.inbound.models import InboundFile, InboundItem, TransportUnit, UnitMember
from tracking.inbound.preview import Preview
from tracking.inbound.telling import members_of
from tracking.inbound.wire import from_json

Json = dict[str, Any]
MOST_MEMBERS = 1_000


def file(row: InboundFile, counts: Mapping[str, int]) -> Json:
    """A file; `counts` of its items by state."""
    return {
        "id": str(row.pk),
        "format": row.format,
        "name": row.name,
        "carrier": row.carrier,
        "size": row.size,
        "received_at": _moment(row.received_at),
        "state": row.state,
        "events": row.events,
        "matched": counts.get(InboundItem.State.MATCHED, 0),
        "unmatched": counts.get(InboundItem.State.UNMATCHED, 0) + counts.get(InboundItem.State.EXPIRED, 0),
        "problem_count": row.problem_count,
        "problems": row.problems,
    }


def state_counts(files: list[InboundFile]) -> dict[UUID, dict[str, int]]:
    """How many items of each file are in which state, in one statement."""
    rows: QuerySet[InboundItem, tuple[UUID, str, int]] = (
        InboundItem.objects.filter(file__in=files).values_list("file_id", "state").annotate(Count("id"))
    )
    found: dict[UUID, dict[str, int]] = {row.pk: {} for row in files}
    for file_id, state, count in rows:
        found[file_id][state] = count
    return found


def item(row: InboundItem) -> Json:
    """An event or estimate that was kept."""
    return _told(from_json(row.told), row.shipments) | {
        "id": str(row.pk),
        "state": row.state,
        "unit": row.unit_id and str(row.unit_id),
    }


def preview(found: Preview) -> Json:
    """What a file would do."""
    return {
        "events": found.events,
        "matched": found.matched,
        "unmatched": found.unmatched,
        "rows": [_told(row.told, row.shipments) | {"matched_by": row.matched_by or None} for row in found.rows],
        "problems": [problem_to_json(problem) for problem in found.problems],
    }


def results(reading: Reading, found: Preview, count: int) -> list[Json]:
    """What became of each of `count` events of a list, in their order."""
    rows = {row.where: row for row in found.rows}
    problems = {problem.where: problem_to_json(problem) for problem in reading.problems}
    return [
        {
            "index": index,
            "is_accepted": str(index) in rows,
            "matched_by": rows[str(index)].matched_by or None if str(index) in rows else None,
            "shipments": rows[str(index)].shipments if str(index) in rows else 0,
            "problem": problems.get(str(index)),
        }
        for index in range(count)
    ]


def unit(row: TransportUnit) -> Json:
    """A unit as lists show it."""
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "reference": row.reference,
        "carrier": row.carrier or None,
        "carrier_name": row.carrier_name,
        "estimated_arrival_at": _moment(row.estimated_arrival_at),
        "shipments": len(members_of(row.pk)),
        "created_at": _moment(row.created_at),
    }


def unit_detail(row: TransportUnit) -> Json:
    """A unit with what travels in it."""
    members = UnitMember.objects.filter(unit=row, removed_at=None).select_related("shipment", "inner").order_by("id")
    return unit(row) | {"members": [_member(member) for member in members[:MOST_MEMBERS]]}


def _member(row: UnitMember) -> Json:
    inner = row.inner
    return {
        "id": str(row.pk),
        "shipment": row.shipment.number if row.shipment is not None else None,
        "order_number": row.shipment.order_number if row.shipment is not None else "",
        "unit": {"id": str(inner.pk), "kind": inner.kind, "reference": inner.reference} if inner is not None else None,
        "added_at": _moment(row.added_at),
        "is_caught_up": row.caught_up_at is not None,
    }


def _told(told: MessageEvent | Estimate, shipments: int) -> Json:
    common = {
        "where": told.where,
        "references": [str(reference) for reference in told.references],
        "shipments": shipments,
    }
    if isinstance(told, Estimate):
        return common | {
            "event_code": None, "estimate": told.what, "raw_code": "", "text": "", "is_part": False,
            "occurred_at": _moment(told.time.instant), "place": told.place.text if told.place else "",
        }  # fmt: skip
    event = told.event
    return common | {
        "event_code": event.code.value, "estimate": None, "raw_code": event.raw_code, "text": event.raw_text,
        "is_part": told.is_part, "occurred_at": _moment(event.time.instant),
        "place": event.place.text if event.place else "",
    }  # fmt: skip


def _moment(moment: datetime | None) -> str | None:
    return instant(moment.astimezone(UTC)) if moment is not None else None
