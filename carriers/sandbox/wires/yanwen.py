"""Yanwen: `GET api/tracking?nums=a,b` (30 at most), merchant number in `Authorization`; a zone for every row."""

from __future__ import annotations

import json
from typing import Any

from carriers.sandbox.clock import iso
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "yanwen"
NUMBERS = {"yanwen": s10("UH", "YP")}
BATCH = 30
# The document names OR10, PU10, SC20, LH20, LM40 and LM54, an operator's notes LM25 and LM90; the others follow the
# same pattern, and their wording decides.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("OR10", "Order processed by shipper"),
    E.FIRST_MILE_PICKED_UP: Word("PU10", "Yanwen Acceptance"),
    E.FIRST_MILE_ARRIVED_HUB: Word("SC10", "Processing center - Arrival"),
    E.FIRST_MILE_DEPARTED_HUB: Word("SC20", "Processing center - Departure"),
    E.EXPORT_CUSTOMS_PRESENTED: Word("EC10", "Export customs clearance started"),
    E.EXPORT_CUSTOMS_RELEASED: Word("EC20", "Export customs clearance completed"),
    E.LINEHAUL_HANDED_TO_CARRIER: Word("LH10", "Handed over to airline"),
    E.LINEHAUL_DEPARTED: Word("LH20", "Port of departure - Departure"),
    (E.LINEHAUL_DELAYED, Reason.TRANSPORT_FLIGHT_CANCELLED): Word("LH25", "Flight cancelled, waiting for rebooking"),
    E.LINEHAUL_ARRIVED: Word("LH30", "Port of destination - Arrival"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("IC10", "Import customs clearance started"),
    (E.IMPORT_CUSTOMS_INSPECTION, Reason.CUSTOMS_QUARANTINE): Word("IC30", "Held for quarantine inspection"),
    (E.IMPORT_CUSTOMS_REFUSED, Reason.CUSTOMS_PROHIBITED): Word("IC40", "Import refused by customs: prohibited goods"),
    E.IMPORT_CUSTOMS_RELEASED: Word("IC50", "Import customs clearance completed"),
    E.LAST_MILE_HANDED_OVER: Word("LM10", "Handed over to last mile carrier"),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("LM20", "Arrived at delivery office"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("LM25", "Out for delivery"),
    E.LAST_MILE_DELIVERED: Word("LM40", "Delivered"),
    E.RETURN_IN_TRANSIT: Word("LM54", "Return shipment inbound confirmation"),
    E.RETURN_COMPLETED: Word("LM90", "Returned to sender"),
}
_LAST_MILE = {E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, E.LAST_MILE_OUT_FOR_DELIVERY, E.LAST_MILE_DELIVERED}


def _result(leg: ParcelLeg, version: int) -> bytes:
    rows: list[dict[str, Any]] = []
    for told in leg.known(version):
        word = word_of(WORDS, told)
        local = told.city.local(told.at)
        rows.append({
            "time_stamp": local.strftime("%Y-%m-%dT%H:%M:%S"),
            "time_zone": local.strftime("%z")[:3],
            "tracking_status": word.code,
            "message": word.text,
            "location": told.city.name,
            "is_last_mile_checkpoint": int(told.scan.what in _LAST_MILE),
            "extraProperties": {"FlightNumber": told.scan.flight} if told.scan.flight else None,
        })  # fmt: skip
    following = leg.told_next(version)
    last = rows[-1]["tracking_status"] if rows else ""
    # The document's own example mixes the order: its last-mile rows stand after Yanwen's own.
    rows.sort(key=lambda row: row["is_last_mile_checkpoint"])
    return dump({
        "tracking_number": leg.number, "waybill_number": leg.number,
        "exchange_number": following.number if following else "",
        "checkpoints": rows, "tracking_status": last,
        "tracking_status_waybill": {"level1": "", "level2": "", "level3": last},
        "last_mile_tracking_expected": leg.next_leg is not None,
        "origin_country": leg.origin.country, "destination_country": leg.destination.country,
    })  # fmt: skip


def _unknown(number: str) -> bytes:
    return dump({
        "tracking_number": number, "waybill_number": "", "exchange_number": "",
        "checkpoints": [], "tracking_status": "NOTFOUND",
        "tracking_status_waybill": None, "last_mile_tracking_expected": False,
        "origin_country": "", "destination_country": "",
    })  # fmt: skip


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/api/tracking":
        return answer_json(404, {"code": 1, "message": "Not Found", "result": None})
    if not is_sandbox(request.headers.get("authorization", "")):
        return failure("wrong_credentials")
    numbers = [number for number in request.query().get("nums", "").split(",") if number]
    if not numbers:
        return answer_json(200, {"code": 1, "message": "nums is required", "result": None})
    if len(numbers) > BATCH:
        return answer_json(200, {"code": 1, "message": f"no more than {BATCH} numbers", "result": None})
    pieces = [desk.piece(SLUG, number, _result) or _unknown(number) for number in numbers]
    # What changes with every request, outside the cached pieces.
    tail = json.dumps(iso(desk.now)).encode()
    return Answer(
        200,
        b'{"code":0,"message":"success","result":[' + b",".join(pieces) + b'],"requestTime":' + tail
        + b',"elapsedMilliseconds":{"total":12}}',
    )  # fmt: skip


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(401, {"code": 1, "message": "Authorization failed", "result": None})
    if kind == "rate_limit":
        return answer_json(429, {"code": 1, "message": "Too many requests", "result": None})
    return answer_json(503, {"code": 1, "message": "Service unavailable", "result": None})
