"""A told event or estimate as JSON values, and back: how items are kept until they are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from carriers.events import EventTime, Place, TimePrecision, TimeSource, TrackingEvent
from carriers.messages import Estimate, MessageEvent, Reference, ReferenceKind
from carriers.vocabulary import EventCode, Reason

Json = dict[str, Any]


def bare(text: str) -> str:
    """The letters and digits of a number, upper-cased: what numbers are compared by. At most 80."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:80]


def keys_of(told: MessageEvent | Estimate) -> list[str]:
    """Every number of it, bare, once."""
    wholes = told.wholes if isinstance(told, MessageEvent) else ()
    return [key for key in dict.fromkeys(bare(found.value) for found in (*told.references, *wholes)) if key]


def to_json(told: MessageEvent | Estimate) -> Json:
    """Everything of it."""
    common: Json = {"references": _references(told.references), "where": told.where}
    if isinstance(told, Estimate):
        return common | {"what": told.what, "time": _time(told.time), "place": told.place and asdict(told.place)}
    event = told.event
    return common | {
        "wholes": _references(told.wholes),
        "is_part": told.is_part,
        "carrier_name": told.carrier_name,
        "event": {
            "code": event.code.value,
            "reason": event.reason and event.reason.value,
            "time": _time(event.time),
            "place": event.place and asdict(event.place),
            "raw_code": event.raw_code,
            "raw_text": event.raw_text,
            "language": event.language,
            "native_id": event.native_id,
            "sequence": event.sequence,
            "details": dict(event.details),
        },
    }


def from_json(kept: Json) -> MessageEvent | Estimate:
    """What `to_json` was given. A code or reason of a later release is unknown."""
    references = _read_references(kept["references"])
    if "what" in kept:
        return Estimate(
            references=references, what=kept["what"], time=_read_time(kept["time"]), place=_read_place(kept["place"]),
            where=kept["where"],
        )  # fmt: skip
    row = kept["event"]
    event = TrackingEvent(
        code=EventCode(row["code"]) if row["code"] in set(EventCode) else EventCode.UNKNOWN,
        reason=Reason(row["reason"]) if row["reason"] in set(Reason) else None,
        time=_read_time(row["time"]),
        place=_read_place(row["place"]),
        raw_code=row["raw_code"],
        raw_text=row["raw_text"],
        language=row["language"],
        native_id=row["native_id"],
        sequence=row["sequence"],
        details=row["details"],
    )
    return MessageEvent(
        references=references,
        wholes=_read_references(kept["wholes"]),
        event=event,
        where=kept["where"],
        is_part=kept["is_part"],
        carrier_name=kept["carrier_name"],
    )


def _references(references: Iterable[Reference]) -> list[list[str]]:
    return [[found.kind.value, found.value] for found in references]


def _read_references(kept: list[list[str]]) -> tuple[Reference, ...]:
    return tuple(Reference(ReferenceKind(kind), value) for kind, value in kept)


def _time(time: EventTime) -> Json:
    return {
        "raw": time.raw,
        "local": time.local and time.local.isoformat(),
        "offset_min": time.offset_min,
        "instant": time.instant and time.instant.isoformat(),
        "source": time.source.value,
        "precision": time.precision.value,
    }


def _read_time(kept: Json) -> EventTime:
    return EventTime(
        raw=kept["raw"],
        local=kept["local"] and datetime.fromisoformat(kept["local"]),
        offset_min=kept["offset_min"],
        instant=kept["instant"] and datetime.fromisoformat(kept["instant"]),
        source=TimeSource(kept["source"]),
        precision=TimePrecision(kept["precision"]),
    )


def _read_place(kept: Json | None) -> Place | None:
    return Place(**kept) if kept else None
