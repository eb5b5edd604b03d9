"""Unknown wordings, phrasebook rows and replays as the API shows them. `serializers.mapping` describes the shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from carriers.serialise import instant
from tracking.mapping.export import Patch
from tracking.mapping.models import Replay
from tracking.mapping.understood import Rate
from tracking.mapping.unknown import Group, Queue
from tracking.phrasebook.models import PhrasebookRow

Json = dict[str, Any]

_REPLAY_FIGURES = (
    "failure", "shipments_total", "shipments_seen", "shipments_replayed", "shipments_changed", "shipments_broken",
    "answers_read", "answers_unreadable", "events_unchanged", "events_changed", "events_new", "events_gone",
    "statuses_changed", "event_sample", "status_sample",
)  # fmt: skip


def unknown_page(queue: Queue) -> Json:
    """A page of the queue."""
    return {
        "results": [_group(group) for group in queue.groups],
        "next_cursor": queue.next_cursor,
        "is_cut": queue.is_cut,
    }


def _group(group: Group) -> Json:
    return {
        "carrier": group.carrier,
        "raw_code": group.raw_code,
        "wording": group.wording,
        "count": group.count,
        "shipments": group.shipments,
        "first_at": _moment(group.first_at),
        "last_at": _moment(group.last_at),
        "examples": [
            {"shipment": example.number, "text": example.text, "received_at": _moment(example.received_at)}
            for example in group.examples
        ],
        "row": row(group.row) if group.row is not None else None,
    }


def row(each: PhrasebookRow) -> Json:
    """A row of the phrasebook."""
    return {
        "id": str(each.pk),
        "carrier": each.carrier,
        "raw_code": each.raw_code,
        "wording": each.wording,
        "pattern": each.pattern,
        "event_code": each.event_code,
        "reason": each.reason or None,
        "note": each.note,
        "author": each.author_name,
        "created_at": _moment(each.created_at),
        "version": each.version,
        "replaces": str(each.replaces_id) if each.replaces_id else None,
        "ended_at": _moment(each.ended_at),
    }


def understood(rate: Rate) -> Json:
    """One carrier's figures."""
    return {
        "carrier": rate.carrier,
        "recent_rate": _share(rate.recent_rate),
        "recent_events": rate.recent_events,
        "recent_unknown": rate.recent_unknown,
        "rate": _share(rate.rate),
        "events": rate.events,
        "unknown": rate.unknown,
        "counted_at": _moment(rate.counted_at),
    }


def patch(told: Patch) -> Json:
    """A phrasebook as a patch."""
    return {"carrier": told.carrier, "rows": told.rows, "toml": told.toml, "diff": told.diff}


def replay(each: Replay) -> Json:
    """A replay, with what it came to so far."""
    return {
        "id": str(each.pk),
        "carrier": each.carrier or None,
        "shipment": each.shipment.number if each.shipment is not None else None,
        "is_dry": each.is_dry,
        "state": str(each.state),
        "started_by": each.started_by,
        "created_at": _moment(each.created_at),
        "started_at": _moment(each.started_at),
        "finished_at": _moment(each.finished_at),
        **{name: getattr(each, name) for name in _REPLAY_FIGURES},
    }


def _share(rate: float | None) -> float | None:
    """Cut, not rounded, to six places: 1.0 means all."""
    return None if rate is None else int(rate * 1_000_000) / 1_000_000


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment.astimezone(UTC))
