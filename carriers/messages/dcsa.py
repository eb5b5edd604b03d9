"""DCSA Track & Trace events, versions 2 and 3: a JSON list, one event, or an object with `events`.

Version 3 wraps each event in `metadata` and `payload`. Only `eventClassifierCode` ACT has happened; EST and PLN are
estimates, and the rest (REQ) is nobody's news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from carriers import bounds, times
from carriers.errors import BadAnswer
from carriers.events import Place, TimePrecision
from carriers.facts import FactSheet
from carriers.messages import telling
from carriers.messages.codes import code_table
from carriers.messages.records import Estimate, MessageEvent, Problem, Reading, Reference, ReferenceKind, Unreadable
from carriers.messages.references import checked
from carriers.messages.telling import text_or

MAX_EVENTS = 20_000
_K = ReferenceKind
_DOCUMENTS = {
    "TRD": _K.BILL_OF_LADING, "BOL": _K.BILL_OF_LADING, "BKG": _K.BOOKING, "CBR": _K.BOOKING, "SHI": _K.CONSIGNMENT,
    "SRM": _K.CONSIGNMENT,
}  # fmt: skip
_CODE_FIELDS = {
    "EQUIPMENT": "equipmentEventTypeCode",
    "TRANSPORT": "transportEventTypeCode",
    "SHIPMENT": "shipmentEventTypeCode",
}
_AHEAD = {"ARRI": "arrival", "DEPA": "departure", "DISC": "arrival", "LOAD": "departure"}


def read(body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """Every event in the file."""
    try:
        decoded = bounds.decode_json(body)
    except BadAnswer as error:
        return Reading(problems=(Problem(where="file", detail=error.detail, cure="Send a JSON list of events."),))
    rows = _rows(decoded)
    if not rows:
        return Reading(problems=(Problem(where="file", detail="no event in it", cure="Send a JSON list of events."),))
    if len(rows) > MAX_EVENTS:
        cure = f"Send {MAX_EVENTS:,} at the most; split it."
        return Reading(problems=(Problem(where="file", detail=f"{len(rows):,} events", cure=cure),))
    return Reading.of(_read(rows, received_at, sheet))


def _rows(decoded: Any) -> list[Any]:
    if isinstance(decoded, dict):
        inside = decoded.get("events")
        return inside if isinstance(inside, list) else [decoded]
    return decoded if isinstance(decoded, list) else []


def _read(
    rows: list[Any], received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Estimate | Problem]:
    for number, row in enumerate(rows, 1):
        where = f"event {number}"
        try:
            told = _event(_flat(row), where, received_at, sheet)
        except Unreadable as error:
            yield error.at(where, str(row))
            continue
        if told is not None:
            yield told


def _flat(row: Any) -> Mapping[str, Any]:
    """Both versions as one mapping. Raises Unreadable."""
    if not isinstance(row, dict):
        raise Unreadable("no object", "Send each event as a JSON object.")
    metadata, payload = row.get("metadata"), row.get("payload")
    flat = {**metadata, **payload} if isinstance(metadata, dict) and isinstance(payload, dict) else row
    # Some carriers nest the part of its type ("transportEvent": {...}).
    inner = [value for key, value in flat.items() if key.endswith("Event") and isinstance(value, dict)]
    return {**inner[0], **flat} if inner else flat


def _event(
    row: Mapping[str, Any], where: str, received_at: datetime, sheet: FactSheet | None
) -> MessageEvent | Estimate | None:
    kind = _kind(row)
    code = text_or(row.get(_CODE_FIELDS[kind]))
    classifier = text_or(row.get("eventClassifierCode"), "ACT" if kind == "SHIPMENT" else "")
    if classifier not in ("ACT", "EST", "PLN", "REQ"):
        raise Unreadable(
            "eventClassifierCode is missing", "Send ACT for what has happened, EST or PLN for what has not."
        )
    if not code:
        raise Unreadable(f"{_CODE_FIELDS[kind]} is missing", "Send the event's code.")
    references, wholes = _references(row)
    place = _place(row)
    raw = text_or(row.get("eventDateTime")) or text_or(row.get("eventCreatedDateTime") if kind == "SHIPMENT" else "")
    try:
        local = times.parse_iso(raw)
    except ValueError:
        raise Unreadable(
            f"eventDateTime “{raw[:30]}” is no date and time", "Write it as 2026-07-10T18:00:00+08:00."
        ) from None
    is_estimate = classifier != "ACT"
    time = telling.when(
        raw,
        local,
        received_at=received_at,
        place=place,
        precision=TimePrecision.SECOND,
        is_estimate=is_estimate,
    )
    if classifier == "REQ" or (is_estimate and code not in _AHEAD):
        return None
    if is_estimate:
        return Estimate(references=references + wholes, what=_AHEAD[code], time=time, place=place, where=where)
    event = telling.event(
        code_table("dcsa"),
        f"{kind}/{code}",
        time,
        finer=tuple(_finer(row)),
        text=text_or(row.get("description")),
        place=place,
        sheet=sheet,
        native_id=text_or(row.get("eventID")) or None,
        details=_details(row),
    )
    return MessageEvent(references=references, wholes=wholes, event=event, where=where, carrier_name=_carrier(row))


def _kind(row: Mapping[str, Any]) -> str:
    told = text_or(row.get("eventType")).upper()
    kind = told if told in _CODE_FIELDS else next((kind for kind, name in _CODE_FIELDS.items() if name in row), "")
    if not kind:
        raise Unreadable(f"the event type {told[:20] or '(none)'} is not read", f"Send {', '.join(_CODE_FIELDS)}.")
    return kind


def _references(row: Mapping[str, Any]) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
    """The container, and the documents it travels under; where no container is named, the documents themselves."""
    boxes, documents = [], []
    box = text_or(row.get("equipmentReference")) or _listed(row, "references", "EQ")
    if box:
        boxes.append(checked(_K.CONTAINER, box))
    for kind, text in _documents(row):
        documents.append(checked(kind, text))
    if not boxes and not documents:
        raise Unreadable("no container, bill of lading or booking", "Send equipmentReference or documentReferences.")
    unique = tuple(dict.fromkeys(documents))
    return (tuple(boxes), unique) if boxes else (unique, ())


def _documents(row: Mapping[str, Any]) -> Iterator[tuple[ReferenceKind, str]]:
    for field in ("documentReferences", "relatedDocumentReferences"):
        for item in _dicts(row.get(field)):
            kind = _DOCUMENTS.get(text_or(item.get("documentReferenceType") or item.get("type")))
            value = text_or(item.get("documentReferenceValue") or item.get("value"))
            if kind is not None and value:
                yield kind, value
    named = _DOCUMENTS.get(text_or(row.get("documentTypeCode")))
    if named is not None and text_or(row.get("documentReference")):
        yield named, text_or(row["documentReference"])
    if text_or(row.get("transportDocumentReference")):
        yield _K.BILL_OF_LADING, text_or(row["transportDocumentReference"])
    if text_or(row.get("carrierBookingReference")):
        yield _K.BOOKING, text_or(row["carrierBookingReference"])


def _listed(row: Mapping[str, Any], field: str, kind: str) -> str:
    for item in _dicts(row.get(field)):
        if kind in (item.get("referenceType"), item.get("type")):
            return text_or(item.get("referenceValue") or item.get("value"))
    return ""


def _dicts(value: Any) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _inside(row: Mapping[str, Any], *way: str) -> Mapping[str, Any]:
    value: Any = row
    for key in way:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _place(row: Mapping[str, Any]) -> Place | None:
    """The event's own location, else that of the call."""
    call = _inside(row, "transportCall")
    for found in (_inside(row, "eventLocation"), _inside(row, "location"), _inside(call, "location"), call):
        code, name = text_or(found.get("UNLocationCode")), text_or(found.get("locationName"))
        if code or name:
            return telling.place_of(code, name)
    return None


def _finer(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("emptyIndicatorCode") == "EMPTY":
        yield "EMPTY"
    elif row.get("isTransshipmentMove") is True:
        yield "TRANSSHIPMENT"


def _details(row: Mapping[str, Any]) -> dict[str, str]:
    call = _inside(row, "transportCall")
    vessel = _inside(call, "vessel") or _inside(row, "vessel")
    voyage = call.get("carrierExportVoyageNumber") or call.get("exportVoyageNumber") or row.get("exportVoyageNumber")
    return {
        "vehicle": text_or(vessel.get("vesselName") or vessel.get("name")),
        "imo": str(vessel.get("vesselIMONumber") or ""),
        "voyage": text_or(voyage),
        "mode": text_or(call.get("modeOfTransport")).lower(),
    }


def _carrier(row: Mapping[str, Any]) -> str:
    publisher = _inside(row, "publisher")
    return text_or(publisher.get("carrierCode") or publisher.get("partyName"))
